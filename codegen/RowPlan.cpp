//===- RowPlan.cpp - kernels that reduce rows -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/RowPlan.h"

#include "dialect/Types.h"

using namespace tenon;
using namespace mlir;

//===----------------------------------------------------------------------===//
// The space
//===----------------------------------------------------------------------===//

/// The space of one reduction.
static void describe(ReductionOpInterface op, RowPlan &plan) {
  if (auto reduce = dyn_cast<ReduceOp>(op.getOperation())) {
    plan.space = getDims(reduce.getX());
    plan.reduced.assign(plan.space.size(), false);
    for (int64_t axis : reduce.getAxes())
      plan.reduced[axis] = true;
  } else {
    plan.space = getDims(op->getResult(0));
    plan.reduced.assign(plan.space.size(), false);
    llvm::append_range(plan.space, op.getReductionDims());
    plan.reduced.resize(plan.space.size(), true);
  }
  for (auto [dim, reduced] : llvm::zip(plan.space, plan.reduced))
    (reduced ? plan.inner : plan.rows).push_back(dim);
}

/// Whether vectors should run along the reduced axes.
static bool prefersReducedAxes(Operation *op, const RowPlan &plan) {
  if (plan.rows.empty())
    return true;
  if (isa<ReduceOp>(op)) {
    // Windows' own axes are short and their places apart in memory, unless the
    // window moves along the last axis.
    auto windows = op->getOperand(0).getDefiningOp<WindowsOp>();
    int64_t rank = windows ? getDims(windows.getX()).size() : 0;
    bool overWindows =
        windows && !llvm::is_contained(windows.getAxes(), rank - 1) &&
        llvm::all_of(llvm::enumerate(plan.reduced), [&](auto entry) {
          return entry.value() == (static_cast<int64_t>(entry.index()) >= rank);
        });
    return plan.reduced.back() && !overWindows;
  }
  // A product with a transposed right side reads both sides along the sum.
  if (auto matmul = dyn_cast<MatmulOp>(op))
    return matmul.getTransposeRhs();
  return false;
}

/// Whether `dims` are those of a row result, with or without the reduced axes
/// kept as 1.
static bool isRowShape(ArrayRef<DimAttr> dims, const RowPlan &plan) {
  MLIRContext *context =
      plan.space.empty() ? nullptr : plan.space.front().getContext();
  if (dims == ArrayRef<DimAttr>(plan.rows))
    return true;
  return context && productOf(context, dims) == productOf(context, plan.rows);
}

static bool isFullShape(ArrayRef<DimAttr> dims, const RowPlan &plan) {
  if (dims == ArrayRef<DimAttr>(plan.space))
    return true;
  MLIRContext *context = plan.space.front().getContext();
  return productOf(context, dims) == productOf(context, plan.space);
}

static bool comesFromReduction(Value value, const RowPlan &plan) {
  Operation *op = value.getDefiningOp();
  return op && (llvm::is_contained(plan.reductions, op) ||
                llvm::any_of(op->getOperands(), [&](Value operand) {
                  return comesFromReduction(operand, plan);
                }));
}

/// Whether a value is a reduction's result in another order.
static bool movesReduction(Value value, const RowPlan &plan) {
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<StoreMapOpInterface>(op) && !isa<ReshapeOp>(op))
    return comesFromReduction(op->getOperand(0), plan);
  return isa_and_nonnull<ReshapeOp, ScalarOpInterface>(op) &&
         llvm::any_of(op->getOperands(), [&](Value operand) {
           return movesReduction(operand, plan);
         });
}

static LogicalResult addResult(Value value, RowPlan &plan) {
  RowResult result{value, RowExtent::Row, value, {}};
  while (true) {
    SmallVector<DimAttr> dims = getDims(result.source);
    auto movement = result.source.getDefiningOp<StoreMapOpInterface>();
    // An elementwise op behind a movement has the shape of the rows only by
    // accident; so has a reshape there.
    bool isMoved = movesReduction(result.source, plan);
    if (!isMoved && (!movement || isa<ReshapeOp>(movement))) {
      if (isRowShape(dims, plan)) {
        result.extent = RowExtent::Row;
        break;
      }
      if (isFullShape(dims, plan)) {
        result.extent = RowExtent::Full;
        break;
      }
    }
    if (isMoved && !movement) {
      // It leaves the index alone: the place is where its operand goes.
      result.source = *llvm::find_if(
          result.source.getDefiningOp()->getOperands(),
          [&](Value operand) { return movesReduction(operand, plan); });
      continue;
    }
    if (!movement)
      return emitError(value.getLoc(),
                       "result has neither the shape of the rows nor of the "
                       "reduced tensor");
    result.movements.insert(result.movements.begin(), movement);
    result.source = movement->getOperand(0);
  }
  plan.results.push_back(std::move(result));
  return success();
}

//===----------------------------------------------------------------------===//
// Values kept for several passes
//===----------------------------------------------------------------------===//

namespace {
/// Finds the full-size values that more than one pass would compute.
class KeptValues {
public:
  KeptValues(RowPlan &plan) : plan(plan) {}

  void choose(func::FuncOp kernel) {
    SmallVector<Value> passes;
    for (Operation *op : plan.reductions)
      llvm::append_range(passes, op->getOperands());
    for (const RowResult &result : plan.results)
      if (result.extent == RowExtent::Full)
        passes.push_back(result.source);
    // Later ops first: keeping a value spares what it is computed from.
    for (Operation &op : llvm::reverse(kernel.getBody().front())) {
      if (op.getNumResults() != 1 || !isa<ElementOpInterface>(op))
        continue;
      Value value = op.getResult(0);
      if (getDims(value) != plan.space || cost(value) < worthKeeping)
        continue;
      int64_t users = 0;
      for (Value pass : passes)
        users += reaches(pass, value);
      if (users > 1)
        plan.kept.push_back(value);
    }
    // Passes run in order; earlier values first.
    std::reverse(plan.kept.begin(), plan.kept.end());
  }

private:
  // Reading a kept value back costs a load; computing it should cost clearly
  // more.
  static constexpr int64_t worthKeeping = 8;

  static bool stops(Value value) {
    Operation *op = value.getDefiningOp();
    return !op || !isa<ElementOpInterface>(op);
  }

  int64_t cost(Value value) {
    if (stops(value))
      return 0;
    int64_t sum =
        cast<FusionOpInterface>(value.getDefiningOp()).getElementCost();
    for (Value operand : value.getDefiningOp()->getOperands())
      sum += cost(operand);
    return sum;
  }

  /// Whether computing `from` computes `value`, without what is kept already.
  bool reaches(Value from, Value value) {
    if (from == value)
      return true;
    if (stops(from) || llvm::is_contained(plan.kept, from))
      return false;
    return llvm::any_of(from.getDefiningOp()->getOperands(),
                        [&](Value operand) { return reaches(operand, value); });
  }

  RowPlan &plan;
};
} // namespace

FailureOr<RowPlan> RowPlan::analyze(func::FuncOp kernel) {
  RowPlan plan;
  for (Operation &op : kernel.getBody().front()) {
    auto reduction = dyn_cast<ReductionOpInterface>(op);
    if (!reduction)
      continue;
    RowPlan own;
    describe(reduction, own);
    if (plan.reductions.empty()) {
      plan = own;
      plan.alongReduced = prefersReducedAxes(&op, plan);
    } else if (own.rows != plan.rows) {
      return op.emitError("reduces other rows than the kernel's first "
                          "reduction");
    }
    plan.reductions.push_back(&op);
  }
  if (plan.reductions.empty())
    return kernel.emitError("has no reduction");
  for (Value value : kernel.getBody().front().getTerminator()->getOperands())
    if (failed(addResult(value, plan)))
      return failure();
  if (plan.alongReduced)
    KeptValues(plan).choose(kernel);
  return plan;
}

SmallVector<Index> RowPlan::compose(ArrayRef<Index> row,
                                    ArrayRef<Index> inner) const {
  SmallVector<Index> index;
  for (bool isReduced : reduced) {
    ArrayRef<Index> &from = isReduced ? inner : row;
    index.push_back(from.front());
    from = from.drop_front();
  }
  return index;
}

SmallVector<Index> RowPlan::innerPart(ArrayRef<Index> index) const {
  SmallVector<Index> inner;
  for (auto [i, isReduced] : llvm::zip(index, reduced))
    if (isReduced)
      inner.push_back(i);
  return inner;
}
