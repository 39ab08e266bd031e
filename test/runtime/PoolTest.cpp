//===- PoolTest.cpp - the threads of an instance --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Pool.h"

#include "runtime/CpuAffinity.h"

#include <gtest/gtest.h>
#include <set>

using namespace tenon::runtime;

static std::unique_ptr<Pool> makePool(PoolOptions options) {
  auto pool = Pool::create(options);
  EXPECT_TRUE(pool) << pool.status().message();
  return std::move(*pool);
}

TEST(Pool, EveryThreadRunsOnce) {
  auto pool = makePool({.threads = 4});
  EXPECT_EQ(pool->size(), 4u);
  for (unsigned count = 1; count <= 4; ++count) {
    std::vector<int> runs(4);
    pool->run(count, [&](PoolThread thread) {
      EXPECT_EQ(thread.count, count);
      ++runs[thread.index];
    });
    for (unsigned i = 0; i < 4; ++i)
      EXPECT_EQ(runs[i], i < count);
  }
}

TEST(Pool, TheCallerIsTheFirstThread) {
  auto pool = makePool({.threads = 2});
  auto caller = std::this_thread::get_id();
  pool->run(2, [&](PoolThread thread) {
    EXPECT_EQ(std::this_thread::get_id() == caller, thread.index == 0);
  });
}

TEST(Pool, BarriersOrderWhatThreadsWrite) {
  for (unsigned count : {2u, 3u, 5u, 8u}) {
    auto pool = makePool({.threads = 8});
    constexpr int steps = 300;
    std::vector<int> values(count), seen(count);
    for (int region = 0; region < 5; ++region)
      pool->run(count, [&](PoolThread thread) {
        for (int step = 0; step < steps; ++step) {
          values[thread.index] = step;
          thread.barrier();
          for (unsigned i = 0; i < count; ++i)
            seen[thread.index] += values[i] == step;
          thread.barrier();
        }
      });
    for (unsigned i = 0; i < count; ++i)
      EXPECT_EQ(seen[i], int(5 * steps * count));
  }
}

TEST(Pool, RegionsOfDifferentSizesMix) {
  auto pool = makePool({.threads = 4, .spin = std::chrono::nanoseconds(0)});
  long total = 0;
  for (int i = 0; i < 2000; ++i) {
    unsigned count = 1 + i % 4;
    std::vector<long> parts(count);
    pool->run(count, [&](PoolThread thread) {
      parts[thread.index] = 1;
      thread.barrier();
      if (thread.index == 0)
        for (long part : parts)
          total += part;
      thread.barrier();
    });
  }
  EXPECT_EQ(total, 500 * (1 + 2 + 3 + 4));
}

TEST(Pool, SleepingThreadsWakeUp) {
  auto pool = makePool({.threads = 3, .spin = std::chrono::nanoseconds(0)});
  int sum = 0;
  for (int i = 0; i < 50; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(300));
    std::vector<int> ran(3);
    pool->run(3, [&](PoolThread thread) { ran[thread.index] = 1; });
    sum += ran[0] + ran[1] + ran[2];
  }
  EXPECT_EQ(sum, 150);
}

TEST(Pool, CallersTakeTurns) {
  auto pool = makePool({.threads = 2});
  std::atomic<int> inside = 0, regions = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      for (int k = 0; k < 200; ++k)
        pool->run(2, [&](PoolThread thread) {
          if (thread.index == 0)
            EXPECT_EQ(inside.fetch_add(1), 0);
          thread.barrier();
          if (thread.index == 0) {
            inside.fetch_sub(1);
            ++regions;
          }
          thread.barrier();
        });
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(regions, 800);
}

TEST(Pool, PinsWithinTheMask) {
  std::vector<int> allowed = allowedCpus();
  ASSERT_FALSE(allowed.empty());
  std::set<int> mask(allowed.begin(), allowed.end());
  auto pool = makePool({.threads = 2, .pin = true});
  pool->run(2, [&](PoolThread) { EXPECT_TRUE(mask.count(sched_getcpu())); });
  // The caller's own mask is as before.
  EXPECT_EQ(allowedCpus(), allowed);
}

TEST(Pool, ThreadsRespectTheMask) {
  unsigned all = availableThreads();
  EXPECT_GE(all, 1u);
  std::thread([] {
    pinCurrentThread(allowedCpus()[0]);
    EXPECT_EQ(availableThreads(), 1u);
    EXPECT_EQ(makePool({})->size(), 1u);
  }).join();
}

TEST(Pool, TooManyThreads) {
  auto pool = Pool::create({.threads = 100'000});
  EXPECT_EQ(pool.status().message(), "threads: at most 512 are possible");
}
