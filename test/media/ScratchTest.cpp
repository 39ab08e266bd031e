//===- ScratchTest.cpp ----------------------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Scratch.h"

#include <gtest/gtest.h>

#include <cstring>

namespace tenon::media {
namespace {

TEST(Scratch, GivesTheSmallestThatIsLargeEnough) {
  Scratch scratch;
  const uint8_t *large = nullptr, *small = nullptr;
  {
    Scratch::Memory first = scratch.get(1001), second = scratch.get(77);
    large = first.get(), small = second.get();
    ASSERT_NE(large, small);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(large) % 64, 0u);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(small) % 64, 0u);
  }
  Scratch::Memory second = scratch.get(76), first = scratch.get(78);
  EXPECT_EQ(second.get(), small);
  EXPECT_EQ(first.get(), large);
}

TEST(Scratch, ReplacesWhatIsTooSmall) {
  Scratch scratch;
  {
    Scratch::Memory one = scratch.get(77), other = scratch.get(55);
  }
  Scratch::Memory grown = scratch.get(1001);
  ASSERT_TRUE(grown);
  EXPECT_EQ(grown.get_deleter().size, 1001u);
  std::memset(grown.get(), 1, 1001);
  EXPECT_EQ(scratch.get(3).get_deleter().size, 55u);
}

TEST(Scratch, DoesNotKeepMuch) {
  Scratch scratch;
  {
    Scratch::Memory large = scratch.get(Scratch::mostKept + 1);
  }
  EXPECT_EQ(scratch.get(3).get_deleter().size, 3u);
}

TEST(Scratch, WantOfMemoryIsSaid) {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "sanitizers end a program that asks for so much";
#endif
  Scratch scratch;
  EXPECT_FALSE(scratch.get(SIZE_MAX / 2));
}

} // namespace
} // namespace tenon::media
