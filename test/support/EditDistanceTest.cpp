//===- EditDistanceTest.cpp - "did you mean" ------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/EditDistance.h"

#include <gtest/gtest.h>

using namespace tenon;

TEST(EditDistance, CountsEditsAndSwaps) {
  EXPECT_EQ(editDistance("", ""), 0u);
  EXPECT_EQ(editDistance("abc", ""), 3u);
  EXPECT_EQ(editDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(editDistance("ab", "ba"), 1u);
  EXPECT_EQ(editDistance("top_k", "topk"), 1u);
}

TEST(EditDistance, ClosestIsNearEnough) {
  std::vector<std::string> names = {"truncation", "top_k", "threshold"};
  EXPECT_EQ(closest("topk", names), "top_k");
  EXPECT_EQ(closest("truncaton", names), "truncation");
  EXPECT_EQ(closest("stride", names), std::nullopt);
  EXPECT_EQ(closest("x", std::vector<std::string>{"y"}), std::nullopt);
}

TEST(EditDistance, SuggestsOrLists) {
  std::vector<std::string> names = {"forward", "encode"};
  Status near =
      withSuggestion(Status::invalid("w", "x"), "foward", names, "entries");
  EXPECT_EQ(near.render(), "w: x\nhelp: did you mean 'forward'?");
  Status far =
      withSuggestion(Status::invalid("w", "x"), "zzz", names, "entries");
  EXPECT_EQ(far.render(), "w: x\nhelp: entries: forward, encode");
  Status none = withSuggestion(Status::invalid("w", "x"), "zzz", {}, "entries");
  EXPECT_EQ(none.render(), "w: x");
}
