//===- DimValuesTest.cpp - the value of every dim -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/DimValues.h"

#include "runtime/format/PlanBuilder.h"

#include <gtest/gtest.h>

using namespace tenon;
using namespace tenon::format;
using namespace tenon::runtime;

static int64_t evaluate(DimOp op, int64_t a, int64_t b) {
  DimNode nodes[] = {{DimOp::Constant, 0, 0, 0, a},
                     {DimOp::Constant, 0, 0, 0, b},
                     {op, 0, 1, 0, 0}};
  int64_t values[3];
  evaluateDims(nodes, {}, values);
  return values[2];
}

TEST(DimValues, Operations) {
  EXPECT_EQ(evaluate(DimOp::Add, 2, -3), -1);
  EXPECT_EQ(evaluate(DimOp::Mul, 4, 5), 20);
  EXPECT_EQ(evaluate(DimOp::FloorDiv, 7, 2), 3);
  EXPECT_EQ(evaluate(DimOp::FloorDiv, -7, 2), -4);
  EXPECT_EQ(evaluate(DimOp::FloorDiv, -8, 2), -4);
  EXPECT_EQ(evaluate(DimOp::Min, 7, 2), 2);
  EXPECT_EQ(evaluate(DimOp::Max, 7, 2), 7);
}

TEST(DimValues, WhatCannotBeComputedIsUnknown) {
  EXPECT_EQ(evaluate(DimOp::Add, INT64_MAX, 1), unknownDim);
  EXPECT_EQ(evaluate(DimOp::Mul, int64_t(1) << 32, int64_t(1) << 31),
            unknownDim);
  EXPECT_EQ(evaluate(DimOp::FloorDiv, 1, 0), unknownDim);
  EXPECT_EQ(evaluate(DimOp::FloorDiv, 1, -1), unknownDim);
  EXPECT_EQ(evaluate(DimOp::Min, unknownDim, 0), unknownDim);
}

TEST(DimValues, UnknownSpreads) {
  DimNode nodes[] = {{DimOp::Symbol, 0, 0, 0, 0},
                     {DimOp::Symbol, 1, 0, 0, 0},
                     {DimOp::Mul, 0, 0, 0, 0},
                     {DimOp::Mul, 0, 1, 0, 0}};
  int64_t symbols[] = {6, unknownDim}, values[4];
  evaluateDims(nodes, symbols, values);
  EXPECT_EQ(values[2], 36);
  EXPECT_EQ(values[3], unknownDim);
}

TEST(PlanBuilder, EqualDimsAreOneAndConstantsFold) {
  PlanBuilder plan;
  uint32_t s = plan.symbolDim(plan.addSymbol("S", 1, 9, 3));
  EXPECT_EQ(plan.mul(s, plan.constantDim(4)), plan.mul(s, plan.constantDim(4)));
  EXPECT_EQ(plan.mul(plan.constantDim(3), plan.constantDim(4)),
            plan.constantDim(12));
  EXPECT_EQ(plan.ceilDiv(plan.constantDim(33), 32), plan.constantDim(2));
}
