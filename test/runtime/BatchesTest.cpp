//===- BatchesTest.cpp - which texts run together -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/Batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

using namespace tenon::heads;

using Batches = std::vector<std::vector<size_t>>;

static size_t paddedTokens(const Batches &batches,
                           const std::vector<size_t> &lengths) {
  size_t tokens = 0;
  for (const auto &batch : batches)
    tokens += batch.size() * lengths[batch.front()];
  return tokens;
}

TEST(Batches, AreAllThereOnceAndWithinTheLimits) {
  std::mt19937 random(7);
  for (size_t count : {0, 1, 2, 31, 100, 257}) {
    std::vector<size_t> lengths;
    for (size_t i = 0; i < count; ++i)
      lengths.push_back(1 + random() % (i % 7 ? 60 : 700));
    for (size_t maxRows : {1, 3, 32}) {
      std::vector<size_t> seen(count);
      for (const auto &batch : planBatches(lengths, maxRows)) {
        ASSERT_FALSE(batch.empty());
        EXPECT_LE(batch.size(), maxRows);
        for (size_t item : batch) {
          ++seen[item];
          EXPECT_LE(lengths[item], lengths[batch.front()]);
        }
        if (batch.size() > 1)
          EXPECT_LE(batch.size() * lengths[batch.front()], 4096u);
      }
      EXPECT_EQ(std::count(seen.begin(), seen.end(), 1u),
                static_cast<std::ptrdiff_t>(count));
    }
  }
}

TEST(Batches, EqualLengthsRunTogether) {
  EXPECT_EQ(planBatches(std::vector<size_t>(8, 128), 32).size(), 1u);
  EXPECT_EQ(planBatches(std::vector<size_t>(8, 128), 5).size(), 2u);
  // One that is too long for others to join runs alone.
  EXPECT_EQ(planBatches(std::vector<size_t>{5000, 5000}, 32).size(), 2u);
}

TEST(Batches, MixedLengthsAreHardlyPadded) {
  std::vector<size_t> lengths = {7, 24, 41, 59, 76, 93, 111, 128};
  Batches batches = planBatches(lengths, 32);
  EXPECT_LE(paddedTokens(batches, lengths), 600u); // 539 without, 1,024 as one
  EXPECT_EQ(batches.front(), std::vector<size_t>{7});
}

TEST(Batches, ShortTextsShareTheWeights) {
  // Eight calls would read the weights eight times.
  std::vector<size_t> lengths = {3, 4, 5, 6, 7, 8, 3, 4};
  EXPECT_EQ(planBatches(lengths, 32).size(), 1u);
}
