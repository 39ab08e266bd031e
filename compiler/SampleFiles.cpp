//===- SampleFiles.cpp - a user's inputs to try a model with --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/SampleFiles.h"

#include "runtime/heads/HeadOutputs.h"
#include "runtime/heads/ImageRunner.h"
#include "runtime/heads/TextOptions.h"
#include "runtime/media/Decode.h"
#include "support/File.h"
#include "support/Folder.h"
#include "support/Safetensors.h"
#include "support/Text.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace tenon;

namespace fs = std::filesystem;

//===----------------------------------------------------------------------===//
// Finding files
//===----------------------------------------------------------------------===//

namespace {
enum class SampleKind { Tensors, Lines, JsonLines, Image };
} // namespace

/// What a file is, by its name or, of images, its first bytes.
static std::optional<SampleKind> kindOf(const fs::path &path) {
  std::string ending = asciiLowerCase(path.extension().string());
  if (ending == ".safetensors")
    return SampleKind::Tensors;
  if (ending == ".txt")
    return SampleKind::Lines;
  if (ending == ".jsonl")
    return SampleKind::JsonLines;
  if (media::looksLikeImage(path.string()))
    return SampleKind::Image;
  return std::nullopt;
}

static constexpr const char *kindsHelp =
    "samples are .safetensors (tensors), .txt and .jsonl (a text a line) and "
    "images";

Result<std::vector<std::string>>
tenon::findSampleFiles(const std::vector<std::string> &paths) {
  std::vector<std::string> files;
  for (const std::string &path : paths) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      TENON_ASSIGN_OR_RETURN(std::vector<std::string> inside,
                             listFolder(path, [](const std::string &file) {
                               return kindOf(file).has_value();
                             }));
      if (inside.empty())
        return Status::invalid(path, "is a folder without samples")
            .help(kindsHelp);
      files.insert(files.end(), inside.begin(), inside.end());
      continue;
    }
    if (!fs::exists(path, error))
      return Status::invalid(path, "doesn't exist");
    if (!kindOf(path))
      return Status::invalid(path, "is no file of samples").help(kindsHelp);
    files.push_back(path);
  }
  return files;
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

static bool takes(const runtime::Plan &plan, const format::Entry &entry,
                  std::string_view input) {
  auto ports = plan.inputs(entry);
  return std::any_of(ports.begin(), ports.end(), [&](const format::Port &port) {
    return plan.text(port.name) == input;
  });
}

std::vector<uint32_t> tenon::entriesFor(const runtime::Plan &plan,
                                        const SampleInputs &sample) {
  std::vector<uint32_t> all, fitting;
  auto tensors = sample.tensors();
  auto isGiven = [&](const format::Port &port) {
    return port.defaultKind != format::DefaultKind::Required ||
           std::any_of(tensors.begin(), tensors.end(),
                       [&](const runtime::InputTensor &tensor) {
                         return tensor.name == plan.text(port.name);
                       });
  };
  for (uint32_t i = 0; i < plan.entries().size(); ++i) {
    const format::Entry &entry = plan.entries()[i];
    if (entry.states.count)
      continue;
    all.push_back(i);
    auto ports = plan.inputs(entry);
    if (std::all_of(ports.begin(), ports.end(), isGiven))
      fitting.push_back(i);
  }
  return fitting.empty() ? all : fitting;
}

std::vector<runtime::InputTensor>
tenon::tensorsFor(const runtime::Plan &plan, uint32_t entry,
                  const SampleInputs &sample) {
  std::vector<runtime::InputTensor> tensors = sample.tensors();
  std::erase_if(tensors, [&](const runtime::InputTensor &tensor) {
    return !takes(plan, plan.entries()[entry], tensor.name) &&
           std::any_of(plan.entries().begin(), plan.entries().end(),
                       [&](const format::Entry &other) {
                         return takes(plan, other, tensor.name);
                       });
  });
  return tensors;
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

SampleReader::SampleReader(std::shared_ptr<const runtime::Model> model)
    : files(std::move(model)) {
  const runtime::Plan &plan = files.model().plan();
  for (const format::Entry &entry : plan.entries())
    for (const format::Port &port : plan.inputs(entry))
      if (!entry.states.count && plan.text(port.name) == "input_ids" &&
          port.type == format::DType::I64 && port.dims.count == 2) {
        size_t most = heads::largestAxis(plan, plan.dimList(port.dims)[1]);
        maxTokens = maxTokens ? std::min(maxTokens, most) : most;
      }
}

Status SampleReader::read(const std::string &file, const Visit &visit) {
  switch (kindOf(file).value_or(SampleKind::Tensors)) {
  case SampleKind::Tensors:
    return readTensors(file, visit);
  case SampleKind::Lines:
  case SampleKind::JsonLines:
    return readTexts(file, visit);
  case SampleKind::Image:
    return readImage(file, visit);
  }
  return Status::internal(file, "is of an unknown kind");
}

Status SampleReader::readTensors(const std::string &path, const Visit &visit) {
  TENON_ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::open(path));
  SampleInputs sample;
  sample.origin = path;
  for (const SafetensorsInfo &info : file.tensors()) {
    std::optional<runtime::DType> type = runtime::fromSafetensors(info.type);
    if (!type)
      return Status::invalid(path, concat("tensor ", quote(info.name),
                                          " has a type that no input has"));
    auto data = file.data(info);
    sample.add(info.name, *type, info.shape, {data.begin(), data.end()});
  }
  return visit(sample);
}

Status SampleReader::readTexts(const std::string &path, const Visit &visit) {
  constexpr uint64_t maxText = 64 * 1024 * 1024;
  if (!maxTokens)
    return Status::invalid(path, "holds texts, but the model has no entry "
                                 "without states that takes 'input_ids'");
  TENON_ASSIGN_OR_RETURN(std::string text, readFile(path, maxText));
  bool isJson = kindOf(path) == SampleKind::JsonLines;
  size_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    ++number;
    if (trim(line).empty())
      continue;
    std::string origin = concat(path, ":", number);
    if (!isJson) {
      if (line.ends_with('\r'))
        line.remove_suffix(1);
      TENON_RETURN_IF_ERROR(addText(heads::textOrPair(line), origin, visit));
      continue;
    }
    auto json = parseJson(line, origin);
    if (!json)
      return Status::invalid(origin, json.status().what());
    TENON_RETURN_IF_ERROR(addJson(*json, origin, visit));
  }
  return Status::ok();
}

Status SampleReader::addJson(const Json &input, const std::string &origin,
                             const Visit &visit) {
  auto member = [&](const char *name) -> std::string_view {
    auto it = input.find(name);
    if (it == input.end() || !it->is_string())
      return {};
    return it->get_ref<const std::string &>();
  };
  if (input.is_string())
    return addText(heads::textOrPair(input.get_ref<const std::string &>()),
                   origin, visit);
  if (input.is_array()) {
    for (const Json &part : input)
      TENON_RETURN_IF_ERROR(addJson(part, origin, visit));
    return Status::ok();
  }
  if (input.is_object() && input.contains("inputs"))
    return addJson(input["inputs"], origin, visit);
  for (auto [first, second] :
       {std::pair("text", "text_pair"), {"question", "context"}})
    if (input.is_object() && !member(first).empty())
      return addText(heads::textOrPair(member(first), member(second)), origin,
                     visit);
  return Status::invalid(origin, "has no text")
      .help("a line is a string, a list, {\"text\": ..., \"text_pair\": ...}, "
            "{\"question\": ..., \"context\": ...}, or an object whose "
            "'inputs' are one of those");
}

Status SampleReader::addText(const tokenizers::EncodeInput &text,
                             const std::string &origin, const Visit &visit) {
  TENON_ASSIGN_OR_RETURN(const tokenizers::Tokenizer *tokenizer,
                         files.tokenizer());
  // A sample need not be whole.
  tokenizers::EncodeOptions options;
  options.truncation.emplace().maxLength = maxTokens;
  auto encoded = tokenizer->encode(text, options);
  if (!encoded)
    return Status::invalid(origin, encoded.status().message());
  if (encoded->size() == 0)
    return Status::invalid(origin, "gives no tokens");
  SampleInputs sample;
  sample.origin = origin;
  int64_t count = static_cast<int64_t>(encoded->size());
  auto add = [&](const char *name, const auto &values) {
    std::vector<int64_t> numbers(values.begin(), values.end());
    const char *bytes = reinterpret_cast<const char *>(numbers.data());
    sample.add(name, runtime::DType::I64, {1, count},
               {bytes, bytes + numbers.size() * sizeof(int64_t)});
  };
  add("input_ids", encoded->ids);
  // What the tokenizer says that its model wants, if the model has it.
  const runtime::Plan &plan = files.model().plan();
  for (const std::string &name : tokenizer->modelInputNames())
    for (const format::Entry &entry : plan.entries())
      if (!entry.states.count && takes(plan, entry, name)) {
        if (name == "attention_mask")
          add("attention_mask", encoded->attentionMask);
        if (name == "token_type_ids")
          add("token_type_ids", encoded->typeIds);
        break;
      }
  return visit(sample);
}

Status SampleReader::readImage(const std::string &path, const Visit &visit) {
  const runtime::Plan &plan = files.model().plan();
  std::optional<heads::ImageInput> input;
  for (uint32_t i = 0; i < plan.entries().size() && !input; ++i)
    if (!plan.entries()[i].states.count)
      input = heads::findImageInput(plan, i);
  if (!input)
    return Status::invalid(path, "is an image, but the model has no entry "
                                 "without states that takes 'pixel_values'");
  TENON_ASSIGN_OR_RETURN(const media::Processor *processor, files.processor());
  TENON_RETURN_IF_ERROR(heads::checkImageSize(*input, *processor));
  TENON_ASSIGN_OR_RETURN(std::string bytes, readFile(path, media::maxFileSize));
  TENON_ASSIGN_OR_RETURN(media::Image image, media::decodeImage(bytes, path));
  media::Scratch scratch;
  TENON_ASSIGN_OR_RETURN(auto planes,
                         processor->prepare(std::move(image), scratch, path));
  SampleInputs sample;
  sample.origin = path;
  const char *data = reinterpret_cast<const char *>(planes.values.data());
  sample.add(std::string(input->name), runtime::DType::F32,
             {1, 3, planes.size.height, planes.size.width},
             {data, data + planes.values.size() * sizeof(float)});
  return visit(sample);
}
