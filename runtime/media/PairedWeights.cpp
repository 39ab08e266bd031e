//===- PairedWeights.cpp - weights, two by two ----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/media/PairedWeights.h"

#include <algorithm>

namespace tenon::media {

PairedWeights::PairedWeights(const AxisWeights &axis) {
  for (int32_t input : axis.first) {
    first.push_back(input / 2);
    pairs = std::max(pairs, (input % 2 + axis.taps + 1) / 2);
  }
  size_t step = 2 * size_t(pairs);
  lows.assign(step * axis.first.size(), 0);
  highs.assign(step * axis.first.size(), 0);
  highBytes.assign(step * axis.first.size(), 0);
  for (size_t i = 0; i < axis.first.size(); ++i)
    for (int t = 0; t < axis.taps; ++t) {
      int32_t weight = axis.weight[i * size_t(axis.taps) + size_t(t)];
      auto low = static_cast<int16_t>(weight);
      size_t place = i * step + size_t(axis.first[i] % 2 + t);
      lows[place] = low;
      highs[place] = highBytes[place] =
          static_cast<int8_t>((weight - low) >> 16);
    }
}

} // namespace tenon::media
