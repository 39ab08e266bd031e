//===- StripTaps.cpp - taps removed or returned ---------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/EntryResults.h"
#include "passes/Passes.h"

#include "dialect/TenonOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon {
#define GEN_PASS_DEF_STRIPTAPS
#include "passes/Passes.h.inc"
} // namespace tenon

using namespace tenon;
using namespace mlir;

namespace {
struct StripTaps : tenon::impl::StripTapsBase<StripTaps> {
  using StripTapsBase::StripTapsBase;

  void runOnOperation() override {
    for (auto entry : getOperation().getOps<func::FuncOp>())
      for (auto tap :
           llvm::make_early_inc_range(entry.getBody().getOps<TapOp>())) {
        if (asResults)
          addEntryResult(entry, tap.getNameAttr(), tap.getX());
        tap.erase();
      }
  }
};
} // namespace
