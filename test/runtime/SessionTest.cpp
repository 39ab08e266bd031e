//===- SessionTest.cpp - calls of a model's entries -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Session.h"

#include "../support/TestFiles.h"
#include "TestModel.h"

#include <cmath>
#include <random>
#include <thread>

using namespace tenon;
using namespace tenon::runtime;

namespace {

class SessionTest : public testing::Test {
protected:
  SessionTest() {
    EXPECT_TRUE(makeTestModel().write(folder / "m.tenon").isOk());
    instance = *Instance::create({.threads = 3});
    auto opened = Model::open(instance, folder / "m.tenon", {"x86-64"});
    EXPECT_TRUE(opened) << opened.status().message();
    model = *opened;
  }

  std::unique_ptr<Session> session(SessionOptions options = {}) {
    auto made = Session::create(model, options);
    EXPECT_TRUE(made) << made.status().message();
    return std::move(*made);
  }

  /// What the model should give.
  static std::vector<float> expectedY(const std::vector<int64_t> &ids) {
    std::vector<float> y;
    size_t rows = ids.size();
    for (size_t i = 0; i < rows; ++i)
      for (int k = 0; k < 4; ++k)
        y.push_back(float(ids[i]) + float(ids[(i + 3) % rows]) +
                    2 * float(k) / 4);
    return y;
  }

  std::string failure(std::span<const InputTensor> inputs,
                      std::span<const OutputBuffer> into = {}) {
    auto result = session()->run(0, inputs, into);
    return without(folder, result.status().render());
  }

  TestFolder folder;
  std::shared_ptr<Instance> instance;
  std::shared_ptr<const Model> model;
};

/// The tensor `ids` of a batch.
struct Ids {
  std::vector<int64_t> values, shape;

  Ids(int64_t b, int64_t s, unsigned seed = 1) : shape{b, s} {
    std::mt19937 random(seed);
    for (int64_t i = 0; i < b * s; ++i)
      values.push_back(random() % 10);
  }
  InputTensor tensor() const {
    return {"ids", DType::I64, shape, values.data()};
  }
};

TEST_F(SessionTest, Runs) {
  auto s = session();
  Ids ids(2, 5);
  auto outputs = s->run(0, {{ids.tensor()}});
  ASSERT_TRUE(outputs) << outputs.status().message();
  ASSERT_EQ(outputs->size(), 2u);
  const OutputTensor &y = (*outputs)[0];
  EXPECT_EQ(y.name, "y");
  EXPECT_EQ(std::vector(y.shape.begin(), y.shape.end()),
            (std::vector<int64_t>{2, 5, 4}));
  std::vector<float> expected = expectedY(ids.values);
  EXPECT_EQ(std::vector(y.floats().begin(), y.floats().end()), expected);
  // `keep` has its default, 1.
  EXPECT_EQ((*outputs)[1].floats()[3], 4 * float(ids.values[3]) + 1.5f);
}

TEST_F(SessionTest, GivenInputsReplaceDefaults) {
  auto s = session();
  Ids ids(1, 4);
  std::vector<int64_t> keep = {1, 0, 1, 0};
  InputTensor inputs[] = {{"keep", DType::I64, ids.shape, keep.data()},
                          ids.tensor()};
  auto outputs = s->run(0, inputs);
  ASSERT_TRUE(outputs);
  EXPECT_EQ((*outputs)[1].floats()[1], 0);
  EXPECT_NE((*outputs)[1].floats()[0], 0);
  outputs = s->run(0, {{ids.tensor()}});
  EXPECT_NE((*outputs)[1].floats()[1], 0);
}

TEST_F(SessionTest, MemoryOfTheCaller) {
  auto s = session();
  Ids ids(1, 3);
  std::vector<float> y(12), shape;
  std::vector<int64_t> yShape = {1, 3, 4};
  OutputBuffer into[] = {{"y", DType::F32, yShape, y.data()}};
  auto outputs = s->run(0, {{ids.tensor()}}, into);
  ASSERT_TRUE(outputs) << outputs.status().message();
  EXPECT_EQ((*outputs)[0].data, y.data());
  EXPECT_EQ(y, expectedY(ids.values));
  EXPECT_NE((*outputs)[1].data, nullptr);
}

TEST_F(SessionTest, ThreadsDontChangeBits) {
  std::vector<float> first;
  for (unsigned threads : {1u, 2u, 3u}) {
    auto s = session({.threads = threads});
    Ids ids(3, 37);
    auto outputs = s->run(0, {{ids.tensor()}});
    ASSERT_TRUE(outputs);
    std::vector<float> y((*outputs)[0].floats().begin(),
                         (*outputs)[0].floats().end());
    if (first.empty())
      first = y;
    EXPECT_EQ(y, first);
  }
}

TEST_F(SessionTest, VariantsCanBeForced) {
  auto opened = Model::open(instance, folder / "m.tenon", {"x86-64-v3"});
  if (!opened)
    GTEST_SKIP() << opened.status().message();
  auto s = std::move(*Session::create(*opened));
  Ids ids(1, 4);
  auto outputs = s->run(0, {{ids.tensor()}});
  ASSERT_TRUE(outputs);
  EXPECT_EQ((*outputs)[0].floats()[0], 2 * expectedY(ids.values)[0]);
}

TEST_F(SessionTest, RandomShapesAgree) {
  auto s = session({.maxInstances = 4});
  std::mt19937 random(11);
  for (int i = 0; i < 500; ++i) {
    Ids ids(1 + random() % 8, 1 + random() % 64, i);
    auto outputs = s->run(0, {{ids.tensor()}});
    ASSERT_TRUE(outputs);
    std::span<const float> y = (*outputs)[0].floats();
    ASSERT_EQ(std::vector(y.begin(), y.end()), expectedY(ids.values));
  }
}

TEST_F(SessionTest, ShapeErrors) {
  Ids good(2, 5);
  EXPECT_EQ(failure({}), "ids: is missing");
  EXPECT_EQ(failure({{Ids(9, 5).tensor()}}),
            "ids: axis 0 (B) is 9, but must be from 1 to 8");
  EXPECT_EQ(failure({{Ids(1, 65).tensor()}}),
            "ids: axis 1 (S) is 65, but must be from 1 to 64");
  EXPECT_EQ(failure({{Ids(1, 0).tensor()}}),
            "ids: axis 1 (S) is 0, but must be from 1 to 64");
  std::vector<int64_t> flat = {10};
  EXPECT_EQ(failure({{{"ids", DType::I64, flat, good.values.data()}}}),
            "ids: is [10], but must be [B, S]");
  EXPECT_EQ(failure({{{"ids", DType::I32, good.shape, good.values.data()}}}),
            "ids: is i32, but must be i64");
  EXPECT_EQ(failure({{{"ids", DType::I64, good.shape, nullptr}}}),
            "ids: has no data");
  EXPECT_EQ(
      failure({{{"ids", DType::I64, good.shape,
                 reinterpret_cast<const char *>(good.values.data()) + 1}}}),
      "ids: must be aligned to 8 bytes");
  EXPECT_EQ(failure({{good.tensor(), good.tensor()}}), "ids: is given twice");
  Ids other(2, 6);
  InputTensor keep{"keep", DType::I64, other.shape, other.values.data()};
  EXPECT_EQ(failure({{good.tensor(), keep}}),
            "keep: axis 1 is 6, but S is 5 by ids");
  InputTensor misspelt{"kep", DType::I64, good.shape, good.values.data()};
  EXPECT_EQ(failure({{good.tensor(), misspelt}}),
            "kep: entry 'forward' has no such input\n"
            "help: did you mean 'keep'?");
}

TEST_F(SessionTest, ElementErrors) {
  Ids ids(2, 5);
  ids.values[7] = 10;
  EXPECT_EQ(failure({{ids.tensor()}}),
            "ids: element [1, 2] is 10, but must be from 0 to 9");
  ids.values[3] = -1;
  EXPECT_EQ(failure({{ids.tensor()}}),
            "ids: element [0, 3] is -1, but must be from 0 to 9");
}

TEST_F(SessionTest, OutputErrors) {
  Ids ids(1, 3);
  std::vector<float> y(12);
  std::vector<int64_t> right = {1, 3, 4}, wrong = {3, 4};
  auto into = [&](OutputBuffer buffer) {
    return failure({{ids.tensor()}}, {&buffer, 1});
  };
  EXPECT_EQ(into({"y", DType::F32, wrong, y.data()}),
            "y: is [1, 3, 4], but the memory for it [3, 4]");
  EXPECT_EQ(into({"y", DType::I32, right, y.data()}),
            "y: is f32, but the memory for it i32");
  EXPECT_EQ(into({"y", DType::F32, right, nullptr}), "y: has no memory");
  EXPECT_EQ(into({"totl", DType::F32, right, y.data()}),
            "totl: entry 'forward' has no such output\n"
            "help: did you mean 'total'?");
}

TEST_F(SessionTest, UnknownEntry) {
  EXPECT_EQ(without(folder, session()->findEntry("foward").status().render()),
            "m.tenon: has no entry 'foward'\nhelp: did you mean 'forward'?");
}

TEST_F(SessionTest, TooManyThreads) {
  auto made = Session::create(model, {.threads = 4});
  EXPECT_EQ(made.status().message(),
            "threads: a session can't have 4, the instance has 3");
}

TEST_F(SessionTest, SessionsRunAtTheSameTime) {
  std::vector<std::thread> users;
  for (unsigned t = 0; t < 4; ++t)
    users.emplace_back([&, t] {
      auto s = session({.threads = 1 + t % 3});
      for (int i = 0; i < 100; ++i) {
        Ids ids(1 + i % 8, 1 + i % 64, i);
        auto outputs = s->run(0, {{ids.tensor()}});
        ASSERT_TRUE(outputs);
        std::span<const float> y = (*outputs)[0].floats();
        ASSERT_EQ(std::vector(y.begin(), y.end()), expectedY(ids.values));
      }
    });
  for (std::thread &user : users)
    user.join();
}

namespace {
struct Observer : LaunchObserver {
  std::vector<std::string> labels;
  std::vector<float> gathered;
  void afterLaunch(const LaunchEvent &event) override {
    const Plan &plan = event.instance.plan();
    auto launches = plan.launches(event.instance.entry());
    labels.emplace_back(plan.text(launches[event.launch].label));
    if (event.launch == 0) {
      auto *out = static_cast<const float *>(event.buffers[2]);
      gathered.assign(out, out + event.grid * event.dims[0]);
    }
  }
};
} // namespace

TEST_F(SessionTest, LaunchesCanBeObserved) {
  auto s = session();
  Ids ids(1, 3);
  Observer observer;
  std::vector<uint64_t> times(4);
  ASSERT_TRUE(s->run(0, {{ids.tensor()}}, {}, {&observer, times}));
  EXPECT_EQ(observer.labels,
            (std::vector<std::string>{"embed/gather#0", "rotate#0", "add#0",
                                      "sum#0"}));
  ASSERT_EQ(observer.gathered.size(), 12u);
  EXPECT_EQ(observer.gathered[5], float(ids.values[1]) + 0.25f);
  for (uint64_t time : times)
    EXPECT_GT(time, 0u);
}

/// Pages of this process in memory, in bytes.
static uint64_t residentBytes() {
  std::string text = *readFile("/proc/self/statm", 4096);
  return std::stoull(text.substr(text.find(' ') + 1)) * 4096;
}

TEST_F(SessionTest, TenThousandShapesNeedNoMoreMemory) {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "sanitizers keep memory that is freed";
#endif
  auto s = session({.threads = 2, .maxInstances = 16});
  std::mt19937 random(1);
  auto runSome = [&](int count) {
    for (int i = 0; i < count; ++i) {
      Ids ids(1 + random() % 8, 1 + random() % 64, i);
      ASSERT_TRUE(s->run(0, {{ids.tensor()}}));
    }
  };
  runSome(500);
  uint64_t before = residentBytes();
  runSome(10'000);
  EXPECT_LE(residentBytes(), before + 512 * 1024);
}

//===----------------------------------------------------------------------===//
// Late symbols and checks
//===----------------------------------------------------------------------===//

/// forward(x: f32[S, 4], past: f32[P, 4]), P late: y = x + x, z = past.
class LateTest : public testing::Test {
protected:
  LateTest() {
    using namespace format;
    TestModel test(TENON_TEST_KERNELS);
    PlanBuilder &plan = test.plan;
    uint32_t s = plan.symbolDim(plan.addSymbol("S", 1, 8, 1));
    uint32_t p = plan.symbolDim(plan.addSymbol("P", 0, 100, 10, true));
    uint32_t four = plan.constantDim(4), zero = plan.constantDim(0);
    uint32_t scratch = plan.constantDim(64);
    plan.addVariant("x86-64", "");
    uint32_t add = plan.addKernel("add", 3, 1);
    uint32_t rotate = plan.addKernel("rotate", 2, 3);
    EntrySpec entry;
    entry.name = "step";
    entry.inputs = {{"x", DType::F32, {s, four}},
                    {"past", DType::F32, {p, four}}};
    entry.outputs = {{"y", DType::F32, {s, four}},
                     {"z", DType::F32, {p, four}}};
    uint32_t bytes = plan.mul(p, plan.constantDim(16));
    entry.buffers = {{bytes, 1, 2, 0}};
    Arg x{ArgKind::Input, 0}, past{ArgKind::Input, 1}, copy{ArgKind::Buffer, 0};
    entry.launches = {{add,
                       true,
                       {x, x, {ArgKind::Output, 0}},
                       {four},
                       {{s, scratch}},
                       "y",
                       s,
                       s},
                      {rotate,
                       true,
                       {past, copy},
                       {four, p, zero},
                       {{p, scratch}},
                       "copy",
                       p,
                       p},
                      {rotate,
                       true,
                       {copy, {ArgKind::Output, 1}},
                       {four, p, zero},
                       {{p, scratch}},
                       "z",
                       p,
                       p}};
    entry.checks = {{plan.add(s, p), plan.constantDim(100), Relation::Le,
                     "the text is too long"}};
    plan.addEntry(entry);
    EXPECT_TRUE(test.write(folder / "m.tenon").isOk());
    instance = *Instance::create({.threads = 2});
    auto opened = Model::open(instance, folder / "m.tenon");
    EXPECT_TRUE(opened) << opened.status().message();
    session = std::move(*Session::create(*opened));
  }

  Result<std::span<const OutputTensor>> run(int64_t s, int64_t p) {
    x.assign(s * 4, 1.5f);
    past.resize(p * 4);
    for (size_t i = 0; i < past.size(); ++i)
      past[i] = float(i);
    std::vector<int64_t> xShape = {s, 4}, pastShape = {p, 4};
    return session->run(0, {{{"x", DType::F32, xShape, x.data()},
                             {"past", DType::F32, pastShape, past.data()}}});
  }

  TestFolder folder;
  std::shared_ptr<Instance> instance;
  std::unique_ptr<Session> session;
  std::vector<float> x, past;
};

TEST_F(LateTest, GrowsWithoutPlanningAnew) {
  for (int64_t p : {0, 1, 2, 50, 99, 3}) {
    auto outputs = run(1, p);
    ASSERT_TRUE(outputs) << outputs.status().message();
    EXPECT_EQ((*outputs)[0].floats()[0], 3.0f);
    EXPECT_EQ((*outputs)[1].shape[0], p);
    std::span<const float> z = (*outputs)[1].floats();
    EXPECT_EQ(std::vector(z.begin(), z.end()), past);
  }
}

TEST_F(LateTest, ChecksHold) {
  EXPECT_EQ(run(2, 99).status().render(),
            "step: the text is too long\nnote: S + P is 101, 100 is 100");
  EXPECT_EQ(run(2, 101).status().message(),
            "past: axis 0 (P) is 101, but must be from 0 to 100");
}

TEST_F(SessionTest, BuffersShareMemoryOnlyAcrossBarriers) {
  using namespace format;
  TestModel test(TENON_TEST_KERNELS);
  PlanBuilder &plan = test.plan;
  uint32_t s = plan.symbolDim(plan.addSymbol("S", 1, 8, 1));
  uint32_t bytes = plan.constantDim(1000);
  plan.addVariant("x86-64", "");
  plan.addKernel("rotate", 2, 3);
  for (bool wait : {false, true}) {
    EntrySpec entry;
    entry.name = wait ? "wait" : "run";
    entry.inputs = {{"x", DType::F32, {s}}};
    entry.buffers = {{bytes, 0, 0, 0}, {bytes, 1, 1, 0}};
    for (uint32_t i = 0; i < 2; ++i)
      entry.launches.push_back({0,
                                wait,
                                {{ArgKind::Input, 0}, {ArgKind::Buffer, i}},
                                {s, s, s},
                                {{s, s}},
                                "",
                                s,
                                s});
    plan.addEntry(entry);
  }
  ASSERT_TRUE(test.write(folder / "b.tenon").isOk());
  auto artifact = Artifact::open(folder / "b.tenon");
  ASSERT_TRUE(artifact) << artifact.status().message();
  for (uint32_t entry : {0u, 1u}) {
    std::vector<int64_t> symbols = {3};
    auto planned = PlanInstance::create(
        (*artifact)->plan(), {entry, symbols, {true}, {}}, 0, symbols, "f");
    ASSERT_TRUE(planned) << planned.status().message();
    EXPECT_EQ((*planned)->arenaSize(), entry == 0 ? 2048u : 1024u);
  }
}

} // namespace
