//===- ModelFiles.cpp - a checkpoint's files in an artifact ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/ModelFiles.h"

#include "support/Text.h"

namespace tenon::heads {

Result<Json> ModelFiles::json(const std::string &name) const {
  std::optional<std::string_view> contents = text(name);
  if (!contents)
    return Json();
  return parseJson(*contents, name);
}

Result<const Json *> ModelFiles::config() {
  std::lock_guard lock(mutex_);
  if (!config_) {
    TENON_ASSIGN_OR_RETURN(Json config, json("config.json"));
    if (config.is_null())
      config = Json::object();
    TENON_RETURN_IF_ERROR(JsonMembers(config, "config.json").checkObject());
    config_ = std::move(config);
  }
  return &*config_;
}

Result<const tokenizers::Tokenizer *> ModelFiles::tokenizer() {
  std::lock_guard lock(mutex_);
  if (!tokenizer_) {
    TENON_ASSIGN_OR_RETURN(
        auto tokenizer,
        readTokenizer(model_->artifact().path(),
                      [&](const std::string &name) { return text(name); }));
    tokenizer_ = std::move(tokenizer);
  }
  return &*tokenizer_;
}

Result<const media::Processor *> ModelFiles::processor() {
  std::lock_guard lock(mutex_);
  if (!processor_) {
    TENON_ASSIGN_OR_RETURN(processor_, readProcessor([&](const auto &name) {
                             return text(name);
                           }));
  }
  return &*processor_;
}

/// `model_type` of config.json; empty if it doesn't say.
static Result<std::string> readModelType(const FileReader &read) {
  std::optional<std::string_view> config = read("config.json");
  if (!config)
    return std::string();
  TENON_ASSIGN_OR_RETURN(Json parsed, parseJson(*config, "config.json"));
  return JsonMembers(parsed, "config.json").string("model_type", "");
}

Result<media::Processor> readProcessor(const FileReader &read) {
  TENON_ASSIGN_OR_RETURN(std::string modelType, readModelType(read));
  auto text = [&](const char *name) { return read(name).value_or(""); };
  return media::Processor::parse({text("preprocessor_config.json"),
                                  text("image_processors.json"), modelType});
}

Result<tokenizers::Tokenizer> readTokenizer(const std::string &where,
                                            const FileReader &read) {
  Status empty;
  auto text = [&](const char *name) {
    std::optional<std::string_view> contents = read(name);
    if (contents && contents->empty())
      empty = Status::invalid(name, "is empty");
    return contents.value_or("");
  };
  TENON_ASSIGN_OR_RETURN(std::string modelType, readModelType(read));
  tokenizers::TokenizerFiles files;
  files.tokenizerJson = text("tokenizer.json");
  files.vocabTxt = text("vocab.txt");
  files.vocabJson = text("vocab.json");
  files.mergesTxt = text("merges.txt");
  files.tokenizerConfig = text("tokenizer_config.json");
  files.specialTokensMap = text("special_tokens_map.json");
  files.addedTokens = text("added_tokens.json");
  files.modelType = modelType;
  TENON_RETURN_IF_ERROR(empty);
  if (files.tokenizerJson.empty() && files.vocabTxt.empty() &&
      files.vocabJson.empty())
    return Status::invalid(where, "has no tokenizer (no tokenizer.json, "
                                  "vocab.txt or vocab.json)");
  return tokenizers::Tokenizer::fromFiles(files);
}

Result<Labels> Labels::parse(const Json &config) {
  constexpr int64_t most = 1'000'000;
  JsonMembers members(config, "config.json");
  Labels labels;
  const Json *names = members.find("id2label");
  if (!names) {
    TENON_ASSIGN_OR_RETURN(int64_t count,
                           members.integer("num_labels", 1, most, 2));
    for (int64_t i = 0; i < count; ++i)
      labels.names.push_back(concat("LABEL_", i));
    return labels;
  }
  if (!names->is_object())
    return members.wrong("id2label", "an object");
  labels.names.resize(names->size());
  std::vector<bool> seen(names->size());
  for (const auto &[key, name] : names->items()) {
    std::optional<int64_t> id = parseInteger(key);
    if (!id || *id < 0 || *id >= int64_t(seen.size()) || seen[*id])
      return Status::invalid("config.json",
                             concat("id2label: key ", quote(key),
                                    " leaves a gap; with ", seen.size(),
                                    " labels the keys must be 0 to ",
                                    seen.size() - 1));
    if (!name.is_string())
      return Status::invalid(
          "config.json", concat("id2label: label ", key, " must be a string"));
    seen[*id] = true;
    labels.names[*id] = name.get<std::string>();
  }
  return labels;
}

} // namespace tenon::heads
