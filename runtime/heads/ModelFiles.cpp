//===- ModelFiles.cpp - a checkpoint's files in an artifact
//-----------------===//
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
  TENON_ASSIGN_OR_RETURN(const Json *parsed, config());
  TENON_ASSIGN_OR_RETURN(
      std::string modelType,
      JsonMembers(*parsed, "config.json").string("model_type", ""));
  std::lock_guard lock(mutex_);
  if (!tokenizer_) {
    tokenizers::TokenizerFiles files;
    files.tokenizerJson = text("tokenizer.json").value_or("");
    files.vocabTxt = text("vocab.txt").value_or("");
    files.tokenizerConfig = text("tokenizer_config.json").value_or("");
    files.specialTokensMap = text("special_tokens_map.json").value_or("");
    files.addedTokens = text("added_tokens.json").value_or("");
    files.modelType = modelType;
    if (files.tokenizerJson.empty() && files.vocabTxt.empty())
      return Status::invalid(model_->artifact().path(),
                             "has no tokenizer (no tokenizer.json and no "
                             "vocab.txt)");
    TENON_ASSIGN_OR_RETURN(auto tokenizer,
                           tokenizers::Tokenizer::fromFiles(files));
    tokenizer_ = std::move(tokenizer);
  }
  return &*tokenizer_;
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
