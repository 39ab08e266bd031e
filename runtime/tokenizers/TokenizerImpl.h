//===- TokenizerImpl.h - the parts of a tokenizer ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What a Tokenizer is made of; shared by Tokenizer.cpp, which uses it, and
// Loader.cpp, which fills it.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_TOKENIZERIMPL_H
#define TENON_RUNTIME_TOKENIZERS_TOKENIZERIMPL_H

#include "AddedTokens.h"
#include "Decoder.h"
#include "PostProcessor.h"
#include "PreTokenizer.h"
#include "Tokenizer.h"

#include <array>

namespace tenon::tokenizers {

/// What transformers keeps beside the tokenizer proper.
struct TokenizerSettings {
  std::array<std::optional<std::string>, kSpecialTokenCount> special;
  std::array<std::optional<int32_t>, kSpecialTokenCount> specialIds;
  std::vector<int32_t> allSpecialIds;
  size_t modelMaxLength = SIZE_MAX;
  std::vector<std::string> modelInputNames = {"input_ids", "token_type_ids",
                                              "attention_mask"};
  Side paddingSide = Side::Right, truncationSide = Side::Right;
  bool cleanUpTokenizationSpaces = false;
  /// The class takes no words, as it would not put a space before them.
  bool refusesWords = false;
};

struct Tokenizer::Impl {
  std::unique_ptr<Normalizer> normalizer;     ///< May be null.
  std::unique_ptr<PreTokenizer> preTokenizer; ///< May be null.
  std::unique_ptr<Model> model;
  PostProcessor postProcessor;
  std::unique_ptr<Decoder> decoder; ///< May be null.
  AddedVocabulary added;
  TokenizerSettings settings;

  /// Memory of one call, used again for each text of a batch.
  struct Scratch {
    PreTokens tokens;
    NormalizedString whole;
    std::vector<AddedVocabulary::Part> rawParts, parts;
    std::vector<ModelToken> modelTokens;
    TextTokens texts[2];
  };

  Status encodeText(const TextInput &input, const char *name, TextTokens &out,
                    Scratch &scratch) const;
  Status encodePlain(std::string_view text, const std::string &name,
                     int32_t word, TextTokens &out, Scratch &scratch) const;
  Status encodePart(std::string_view text, uint32_t base, int32_t word,
                    int32_t &nextWord, TextTokens &out, Scratch &scratch) const;
  Status encodeWords(const PreTokens &tokens, int32_t word, int32_t &nextWord,
                     TextTokens &out, Scratch &scratch) const;
  std::optional<std::string_view> idToToken(int32_t id) const;
  void add(TextTokens &out, int32_t id, Encoding::Offset offset, int32_t word,
           std::string_view addedText) const;
  Result<Encoding> encode(const EncodeInput &input,
                          const EncodeOptions &options, Scratch &scratch) const;
  Status padAll(std::span<Encoding> encodings, const Padding &padding) const;
  /// The token that an id is decoded to; none if it is left out.
  Result<std::optional<std::string_view>>
  tokenToDecode(int32_t id, const DecodeOptions &options) const;
  Result<std::string> join(std::vector<std::string> tokens) const;
};

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_TOKENIZERIMPL_H
