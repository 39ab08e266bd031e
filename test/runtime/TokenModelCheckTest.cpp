//===- TokenModelCheckTest.cpp - which artifacts continue text ------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/SessionModel.h"

#include "../support/TestFiles.h"
#include "TestModel.h"

using namespace tenon;
using namespace tenon::format;
using namespace tenon::runtime;

namespace {

/// The sizes that entries have instead of the right ones; -1: those.
struct Sizes {
  int64_t prefill = -1, step = -1, rows = -1, scores = -1;
};

/// What check() says of a model whose entries run nothing.
std::string check(const Sizes &wrong) {
  TestModel model(TENON_TEST_KERNELS);
  PlanBuilder &plan = model.plan;
  uint32_t b = plan.symbolDim(plan.addSymbol("B", 1, 8, 1));
  uint32_t t = plan.symbolDim(plan.addSymbol("T", 1, 11, 1));
  uint32_t symbol = plan.addSymbol("P", 0, 11, 4, /*late=*/true);
  uint32_t p = plan.symbolDim(symbol);
  plan.addVariant("x86-64", "sse2");
  uint32_t group = plan.addStateGroup({symbol, 4});
  plan.addState("held", DType::F32, group, {1, 4, 1}, 1);
  auto size = [&](int64_t value, uint32_t right) {
    return value < 0 ? right : plan.constantDim(value);
  };
  uint32_t vocabulary = plan.constantDim(7);
  for (const char *name : {"prefill", "step", "score"}) {
    bool isScore = name == std::string("score");
    bool isStep = name == std::string("step");
    EntrySpec entry;
    entry.name = name;
    entry.inputs = {{"ids", DType::I64, {b, t}}};
    if (isScore)
      entry.inputs.push_back({"targets", DType::I64, {b, t}});
    uint32_t last = isScore  ? size(wrong.scores, t)
                    : isStep ? size(wrong.step, vocabulary)
                             : size(wrong.prefill, vocabulary);
    entry.outputs = {{"made", DType::F32, {size(wrong.rows, b), last}}};
    entry.states = {{group, b, p, t, 0, 0}};
    plan.addEntry(std::move(entry));
  }
  model.manifest.entry = "prefill";
  TestFolder folder;
  EXPECT_TRUE(model.write(folder / "m.tenon").isOk());
  auto instance = *Instance::create({.threads = 1});
  auto opened = Model::open(instance, folder / "m.tenon", {"x86-64"});
  EXPECT_TRUE(opened) << opened.status().message();
  return generation::SessionModel::check((*opened)->plan(), "m").message();
}

/// What is copied by the sizes that are right must have them: an artifact may
/// say anything.
TEST(TokenModelCheck, OutputsHaveTheSizesThatCallersRelyOn) {
  auto error = [](const char *entry) {
    return std::string("m: can't continue text: entry '") + entry +
           "' has an output of another size";
  };
  EXPECT_EQ(check({}), "");
  EXPECT_EQ(check({.prefill = 8}), error("step"));
  EXPECT_EQ(check({.step = 6}), error("step"));
  EXPECT_EQ(check({.prefill = 0, .step = 0}), error("prefill"));
  EXPECT_EQ(check({.rows = 1}), error("prefill"));
  EXPECT_EQ(check({.scores = 12}), error("score"));
}

} // namespace
