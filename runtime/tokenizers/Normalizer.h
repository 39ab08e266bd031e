//===- Normalizer.h - the first stage of a tokenizer ------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The `normalizer` of a tokenizer.json.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_NORMALIZER_H
#define TENON_RUNTIME_TOKENIZERS_NORMALIZER_H

#include "Json.h"
#include "NormalizedString.h"

#include <array>
#include <memory>
#include <optional>

namespace tenon::tokenizers {

class CharTable;

/// Immutable: any number of threads may use one.
class Normalizer {
public:
  virtual ~Normalizer() = default;
  virtual void normalize(NormalizedString &text) const = 0;

  /// Reads the object of a tokenizer.json; null for JSON null. `where` is the
  /// file's name.
  static Result<std::unique_ptr<Normalizer>> parse(const JsonValue &value,
                                                   const std::string &where);
};

struct BertNormalizerOptions {
  bool cleanText = true, handleChineseChars = true, lowercase = true;
  std::optional<bool> stripAccents; ///< As lowercase if not given.
};

/// BertNormalizer: in one pass over most texts, step by step over those with
/// marks whose order matters.
class BertNormalizer : public Normalizer {
public:
  explicit BertNormalizer(const BertNormalizerOptions &options);
  void normalize(NormalizedString &text) const override;

private:
  bool normalizeAscii(NormalizedString &text) const;
  bool normalizeSimple(NormalizedString &text) const;
  void normalizeStepwise(NormalizedString &text) const;
  unsigned translate(char32_t c, char32_t *out) const;

  BertNormalizerOptions options_;
  bool stripAccents_;
  const CharTable &table_;
  /// For the first code points, what becomes of them: one code point, or one of
  /// the values below.
  static constexpr char32_t kDirect = 0x800, kRemoved = 0x110000,
                            kSeveral = 0x110001;
  std::array<char32_t, kDirect> direct_;
  /// The same for ASCII, 0: removed.
  std::array<char, 128> ascii_;
};

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_NORMALIZER_H
