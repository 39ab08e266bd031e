//===- processor_fuzz.cpp - hostile settings of images --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Two files: the settings and, if they aren't empty, the descriptions of
// processors. The first two bytes are the size of an image.
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"

#include "runtime/media/Processor.h"

#include "support/File.h"

#include <cstring>

using namespace tenon;
using namespace tenon::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::string known =
      *readFile(TENON_MODELS_DIR "/image_processors.json", 1 << 20);
  if (size < 2)
    return 0;
  std::string_view rest(reinterpret_cast<const char *>(data) + 2, size - 2);
  std::string_view settings = take(rest), descriptions = take(rest);
  if (descriptions.empty())
    descriptions = known;
  auto processor =
      media::Processor::parse({settings, descriptions, take(rest)});
  if (!processor) {
    require(!processor.status().message().empty());
    return 0;
  }
  media::Size given = {data[0] % 41 + 1, data[1] % 41 + 1};
  auto plan = processor->plan(given, "f");
  // Large ones are right, but slow.
  if (!plan || int64_t(plan->windowWidth) * plan->windowHeight > 1 << 16 ||
      plan->width * plan->height > 1 << 20)
    return 0;
  auto image = media::Image::create(given.width, given.height, "f");
  std::memset(image->row(0), data[0],
              size_t(3) * static_cast<size_t>(image->pixels()));
  media::Scratch scratch;
  auto planes = processor->prepare(std::move(*image), scratch, "f");
  if (auto fixed = processor->fixedSize(); planes && fixed)
    require(planes->size == *fixed);
  return 0;
}
