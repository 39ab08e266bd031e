//===- StencilPlan.cpp - sums over moving windows -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/StencilPlan.h"

#include "dialect/Types.h"

using namespace tenon;
using namespace mlir;

/// Whether `value` reads windows at all.
static bool readsWindows(Value value) {
  Operation *op = value.getDefiningOp();
  return op &&
         (isa<WindowsOp>(op) || llvm::any_of(op->getOperands(), readsWindows));
}

/// Follows `value` to the windows that it is made of, element by element.
/// `axes` says which axis of the space each of its axes is. Other operands on
/// the way are `sides`, indexed by axes of the space for the moment.
static WindowsOp trace(Value value, SmallVector<int64_t> &axes,
                       SmallVector<StencilSide> &sides) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto windows = dyn_cast<WindowsOp>(op))
      return windows;
    if (auto transpose = dyn_cast<TransposeOp>(op)) {
      SmallVector<int64_t> before(axes.size());
      for (auto [axis, source] : llvm::zip(axes, transpose.getPermutation()))
        before[source] = axis;
      axes = before;
      value = transpose.getX();
      continue;
    }
    if (!isa<ScalarOpInterface>(op))
      return {};
    Value next;
    for (Value operand : op->getOperands()) {
      if (!readsWindows(operand)) {
        SmallVector<DimAttr> dims = getDims(operand);
        StencilSide side{operand, {}};
        for (auto [axis, dim] :
             llvm::zip(ArrayRef(axes).take_back(dims.size()), dims))
          side.axes.push_back(dim.isConstant(1) ? StencilSide::zero : axis);
        sides.push_back(side);
        continue;
      }
      if ((next && next != operand) || getDims(operand) != getDims(value))
        return {};
      next = operand;
    }
    if (!next)
      return {};
    value = next;
  }
  return {};
}

std::optional<StencilPlan> StencilPlan::find(const RowPlan &rows) {
  if (rows.alongReduced || rows.reductions.size() != 1)
    return std::nullopt;
  StencilPlan plan;
  plan.rows = rows;
  plan.reduce = dyn_cast<ReduceOp>(rows.reductions.front());
  if (!plan.reduce || plan.reduce.getKeepAxes())
    return std::nullopt;
  for (const RowResult &result : rows.results)
    if (result.extent != RowExtent::Row)
      return std::nullopt;
  SmallVector<int64_t> axes;
  for (size_t i = 0; i < rows.space.size(); ++i)
    axes.push_back(i);
  SmallVector<StencilSide> sides;
  plan.windows = trace(plan.reduce.getX(), axes, sides);
  if (!plan.windows)
    return std::nullopt;
  // What the windows move over is kept, in order and as far as it goes; its
  // last axis is for vectors. Their own axes are reduced.
  size_t rank = getDims(plan.windows.getX()).size();
  ArrayRef<int64_t> moving = plan.windows.getAxes();
  if (rank < 2 || rank != rows.rows.size() || moving.size() > 2 ||
      !llvm::is_sorted(moving) ||
      moving.back() == static_cast<int64_t>(rank) - 1)
    return std::nullopt;
  int64_t last = -1;
  for (size_t i = 0; i < rank; ++i) {
    if (rows.reduced[axes[i]] || axes[i] < last)
      return std::nullopt;
    last = axes[i];
  }
  for (auto [axis, isReduced] : llvm::enumerate(rows.reduced))
    if (isReduced)
      plan.taps.push_back(llvm::find(axes, static_cast<int64_t>(axis)) -
                          axes.begin() - rank);
  // Sides that some place has for itself are read where they are used.
  for (StencilSide &side : sides) {
    bool isShared = !side.axes.empty();
    for (int64_t &axis : side.axes) {
      if (axis == StencilSide::zero)
        continue;
      if (rows.reduced[axis])
        axis = plan.taps[llvm::count(ArrayRef(rows.reduced).take_front(axis),
                                     true)];
      else if (axis == last)
        axis = StencilSide::channel;
      else
        isShared = false;
    }
    if (isShared)
      plan.sides.push_back(side);
  }
  return plan;
}
