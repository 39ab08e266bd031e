//===- Pattern.h - what Replace and Split look for --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The patterns of Replace and Split: literal text, and of the regular
// expressions those whose meaning needs no engine: literal text with escapes,
// or one character or [class] with +, {n}, {n,} or {n,m}. Others are refused.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_PATTERN_H
#define TENON_RUNTIME_TOKENIZERS_PATTERN_H

#include "Json.h"
#include "NormalizedString.h"

namespace tenon::tokenizers {

class Pattern {
public:
  /// Reads `{"String": ...}` or `{"Regex": ...}` at 'pattern' of `object`.
  static Result<Pattern> parse(const JsonObject &object);

  static Pattern literal(std::string text);
  /// No value if the expression isn't one of the simple ones.
  static std::optional<Pattern> regex(std::string_view expression);

  /// Appends the matches in `text`, from left to right, none empty, without
  /// overlap.
  void find(std::string_view text,
            std::vector<NormalizedString::Match> &matches) const;

private:
  struct Range {
    char32_t first, last;
  };
  bool inClass(char32_t c) const;
  static bool parseClass(std::string_view &rest, Pattern &pattern);
  static bool parseQuantifier(std::string_view rest, Pattern &pattern);

  std::string literal_; ///< Unless repeat_.
  bool repeat_ = false, negated_ = false;
  std::vector<Range> class_;
  size_t low_ = 1, high_ = SIZE_MAX;
};

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_PATTERN_H
