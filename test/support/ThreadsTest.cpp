//===- ThreadsTest.cpp - work for a few threads ---------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/Threads.h"

#include <atomic>
#include <gtest/gtest.h>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using namespace tenon;

namespace {

TEST(ThreadsTest, EachIsDoneOnce) {
  for (size_t threads : {0, 1, 3, 7})
    for (size_t count : {0, 1, 2, 101}) {
      std::vector<std::atomic<int>> calls(count);
      runOnThreads(threads, count, [&](size_t i) {
        ++calls[i];
        return true;
      });
      for (auto &number : calls)
        EXPECT_EQ(number, 1);
    }
}

TEST(ThreadsTest, NoneIsBegunBehindAFailure) {
  for (size_t threads : {1, 4}) {
    std::vector<std::atomic<int>> calls(1000);
    runOnThreads(threads, calls.size(), [&](size_t i) {
      ++calls[i];
      return i != 17;
    });
    for (size_t i = 0; i <= 17; ++i)
      EXPECT_EQ(calls[i], 1);
    if (threads == 1)
      EXPECT_EQ(calls[18], 0);
  }
}

TEST(ThreadsTest, NoMoreThreadsThanAsked) {
  std::mutex mutex;
  std::set<std::thread::id> seen;
  runOnThreads(3, 1000, [&](size_t) {
    std::lock_guard lock(mutex);
    seen.insert(std::this_thread::get_id());
    return true;
  });
  EXPECT_LE(seen.size(), 3U);
}

} // namespace
