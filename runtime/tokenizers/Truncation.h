//===- Truncation.h - cutting texts to a length -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Which tokens of one or two texts fit into a length, and how the others make
// further windows.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_TRUNCATION_H
#define TENON_RUNTIME_TOKENIZERS_TRUNCATION_H

#include "Encoding.h"

#include "support/Status.h"

#include <array>

namespace tenon::tokenizers {

/// A range of tokens of one text.
struct TokenWindow {
  size_t begin, end;
};

/// The windows of each text of a pair; the first one is the one that is kept.
using TextWindows = std::array<std::vector<TokenWindow>, 2>;

/// The windows of a text of `size` tokens that is cut to `maxLength`. Fails if
/// `stride` leaves no progress.
Result<std::vector<TokenWindow>> makeWindows(size_t size, size_t maxLength,
                                             size_t stride, Side side);

/// The numbers of special tokens that lengths include.
struct SpecialCounts {
  size_t single; ///< Around one text: what the stride is checked against.
  size_t added;  ///< That will be added to these texts.
};

/// The windows of texts of `sizes` tokens.
Result<TextWindows> truncate(const Truncation &cut, const size_t sizes[2],
                             bool pair, SpecialCounts special);

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_TRUNCATION_H
