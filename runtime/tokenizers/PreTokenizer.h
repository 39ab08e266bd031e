//===- PreTokenizer.h - the second stage of a tokenizer ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The `pre_tokenizer` of a tokenizer.json: splits a normalized text into words.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_PRETOKENIZER_H
#define TENON_RUNTIME_TOKENIZERS_PRETOKENIZER_H

#include "Json.h"
#include "NormalizedString.h"

#include <memory>

namespace tenon::tokenizers {

/// A text and the words found in it so far: ranges of its bytes, in order, none
/// empty. A word is the whole text to begin with.
struct PreTokens {
  using Span = NormalizedString::Match;

  NormalizedString text;
  std::vector<Span> spans;
  std::vector<Span> next; ///< Room for the spans of the next stage.
};

/// Immutable: any number of threads may use one.
class PreTokenizer {
public:
  virtual ~PreTokenizer() = default;
  virtual void split(PreTokens &tokens) const = 0;

  /// Reads the object of a tokenizer.json; null for JSON null. `where` is the
  /// file's name.
  static Result<std::unique_ptr<PreTokenizer>> parse(const JsonValue &value,
                                                     const std::string &where);
};

/// What becomes of the delimiters that a pre-tokenizer finds.
enum class DelimiterBehavior {
  Removed,
  Isolated,
  MergedWithPrevious,
  MergedWithNext,
  Contiguous
};

/// A piece of a text, a delimiter or what lies between.
struct DelimiterPiece {
  NormalizedString::Match span;
  bool isDelimiter;
};

/// Appends to `out` what `behavior` makes of `pieces`, which cover a text.
void applyBehavior(const std::vector<DelimiterPiece> &pieces,
                   DelimiterBehavior behavior,
                   std::vector<PreTokens::Span> &out);

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_PRETOKENIZER_H
