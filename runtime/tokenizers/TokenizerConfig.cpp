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

struct TokenizerClass {
  std::string_view name;
  TokenizerKind kind;
  bool hasTypes; ///< Whether its models take token_type_ids.
};
constexpr TokenizerClass kClasses[] = {
    {"BartTokenizer", TokenizerKind::Bart, false},
    {"BertTokenizer", TokenizerKind::Bert, true},
    {"ConvBertTokenizer", TokenizerKind::Bert, true},
    {"DistilBertTokenizer", TokenizerKind::Bert, false},
    {"DPRContextEncoderTokenizer", TokenizerKind::Bert, true},
    {"DPRQuestionEncoderTokenizer", TokenizerKind::Bert, true},
    {"DPRReaderTokenizer", TokenizerKind::Bert, false},
    {"ElectraTokenizer", TokenizerKind::Bert, true},
    {"GPT2Tokenizer", TokenizerKind::Gpt2, false},
    {"LayoutLMTokenizer", TokenizerKind::Bert, true},
    {"LxmertTokenizer", TokenizerKind::Bert, true},
    {"MobileBertTokenizer", TokenizerKind::Bert, true},
    {"RealmTokenizer", TokenizerKind::Bert, true},
    {"RetriBertTokenizer", TokenizerKind::Bert, false},
    {"RobertaTokenizer", TokenizerKind::Roberta, false},
    {"SqueezeBertTokenizer", TokenizerKind::Bert, true}};

struct ClassOfModel {
  std::string_view modelType, className;
};
constexpr ClassOfModel kClassOfModel[] = {
    {"bart", "BartTokenizer"},
    {"bert", "BertTokenizer"},
    {"convbert", "ConvBertTokenizer"},
    {"distilbert", "DistilBertTokenizer"},
    {"electra", "ElectraTokenizer"},
    {"gpt2", "GPT2Tokenizer"},
    {"layoutlm", "LayoutLMTokenizer"},
    {"lxmert", "LxmertTokenizer"},
    {"mobilebert", "MobileBertTokenizer"},
    {"retribert", "RetriBertTokenizer"},
    {"roberta", "RobertaTokenizer"},
    {"squeezebert", "SqueezeBertTokenizer"}};

/// The special tokens of a class unless the files name others.
using SpecialTexts = std::array<std::string_view, kSpecialTokenCount>;
SpecialTexts specialTextsOf(TokenizerKind kind) {
  switch (kind) {
  case TokenizerKind::Other:
    break;
  case TokenizerKind::Bert:
    return {"", "", "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"};
  case TokenizerKind::Gpt2:
    return {"<|endoftext|>", "<|endoftext|>", "<|endoftext|>", "", "", "", ""};
  case TokenizerKind::Roberta:
  case TokenizerKind::Bart:
    return {"<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>"};
  }
  return {};
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
  // A vocabulary without a word about its class is that of the best known one.
  if (className.empty() && files.tokenizerJson.empty())
    className = files.vocabTxt.empty() ? "GPT2Tokenizer" : "BertTokenizer";
  if (className.size() > 4 &&
      className.compare(className.size() - 4, 4, "Fast") == 0)
    className.resize(className.size() - 4);
  for (const TokenizerClass &entry : kClasses)
    if (entry.name == className) {
      kind = entry.kind;
      if (!entry.hasTypes)
        modelInputNames = {"input_ids", "attention_mask"};
    }
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
  TENON_ASSIGN_OR_RETURN(addPrefixSpace,
                         config.boolean("add_prefix_space", false));
  TENON_ASSIGN_OR_RETURN(addBosToken, config.boolean("add_bos_token", false));
  TENON_ASSIGN_OR_RETURN(trimOffsets, config.boolean("trim_offsets", true));
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
  }
  return Status::ok();
}

Status TokenizerConfig::parseSpecialTokens(const JsonObject &config) {
  SpecialTexts texts = specialTextsOf(kind);
  for (size_t i = 0; i < kSpecialTokenCount; ++i) {
    const char *key = specialTokenKey(static_cast<SpecialToken>(i));
    const JsonValue *value = config.find(key);
    named[i] = value != nullptr;
    if (!value && !texts[i].empty()) {
      JsonValue text;
      text.kind = JsonValue::Kind::String;
      text.string = texts[i];
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

/// The constructors of byte-level classes make tokens with flags of texts: the
/// slow ones, which read a vocabulary, of all, the fast ones of the mask.
void TokenizerConfig::makeSpecialTokens(bool fromVocabulary) {
  if (!isByteLevel())
    return;
  for (size_t i = 0; i < kSpecialTokenCount; ++i) {
    bool isMask = static_cast<SpecialToken>(i) == SpecialToken::Mask &&
                  kind != TokenizerKind::Gpt2;
    if (!special[i] || !special[i]->isText || !(fromVocabulary || isMask))
      continue;
    AddedToken &token = special[i]->token;
    special[i]->isText = false;
    token.lstrip = isMask;
    token.normalized = !(isMask && kind == TokenizerKind::Roberta);
    token.special = isMask && kind == TokenizerKind::Bart && !fromVocabulary;
  }
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
  TENON_RETURN_IF_ERROR(config.parseMain(object));
  TENON_RETURN_IF_ERROR(config.parseSpecialTokens(object));
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
  config.makeSpecialTokens(files.tokenizerJson.empty());
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
  tokens.reserve(addedTokens.size());
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
