//===- PairedWeights.h - weights, two by two ---------------------*- C++
//-*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
//
// The generated passes over rows and columns both take inputs two by two, as
// processors multiply and add them so.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MEDIA_PAIREDWEIGHTS_H
#define TENON_RUNTIME_MEDIA_PAIREDWEIGHTS_H

#include "runtime/media/Resample.h"
#include "runtime/media/View.h"

namespace tenon::media {

/// An axis whose outputs read whole pairs of inputs: from pair first[i] on,
/// which has inputs 2 * first[i] and the next. All of a last pair's weights may
/// be zero; it may lie behind the axis.
struct PairedWeights {
  int pairs = 0; ///< For each output.
  std::vector<int32_t> first;
  /// The parts of weights: [output][pair][of the pair].
  std::vector<int16_t> lows, highs;
  std::vector<int8_t> highBytes; ///< The same as `highs`.

  PairedWeights() = default;
  explicit PairedWeights(const AxisWeights &axis);
};

/// Those of `count` outputs from `begin` on, for generated functions. Their
/// first pairs are given apart.
struct PairedViews {
  PairedViews(const PairedWeights &axis, const int32_t *firsts, int begin,
              int count)
      : first(firsts, {{count, 1}}),
        lows(axis.lows.data() + int64_t(2) * axis.pairs * begin,
             {{2, 1}, {axis.pairs, 2}, {count, int64_t(2) * axis.pairs}}),
        highs(axis.highs.data() + int64_t(2) * axis.pairs * begin,
              {{2, 1}, {axis.pairs, 2}, {count, int64_t(2) * axis.pairs}}),
        highBytes(axis.highBytes.data() + int64_t(2) * axis.pairs * begin,
                  {{2, 1}, {axis.pairs, 2}, {count, int64_t(2) * axis.pairs}}) {
  }

  View<int32_t, 1> first;
  View<int16_t, 3> lows, highs;
  View<int8_t, 3> highBytes;
};

} // namespace tenon::media

#endif // TENON_RUNTIME_MEDIA_PAIREDWEIGHTS_H
