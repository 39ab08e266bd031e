//===- NullVulkanTest.cpp - faults of a device, and what a call costs -----===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "NullVulkanTest.h"

#include <algorithm>
#include <chrono>

namespace {

TEST_F(NullVulkanTest, Runs) {
  for (const char *memory : memories) {
    use(memory);
    auto model = open();
    ASSERT_TRUE(model) << model.status().message();
    EXPECT_EQ((*model)->deviceName(), "vulkan");
    auto session = newSession(*model);
    for (int64_t length : {1, 7, 300, 7, 1})
      EXPECT_EQ(run(*session, 2, length), "");
  }
}

TEST_F(NullVulkanTest, NoMemoryOfAKind) {
  for (const char *memory : memories)
    EXPECT_EQ(failure(std::string("noshared=1,") + memory),
              "vulkan: Null 0 has no memory of a kind that is needed");
}

/// What comes first can't be used without a feature.
TEST_F(NullVulkanTest, OddKindsOfMemoryAreLeft) {
  for (std::string memory : memories) {
    use("odd=1," + memory);
    auto session = newSession(*open());
    EXPECT_EQ(run(*session, 2, 7), "");
  }
}

/// Whichever allocation fails, it can be tried again.
TEST_F(NullVulkanTest, AnyAllocationFails) {
  for (const char *memory : memories) {
    int failures = 0;
    for (int n = 1;; ++n) {
      use(std::string(memory) + ",allocation=" + std::to_string(n));
      unsigned failed = 0;
      auto check = [&](const std::string &message) {
        if (message.empty())
          return false;
        EXPECT_TRUE(message.starts_with("vulkan: can't get ") &&
                    message.ends_with("to work in: not enough memory"))
            << message;
        ++failed;
        return true;
      };
      auto model = open();
      if (check(model.status().message()))
        model = open();
      ASSERT_TRUE(model);
      auto session = newSession(*model);
      auto state = session->createState(2);
      for (int64_t length : {2, 300, 20}) {
        if (check(run(*session, 2, length)))
          EXPECT_EQ(run(*session, 2, length), "");
        if (check(run(*session, 2, length, "push", state.get()))) {
          EXPECT_EQ(run(*session, 2, length), "");
          EXPECT_EQ(run(*session, 2, length, "push", state.get()), "");
        }
      }
      EXPECT_EQ(state->length(1), 322);
      if (!failed)
        break;
      EXPECT_EQ(failed, 1u);
      ++failures;
    }
    EXPECT_GT(failures, 5);
  }
}

TEST_F(NullVulkanTest, SmallerShapesStillWork) {
  for (const char *memory : memories) {
    use(std::string(memory) + ",memory=40000000");
    auto session = newSession(*open());
    for (int round = 0; round < 3; ++round) {
      EXPECT_EQ(run(*session, 1, 100), "");
      std::string message = run(*session, 1000, 1000);
      EXPECT_TRUE(message.starts_with("vulkan: can't get ") &&
                  message.ends_with("to work in: not enough memory"))
          << message;
    }
  }
}

/// Every call says so from then on, and what is opened anew has a new device.
TEST_F(NullVulkanTest, TheDeviceIsLost) {
  const std::string lost =
      "vulkan: can't run on the device: the device stopped answering";
  for (const char *memory : memories)
    for (const char *where : {"submit", "wait"})
      for (int n = 1; n < 8; ++n) {
        use(concat(memory, ",", where, "=", n));
        auto model = open();
        if (!model) {
          EXPECT_EQ(model.status().message(), lost);
          continue;
        }
        auto session = newSession(*model);
        auto state = session->createState(1);
        std::string message;
        for (int i = 0; i < 10 && message.empty(); ++i)
          message = run(*session, 1, i + 1, i % 2 ? "push" : "forward",
                        i % 2 ? state.get() : nullptr);
        EXPECT_EQ(message, lost);
        EXPECT_EQ(run(*session, 1, 1), lost);
        EXPECT_EQ(run(*session, 1, 500), lost);
        EXPECT_EQ(run(*session, 1, 1, "push", state.get()), lost);
        auto second = newSession(*model);
        EXPECT_EQ(run(*second, 1, 1), lost);
        auto again = open();
        ASSERT_TRUE(again) << again.status().message();
        second = newSession(*again);
        EXPECT_EQ(run(*second, 1, 1), "");
      }
}

/// What can't be submitted, or waited for, for lack of memory can be tried
/// again, and meanwhile no state loses what it holds.
TEST_F(NullVulkanTest, NoMemoryToSubmit) {
  for (const char *memory : memories)
    for (bool isWait : {false, true}) {
      int failures = 0;
      for (int n = 1, failed = 1; failed; ++n) {
        use(concat(memory, isWait ? ",waitfull=" : ",full=", n));
        failed = 0;
        auto check = [&](const std::string &message) {
          if (message.empty())
            return false;
          EXPECT_EQ(message,
                    "vulkan: can't run on the device: not enough memory");
          ++failed;
          return true;
        };
        auto model = open();
        if (check(model.status().message()))
          model = open();
        ASSERT_TRUE(model);
        auto session = newSession(*model);
        auto state = session->createState(2);
        if (check(state->extend(5).message())) {
          state = session->createState(2);
          EXPECT_TRUE(state->extend(5).isOk());
        }
        std::vector<char> held(size_t(5) * 64 * 4, 'a');
        for (size_t row : {0, 1})
          if (check(state->write("keys", row, held).message()))
            EXPECT_TRUE(state->write("keys", row, held).isOk());
        // It writes to a block that both have.
        auto fork = state->fork();
        for (int64_t length : {1, 1, 300})
          if (check(run(*session, 2, length, "push", fork.get())))
            EXPECT_EQ(run(*session, 2, length, "push", fork.get()), "");
        EXPECT_EQ(fork->length(1), 307);
        auto read = fork->read("keys", 1);
        if (check(read.status().message()))
          read = fork->read("keys", 1);
        ASSERT_TRUE(read);
        read->resize(held.size());
        EXPECT_EQ(*read, held) << memory << " " << n;
        EXPECT_LE(failed, isWait ? 0 : 1);
        failures += failed;
        if (isWait)
          failed = n < 25;
      }
      EXPECT_EQ(failures == 0, isWait);
    }
}

/// What a state holds goes with it as its memory grows, and to copies.
TEST_F(NullVulkanTest, StatesKeepWhatTheyHold) {
  for (const char *memory : memories) {
    use(memory);
    auto session = newSession(*open());
    auto state = session->createState(2);
    std::vector<char> held;
    auto write = [&](int64_t positions, char value) {
      ASSERT_TRUE(state->extend(positions).isOk());
      held.resize(static_cast<size_t>(state->length(0)) * 64 * 4, value);
      ASSERT_TRUE(state->write("keys", 0, held).isOk());
    };
    write(20, 'a');
    write(300, 'b');
    auto fork = state->fork();
    EXPECT_EQ(*fork->read("keys", 0), held);
    std::vector<char> before = held;
    write(5, 'c');
    EXPECT_EQ(*state->read("keys", 0), held);
    EXPECT_EQ(*fork->read("keys", 0), before);
  }
}

/// What each kernel waits for, in commands that are recorded once: copies (c),
/// kernels (d), and barriers between what kernels do (|) or all of it (=).
TEST_F(NullVulkanTest, KernelsWait) {
  auto order =
      reinterpret_cast<const char *(*)()>(dlsym(driver, "nullVulkanOrder"));
  ASSERT_TRUE(writeModel(folder / "m.tenon", 4).isOk());
  for (auto [memory, expected] : {std::pair("unified=1", "d|d|d|d="),
                                  std::pair("unified=0", "c=d|d|d|d=c=")}) {
    use(memory);
    auto session = newSession(*open());
    // Replayed, and recorded anew for another shape.
    for (int64_t length : {3, 3, 5}) {
      EXPECT_EQ(run(*session, 1, length), "");
      EXPECT_STREQ(order(), expected);
    }
  }
}

/// Where memory is one, kernels work in what the host writes, unless the host
/// would read it slowly, and has other memory that it doesn't.
TEST_F(NullVulkanTest, ResultsAreReadFromCachedMemory) {
  auto order =
      reinterpret_cast<const char *(*)()>(dlsym(driver, "nullVulkanOrder"));
  ASSERT_TRUE(writeModel(folder / "m.tenon", 1).isOk());
  for (std::string type : {"type=1", "type=4", "type=2"}) {
    use(type + ",unified=1");
    EXPECT_EQ(run(*newSession(*open()), 1, 3), "");
    EXPECT_STREQ(order(), "d=");
    use(type + ",unified=1,cached=1");
    EXPECT_EQ(run(*newSession(*open()), 1, 3), "");
    EXPECT_STREQ(order(), "c=d=c=");
    // Of what can't be used nothing is said.
    use(type + ",unified=1,odd=1");
    EXPECT_EQ(run(*newSession(*open()), 1, 3), "");
    EXPECT_STREQ(order(), "d=");
    use(type + ",unified=1,odd=1,cached=1");
    EXPECT_EQ(run(*newSession(*open()), 1, 3), "");
    EXPECT_STREQ(order(), "c=d=c=");
  }
}

/// What the driver compiled is kept, and given back only as it was.
TEST_F(NullVulkanTest, DamagedPipelinesAreLeft) {
  auto cachesRead =
      reinterpret_cast<uint64_t (*)()>(dlsym(driver, "nullVulkanCachesRead"));
  auto opened = [&](const char *settings = "") {
    uint64_t before = cachesRead();
    use(settings);
    EXPECT_TRUE(open());
    return cachesRead() - before;
  };
  EXPECT_EQ(opened(), 0U);
  std::string path = folder / "cache/tenon/vulkan/0-0-" + std::string(32, '0');
  std::string kept = *readFile(path, 1000);
  EXPECT_EQ(opened(), 1U);
  // Another device has its own file.
  EXPECT_EQ(opened("product=1"), 0U);
  EXPECT_EQ(opened("product=1"), 1U);
  for (size_t at = 0; at < kept.size(); ++at) {
    std::string damaged = kept;
    damaged[at] ^= 1;
    ASSERT_TRUE(writeFile(path, damaged).isOk());
    EXPECT_EQ(opened(), 0U) << "byte " << at;
    // It is written anew.
    EXPECT_EQ(*readFile(path, 1000), kept);
  }
  for (size_t size : {size_t(0), size_t(1), kept.size() - 1}) {
    ASSERT_TRUE(writeFile(path, kept.substr(0, size)).isOk());
    EXPECT_EQ(opened(), 0U);
  }
}

/// Blocks that rows of a fork write to are copied by one submission, then all
/// kernels run.
TEST_F(NullVulkanTest, BlocksAreCopiedTogether) {
  auto submissions =
      reinterpret_cast<uint64_t (*)()>(dlsym(driver, "nullVulkanSubmissions"));
  use("unified=0");
  auto session = newSession(*open());
  auto state = session->createState(3);
  ASSERT_TRUE(state->extend(20).isOk());
  std::vector<char> held(size_t(20) * 64 * 4);
  for (size_t row = 0; row < 3; ++row) {
    std::ranges::fill(held, static_cast<char>('a' + row));
    ASSERT_TRUE(state->write("keys", row, held).isOk());
  }
  // The first makes the memory large enough.
  EXPECT_EQ(run(*session, 3, 1, "push", state->fork().get()), "");
  auto fork = state->fork();
  uint64_t before = submissions();
  EXPECT_EQ(run(*session, 3, 1, "push", fork.get()), "");
  EXPECT_EQ(submissions() - before, 2U);
  for (size_t row = 0; row < 3; ++row) {
    auto read = fork->read("keys", row);
    ASSERT_TRUE(read && read->size() == held.size() + 64 * 4);
    EXPECT_TRUE(std::all_of(
        read->begin(), read->begin() + static_cast<ptrdiff_t>(held.size()),
        [&](char byte) { return byte == static_cast<char>('a' + row); }));
  }
}

TEST_F(NullVulkanTest, WeightsAreCopiedTogether) {
  auto submissions =
      reinterpret_cast<uint64_t (*)()>(dlsym(driver, "nullVulkanSubmissions"));
  use("");
  auto model = open();
  ASSERT_TRUE(model);
  EXPECT_EQ(submissions(), 1U);
}

/// Nothing is asserted: the figures are printed.
TEST_F(NullVulkanTest, CostOfACall) {
  ASSERT_TRUE(writeModel(folder / "m.tenon", 150).isOk());
  for (const char *memory : memories) {
    use(memory);
    auto session = newSession(*open());
    auto state = session->createState(1);
    std::vector<float> x(128 * 64);
    int64_t shape[] = {1, 128, 64}, one[] = {1, 1, 64};
    InputTensor input{"x", DType::F32, shape, x.data()};
    InputTensor token{"x", DType::F32, one, x.data()};
    uint32_t forward = *session->findEntry("forward");
    uint32_t push = *session->findEntry("push");
    auto measure = [&](auto call) {
      std::vector<double> times;
      for (int i = 0; i < 500; ++i) {
        auto begin = std::chrono::steady_clock::now();
        ASSERT_TRUE(call());
        std::chrono::duration<double, std::micro> time =
            std::chrono::steady_clock::now() - begin;
        times.push_back(time.count());
      }
      std::ranges::nth_element(times, times.begin() + 250);
      std::printf("  %.1f us", times[250]);
    };
    std::printf("150 launches, %s: again", memory);
    measure([&] { return bool(session->run(forward, {&input, 1})); });
    std::printf(", a token with a state");
    measure([&] {
      return bool(session->run(push, {&token, 1}, {}, {}, {state.get(), {}}));
    });
    std::printf("\n");
  }
}

} // namespace
