//===- Loader.cpp - makes a tokenizer of its files --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TokenizerConfig.h"
#include "TokenizerImpl.h"
#include "Unicode.h"
#include "WordPiece.h"

#include <algorithm>

namespace tenon::tokenizers {

namespace {

constexpr const char *kJson = "tokenizer.json";
constexpr const char *kVocab = "vocab.txt";

/// One token a line, its number the id, as Python reads lines.
Status readVocabTxt(std::string_view text, VocabularyBuilder &vocabulary) {
  if (size_t bad = findInvalidUtf8(text); bad != std::string_view::npos)
    return Status::invalid(kVocab,
                           "byte " + std::to_string(bad) + ": invalid UTF-8");
  vocabulary.begin(2 * text.size());
  int64_t id = 0;
  for (size_t at = 0; at < text.size(); ++id) {
    size_t end = std::min(text.find_first_of("\r\n", at), text.size());
    TENON_RETURN_IF_ERROR(vocabulary.entry(text.substr(at, end - at), id));
    at = end + (text.substr(end, 2) == "\r\n" ? 2 : 1);
  }
  if (id == 0)
    return Status::invalid(kVocab, "it is empty");
  return Status::ok();
}

Side sideOf(const JsonValue *object, Side otherwise) {
  const JsonValue *direction = object ? object->find("direction") : nullptr;
  if (!direction || !direction->isString())
    return otherwise;
  return direction->string == "Left" ? Side::Left : Side::Right;
}

} // namespace

/// Makes a Tokenizer; in steps, as the later ones need the earlier.
class TokenizerLoader {
public:
  explicit TokenizerLoader(const TokenizerFiles &files)
      : files_(files), impl_(std::make_shared<Tokenizer::Impl>()) {}

  Result<Tokenizer> load() {
    if (!files_.tokenizerJson.empty())
      TENON_RETURN_IF_ERROR(loadJson());
    else if (!files_.vocabTxt.empty())
      TENON_RETURN_IF_ERROR(loadVocabTxt());
    else
      return Status::invalid(kJson, "neither it nor a vocab.txt is there");
    if (config_.given)
      TENON_RETURN_IF_ERROR(impl_->added.add(config_.tokensToAdd(impl_->added),
                                             *impl_->model, where()));
    if (files_.tokenizerJson.empty())
      TENON_RETURN_IF_ERROR(setBertPostProcessor());
    TENON_RETURN_IF_ERROR(impl_->added.finish(
        impl_->normalizer.get(), config_.splitSpecialTokens, where()));
    applySettings();
    return Tokenizer(std::move(impl_));
  }

private:
  const char *where() const {
    return files_.tokenizerJson.empty() ? kVocab : kJson;
  }

  Status loadJson() {
    VocabularyBuilder vocabulary(kJson);
    TENON_ASSIGN_OR_RETURN(json_,
                           parseJson(files_.tokenizerJson, kJson, &vocabulary));
    if (!json_.isObject())
      return Status::invalid(kJson, "not an object");
    const JsonValue *version = json_.find("version");
    if (version && (!version->isString() || version->string != "1.0"))
      return Status::invalid(kJson, "its version isn't 1.0");

    std::vector<AddedToken> tokens;
    std::map<int64_t, AddedToken> tokensById;
    TENON_RETURN_IF_ERROR(readAddedTokens(tokens, tokensById));
    TENON_ASSIGN_OR_RETURN(config_, TokenizerConfig::parse(files_, tokensById));
    usePadTokenOfFile();

    TENON_ASSIGN_OR_RETURN(
        impl_->model,
        Model::parse(member("model"), std::move(vocabulary), kJson));
    TENON_RETURN_IF_ERROR(readNormalizer());
    TENON_ASSIGN_OR_RETURN(impl_->preTokenizer,
                           PreTokenizer::parse(member("pre_tokenizer"), kJson));
    TENON_ASSIGN_OR_RETURN(
        impl_->postProcessor,
        PostProcessor::parse(member("post_processor"), kJson));
    TENON_ASSIGN_OR_RETURN(impl_->decoder,
                           Decoder::parse(member("decoder"), kJson));
    return impl_->added.add(tokens, *impl_->model, kJson);
  }

  const JsonValue &member(std::string_view key) const {
    static const JsonValue null;
    const JsonValue *found = json_.find(key);
    return found ? *found : null;
  }

  Status readAddedTokens(std::vector<AddedToken> &tokens,
                         std::map<int64_t, AddedToken> &tokensById) const {
    const JsonValue &list = member("added_tokens");
    if (list.isNull())
      return Status::ok();
    if (!list.isArray())
      return Status::invalid(kJson, "added_tokens isn't an array");
    for (const JsonValue &item : list.items) {
      TENON_ASSIGN_OR_RETURN(AddedToken token,
                             AddedToken::parse(item, kJson, "an added token"));
      JsonObject object(item, kJson, "the added token '" + token.content + "'");
      TENON_ASSIGN_OR_RETURN(int64_t id, object.integer("id", 0, UINT32_MAX));
      tokensById[id] = token;
      tokens.push_back(std::move(token));
    }
    return Status::ok();
  }

  /// The file's own padding fills in a pad token that is named nowhere else.
  void usePadTokenOfFile() {
    size_t pad = static_cast<size_t>(SpecialToken::Pad);
    const JsonValue *token = member("padding").find("pad_token");
    if (!config_.given || config_.special[pad] || config_.named[pad] ||
        !token || !token->isString())
      return;
    config_.special[pad].emplace();
    config_.special[pad]->isText = true;
    config_.special[pad]->token.content = token->string;
    config_.special[pad]->token.special = true;
    config_.special[pad]->token.normalized = false;
  }

  Status readNormalizer() {
    const JsonValue &value = member("normalizer");
    TENON_ASSIGN_OR_RETURN(impl_->normalizer, Normalizer::parse(value, kJson));
    // BertTokenizerFast puts its own settings over those of the file.
    const JsonValue *type = value.find("type");
    if (!config_.isBert || !type || type->string != "BertNormalizer")
      return Status::ok();
    TENON_ASSIGN_OR_RETURN(
        bool clean,
        JsonObject(value, kJson, "normalizer").boolean("clean_text"));
    setBertNormalizer(clean);
    return Status::ok();
  }

  void setBertNormalizer(bool cleanText) {
    BertNormalizerOptions options;
    options.cleanText = cleanText;
    options.handleChineseChars = config_.chineseChars;
    options.lowercase = config_.lowerCase;
    options.stripAccents = config_.stripAccents;
    impl_->normalizer = std::make_unique<BertNormalizer>(options);
  }

  /// As BertConverter of transformers.
  Status loadVocabTxt() {
    TENON_ASSIGN_OR_RETURN(config_, TokenizerConfig::parse(files_, {}));
    if (!config_.isBert)
      return Status::invalid("tokenizer_config.json",
                             "a vocab.txt for the class '" + config_.className +
                                 "' isn't supported");
    VocabularyBuilder vocabulary(kVocab);
    TENON_RETURN_IF_ERROR(readVocabTxt(files_.vocabTxt, vocabulary));
    WordPieceOptions options;
    if (const auto &unk = specialOf(SpecialToken::Unk))
      options.unknownToken = unk->token.content;
    TENON_ASSIGN_OR_RETURN(
        impl_->model,
        WordPiece::make(std::move(vocabulary), std::move(options), kVocab));
    setBertNormalizer(true);
    JsonValue preTokenizer;
    preTokenizer.kind = JsonValue::Kind::Object;
    preTokenizer.keys = {"type"};
    preTokenizer.items.resize(1);
    preTokenizer.items[0].kind = JsonValue::Kind::String;
    preTokenizer.items[0].string = "BertPreTokenizer";
    TENON_ASSIGN_OR_RETURN(impl_->preTokenizer,
                           PreTokenizer::parse(preTokenizer, kVocab));
    impl_->decoder = Decoder::wordPiece("##", true);
    if (!config_.cleanUpTokenizationSpaces)
      config_.cleanUpTokenizationSpaces = true; // BertTokenizer's default.
    return Status::ok();
  }

  const std::optional<TokenizerConfig::Special> &
  specialOf(SpecialToken which) const {
    return config_.special[static_cast<size_t>(which)];
  }

  Status setBertPostProcessor() {
    std::optional<int32_t> ids[2];
    const SpecialToken tokens[2] = {SpecialToken::Cls, SpecialToken::Sep};
    for (int i = 0; i < 2; ++i) {
      const auto &special = specialOf(tokens[i]);
      if (special)
        ids[i] = tokenToId(special->token.content);
      if (!ids[i])
        return Status::invalid("tokenizer_config.json",
                               std::string("there is no ") +
                                   specialTokenKey(tokens[i]));
    }
    impl_->postProcessor = PostProcessor::bert(*ids[0], *ids[1]);
    return Status::ok();
  }

  std::optional<int32_t> tokenToId(std::string_view token) const {
    std::optional<int32_t> id = impl_->added.tokenToId(token);
    return id ? id : impl_->model->tokenToId(token);
  }

  void applySettings() {
    TokenizerSettings &settings = impl_->settings;
    const JsonValue &padding = member("padding");
    if (!config_.given) {
      guessSpecialTokens();
    } else {
      for (size_t i = 0; i < kSpecialTokenCount; ++i)
        if (config_.special[i])
          settings.special[i] = config_.special[i]->token.content;
    }
    std::optional<int32_t> unknown;
    auto &unk = settings.special[static_cast<size_t>(SpecialToken::Unk)];
    if (unk)
      unknown = tokenToId(*unk);
    auto idOf = [&](const std::string &token) {
      std::optional<int32_t> id = tokenToId(token);
      return id ? id : unknown;
    };
    for (size_t i = 0; i < kSpecialTokenCount; ++i)
      if (settings.special[i])
        settings.specialIds[i] = idOf(*settings.special[i]);
    auto addSpecialId = [&](const std::string &token) {
      if (std::optional<int32_t> id = idOf(token))
        settings.allSpecialIds.push_back(*id);
    };
    if (config_.given)
      for (const TokenizerConfig::Special &special : config_.allSpecial())
        addSpecialId(special.token.content);
    else
      for (const std::optional<std::string> &token : settings.special)
        if (token)
          addSpecialId(*token);

    settings.modelMaxLength = config_.modelMaxLength;
    if (config_.modelInputNames)
      settings.modelInputNames = *config_.modelInputNames;
    settings.paddingSide =
        config_.paddingSide.value_or(sideOf(&padding, Side::Right));
    settings.truncationSide = config_.truncationSide.value_or(
        sideOf(&member("truncation"), Side::Right));
    settings.cleanUpTokenizationSpaces =
        config_.cleanUpTokenizationSpaces.value_or(false);
  }

  /// A tokenizer.json by itself names no special tokens: those of BERT's names
  /// that it has are taken for them.
  void guessSpecialTokens() {
    TokenizerSettings &settings = impl_->settings;
    auto guess = [&](SpecialToken which, std::string_view token) {
      if (!token.empty() && tokenToId(token))
        settings.special[static_cast<size_t>(which)] = token;
    };
    guess(SpecialToken::Unk, impl_->model->unknownToken());
    guess(SpecialToken::Sep, "[SEP]");
    guess(SpecialToken::Pad, "[PAD]");
    guess(SpecialToken::Cls, "[CLS]");
    guess(SpecialToken::Mask, "[MASK]");
  }

  const TokenizerFiles &files_;
  std::shared_ptr<Tokenizer::Impl> impl_;
  JsonValue json_;
  TokenizerConfig config_;
};

Result<Tokenizer> Tokenizer::fromFiles(const TokenizerFiles &files) {
  return TokenizerLoader(files).load();
}

} // namespace tenon::tokenizers
