//===- Loader.cpp - makes a tokenizer of its files --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "Bpe.h"
#include "TokenizerConfig.h"
#include "TokenizerImpl.h"
#include "VocabularyFiles.h"
#include "WordPiece.h"

#include <algorithm>

namespace tenon::tokenizers {

namespace {

constexpr const char *kJson = "tokenizer.json";
constexpr const char *kVocab = "vocab.txt";
constexpr const char *kVocabJson = "vocab.json";
constexpr const char *kConfig = "tokenizer_config.json";

/// A part of a tokenizer.json that has a type and no settings but these.
JsonValue partOf(std::string_view type) {
  JsonValue part, text;
  part.kind = JsonValue::Kind::Object;
  text.kind = JsonValue::Kind::String;
  text.string = type;
  part.keys = {"type"};
  part.items = {std::move(text)};
  return part;
}

/// Sets a member of an object.
void setFlag(JsonValue &object, std::string_view key, bool value) {
  JsonValue flag;
  flag.kind = JsonValue::Kind::Boolean;
  flag.boolean = value;
  object.keys.emplace_back(key); // The last of equal keys counts.
  object.items.push_back(std::move(flag));
}

bool isType(const JsonValue &part, std::string_view name) {
  const JsonValue *type = part.find("type");
  return type && type->isString() && type->string == name;
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
    else
      TENON_RETURN_IF_ERROR(loadVocabulary());
    if (config_.given)
      TENON_RETURN_IF_ERROR(impl_->added.add(config_.tokensToAdd(impl_->added),
                                             *impl_->model, where()));
    if (files_.tokenizerJson.empty())
      TENON_RETURN_IF_ERROR(setPostProcessor());
    const Normalizer *normalizer =
        ofFile_ ? ofFile_.get() : impl_->normalizer.get();
    TENON_RETURN_IF_ERROR(
        impl_->added.finish(normalizer, config_.splitSpecialTokens, where()));
    applySettings();
    return Tokenizer(std::move(impl_));
  }

private:
  const char *where() const {
    if (!files_.tokenizerJson.empty())
      return kJson;
    return config_.isBert() ? kVocab : kVocabJson;
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
    // Constructors of transformers put their settings over those of the file.
    JsonValue preTokenizer = member("pre_tokenizer");
    if (config_.given && isType(preTokenizer, "ByteLevel"))
      setFlag(preTokenizer, "add_prefix_space", config_.addPrefixSpace);
    TENON_ASSIGN_OR_RETURN(impl_->preTokenizer,
                           PreTokenizer::parse(preTokenizer, kJson));
    JsonValue postProcessor = member("post_processor");
    if (config_.changesPostProcessor() &&
        (isType(postProcessor, "RobertaProcessing") ||
         isType(postProcessor, "ByteLevel"))) {
      setFlag(postProcessor, "add_prefix_space", config_.addPrefixSpace);
      setFlag(postProcessor, "trim_offsets", config_.trimOffsets);
    }
    TENON_ASSIGN_OR_RETURN(impl_->postProcessor,
                           PostProcessor::parse(postProcessor, kJson));
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
    if (!config_.isBert() || !isType(value, "BertNormalizer"))
      return Status::ok();
    TENON_ASSIGN_OR_RETURN(
        bool clean,
        JsonObject(value, kJson, "normalizer").boolean("clean_text"));
    ofFile_ = std::move(impl_->normalizer);
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

  /// As convert_slow_tokenizer of transformers.
  Status loadVocabulary() {
    if (files_.vocabTxt.empty() && files_.vocabJson.empty())
      return Status::invalid(kJson, "there is neither it nor a vocab.txt nor a "
                                    "vocab.json");
    TENON_ASSIGN_OR_RETURN(config_, TokenizerConfig::parse(files_, {}));
    if (config_.isBert() && !files_.vocabTxt.empty())
      return loadVocabTxt();
    if (config_.isByteLevel() && !files_.vocabJson.empty())
      return loadVocabJson();
    return Status::invalid(
        kConfig,
        std::string("a ") + (files_.vocabTxt.empty() ? kVocabJson : kVocab) +
            " for the class '" + config_.className + "' isn't supported");
  }

  Status loadVocabTxt() {
    VocabularyBuilder vocabulary(kVocab);
    TENON_RETURN_IF_ERROR(readVocabTxt(files_.vocabTxt, kVocab, vocabulary));
    WordPieceOptions options;
    if (const auto &unk = specialOf(SpecialToken::Unk))
      options.unknownToken = unk->token.content;
    TENON_ASSIGN_OR_RETURN(
        impl_->model,
        WordPiece::make(std::move(vocabulary), std::move(options), kVocab));
    setBertNormalizer(true);
    TENON_ASSIGN_OR_RETURN(
        impl_->preTokenizer,
        PreTokenizer::parse(partOf("BertPreTokenizer"), kVocab));
    impl_->decoder = Decoder::wordPiece("##", true);
    if (!config_.cleanUpTokenizationSpaces)
      config_.cleanUpTokenizationSpaces = true; // BertTokenizer's default.
    return Status::ok();
  }

  Status loadVocabJson() {
    if (files_.mergesTxt.empty())
      return Status::invalid("merges.txt",
                             "it is missing or empty, and vocab.json needs it");
    VocabularyBuilder vocabulary(kVocabJson);
    TENON_RETURN_IF_ERROR(
        parseVocabularyJson(files_.vocabJson, kVocabJson, vocabulary));
    TENON_RETURN_IF_ERROR(
        readMergesTxt(files_.mergesTxt, "merges.txt", vocabulary));
    TENON_ASSIGN_OR_RETURN(impl_->model, Bpe::make(std::move(vocabulary),
                                                   BpeOptions(), kVocabJson));
    JsonValue preTokenizer = partOf("ByteLevel");
    setFlag(preTokenizer, "add_prefix_space", config_.addPrefixSpace);
    TENON_ASSIGN_OR_RETURN(impl_->preTokenizer,
                           PreTokenizer::parse(preTokenizer, kVocabJson));
    TENON_ASSIGN_OR_RETURN(impl_->decoder,
                           Decoder::parse(partOf("ByteLevel"), kVocabJson));
    return Status::ok();
  }

  const std::optional<TokenizerConfig::Special> &
  specialOf(SpecialToken which) const {
    return config_.special[static_cast<size_t>(which)];
  }

  /// The id in the slow tokenizer that the files are for: one that they give
  /// an added token counts there.
  Result<int32_t> idOf(SpecialToken which) const {
    const auto &special = specialOf(which);
    std::optional<int32_t> id;
    if (special) {
      id = tokenToId(special->token.content);
      for (const auto &[given, token] : config_.addedTokens)
        if (token.content == special->token.content && given >= 0 &&
            given <= INT32_MAX)
          id = static_cast<int32_t>(given);
    }
    if (!id)
      return Status::invalid(kConfig, std::string("there is no ") +
                                          specialTokenKey(which));
    return *id;
  }

  /// What belongs to a vocabulary without a tokenizer.json.
  Status setPostProcessor() {
    if (config_.kind == TokenizerKind::Gpt2) {
      std::optional<int32_t> bos;
      if (config_.addBosToken) {
        TENON_ASSIGN_OR_RETURN(bos, idOf(SpecialToken::Bos));
      }
      impl_->postProcessor = PostProcessor::leading(bos);
      return Status::ok();
    }
    TENON_ASSIGN_OR_RETURN(int32_t cls, idOf(SpecialToken::Cls));
    TENON_ASSIGN_OR_RETURN(int32_t sep, idOf(SpecialToken::Sep));
    impl_->postProcessor =
        config_.isBert() ? PostProcessor::bert(cls, sep)
                         : PostProcessor::roberta(cls, sep, config_.trimOffsets,
                                                  config_.addPrefixSpace);
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
    auto idOrUnknown = [&](const std::string &token) {
      std::optional<int32_t> id = tokenToId(token);
      return id ? id : unknown;
    };
    for (size_t i = 0; i < kSpecialTokenCount; ++i)
      if (settings.special[i])
        settings.specialIds[i] = idOrUnknown(*settings.special[i]);
    auto addSpecialId = [&](const std::string &token) {
      if (std::optional<int32_t> id = idOrUnknown(token))
        settings.allSpecialIds.push_back(*id);
    };
    if (config_.given)
      for (const TokenizerConfig::Special &special : config_.allSpecial())
        addSpecialId(special.token.content);
    else
      for (const std::optional<std::string> &token : settings.special)
        if (token)
          addSpecialId(*token);

    settings.refusesWords = config_.isByteLevel() && !config_.addPrefixSpace;
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
  /// The normalizer of the file, if the class replaced it: added tokens are
  /// normalized by it all the same, as they are added before.
  std::unique_ptr<Normalizer> ofFile_;
  TokenizerConfig config_;
};

Result<Tokenizer> Tokenizer::fromFiles(const TokenizerFiles &files) {
  return TokenizerLoader(files).load();
}

} // namespace tenon::tokenizers
