//===- ScoreMathTest.cpp - loops over scores ------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/ScoreMath.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace tenon::generation {
namespace {

std::vector<float> randomValues(size_t count, unsigned seed, float deviation) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> values(count);
  for (float &value : values)
    value = normal(engine);
  return values;
}

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(ScoreMath, ExpIsNearlyExact) {
  for (float x = 0; x > -87; x = x * 1.0003f - 1e-5f) {
    double exact = std::exp(static_cast<double>(x));
    EXPECT_NEAR(expOfNegative(x), exact, exact * 2.5e-7) << x;
  }
  EXPECT_EQ(expOfNegative(0), 1);
  EXPECT_EQ(expOfNegative(-88), 0);
  EXPECT_EQ(expOfNegative(kImpossible), 0);
}

TEST(ScoreMath, LargestOfAnyLength) {
  EXPECT_EQ(largest({}), kImpossible);
  for (size_t count : {1, 5, 16, 17, 255, 256, 257, 5003}) {
    auto values = randomValues(count, static_cast<unsigned>(count), 3);
    auto found = std::max_element(values.begin(), values.end());
    float max = *found;
    auto index = static_cast<size_t>(found - values.begin());
    EXPECT_EQ(largest(values), max) << count;
    EXPECT_EQ(indexOfLargest(values), index);
    values.push_back(max); // The first one counts.
    EXPECT_EQ(indexOfLargest(values), index);
  }
}

TEST(ScoreMath, FindsNans) {
  for (size_t count : {1, 16, 19, 300})
    for (size_t at : {size_t(0), count / 2, count - 1}) {
      auto values = randomValues(count, 1, 1);
      EXPECT_FALSE(hasNan(values));
      values[at] = kNan;
      EXPECT_TRUE(hasNan(values)) << count << ' ' << at;
    }
}

TEST(ScoreMath, NansAreNoMaximum) {
  std::vector<float> values = {kNan, 1, kNan, 2, kImpossible};
  EXPECT_EQ(largest(values), 2);
  EXPECT_EQ(indexOfLargest(values), 3u);
  EXPECT_EQ(kthLargest(values, 2), 1);
  EXPECT_EQ(kthLargest(values, 9), kImpossible);
  EXPECT_EQ(kthLargest(std::vector<float>{kNan}, 1), kImpossible);
}

TEST(ScoreMath, KthLargestAsSorted) {
  for (size_t count : {1, 30, 700, 5003}) {
    auto values = randomValues(count, 7, 2);
    for (float &value : values) // Many equal ones.
      value = std::round(value * 20) / 20;
    auto sorted = values;
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    for (size_t k : {1, 2, 20, 50, 999})
      EXPECT_EQ(kthLargest(values, k), sorted[std::min(k, count) - 1]);
  }
}

TEST(ScoreMath, IndicesOfLargestAreStable) {
  std::vector<float> values = {1, 3, 2, 3, kImpossible, 2};
  EXPECT_EQ(indicesOfLargest(values, 4), (std::vector<size_t>{1, 3, 2, 5}));
  EXPECT_EQ(indicesOfLargest(values, 9),
            (std::vector<size_t>{1, 3, 2, 5, 0, 4}));
}

TEST(ScoreMath, CandidatesOfSeveralRows) {
  auto a = randomValues(3000, 1, 2), b = randomValues(3000, 2, 2);
  SoftmaxScale scaleA = softmaxScale(a), scaleB = softmaxScale(b);
  TopCandidates top(20);
  top.offer(a, scaleA, -1, 0);
  top.offer(b, scaleB, -0.5f, 3000);
  std::vector<std::pair<float, size_t>> all;
  for (size_t i = 0; i < 3000; ++i) {
    all.emplace_back(-(scaleA.logProbability(a[i]) - 1), i);
    all.emplace_back(-(scaleB.logProbability(b[i]) - 0.5f), i + 3000);
  }
  std::sort(all.begin(), all.end());
  auto found = top.take();
  ASSERT_EQ(found.size(), 20u);
  for (size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(found[i].index, all[i].second);
    EXPECT_EQ(found[i].score, -all[i].first);
  }
}

TEST(ScoreMath, SoftmaxAsInDouble) {
  for (size_t count : {1, 15, 300, 50257}) {
    auto values = randomValues(count, 3, 5);
    double max = *std::max_element(values.begin(), values.end()), sum = 0;
    for (float value : values)
      sum += std::exp(value - max);
    SoftmaxScale scale = softmaxScale(values);
    EXPECT_NEAR(scale.sum, sum, sum * 1e-6);
    normalizeScores(values);
    double total = 0;
    for (float value : values)
      total += std::exp(static_cast<double>(value));
    EXPECT_NEAR(total, 1, 1e-5);
  }
}

TEST(ScoreMath, SoftmaxOfNothingPossible) {
  std::vector<float> values(40, kImpossible);
  EXPECT_TRUE(std::isnan(softmaxScale(values).sum));
}

TEST(ScoreMath, DrawsInOrder) {
  // Room: 1, 2, 1 of 4.
  std::vector<float> values = {0, std::log(2.0f), 0, kImpossible};
  EXPECT_EQ(drawIndex(values, 0), 0u);
  EXPECT_EQ(drawIndex(values, 0.2499), 0u);
  EXPECT_EQ(drawIndex(values, 0.2501), 1u);
  EXPECT_EQ(drawIndex(values, 0.7499), 1u);
  EXPECT_EQ(drawIndex(values, 0.7501), 2u);
  EXPECT_EQ(drawIndex(values, 0x1.fffffffffffffp-1), 2u);
}

TEST(ScoreMath, DrawsNothingImpossible) {
  std::vector<float> values(1000, kImpossible);
  for (size_t i : {5, 400, 401, 998})
    values[i] = 1;
  for (int i = 0; i <= 1000; ++i) {
    double uniform = std::min(i / 1000.0, 0x1.fffffffffffffp-1);
    EXPECT_EQ(values[drawIndex(values, uniform)], 1);
    EXPECT_EQ(values[UrnOfScores(values).take(uniform)], 1);
  }
}

TEST(ScoreMath, UrnIsEmptiedOnce) {
  auto values = randomValues(700, 4, 1);
  values[3] = values[650] = kImpossible;
  UrnOfScores urn(values);
  std::vector<size_t> drawn;
  for (size_t i = 0; i < 700; ++i)
    drawn.push_back(urn.take(0.37));
  // What is impossible comes when nothing else is left.
  EXPECT_EQ(drawn[698], 3u);
  EXPECT_EQ(drawn[699], 650u);
  std::sort(drawn.begin(), drawn.end());
  for (size_t i = 0; i < 700; ++i)
    EXPECT_EQ(drawn[i], i);
}

TEST(ScoreMath, UrnDrawsLikeDrawIndexAtFirst) {
  auto values = randomValues(900, 5, 2);
  for (int i = 0; i < 500; ++i)
    EXPECT_EQ(UrnOfScores(values).take(i / 500.0),
              drawIndex(values, i / 500.0));
}

} // namespace
} // namespace tenon::generation
