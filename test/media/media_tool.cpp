//===- media_tool.cpp - the media layer on a pipe -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Reads requests, each one JSON object on a line and the bytes that it is
// about, and answers each with a JSON object on a line and bytes: for
// differential.py and bench/media. In both, "bytes" says how many follow.
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Decode.h"
#include "runtime/media/Interpolate.h"
#include "runtime/media/Processor.h"

#include "support/Json.h"
#include "support/Text.h"

#include <cstring>
#include <ctime>
#include <iostream>

using namespace tenon;
using namespace tenon::media;

namespace {

struct Answer {
  Json head;
  std::string bytes;
};

/// What this thread has computed for: other programs don't count.
double threadSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
}

const Kernels &kernelsFor(const Json &request) {
  std::string level = request.value("level", "");
  for (const Kernels &each : allKernels())
    if (each.level == level)
      return each;
  return kernels();
}

Result<Image> imageOf(const Json &request, const std::string &bytes) {
  TENON_ASSIGN_OR_RETURN(Image image,
                         Image::create(request.value("width", 0),
                                       request.value("height", 0), "image"));
  std::memcpy(image.row(0), bytes.data(), bytes.size());
  return image;
}

Answer answerOf(const Image &image) {
  size_t size = size_t(image.pitch()) * image.height();
  return {{{"width", image.width()}, {"height", image.height()}},
          {reinterpret_cast<const char *>(image.row(0)), size}};
}

Result<Answer> resizeImage(const Json &request, const std::string &bytes) {
  TENON_ASSIGN_OR_RETURN(Image image, imageOf(request, bytes));
  std::optional<Box> box;
  if (request.contains("box"))
    box = Box{request["box"][0], request["box"][1], request["box"][2],
              request["box"][3]};
  std::optional<double> gap;
  if (request.contains("gap"))
    gap = request["gap"].get<double>();
  auto filter = static_cast<Filter>(request["filter"].get<int>());
  Scratch scratch;
  auto run = [&] {
    return resize(image, request["to"][0], request["to"][1], filter, scratch,
                  box, gap, "image", kernelsFor(request));
  };
  // The best time of some, for the benchmark.
  double best = 1e9;
  for (int i = request.value("repeat", 0); i > 0; --i) {
    double begin = threadSeconds();
    (void)run();
    best = std::min(best, threadSeconds() - begin);
  }
  TENON_ASSIGN_OR_RETURN(Image resized, run());
  Answer answer = answerOf(resized);
  answer.head["seconds"] = best;
  return answer;
}

Result<Answer> reduceImage(const Json &request, const std::string &bytes) {
  TENON_ASSIGN_OR_RETURN(Image image, imageOf(request, bytes));
  TENON_ASSIGN_OR_RETURN(Image reduced, reduce(image, request["factor"][0],
                                               request["factor"][1], "image",
                                               kernelsFor(request)));
  return answerOf(reduced);
}

std::string bytesOf(const std::vector<float> &values) {
  return {reinterpret_cast<const char *>(values.data()), values.size() * 4};
}

Result<Answer> prepareImage(const Json &request, const std::string &bytes) {
  std::string settings = request["settings"].dump();
  std::string descriptions = request["descriptions"];
  std::string modelType = request.value("model_type", "");
  TENON_ASSIGN_OR_RETURN(Processor processor,
                         Processor::parse({settings, descriptions, modelType}));
  Scratch scratch;
  double best = 1e9;
  for (int i = request.value("repeat", 0); i > 0; --i) {
    TENON_ASSIGN_OR_RETURN(Image image, imageOf(request, bytes));
    double begin = threadSeconds();
    (void)processor.prepare(std::move(image), scratch, "image");
    best = std::min(best, threadSeconds() - begin);
  }
  TENON_ASSIGN_OR_RETURN(Image image, imageOf(request, bytes));
  TENON_ASSIGN_OR_RETURN(auto planes,
                         processor.prepare(std::move(image), scratch, "image"));
  return Answer{{{"height", planes.size.height},
                 {"width", planes.size.width},
                 {"seconds", best}},
                bytesOf(planes.values)};
}

Result<Answer> interpolateMap(const Json &request, const std::string &bytes) {
  FloatMap map{request["width"], request["height"], {}};
  map.values.resize(bytes.size() / 4);
  std::memcpy(map.values.data(), bytes.data(), bytes.size());
  FloatMap result =
      interpolate(map, request["to"][0], request["to"][1],
                  request["mode"] == "bicubic" ? Interpolation::Bicubic
                                               : Interpolation::Bilinear,
                  request["align_corners"], kernelsFor(request));
  return Answer{{{"width", result.width}, {"height", result.height}},
                bytesOf(result.values)};
}

Result<Answer> answer(const Json &request, const std::string &bytes) {
  std::string op = request.value("op", "");
  if (op == "resize")
    return resizeImage(request, bytes);
  if (op == "reduce")
    return reduceImage(request, bytes);
  if (op == "prepare")
    return prepareImage(request, bytes);
  if (op == "interpolate")
    return interpolateMap(request, bytes);
  if (op == "levels") {
    Json levels = Json::array();
    for (const Kernels &each : allKernels()) {
      levels.push_back(each.level);
      if (&each == &kernels())
        break;
    }
    return Answer{{{"levels", levels}}, {}};
  }
  TENON_ASSIGN_OR_RETURN(Image image, decodeImage(bytes, "file"));
  return answerOf(image);
}

} // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    Result<Json> request = parseJson(line, "request");
    if (!request) {
      std::cerr << request.status().render() << "\n";
      return 2;
    }
    std::string bytes(request->value("bytes", size_t(0)), '\0');
    std::cin.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    Result<Answer> result = answer(*request, bytes);
    if (!result)
      result = Answer{{{"error", result.status().message()}}, {}};
    result->head["bytes"] = result->bytes.size();
    std::cout << result->head.dump() << "\n" << result->bytes << std::flush;
  }
  return 0;
}
