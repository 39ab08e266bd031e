//===- PairedWeightsTest.cpp ----------------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/media/PairedWeights.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace tenon::media {
namespace {

/// Both sums of the bytes that an output sees, in the coarse ones' units: the
/// exact one rounded down, as those are compared.
struct Sums {
  int64_t exact, least, most;
};

Sums sumsOf(const AxisWeights &axis, const CoarseWeights &coarse, size_t output,
            const std::function<int(int tap, int64_t rest)> &byteAt) {
  int shift = weightBits - coarse.bits;
  int64_t exact = int64_t(1) << (weightBits - 1);
  int64_t sum = coarse.start[output];
  for (int t = 0; t < axis.taps; ++t) {
    int64_t weight = axis.weight[output * size_t(axis.taps) + size_t(t)];
    int64_t rounded =
        coarse
            .coarse[2 * size_t(coarse.pairs) * output +
                    size_t(axis.first[output] - 2 * coarse.first[output] + t)];
    int byte = byteAt(t, weight - (rounded << shift));
    exact += weight * byte;
    sum += rounded * byte;
  }
  return {exact >> shift, sum, sum + coarse.slack[output]};
}

TEST(CoarseWeights, BoundExactSums) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    int from = 1 + int(random() % (round % 3 ? 3000 : 40));
    int64_t size = 1 + random() % 300;
    auto filter = Filter(1 + random() % 5);
    AxisWeights axis = axisWeights(from, 0, float(from), size, 0, size, filter);
    CoarseWeights coarse(axis);
    ASSERT_LE(coarse.bits, weightBits);
    for (int i = 0; i < 5; ++i) {
      size_t output = random() % axis.first.size();
      Sums some = sumsOf(axis, coarse, output,
                         [&](int, int64_t) { return int(random() % 256); });
      EXPECT_LE(some.least, some.exact);
      EXPECT_GE(some.most, some.exact);
      // The worst that there may be: the bounds leave nothing out, and no room.
      Sums least = sumsOf(axis, coarse, output,
                          [](int, int64_t rest) { return rest < 0 ? 255 : 0; });
      EXPECT_EQ(least.least, least.exact);
      Sums most = sumsOf(axis, coarse, output,
                         [](int, int64_t rest) { return rest > 0 ? 255 : 0; });
      EXPECT_GE(most.most, most.exact);
      EXPECT_LE(most.most, most.exact + 1);
    }
  }
}

TEST(CoarseWeights, AreExactWhereWeightsAreSmall) {
  AxisWeights axis =
      axisWeights(100000, 0, 100000, 10, 0, 10, Filter::Bilinear);
  CoarseWeights coarse(axis);
  EXPECT_EQ(coarse.bits, weightBits);
  for (int32_t slack : coarse.slack)
    EXPECT_EQ(slack, 0);
}

} // namespace
} // namespace tenon::media
