//===- ArenaPackingTest.cpp - which memory each buffer gets ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/ArenaPacking.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

using namespace tenon::runtime;

TEST(ArenaPacking, SharesWhatIsNotUsedAtTheSameTime) {
  std::vector<ArenaItem> items = {{100, 0, 1}, {50, 2, 3}, {10, 1, 2}};
  EXPECT_EQ(packArena(items), 2 * arenaAlignment);
  EXPECT_EQ(items[0].offset, 0u);
  EXPECT_EQ(items[1].offset, 0u);
  EXPECT_EQ(items[2].offset, arenaAlignment);
}

TEST(ArenaPacking, NothingNeedsNothing) {
  EXPECT_EQ(packArena({}), 0u);
  std::vector<ArenaItem> items = {{0, 0, 5}};
  EXPECT_EQ(packArena(items), 0u);
}

TEST(ArenaPacking, TakesTheSmallestGap) {
  // In phase 5 there are gaps where the second and the fourth were.
  std::vector<ArenaItem> items = {{1024, 0, 9}, {512, 0, 0}, {500, 0, 9},
                                  {256, 0, 0},  {200, 0, 9}, {100, 5, 5}};
  packArena(items);
  EXPECT_EQ(items[5].offset, items[3].offset);
}

TEST(ArenaPacking, RandomItemsNeverOverlap) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<ArenaItem> items(random() % 60 + 1);
    for (ArenaItem &item : items) {
      item.size = random() % 5000;
      item.first = random() % 20;
      item.last = item.first + random() % 5;
    }
    uint64_t total = packArena(items), needed = 0;
    for (uint32_t phase = 0; phase < 25; ++phase) {
      uint64_t live = 0;
      for (const ArenaItem &item : items)
        live += item.first <= phase && phase <= item.last ? item.size : 0;
      needed = std::max(needed, live);
    }
    EXPECT_GE(total, needed);
    EXPECT_LE(total, 2 * needed + arenaAlignment * items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      const ArenaItem &a = items[i];
      EXPECT_EQ(a.offset % arenaAlignment, 0u);
      EXPECT_LE(a.offset + a.size, total);
      for (size_t j = 0; j < i; ++j) {
        const ArenaItem &b = items[j];
        bool together = a.first <= b.last && b.first <= a.last;
        bool overlap =
            a.offset < b.offset + b.size && b.offset < a.offset + a.size;
        EXPECT_FALSE(together && overlap && a.size && b.size);
      }
    }
  }
}
