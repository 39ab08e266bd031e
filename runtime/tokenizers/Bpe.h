//===- Bpe.h - byte-pair encoding -------------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The model of GPT-2 and the like: a word begins as characters, and the two
// neighbours whose pair comes first in a list of merges become one token, again
// and again. Follows models/bpe of `tokenizers` 0.22.2.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_BPE_H
#define TENON_RUNTIME_TOKENIZERS_BPE_H

#include "MergeTable.h"
#include "Model.h"

#include <array>
#include <atomic>

namespace tenon::tokenizers {

struct BpeOptions {
  /// Stands for characters that aren't in the vocabulary; without one, they are
  /// left out.
  std::optional<std::string> unknownToken;
  std::string prefix;        ///< Of characters behind the first one of a word.
  std::string suffix;        ///< Of the last character of a word.
  bool fuseUnknown = false;  ///< Unknown characters side by side are one token.
  bool byteFallback = false; ///< Unknown characters are bytes such as <0x0A>.
  bool ignoreMerges = false; ///< A word that is a token is that token.
};

class Bpe : public Model {
public:
  /// Fails if a merge has or makes a token that isn't in the vocabulary.
  static Result<std::unique_ptr<Model>> make(VocabularyBuilder vocabulary,
                                             BpeOptions options,
                                             const std::string &where);

  /// Reads the model of a tokenizer.json.
  static Result<std::unique_ptr<Model>> parse(const JsonObject &object,
                                              VocabularyBuilder vocabulary);

  /// Takes O(n log n) for a word of n characters, whatever the word.
  Status tokenize(std::string_view word,
                  std::vector<ModelToken> &out) const override;
  std::string_view continuingPrefix() const override { return options_.prefix; }
  std::string_view unknownToken() const override {
    return options_.unknownToken ? std::string_view(*options_.unknownToken)
                                 : std::string_view();
  }

private:
  class Symbols;

  Status readMerges(const VocabularyBuilder &vocabulary);
  void makeCharacterTables();
  Status split(std::string_view word, Symbols &symbols) const;
  int32_t characterId(std::string_view character, bool first, bool last) const;
  bool addBytes(std::string_view character, bool first, bool last,
                Symbols &symbols) const;

  BpeOptions options_;
  std::string where_;
  MergeTable merges_;
  std::optional<int32_t> unknown_;

  /// The ids of the first characters, as the first one of a word and behind it;
  /// -1 if there is none.
  static constexpr char32_t kDirect = 0x200;
  std::array<int32_t, kDirect> firstIds_, restIds_;
  std::array<int32_t, 256> byteIds_; ///< Of <0x00> and so on, or -1.

  /// What is known of a token that is looked up as a word, by its place in
  /// vocabulary_.all(): most words of a text are one token, and need no
  /// merging when that is known.
  enum WordKind : uint8_t { Unseen, IsItself, HasParts };
  mutable std::vector<std::atomic<uint8_t>> wordKinds_;
};

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_BPE_H
