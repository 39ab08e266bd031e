//===- FoldWeights.cpp - constants of the model ---------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/Weights.h"

#include "dialect/TenonOps.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AsmState.h"

namespace tenon {
#define GEN_PASS_DEF_FOLDWEIGHTS
#include "passes/Passes.h.inc"
} // namespace tenon

using namespace tenon;
using namespace mlir;

namespace {
struct FoldWeights : tenon::impl::FoldWeightsBase<FoldWeights> {
  using FoldWeightsBase::FoldWeightsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable table(module);
    symbols = &table;
    for (auto global : module.getOps<GlobalOp>())
      known.try_emplace(textOf(global.getBody()), global);
    for (auto function : module.getOps<func::FuncOp>())
      foldFunction(function);
  }

private:
  void foldFunction(func::FuncOp function) {
    // The frontier: constant values that something not constant uses.
    Block &body = function.getBody().front();
    for (Operation &op : body) {
      bool isConstant =
          op.getNumResults() == 1 && isConstantValue(op.getResult(0));
      for (OpOperand &operand : op.getOpOperands()) {
        Value value = operand.get();
        if (!isConstant && isConstantValue(value) && needsMemory(value) &&
            !value.getDefiningOp<GlobalRefOp>())
          operand.set(makeReference(value, &op));
      }
    }
    // What was only needed for the constants is left without users.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
      if (isOpTriviallyDead(&op))
        op.erase();
  }

  Value makeReference(Value value, Operation *user) {
    OpBuilder builder(user);
    GlobalOp global = makeGlobal(value);
    return GlobalRefOp::create(builder, value.getLoc(), value.getType(),
                               global.getSymName());
  }

  GlobalOp makeGlobal(Value value) {
    OpBuilder builder(&getContext());
    auto global = GlobalOp::create(builder, value.getLoc(), "c",
                                   cast<RankedTensorType>(value.getType()));
    Block *block = builder.createBlock(&global.getBody());
    BackwardSliceOptions options;
    options.inclusive = true;
    SetVector<Operation *> slice;
    (void)getBackwardSlice(value.getDefiningOp(), &slice, options);
    IRMapping map;
    builder.setInsertionPointToEnd(block);
    for (Operation *op : topologicalSort(slice))
      inlineOp(op, builder, map);
    YieldOp::create(builder, value.getLoc(), map.lookup(value));
    auto [it, isNew] = known.try_emplace(textOf(global.getBody()), global);
    if (!isNew) {
      global.erase();
      return it->second;
    }
    symbols->insert(global, getOperation().getBody()->begin());
    return global;
  }

  /// Copies an op into a global's region; a reference to another global becomes
  /// that global's ops.
  void inlineOp(Operation *op, OpBuilder &builder, IRMapping &map) {
    auto ref = dyn_cast<GlobalRefOp>(op);
    if (!ref) {
      builder.clone(*op, map);
      return;
    }
    Block &body = symbols->lookup<GlobalOp>(ref.getGlobal()).getBody().front();
    IRMapping inner;
    for (Operation &part : body.without_terminator())
      builder.clone(part, inner);
    map.map(ref.getResult(), inner.lookup(body.getTerminator()->getOperand(0)));
  }

  static std::string textOf(Region &body) {
    std::string text;
    llvm::raw_string_ostream os(text);
    // A constant's elements are part of what it is: nothing is elided.
    OpPrintingFlags flags;
    flags.useLocalScope().elideLargeElementsAttrs(
        std::numeric_limits<int64_t>::max());
    AsmState state(body.getParentOp(), flags);
    for (Operation &op : body.front()) {
      op.print(os, state);
      os << "\n";
    }
    return text;
  }

  SymbolTable *symbols = nullptr;
  llvm::StringMap<GlobalOp> known;
};
} // namespace
