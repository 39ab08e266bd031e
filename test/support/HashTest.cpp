//===- HashTest.cpp - content hashes --------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/Hash.h"

#include <gtest/gtest.h>
#include <numeric>
#include <vector>

using namespace tenon;

TEST(Hash, KnownValues) {
  // XXH3 of nothing, from its specification.
  EXPECT_EQ(hash64({}), 0x2d06800538d394c2u);
  EXPECT_EQ(hash128(std::string_view()).toString(),
            "99aa06d3014798d86001c324468d497f");
}

TEST(Hash, PiecesAreAsTheWhole) {
  std::vector<uint8_t> bytes(100'000);
  std::iota(bytes.begin(), bytes.end(), uint8_t(0));
  std::span<const uint8_t> all(bytes);
  Hasher hasher;
  for (size_t at = 0; at < all.size(); at += 777)
    hasher.update(all.subspan(at, std::min<size_t>(777, all.size() - at)));
  EXPECT_EQ(hasher.finish(), hash128(all));
}

TEST(Hash, TextsAreKeptApart) {
  Hasher a, b;
  a.updateText("ab").updateText("c");
  b.updateText("a").updateText("bc");
  EXPECT_NE(a.finish(), b.finish());
}
