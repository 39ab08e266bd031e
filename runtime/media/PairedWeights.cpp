//===- PairedWeights.cpp - weights, two by two ----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/media/PairedWeights.h"

#include <algorithm>
#include <limits>

namespace tenon::media {

PairedAxis::PairedAxis(const AxisWeights &axis) {
  for (int32_t input : axis.first) {
    first.push_back(input / 2);
    pairs = std::max(pairs, (input % 2 + axis.taps + 1) / 2);
  }
}

PairedWeights::PairedWeights(const AxisWeights &axis) : PairedAxis(axis) {
  lows.assign(size(), 0);
  highs.assign(size(), 0);
  highBytes.assign(size(), 0);
  for (size_t i = 0; i < first.size(); ++i)
    for (int t = 0; t < axis.taps; ++t) {
      int32_t weight = axis.weight[i * size_t(axis.taps) + size_t(t)];
      auto low = static_cast<int16_t>(weight);
      size_t place = placeOf(axis, i, t);
      lows[place] = low;
      highs[place] = highBytes[place] =
          static_cast<int8_t>((weight - low) >> 16);
    }
}

/// The nearest number to that, divided by 2^shift.
static int32_t divideBy(int32_t weight, int shift) {
  return shift ? (weight + (1 << (shift - 1))) >> shift : weight;
}

CoarseWeights::CoarseWeights(const AxisWeights &axis) : PairedAxis(axis) {
  auto fits = [](int32_t number) {
    using Limits = std::numeric_limits<int16_t>;
    return number >= Limits::min() && number <= Limits::max();
  };
  int shift = 0;
  for (int32_t weight : axis.weight)
    while (!fits(divideBy(weight, shift)))
      ++shift;
  bits = weightBits - shift;
  coarse.assign(size(), 0);
  for (size_t i = 0; i < first.size(); ++i) {
    // The sum of rests times bytes, at least and at most.
    int64_t least = 0, most = 0;
    for (int t = 0; t < axis.taps; ++t) {
      int32_t weight = axis.weight[i * size_t(axis.taps) + size_t(t)];
      int32_t rounded = divideBy(weight, shift);
      coarse[placeOf(axis, i, t)] = static_cast<int16_t>(rounded);
      int64_t rest = weight - int64_t(rounded) * (int64_t(1) << shift);
      (rest < 0 ? least : most) += 255 * rest;
    }
    constexpr int64_t half = int64_t(1) << (weightBits - 1);
    auto floorOf = [&](int64_t sum) {
      return static_cast<int32_t>(sum >> shift);
    };
    start.push_back(floorOf(half + least));
    slack.push_back(-floorOf(-half - most) - start.back());
  }
}

bool CoarseWeights::pay() const {
  // In instructions for three channels of sixteen rows: half the products of a
  // pair are saved; marks are made, and looked at; a sum that is open costs a
  // jump that wasn't expected.
  constexpr double savedByPair = 12, marks = 60, openSum = 120, openPair = 7;
  double open = 0; // Of all sums.
  for (int32_t more : slack)
    open += more;
  open /=
      double(int64_t(1) << bits) * double(std::max<size_t>(slack.size(), 1));
  return savedByPair * pairs > marks + 48 * open * (openSum + openPair * pairs);
}

} // namespace tenon::media
