//===- TokenizeCommand.cpp - tenon tokenize -------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Commands.h"
#include "tools/tenon/Diagnostics.h"

#include "runtime/Artifact.h"
#include "runtime/heads/ModelFiles.h"
#include "runtime/heads/TextOptions.h"

#include "support/JsonWriter.h"
#include "support/Text.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

namespace tenon::tool {

namespace {

struct TokenizeOptions {
  std::string model, text, pair;
  bool json = false;
  std::string truncation, specialTokens;
  int64_t maxLength = 0;
  CLI::Option *hasLength = nullptr;
};

} // namespace

/// The tokenizer of an artifact, or of a checkpoint directory, of which no code
/// is needed.
static Result<tokenizers::Tokenizer> openTokenizer(const std::string &source) {
  std::error_code error;
  if (!std::filesystem::is_directory(source, error)) {
    TENON_ASSIGN_OR_RETURN(auto artifact, runtime::Artifact::open(source));
    return heads::readTokenizer(
        source, [&](const std::string &name) { return artifact->asset(name); });
  }
  std::map<std::string, MappedFile> files;
  Status unreadable;
  auto read = [&](const std::string &name) -> std::optional<std::string_view> {
    std::string path = source + "/" + name;
    if (std::filesystem::symlink_status(path, error).type() ==
        std::filesystem::file_type::not_found)
      return std::nullopt;
    constexpr uint64_t maxSize = 1'000'000'000;
    Result<MappedFile> file = MappedFile::open(path);
    if (file && file->size() > maxSize)
      file = Status::invalid(path, "is larger than 1 GB");
    if (!file) {
      unreadable = file.takeStatus();
      return std::nullopt;
    }
    return (files[name] = std::move(*file)).text();
  };
  auto tokenizer = heads::readTokenizer(source, read);
  if (!unreadable.isOk())
    return unreadable;
  return tokenizer;
}

static std::string toJson(const tokenizers::Encoding &encoding) {
  JsonWriter json;
  auto list = [&](std::string_view key, const auto &values) {
    json.key(key).beginArray();
    for (auto value : values)
      json.integer(value);
    json.endArray();
  };
  json.beginObject();
  list("input_ids", encoding.ids);
  list("token_type_ids", encoding.typeIds);
  list("attention_mask", encoding.attentionMask);
  json.key("offsets").beginArray();
  for (const auto &offset : encoding.offsets)
    json.beginArray().integer(offset.begin).integer(offset.end).endArray();
  json.endArray().endObject();
  return json.take();
}

static std::string toTable(const tokenizers::Encoding &encoding,
                           const tokenizers::Tokenizer &tokenizer) {
  std::string out;
  for (size_t i = 0; i < encoding.size(); ++i) {
    std::string id = concat(encoding.ids[i]);
    std::string range =
        concat(encoding.offsets[i].begin, "..", encoding.offsets[i].end);
    out += id + std::string(id.size() < 8 ? 8 - id.size() : 1, ' ') + range +
           std::string(range.size() < 12 ? 12 - range.size() : 1, ' ') +
           printable(tokenizer.idToToken(encoding.ids[i]).value_or("?")) + "\n";
  }
  return out;
}

static Status tokenize(const TokenizeOptions &options) {
  TENON_ASSIGN_OR_RETURN(auto tokenizer, openTokenizer(options.model));
  Json parameters = Json::object();
  if (!options.truncation.empty())
    parameters["truncation"] = options.truncation == "true" ? Json(true)
                               : options.truncation == "false"
                                   ? Json(false)
                                   : Json(options.truncation);
  if (!options.specialTokens.empty())
    parameters["add_special_tokens"] = options.specialTokens == "true";
  if (options.hasLength->count())
    parameters["max_length"] = options.maxLength;
  TENON_ASSIGN_OR_RETURN(auto encodeOptions,
                         heads::textOptions(parameters, tokenizer));
  TENON_ASSIGN_OR_RETURN(
      auto encoding,
      tokenizer.encode(heads::textOrPair(options.text, options.pair),
                       encodeOptions));
  std::string text =
      options.json ? toJson(encoding) + "\n" : toTable(encoding, tokenizer);
  std::fputs(text.c_str(), stdout);
  return Status::ok();
}

void addTokenizeCommand(CLI::App &app, Action &action) {
  auto options = std::make_shared<TokenizeOptions>();
  CLI::App *command =
      app.add_subcommand("tokenize", "The tokens of a text or of a pair");
  command
      ->add_option("FILE", options->model,
                   "an artifact or a checkpoint "
                   "directory")
      ->required();
  command->add_option("TEXT", options->text, "the text")->required();
  command->add_option("--pair", options->pair, "the second text of a pair");
  command->add_flag("--json", options->json, "one JSON value on stdout");
  command->add_flag("--truncation{true},--no-truncation{false}",
                    options->truncation,
                    std::string(heads::truncationParameter.help));
  command->add_flag("--add-special-tokens{true},--no-add-special-tokens{false}",
                    options->specialTokens,
                    std::string(heads::specialTokensParameter.help));
  options->hasLength =
      command->add_option("--max-length", options->maxLength,
                          std::string(heads::maxLengthParameter.help));
  command->callback([options, &action] {
    action = [options] { return finish(tokenize(*options)); };
  });
}

} // namespace tenon::tool
