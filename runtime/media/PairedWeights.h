//===- PairedWeights.h - weights, two by two --------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The generated passes over rows and columns both take inputs two by two, as
// processors multiply and add them so.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MEDIA_PAIREDWEIGHTS_H
#define TENON_RUNTIME_MEDIA_PAIREDWEIGHTS_H

#include "runtime/media/Resample.h"

namespace tenon::media {

/// An axis whose outputs read whole pairs of inputs: from pair first[i] on,
/// which has inputs 2 * first[i] and the next. All of a last pair's weights may
/// be zero; it may lie behind the axis.
struct PairedAxis {
  int pairs = 0; ///< For each output.
  std::vector<int32_t> first;

  PairedAxis() = default;
  explicit PairedAxis(const AxisWeights &axis);

protected:
  size_t size() const { return 2 * size_t(pairs) * first.size(); }
  /// Where the weight of an output's tap is: [output][pair][of the pair].
  size_t placeOf(const AxisWeights &axis, size_t output, int tap) const {
    return 2 * size_t(pairs) * output + size_t(axis.first[output] % 2 + tap);
  }
};

/// Exact weights, in parts: see ColumnPass in kernels/Resample.cpp.
struct PairedWeights : PairedAxis {
  std::vector<int16_t> lows, highs; ///< [output][pair][of the pair]
  std::vector<int8_t> highBytes;    ///< The same as `highs`.

  explicit PairedWeights(const AxisWeights &axis);
};

/// Weights rounded to 16 bits, which processors multiply at once, and how far a
/// sum may be off for it: of most sums that is enough to know the byte that the
/// exact one is. With weight = coarse * unit + rest for each, where the unit is
/// 2^(weightBits - bits), an exact sum of weighted bytes, and half, is in units
/// at least start plus the sum of coarse weights times bytes, and at most
/// `slack` more.
struct CoarseWeights : PairedAxis {
  int bits = weightBits;             ///< Behind the point, as many as fit.
  std::vector<int16_t> coarse;       ///< [output][pair][of the pair]
  std::vector<int32_t> start, slack; ///< [output]

  explicit CoarseWeights(const AxisWeights &axis);

  /// Whether these are faster than exact weights, with the sums they leave
  /// open.
  bool pay() const;
};

} // namespace tenon::media

#endif // TENON_RUNTIME_MEDIA_PAIREDWEIGHTS_H
