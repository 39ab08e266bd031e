//===- StateTest.cpp - what a model remembers from call to call -----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Session.h"

#include "../support/TestFiles.h"
#include "TestModel.h"

#include <random>

using namespace tenon;
using namespace tenon::runtime;

namespace {

/// A row as it should be.
using Pairs = std::vector<std::pair<float, float>>;

float weigh(const Pairs &row) {
  float total = 0;
  for (size_t p = 0; p < row.size(); ++p)
    total += float(p + 1) * (row[p].first + 10 * row[p].second);
  return total;
}

/// A block has 16 + 32 bytes, each of which gets a place of its own.
constexpr uint64_t blockBytes = 2 * format::stateAlignment;

class StateTest : public testing::Test {
protected:
  StateTest() {
    EXPECT_TRUE(makeStateModel().write(folder / "m.tenon").isOk());
    instance = *Instance::create({.threads = 2});
    auto opened = Model::open(instance, folder / "m.tenon", {"x86-64"});
    EXPECT_TRUE(opened) << opened.status().message();
    model = *opened;
    session = newSession();
    state = session->createState(0);
  }

  std::unique_ptr<Session> newSession() {
    auto made = Session::create(model);
    EXPECT_TRUE(made) << made.status().message();
    return std::move(*made);
  }

  /// Puts `count` new pairs behind each of `rows`, in the model and in `held`,
  /// and compares; returns the error, if there is one.
  std::string put(std::string_view entry, std::vector<uint32_t> rows,
                  int64_t count) {
    std::vector<float> x;
    std::vector<Pairs> next = held;
    for (uint32_t row : rows) {
      if (entry == "set")
        next[row].clear();
      for (int64_t i = 0; i < count; ++i) {
        x.push_back(float(random() % 16));
        x.push_back(float(random() % 16));
        next[row].push_back({x[x.size() - 2], x.back()});
      }
    }
    int64_t shape[] = {int64_t(rows.size()), count, 2};
    InputTensor input{"x", DType::F32, shape, x.data()};
    auto result = session->run(*session->findEntry(entry), {&input, 1}, {}, {},
                               {state.get(), rows});
    if (!result)
      return result.status().message();
    held = next;
    for (size_t i = 0; i < rows.size(); ++i)
      EXPECT_EQ((*result)[0].floats()[i], weigh(held[rows[i]]));
    return "";
  }

  /// Compares all that the state holds.
  void check() {
    ASSERT_EQ(state->rows(), held.size());
    for (size_t row = 0; row < held.size(); ++row) {
      EXPECT_EQ(state->length(row), int64_t(held[row].size()));
      auto data = state->read("pairs", row);
      ASSERT_TRUE(data);
      auto *values = reinterpret_cast<const float *>(data->data());
      for (size_t p = 0; p < held[row].size(); ++p) {
        EXPECT_EQ(values[2 * p], held[row][p].first);
        EXPECT_EQ(values[2 * p + 1], held[row][p].second);
      }
    }
  }

  void reset(size_t rows) {
    state->reset(rows);
    held.assign(rows, {});
  }

  TestFolder folder;
  std::shared_ptr<Instance> instance;
  std::shared_ptr<const Model> model;
  std::unique_ptr<Session> session;
  std::unique_ptr<State> state;
  std::vector<Pairs> held;
  std::mt19937 random;
};

TEST_F(StateTest, RowsOfDifferentLengths) {
  reset(3);
  EXPECT_EQ(put("push", {0, 2}, 3), "");
  EXPECT_EQ(put("push", {1}, 6), "");
  EXPECT_EQ(put("push", {0, 1, 2}, 1), "");
  EXPECT_EQ(put("push", {2, 0}, 2), "");
  check();
}

TEST_F(StateTest, ReorderCopiesNothingUntilSomebodyWrites) {
  reset(2);
  EXPECT_EQ(put("push", {0, 1}, 6), "");
  uint64_t before = state->memory().bytesInUse();
  std::vector<uint32_t> from{1, 1, 1, 0};
  EXPECT_TRUE(state->reorder(from).isOk());
  held = {held[1], held[1], held[1], held[0]};
  EXPECT_EQ(state->memory().bytesInUse(), before);
  check();
  // Of row 1, two copies of the last block: the third row keeps the block.
  EXPECT_EQ(put("push", {0, 1, 2, 3}, 1), "");
  EXPECT_EQ(state->memory().bytesInUse(), before + 2 * blockBytes);
  check();
}

TEST_F(StateTest, ForksGoTheirOwnWays) {
  reset(1);
  EXPECT_EQ(put("push", {0}, 5), "");
  auto other = state->fork();
  auto otherHeld = held;
  EXPECT_EQ(put("push", {0}, 2), "");
  std::swap(state, other);
  std::swap(held, otherHeld);
  EXPECT_EQ(put("push", {0}, 4), "");
  check();
  std::swap(state, other);
  std::swap(held, otherHeld);
  check();
}

TEST_F(StateTest, MemoryIsThatOfPositionsInUse) {
  reset(1);
  EXPECT_EQ(state->memory().bytesInUse(), 0u);
  for (int round = 0; round < 20; ++round) {
    reset(1);
    for (int i = 0; i < 11; ++i)
      EXPECT_EQ(put("push", {0}, 1), "");
    // Of 4 positions each.
    EXPECT_EQ(state->memory().bytesInUse(), 3 * blockBytes);
  }
  EXPECT_TRUE(state->truncate(0, 4).isOk());
  held[0].resize(4);
  EXPECT_EQ(state->memory().bytesInUse(), blockBytes);
  check();
}

TEST_F(StateTest, ReplacedContents) {
  reset(2);
  EXPECT_EQ(put("push", {0, 1}, 5), "");
  EXPECT_EQ(put("set", {1}, 9), "");
  EXPECT_EQ(put("push", {0, 1}, 2), "");
  check();
}

TEST_F(StateTest, RandomOperations) {
  reset(2);
  for (int step = 0; step < 2000; ++step) {
    std::vector<uint32_t> rows;
    for (uint32_t row = 0; row < held.size(); ++row)
      if (random() % 2)
        rows.push_back(row);
    std::shuffle(rows.begin(), rows.end(), random);
    switch (random() % 4) {
    case 0: {
      std::vector<uint32_t> from;
      std::vector<Pairs> next;
      for (size_t i = 0; i < 1 + random() % 6; ++i) {
        from.push_back(random() % held.size());
        next.push_back(held[from.back()]);
      }
      EXPECT_TRUE(state->reorder(from).isOk());
      held = next;
      break;
    }
    case 1: {
      uint32_t row = random() % held.size();
      size_t length = random() % (held[row].size() + 1);
      EXPECT_TRUE(state->truncate(row, int64_t(length)).isOk());
      held[row].resize(length);
      break;
    }
    default:
      if (!rows.empty())
        put(random() % 5 ? "push" : "set", rows, 1 + random() % 3);
    }
    check();
    if (HasFailure())
      return;
  }
  reset(0);
  EXPECT_EQ(state->memory().bytesInUse(), 0u);
}

/// What a kernel may read of a row's list of blocks, whatever its own length.
class PlacesObserver : public LaunchObserver {
public:
  void afterLaunch(const LaunchEvent &event) override {
    auto *places = static_cast<const int64_t *>(event.buffers[1]);
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t block = 0; block < blocks; ++block)
        found.push_back(places[places[2 * row + 1] + block]);
  }
  int64_t rows = 0, blocks = 0;
  std::vector<int64_t> found;
};

TEST_F(StateTest, ListsOfBlocksAreAsLongAsThatOfTheLongestRow) {
  reset(3);
  EXPECT_EQ(put("push", {1}, 9), "");
  PlacesObserver observer;
  observer.rows = 3;
  observer.blocks = 3;
  ReplayHooks hooks;
  hooks.observer = &observer;
  float x[6] = {};
  int64_t shape[] = {3, 1, 2};
  InputTensor input{"x", DType::F32, shape, x};
  ASSERT_TRUE(session
                  ->run(*session->findEntry("push"), {&input, 1}, {}, hooks,
                        {state.get(), {}})
                  .isOk());
  EXPECT_EQ(observer.found.size(), 2u * 9);
  for (int64_t place : observer.found) {
    EXPECT_EQ(place % int64_t(blockBytes), 0);
    EXPECT_GE(place, 0);
    EXPECT_LT(place, int64_t(state->memory().bytesInUse()));
  }
}

TEST_F(StateTest, TooManyPositions) {
  reset(2);
  EXPECT_EQ(put("push", {0}, 9), "");
  EXPECT_EQ(put("push", {0, 1}, 3),
            "state: can hold 11 positions in a row, but would need 9 + 3");
  check();
  EXPECT_EQ(put("push", {0, 1}, 2), "");
  check();
}

TEST_F(StateTest, WrongCalls) {
  reset(2);
  EXPECT_EQ(put("push", {0, 0}, 1), "state: row 0 is in the call twice");
  held.resize(6);
  EXPECT_EQ(put("push", {5}, 1), "state: has no row 5, but 2 rows");
  float x[2] = {};
  int64_t shape[] = {1, 1, 2};
  InputTensor input{"x", DType::F32, shape, x};
  auto result = session->run(0, {&input, 1});
  EXPECT_EQ(result.status().message(),
            "push: continues what earlier calls left: it needs a state");
  result = session->run(0, {&input, 1}, {}, {}, {state.get(), {}});
  EXPECT_EQ(result.status().message(),
            "push: is called for 1 row, but with 2 of the state");
  auto other = newSession();
  result = other->run(0, {&input, 1}, {}, {}, {state.get(), {}});
  EXPECT_EQ(result.status().message(), "state: belongs to another session");
  std::vector<uint32_t> from{0, 2};
  EXPECT_EQ(state->reorder(from).message(), "state: has no row 2, but 2 rows");
  EXPECT_EQ(state->read("pair", 0).status().message(), "pair: isn't a state");
}

TEST(StatePlan, WhatOutgrowsItsMemoryIsAlwaysRefused) {
  // An output of 11 - P numbers: its memory is that for the most positions.
  TestModel made = makeStateModel();
  format::PlanBuilder &plan = made.plan;
  uint32_t one = plan.symbolDim(0), longest = plan.symbolDim(2);
  uint32_t rest =
      plan.add(plan.constantDim(11), plan.mul(plan.constantDim(-1), longest));
  format::EntrySpec entry;
  entry.name = "shrink";
  entry.inputs = {{"x", DType::F32, {one}}};
  entry.outputs = {{"y", DType::F32, {rest}}};
  entry.states = {{0, one, longest, plan.constantDim(0), 0, 0}};
  plan.addEntry(std::move(entry));
  TestFolder folder;
  ASSERT_TRUE(made.write(folder / "m.tenon").isOk());
  auto instance = *Instance::create({.threads = 1});
  auto model = Model::open(instance, folder / "m.tenon", {"x86-64"});
  ASSERT_TRUE(model) << model.status().message();
  auto created = Session::create(*model);
  ASSERT_TRUE(created) << created.status().message();
  std::unique_ptr<Session> session = std::move(*created);
  auto state = session->createState(1);
  float x = 0;
  int64_t shape[] = {1};
  InputTensor input{"x", DType::F32, shape, &x};
  for (int call = 0; call < 3; ++call)
    EXPECT_FALSE(session
                     ->run(*session->findEntry("shrink"), {&input, 1}, {}, {},
                           {state.get(), {}})
                     .isOk())
        << call;
  EXPECT_TRUE(state->extend(11).isOk());
  EXPECT_TRUE(session
                  ->run(*session->findEntry("shrink"), {&input, 1}, {}, {},
                        {state.get(), {}})
                  .isOk());
}

TEST_F(StateTest, SessionsShareNothing) {
  reset(1);
  EXPECT_EQ(put("push", {0}, 3), "");
  auto otherSession = newSession();
  auto otherState = otherSession->createState(1);
  auto otherHeld = std::vector<Pairs>(1);
  std::swap(session, otherSession);
  std::swap(state, otherState);
  std::swap(held, otherHeld);
  EXPECT_EQ(put("push", {0}, 7), "");
  check();
  std::swap(session, otherSession);
  std::swap(state, otherState);
  std::swap(held, otherHeld);
  check();
  // A state may outlive its session.
  session.reset();
  check();
}

} // namespace
