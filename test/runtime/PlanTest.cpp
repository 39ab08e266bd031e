//===- PlanTest.cpp - plan sections, good and bad -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Plan.h"

#include "runtime/format/PlanBuilder.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <gtest/gtest.h>

using namespace tenon;
using namespace tenon::format;

namespace {

/// A small plan that is right, to be made wrong.
struct Parts {
  PlanBuilder plan;
  uint32_t s, two;
  EntrySpec entry;

  Parts() {
    s = plan.symbolDim(plan.addSymbol("S", 1, 9, 3));
    two = plan.constantDim(2);
    plan.addVariant("v", "sse2");
    plan.addKernel("k", 2, 1);
    plan.addConstant("c", DType::F32, {3});
    entry.name = "forward";
    entry.inputs = {{"x", DType::F32, {s, two}}};
    entry.outputs = {{"y", DType::F32, {plan.mul(s, two)}}};
    entry.buffers = {{s, 0, 0, 0}};
    entry.launches = {{0,
                       true,
                       {{ArgKind::Input, 0}, {ArgKind::Buffer, 0}},
                       {s},
                       {{s, two}},
                       "op#0",
                       s,
                       s}};
    entry.checks = {{s, two, Relation::Ge, "S must be at least 2"}};
  }

  std::string build() {
    plan.addEntry(entry);
    return plan.build();
  }
};

std::string failure(const std::string &section, uint64_t weights = 64) {
  std::vector<uint64_t> aligned(section.size() / 8 + 1);
  std::memcpy(aligned.data(), section.data(), section.size());
  auto plan = runtime::Plan::parse(
      {reinterpret_cast<const uint8_t *>(aligned.data()), section.size()},
      weights, "f");
  std::string message = plan.status().message();
  std::string prefix = "f: is damaged: in the plan, ";
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

std::string failureOf(std::function<void(Parts &)> change) {
  Parts parts;
  change(parts);
  return failure(parts.build());
}

TEST(Plan, AcceptsWhatIsRight) {
  EXPECT_EQ(failureOf([](Parts &) {}), "");
}

TEST(Plan, TooShortOrOutside) {
  std::string section = Parts().build();
  EXPECT_EQ(failure(section.substr(0, 40)), "it is too short");
  EXPECT_EQ(failure(section.substr(0, section.size() / 2)),
            "a table lies outside");
  EXPECT_EQ(failure(section, 0), "constant 'c' lies outside the weights");
}

TEST(Plan, EveryPrefixFails) {
  std::string section = Parts().build();
  for (size_t size = 0; size < section.size(); ++size)
    EXPECT_NE(failure(section.substr(0, size)), "") << size;
}

TEST(Plan, Symbols) {
  EXPECT_EQ(failureOf([](Parts &p) { p.plan.addSymbol("T", 5, 4, 4); }),
            "symbol 'T' has impossible bounds");
  EXPECT_EQ(failureOf([](Parts &p) { p.plan.addSymbol("T", 1, 4, 9); }),
            "symbol 'T' has impossible bounds");
  EXPECT_EQ(failureOf([](Parts &p) { p.plan.addSymbol("S", 1, 4, 2); }),
            "the name 'S' is there twice");
  EXPECT_EQ(failureOf([](Parts &p) {
              uint32_t t = p.plan.symbolDim(p.plan.addSymbol("T", 1, 4, 2));
              p.entry.outputs[0].dims = {t};
            }),
            "no input of entry 'forward' binds symbol 'T'");
  EXPECT_EQ(failureOf([](Parts &p) { p.plan.addSymbol("T\x1b", 1, 4, 2); }),
            "a text isn't printable");
}

/// A plan with states that is right but for `change`.
std::string stateFailure(
    std::function<void(Parts &, StateGroupSpec &, StateUse &)> change) {
  return failureOf([&](Parts &p) {
    uint32_t symbol = p.plan.addSymbol("P", 0, 9, 3, /*late=*/true);
    StateGroupSpec group{symbol, 4};
    StateUse use{0, p.two, p.plan.symbolDim(symbol), p.two, 0, 0};
    change(p, group, use);
    p.plan.addStateGroup(group);
    p.plan.addState("state", DType::F32, 0, {1, 4, 3}, 1);
    p.entry.states.push_back(use);
    p.entry.launches[0].args[0] = {ArgKind::State, 0};
  });
}

TEST(Plan, States) {
  using G = StateGroupSpec;
  using U = StateUse;
  EXPECT_EQ(stateFailure([](Parts &, G &, U &) {}), "");
  EXPECT_EQ(stateFailure([](Parts &, G &g, U &) { g.symbol = 0; }),
            "a group of states has no dim of its own");
  EXPECT_EQ(stateFailure([](Parts &, G &g, U &) { g.symbol = 9; }),
            "a symbol doesn't exist");
  EXPECT_EQ(stateFailure([](Parts &, G &g, U &) { g.positions = 0; }),
            "a group of states has impossible blocks");
  EXPECT_EQ(stateFailure([](Parts &, G &g, U &) { g.positions = 5; }),
            "state 'state' lies outside its blocks");
  EXPECT_EQ(stateFailure([](Parts &, G &, U &u) { u.group = 1; }),
            "a group of states doesn't exist");
  EXPECT_EQ(stateFailure([](Parts &, G &, U &u) { u.growth = 99; }),
            "a dim doesn't exist");
  EXPECT_EQ(
      stateFailure([](Parts &p, G &, U &u) { p.entry.states.push_back(u); }),
      "an entry uses a group of states twice");
  EXPECT_EQ(failureOf([](Parts &p) {
              p.entry.launches[0].args[0] = {ArgKind::State, 0};
            }),
            "an argument doesn't exist");
  EXPECT_EQ(stateFailure([](Parts &p, G &, U &) {
              p.entry.launches[0].args[1] = {ArgKind::StateAfter, 1};
            }),
            "an argument belongs to states that the entry doesn't use");
}

TEST(Plan, Entries) {
  EXPECT_EQ(failureOf([](Parts &p) { p.plan.addEntry(p.entry); }),
            "the name 'forward' is there twice");
  EXPECT_EQ(failureOf([](Parts &p) { p.entry.name = ""; }), "a name is empty");
  EXPECT_EQ(
      failureOf([](Parts &p) { p.entry.inputs.push_back(p.entry.inputs[0]); }),
      "the name 'x' is there twice");
  EXPECT_EQ(failureOf([](Parts &p) { p.entry.inputs[0].dims = {999}; }),
            "a dim doesn't exist");
  EXPECT_EQ(failureOf([](Parts &p) { p.entry.inputs[0].type = DType(7); }),
            "an element type is unknown");
  EXPECT_EQ(failureOf([](Parts &p) { p.entry.inputs[0].bounds = {{0, 3}}; }),
            "input 'x' has impossible bounds");
  EXPECT_EQ(failureOf([](Parts &p) { p.entry.buffers[0].last = 1; }),
            "a buffer has an impossible lifetime");
  EXPECT_EQ(
      failureOf([](Parts &p) { p.entry.checks[0].relation = Relation(6); }),
      "a check's relation is unknown");
}

TEST(Plan, DefaultsFitTheirTypes) {
  auto fill = [](DType type, double value) {
    return failureOf([&](Parts &p) {
      p.entry.inputs.push_back({"d", type, {p.s}, DefaultKind::Fill, value});
    });
  };
  for (double value : {-1.0, 0x1p62, -0x1p63})
    EXPECT_EQ(fill(DType::I64, value), "");
  for (double value :
       {0x1p63, 0x1p64, -0x1.1p63, double(NAN), double(INFINITY)})
    EXPECT_EQ(fill(DType::I64, value), "a default doesn't fit its type");
  EXPECT_EQ(fill(DType::I32, -0x1p31), "");
  EXPECT_EQ(fill(DType::I32, 0x1p31), "a default doesn't fit its type");
  EXPECT_EQ(fill(DType::Bool, 1), "");
  EXPECT_EQ(fill(DType::Bool, 128), "a default doesn't fit its type");
  EXPECT_EQ(fill(DType::F32, 1e30), "");
}

TEST(Plan, Launches) {
  EXPECT_EQ(failureOf([](Parts &p) { p.entry.launches[0].kernel = 1; }),
            "a kernel doesn't exist");
  EXPECT_EQ(failureOf([](Parts &p) { p.entry.launches[0].args.pop_back(); }),
            "a launch of kernel 'k' has the wrong number of arguments");
  EXPECT_EQ(failureOf([](Parts &p) { p.entry.launches[0].dims = {}; }),
            "a launch of kernel 'k' has the wrong number of arguments");
  EXPECT_EQ(failureOf([](Parts &p) { p.entry.launches[0].shapes = {}; }),
            "a launch lacks variants");
  EXPECT_EQ(failureOf([](Parts &p) { p.entry.launches[0].args[0].index = 1; }),
            "an argument doesn't exist");
  EXPECT_EQ(failureOf([](Parts &p) {
              p.entry.launches[0].args[0].kind = ArgKind(7);
            }),
            "an argument's kind is unknown");
  EXPECT_EQ(failureOf([](Parts &p) {
              p.entry.launches.push_back(p.entry.launches[0]);
            }),
            "a buffer is used outside its lifetime");
}

TEST(Plan, DimsMayNotRunInCircles) {
  std::string section = Parts().build();
  auto *root = reinterpret_cast<format::Plan *>(section.data());
  auto *dims = reinterpret_cast<DimNode *>(section.data() + root->dims.offset);
  dims[2] = {DimOp::Add, 2, 0, 0, 0};
  EXPECT_EQ(failure(section), "a dim depends on a later one");
  dims[2].op = DimOp(99);
  EXPECT_EQ(failure(section), "a dim's operation is unknown");
}

TEST(Plan, ConstantsAreAsLargeAsTheirShape) {
  std::string section = Parts().build();
  auto *root = reinterpret_cast<format::Plan *>(section.data());
  auto *constant =
      reinterpret_cast<Constant *>(section.data() + root->constants.offset);
  constant->size = 8;
  EXPECT_EQ(failure(section), "constant 'c' isn't as large as its shape says");
  constant->offset = 32;
  EXPECT_EQ(failure(section), "constant 'c' lies outside the weights");
}

/// A thousand entries that all point to the same thousand launches.
TEST(Plan, SharedTablesCostNoQuadraticTime) {
  Parts parts;
  for (int i = 0; i < 999; ++i)
    parts.entry.launches.push_back(parts.entry.launches[0]);
  parts.entry.buffers = {{parts.s, 0, 999, 0}};
  std::string section = parts.build();
  auto *root = reinterpret_cast<format::Plan *>(section.data());
  auto entry =
      *reinterpret_cast<Entry *>(section.data() + root->entries.offset);
  section.resize((section.size() + 7) / 8 * 8);
  root = reinterpret_cast<format::Plan *>(section.data());
  root->entries = {static_cast<uint32_t>(section.size()), 2'000};
  for (int i = 0; i < 2'000; ++i)
    section.append(reinterpret_cast<const char *>(&entry), sizeof(entry));
  EXPECT_EQ(failure(section), "tables are shared too often");
}

TEST(Plan, DimsAsText) {
  PlanBuilder builder;
  uint32_t b = builder.symbolDim(builder.addSymbol("B", 1, 4, 1));
  uint32_t s = builder.symbolDim(builder.addSymbol("S", 1, 9, 3));
  uint32_t product = builder.mul(builder.add(b, s), builder.constantDim(2));
  uint32_t quotient = builder.ceilDiv(s, 32);
  uint32_t least = builder.dim(DimOp::Min, product, quotient);
  builder.addEntry({"e", {{"x", DType::F32, {b, s, least}}}, {}, {}, {}, {}});
  std::string section = builder.build();
  auto plan = runtime::Plan::parse(
      {reinterpret_cast<const uint8_t *>(section.data()), section.size()}, 0,
      "f");
  ASSERT_TRUE(plan) << plan.status().message();
  EXPECT_EQ(plan->dimText(product), "(B + S)*2");
  EXPECT_EQ(plan->dimText(quotient), "((S + 31) / 32)");
  EXPECT_EQ(plan->dimsText(plan->inputs(plan->entries()[0])[0].dims),
            "[B, S, min((B + S)*2, ((S + 31) / 32))]");
}

} // namespace
