//===- UnicodeTables.h - Unicode as tokenizers sees it ----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Tables behind Unicode.h. The Hugging Face `tokenizers` library mixes several
// Unicode versions (categories of Unicode 8, normalization of 9, case mapping,
// \w and numeric of 16 and 17, \p{L} and \p{N} of 16), so its classes are
// stored here as runs, and where its normalization differs from utf8proc's
// (Unicode 15), as exceptions.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_UNICODETABLES_H
#define TENON_RUNTIME_TOKENIZERS_UNICODETABLES_H

#include <cstddef>
#include <cstdint>

namespace tenon::tokenizers {

struct CodePointRange {
  uint32_t first, last;
};
struct LowerChange {
  uint32_t first, last;
  int32_t add;
};

/// Alternately the number of code points outside and inside the class.
extern const uint32_t kWhitespaceRuns[], kControlRuns[], kPunctuationRuns[],
    kNonspacingMarkRuns[], kCombiningMarkRuns[], kNumericRuns[], kWordRuns[],
    kLetterRuns[], kNumberRuns[];
extern const size_t kWhitespaceRunCount, kControlRunCount, kPunctuationRunCount,
    kNonspacingMarkRunCount, kCombiningMarkRunCount, kNumericRunCount,
    kWordRunCount, kLetterRunCount, kNumberRunCount;

/// Marks and decompositions that utf8proc has and the library lacks.
extern const CodePointRange kUnknownClass[], kUnknownCanonical[],
    kUnknownCompatibility[];
extern const size_t kUnknownClassCount, kUnknownCanonicalCount,
    kUnknownCompatibilityCount;

/// Lower case that utf8proc lacks.
extern const LowerChange kLowerChanges[];
extern const size_t kLowerChangeCount;

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_UNICODETABLES_H
