//===- TokenizerConfig.h - what transformers adds ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// tokenizer_config.json, special_tokens_map.json and added_tokens.json, read as
// PreTrainedTokenizerBase._from_pretrained of transformers 4.57.6 does.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_TOKENIZERCONFIG_H
#define TENON_RUNTIME_TOKENIZERS_TOKENIZERCONFIG_H

#include "AddedTokens.h"
#include "Tokenizer.h"

#include <array>
#include <map>

namespace tenon::tokenizers {

/// The classes of transformers, as far as their constructors differ.
enum class TokenizerKind {
  Other,
  Bert, ///< Its settings replace those of the normalizer; vocab.txt will do.
  // Byte-level ones, for which vocab.json and merges.txt will do. The
  // constructors of the last two also change the post-processor.
  Gpt2,
  Roberta,
  Bart
};

struct TokenizerConfig {
  /// Whether any of the files, or a model type, was given at all. Without, a
  /// tokenizer.json is taken by itself.
  bool given = false;
  /// Without "Fast"; empty if unknown.
  std::string className;
  TokenizerKind kind = TokenizerKind::Other;
  bool isBert() const { return kind == TokenizerKind::Bert; }
  bool isByteLevel() const { return !isBert() && kind != TokenizerKind::Other; }
  bool changesPostProcessor() const {
    return kind == TokenizerKind::Roberta || kind == TokenizerKind::Bart;
  }
  // Settings of BERT's, then of byte-level classes.
  bool lowerCase = true, chineseChars = true;
  std::optional<bool> stripAccents;
  bool addPrefixSpace = false, addBosToken = false, trimOffsets = true;

  /// A special token, as text or with the flags of an added token.
  struct Special {
    AddedToken token;
    bool isText = false;
  };
  std::array<std::optional<Special>, kSpecialTokenCount> special;
  std::vector<Special> additional;
  /// The tokens of "added_tokens_decoder", or of the older files, by id.
  std::map<int64_t, AddedToken> addedTokens;

  std::optional<std::vector<std::string>> modelInputNames;
  size_t modelMaxLength = SIZE_MAX;
  std::optional<Side> paddingSide, truncationSide;
  std::optional<bool> cleanUpTokenizationSpaces;
  bool splitSpecialTokens = false;
  /// Keys of special tokens that the file names, null included.
  std::array<bool, kSpecialTokenCount> named{};

  /// `tokenizerJson`: the tokens of its "added_tokens", by id, which count
  /// where tokenizer_config.json has no "added_tokens_decoder".
  static Result<TokenizerConfig>
  parse(const TokenizerFiles &files,
        const std::map<int64_t, AddedToken> &tokenizerJson);

  /// The tokens that transformers adds when it has loaded the tokenizer.
  std::vector<AddedToken> tokensToAdd(const AddedVocabulary &present) const;

  /// The special tokens, named and additional, without repetition.
  std::vector<Special> allSpecial() const;

private:
  Status parseMain(const JsonObject &config);
  Status parseSpecialTokens(const JsonObject &config);
  void makeSpecialTokens(bool fromVocabulary);
  Status parseClass(const TokenizerFiles &files, const JsonValue &config);
  Status parseAddedTokens(const JsonObject &config);
  Status parseSpecialMap(std::string_view text);
  Status parseOldAddedTokens(std::string_view text);
};

/// The key of a special token in the files: "cls_token".
const char *specialTokenKey(SpecialToken which);

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_TOKENIZERCONFIG_H
