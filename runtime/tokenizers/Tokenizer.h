//===- Tokenizer.h - text to token ids and back -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The tokenizer of a checkpoint, read from its files and equal to what
// transformers 4.57.6 makes of them (over `tokenizers` 0.22.2). This and
// Encoding.h are the public headers of the folder.
//
//     TENON_ASSIGN_OR_RETURN(Tokenizer tokenizer,
//                            Tokenizer::fromFiles({.tokenizerJson = json}));
//     TENON_ASSIGN_OR_RETURN(Encoding encoding,
//                            tokenizer.encode(TextInput("Hello"), {}));
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_TOKENIZER_H
#define TENON_RUNTIME_TOKENIZERS_TOKENIZER_H

#include "Encoding.h"

#include "support/Status.h"

#include <memory>
#include <string>

namespace tenon::tokenizers {

/// The contents of a checkpoint's files; empty where there is no such file.
/// Read by Tokenizer::fromFiles only.
struct TokenizerFiles {
  std::string_view tokenizerJson = {};    ///< tokenizer.json
  std::string_view vocabTxt = {};         ///< vocab.txt, if no tokenizer.json
  std::string_view vocabJson = {};        ///< vocab.json, if neither
  std::string_view mergesTxt = {};        ///< merges.txt, with vocab.json
  std::string_view tokenizerConfig = {};  ///< tokenizer_config.json
  std::string_view specialTokensMap = {}; ///< special_tokens_map.json
  std::string_view addedTokens = {};      ///< added_tokens.json
  /// `model_type` of config.json: the class to assume where
  /// tokenizer_config.json names none.
  std::string_view modelType = {};
};

enum class SpecialToken { Bos, Eos, Unk, Sep, Pad, Cls, Mask };
constexpr size_t kSpecialTokenCount = 7;

struct DecodeOptions {
  bool skipSpecialTokens = false;
  /// Without a value, as tokenizer_config.json says.
  std::optional<bool> cleanUpTokenizationSpaces;
};

/// An encoding of a batch; long texts take several.
struct BatchEncoding {
  std::vector<Encoding> encodings;
  /// The index of the input that each encoding is of.
  std::vector<size_t> inputs;
};

/// Immutable and cheap to copy; any number of threads may use one.
class Tokenizer {
public:
  /// Reads a tokenizer.json as the program that it is (as tokenizers'
  /// from_file), or a vocab.txt (as transformers' BertTokenizer), or a
  /// vocab.json and a merges.txt (as GPT2Tokenizer). With a
  /// tokenizer_config.json or a modelType, its settings and special tokens are
  /// applied as transformers applies them. Truncation and padding of the file
  /// are not used. Errors are `FILE: WHAT`; a component that there is no code
  /// for is named: `tokenizer.json: normalizer of type 'X' isn't supported`.
  static Result<Tokenizer> fromFiles(const TokenizerFiles &files);

  /// Encodes a text or a pair. Errors: invalid UTF-8, with the position of the
  /// byte (`text: byte 12: invalid UTF-8`); truncation that can't be done;
  /// padding without a pad token; a vocabulary without its unknown token, if a
  /// text needs it.
  Result<Encoding> encode(const EncodeInput &input,
                          const EncodeOptions &options = {}) const;

  /// Encodes several; padding without a length is to the longest. The windows
  /// of a long text follow it in `encodings`, each with an empty `overflow`.
  Result<BatchEncoding> encodeBatch(std::span<const EncodeInput> inputs,
                                    const EncodeOptions &options = {}) const;

  /// Text of ids. Ids without a token are passed over, as transformers does;
  /// negative ones are errors.
  Result<std::string> decode(std::span<const int32_t> ids,
                             const DecodeOptions &options = {}) const;
  /// Text of tokens, as `convert_tokens_to_string`.
  Result<std::string> decodeTokens(std::vector<std::string> tokens) const;

  std::optional<int32_t> tokenToId(std::string_view token) const;
  /// Valid as long as a copy of this tokenizer lives.
  std::optional<std::string_view> idToToken(int32_t id) const;

  /// The number of different tokens, added ones included: len(tokenizer).
  size_t vocabularySize() const;
  /// The largest id that encode() can return, unless a post-processor's own ids
  /// are larger; -1 if there is none. A model needs one more row than this.
  int32_t largestId() const;

  /// A special token's text and id; no value if the tokenizer has none.
  std::optional<std::string_view> specialToken(SpecialToken which) const;
  std::optional<int32_t> specialTokenId(SpecialToken which) const;
  /// The ids of all special tokens, named or additional: `all_special_ids`.
  const std::vector<int32_t> &allSpecialIds() const;
  /// The number of special tokens around one text or a pair.
  size_t specialTokensToAdd(bool pair) const;

  /// In tokens; SIZE_MAX if no limit is given.
  size_t modelMaxLength() const;
  /// The names of a model's inputs: input_ids, token_type_ids, ….
  const std::vector<std::string> &modelInputNames() const;
  Side paddingSide() const;
  Side truncationSide() const;
  /// What a token begins with that continues a word ("##"); may be empty.
  std::string_view continuingPrefix() const;

private:
  friend class TokenizerLoader;
  friend class TextStream;
  struct Impl;
  explicit Tokenizer(std::shared_ptr<const Impl> impl)
      : impl_(std::move(impl)) {}

  std::shared_ptr<const Impl> impl_;
};

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_TOKENIZER_H
