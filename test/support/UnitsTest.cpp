//===- UnitsTest.cpp - sizes and times for people -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/Units.h"

#include <gtest/gtest.h>

using namespace tenon;

TEST(Units, Sizes) {
  EXPECT_EQ(humanSize(0), "0 B");
  EXPECT_EQ(humanSize(999), "999 B");
  EXPECT_EQ(humanSize(2410), "2.41 kB");
  EXPECT_EQ(humanSize(437'951'328), "438 MB");
  EXPECT_EQ(humanSize(999'999), "1.00 MB");
}

TEST(Units, Times) {
  EXPECT_EQ(humanTime(812e-9), "812 ns");
  EXPECT_EQ(humanTime(3.02e-6), "3.02 µs");
  EXPECT_EQ(humanTime(0.1037), "104 ms");
  EXPECT_EQ(humanTime(12.71), "12.7 s");
  EXPECT_EQ(humanTime(1234), "1234 s");
}

TEST(Units, Numbers) {
  EXPECT_EQ(grouped(1'048'576), "1,048,576");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(fixed(1.25, 1), "1.2");
}
