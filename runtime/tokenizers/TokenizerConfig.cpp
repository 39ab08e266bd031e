//===- TokenizerConfig.cpp - what transformers adds -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TokenizerConfig.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace tenon::tokenizers {

namespace {

constexpr const char *kConfig = "tokenizer_config.json";
constexpr const char *kSpecialMap = "special_tokens_map.json";
constexpr const char *kAddedTokens = "added_tokens.json";

/// transformers' LARGE_INTEGER: a model_max_length above it is none.
constexpr double kNoMaxLength = 1e20;

/// Classes whose fast form has the constructor of BertTokenizerFast.
constexpr std::string_view kBertClasses[] = {"BertTokenizer",
                                             "ConvBertTokenizer",
                                             "DistilBertTokenizer",
                                             "DPRContextEncoderTokenizer",
                                             "DPRQuestionEncoderTokenizer",
                                             "DPRReaderTokenizer",
                                             "ElectraTokenizer",
                                             "LayoutLMTokenizer",
                                             "LxmertTokenizer",
                                             "MobileBertTokenizer",
                                             "RealmTokenizer",
                                             "RetriBertTokenizer",
                                             "SqueezeBertTokenizer"};

/// Those of them whose models take no token_type_ids.
constexpr std::string_view kWithoutTypes[] = {
    "DistilBertTokenizer", "DPRReaderTokenizer", "RetriBertTokenizer"};

struct ClassOfModel {
  std::string_view modelType, className;
};
constexpr ClassOfModel kClassOfModel[] = {
    {"bert", "BertTokenizer"},
    {"convbert", "ConvBertTokenizer"},
    {"distilbert", "DistilBertTokenizer"},
    {"electra", "ElectraTokenizer"},
    {"layoutlm", "LayoutLMTokenizer"},
    {"lxmert", "LxmertTokenizer"},
    {"mobilebert", "MobileBertTokenizer"},
    {"retribert", "RetriBertTokenizer"},
    {"squeezebert", "SqueezeBertTokenizer"}};

constexpr std::string_view kBertSpecial[kSpecialTokenCount] = {
    "", "", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"};

bool contains(std::span<const std::string_view> list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// Python's AddedToken(**value).
Result<AddedToken> parsePythonToken(const JsonValue &value,
                                    const std::string &where,
                                    std::string_view key) {
  JsonObject object(value, where, std::string(key));
  AddedToken token;
  TENON_ASSIGN_OR_RETURN(token.content, object.string("content"));
  TENON_ASSIGN_OR_RETURN(token.singleWord,
                         object.boolean("single_word", false));
  TENON_ASSIGN_OR_RETURN(token.lstrip, object.boolean("lstrip", false));
  TENON_ASSIGN_OR_RETURN(token.rstrip, object.boolean("rstrip", false));
  TENON_ASSIGN_OR_RETURN(token.special, object.boolean("special", false));
  TENON_ASSIGN_OR_RETURN(token.normalized,
                         object.boolean("normalized", !token.special));
  return token;
}

Result<TokenizerConfig::Special> parseSpecial(const JsonValue &value,
                                              const std::string &where,
                                              std::string_view key) {
  TokenizerConfig::Special special;
  if (value.isString()) {
    special.isText = true;
    special.token.content = value.string;
    special.token.special = true;
    special.token.normalized = false;
    return special;
  }
  TENON_ASSIGN_OR_RETURN(special.token, parsePythonToken(value, where, key));
  return special;
}

Result<Side> parseSide(const JsonObject &object, std::string_view key) {
  TENON_ASSIGN_OR_RETURN(std::string name, object.string(key));
  if (name != "left" && name != "right")
    return object.needs(key, "left or right");
  return name == "left" ? Side::Left : Side::Right;
}

Result<JsonValue> parseFile(std::string_view text, const char *where) {
  if (text.empty()) {
    JsonValue empty;
    empty.kind = JsonValue::Kind::Object;
    return empty;
  }
  TENON_ASSIGN_OR_RETURN(JsonValue value, parseJson(text, where));
  if (!value.isObject())
    return Status::invalid(where, "not an object");
  return value;
}

} // namespace

const char *specialTokenKey(SpecialToken which) {
  static constexpr const char *kKeys[kSpecialTokenCount] = {
      "bos_token", "eos_token", "unk_token", "sep_token",
      "pad_token", "cls_token", "mask_token"};
  return kKeys[static_cast<size_t>(which)];
}

Status TokenizerConfig::parseClass(const TokenizerFiles &files,
                                   const JsonValue &config) {
  const JsonValue *name = config.find("tokenizer_class");
  if (name && name->isString())
    className = name->string;
  else
    for (const ClassOfModel &entry : kClassOfModel)
      if (entry.modelType == files.modelType)
        className = entry.className;
  if (className.size() > 4 &&
      className.compare(className.size() - 4, 4, "Fast") == 0)
    className.resize(className.size() - 4);
  isBert = contains(kBertClasses, className);
  return Status::ok();
}

Status TokenizerConfig::parseMain(const JsonObject &config) {
  TENON_ASSIGN_OR_RETURN(lowerCase, config.boolean("do_lower_case", true));
  TENON_ASSIGN_OR_RETURN(chineseChars,
                         config.boolean("tokenize_chinese_chars", true));
  if (config.has("strip_accents")) {
    TENON_ASSIGN_OR_RETURN(stripAccents, config.boolean("strip_accents"));
  }
  if (config.has("clean_up_tokenization_spaces")) {
    TENON_ASSIGN_OR_RETURN(cleanUpTokenizationSpaces,
                           config.boolean("clean_up_tokenization_spaces"));
  }
  TENON_ASSIGN_OR_RETURN(splitSpecialTokens,
                         config.boolean("split_special_tokens", false));
  if (config.has("padding_side")) {
    TENON_ASSIGN_OR_RETURN(paddingSide, parseSide(config, "padding_side"));
  }
  if (config.has("truncation_side")) {
    TENON_ASSIGN_OR_RETURN(truncationSide,
                           parseSide(config, "truncation_side"));
  }
  const char *length =
      config.has("model_max_length") ? "model_max_length" : "max_len";
  if (config.has(length)) {
    const JsonValue *value = config.find(length);
    if (!value->isNumber() || !(value->real >= 0))
      return config.needs(length, "a number that isn't negative");
    if (value->isInteger())
      modelMaxLength = static_cast<size_t>(value->integer);
    else if (value->real < 1e18)
      modelMaxLength = static_cast<size_t>(value->real);
    else if (value->real <= kNoMaxLength)
      modelMaxLength = SIZE_MAX - 1; // A limit, but out of reach.
  }
  if (config.has("model_input_names")) {
    TENON_ASSIGN_OR_RETURN(const JsonValue *names,
                           config.array("model_input_names"));
    modelInputNames.emplace();
    for (const JsonValue &name : names->items) {
      if (!name.isString())
        return config.needs("model_input_names", "an array of strings");
      modelInputNames->push_back(name.string);
    }
  } else if (contains(kWithoutTypes, className)) {
    modelInputNames = {"input_ids", "attention_mask"};
  }

  for (size_t i = 0; i < kSpecialTokenCount; ++i) {
    const char *key = specialTokenKey(static_cast<SpecialToken>(i));
    const JsonValue *value = config.find(key);
    named[i] = value != nullptr;
    if (!value && isBert && !kBertSpecial[i].empty()) {
      JsonValue text;
      text.kind = JsonValue::Kind::String;
      text.string = kBertSpecial[i];
      TENON_ASSIGN_OR_RETURN(special[i], parseSpecial(text, kConfig, key));
    } else if (value && !value->isNull()) {
      TENON_ASSIGN_OR_RETURN(special[i], parseSpecial(*value, kConfig, key));
    }
  }
  if (config.has("additional_special_tokens")) {
    TENON_ASSIGN_OR_RETURN(const JsonValue *list,
                           config.array("additional_special_tokens"));
    for (const JsonValue &item : list->items) {
      TENON_ASSIGN_OR_RETURN(
          Special token,
          parseSpecial(item, kConfig, "additional_special_tokens"));
      additional.push_back(std::move(token));
    }
  }
  return Status::ok();
}

Status TokenizerConfig::parseAddedTokens(const JsonObject &config) {
  TENON_ASSIGN_OR_RETURN(const JsonValue *decoder,
                         config.object("added_tokens_decoder"));
  for (size_t i = 0; i < decoder->keys.size(); ++i) {
    const std::string &key = decoder->keys[i];
    int64_t id = 0;
    auto [rest, failed] =
        std::from_chars(key.data(), key.data() + key.size(), id);
    if (failed != std::errc() || rest != key.data() + key.size())
      return config.needs("added_tokens_decoder", "an object with ids as keys");
    TENON_ASSIGN_OR_RETURN(
        addedTokens[id],
        parsePythonToken(decoder->items[i], kConfig, "added_tokens_decoder"));
  }
  return Status::ok();
}

/// Replaces special tokens by those of special_tokens_map.json.
Status TokenizerConfig::parseSpecialMap(std::string_view text) {
  TENON_ASSIGN_OR_RETURN(JsonValue map, parseFile(text, kSpecialMap));
  auto parse = [&](const JsonValue &value, const char *key) {
    Result<Special> token = parseSpecial(value, kSpecialMap, key);
    if (token && !token->isText)
      token->token.special = true;
    return token;
  };
  for (size_t i = 0; i < kSpecialTokenCount; ++i) {
    const char *key = specialTokenKey(static_cast<SpecialToken>(i));
    const JsonValue *value = map.find(key);
    if (!value)
      continue;
    named[i] = true;
    special[i].reset();
    if (!value->isNull()) {
      TENON_ASSIGN_OR_RETURN(special[i], parse(*value, key));
    }
  }
  const JsonValue *list = map.find("additional_special_tokens");
  if (list && list->isArray())
    for (const JsonValue &item : list->items) {
      TENON_ASSIGN_OR_RETURN(Special token,
                             parse(item, "additional_special_tokens"));
      bool known = std::any_of(
          additional.begin(), additional.end(), [&](const Special &other) {
            return other.isText == token.isText && other.token == token.token;
          });
      if (!known)
        additional.push_back(std::move(token));
    }
  return Status::ok();
}

Status TokenizerConfig::parseOldAddedTokens(std::string_view text) {
  TENON_ASSIGN_OR_RETURN(JsonValue map, parseFile(text, kAddedTokens));
  std::set<std::string_view> specials;
  for (size_t i = 0; i < kSpecialTokenCount; ++i)
    if (special[i] && named[i])
      specials.insert(special[i]->token.content);
  for (const Special &token : additional)
    specials.insert(token.token.content);
  for (size_t i = 0; i < map.keys.size(); ++i) {
    if (!map.items[i].isInteger())
      return Status::invalid(kAddedTokens, "the id of '" + map.keys[i] +
                                               "' isn't a whole number");
    AddedToken token;
    token.content = map.keys[i];
    token.special = specials.count(token.content) != 0;
    token.normalized = !token.special;
    addedTokens[map.items[i].integer] = std::move(token);
  }
  return Status::ok();
}

Result<TokenizerConfig>
TokenizerConfig::parse(const TokenizerFiles &files,
                       const std::map<int64_t, AddedToken> &tokenizerJson) {
  TokenizerConfig config;
  config.given = !files.tokenizerConfig.empty() ||
                 !files.specialTokensMap.empty() || !files.modelType.empty() ||
                 !files.addedTokens.empty() || files.tokenizerJson.empty();
  if (!config.given)
    return config;
  TENON_ASSIGN_OR_RETURN(JsonValue value,
                         parseFile(files.tokenizerConfig, kConfig));
  JsonObject object(value, kConfig, "it");
  TENON_RETURN_IF_ERROR(config.parseClass(files, value));
  // A vocab.txt without a word about its class is BERT's.
  if (files.tokenizerJson.empty() && config.className.empty()) {
    config.className = "BertTokenizer";
    config.isBert = true;
  }
  TENON_RETURN_IF_ERROR(config.parseMain(object));
  if (value.find("added_tokens_decoder")) {
    TENON_RETURN_IF_ERROR(config.parseAddedTokens(object));
  } else {
    if (!files.specialTokensMap.empty())
      TENON_RETURN_IF_ERROR(config.parseSpecialMap(files.specialTokensMap));
    if (!files.addedTokens.empty())
      TENON_RETURN_IF_ERROR(config.parseOldAddedTokens(files.addedTokens));
    for (const auto &[id, token] : tokenizerJson)
      config.addedTokens[id] = token;
  }
  // A named special token that was added takes the flags that it was added
  // with.
  for (size_t i = 0; i < kSpecialTokenCount; ++i)
    if (config.special[i] && config.named[i])
      for (const auto &[id, token] : config.addedTokens)
        if (token.content == config.special[i]->token.content)
          config.special[i] = Special{token, false};
  return config;
}

std::vector<TokenizerConfig::Special> TokenizerConfig::allSpecial() const {
  std::vector<Special> all;
  std::set<std::string_view> seen;
  for (const std::optional<Special> &token : special)
    if (token && !token->token.content.empty() &&
        seen.insert(token->token.content).second)
      all.push_back(*token);
  for (const Special &token : additional)
    if (!seen.count(token.token.content))
      all.push_back(token);
  return all;
}

std::vector<AddedToken>
TokenizerConfig::tokensToAdd(const AddedVocabulary &present) const {
  std::vector<AddedToken> tokens;
  for (const auto &[id, token] : addedTokens)
    tokens.push_back(token);
  std::set<std::string> known;
  for (const AddedToken &token : tokens)
    known.insert(token.content);
  std::vector<Special> all = allSpecial();
  std::set<std::string_view> specialNames;
  for (const Special &special : all) {
    specialNames.insert(special.token.content);
    bool isKnown = special.isText ? known.count(special.token.content) ||
                                        present.contains(special.token.content)
                                  : std::find(tokens.begin(), tokens.end(),
                                              special.token) != tokens.end();
    if (!isKnown)
      tokens.push_back(special.token);
  }
  for (AddedToken &token : tokens)
    token.special |= specialNames.count(token.content) != 0;
  return tokens;
}

} // namespace tenon::tokenizers
