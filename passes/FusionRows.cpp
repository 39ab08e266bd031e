//===- FusionRows.cpp - reductions that become one kernel -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/FusionPlan.h"

#include "dialect/Types.h"

using namespace tenon;
using namespace mlir;

void FusionPlan::foundRows(Operation *op) {
  FusionGroup &group = groups[found(op, FusionKind::Row)];
  group.space = getDims(op->getOperand(0));
  if (auto reduce = dyn_cast<ReduceOp>(op))
    group.axes = llvm::to_vector(reduce.getAxes());
  else if (auto axis = op->getAttrOfType<IntegerAttr>("axis"))
    group.axes = {axis.getInt()};
  else
    group.axes = {static_cast<int64_t>(group.space.size()) - 1};
  // A group norm and scales of groups reduce a reshaped tensor: nothing else
  // shares its rows.
  auto scales = dyn_cast<QuantizeScalesOp>(op);
  group.closed = isa<GroupNormOp, ArgMaxOp, CumSumOp>(op) ||
                 (scales && scales.getGroup() != 0);
}

/// The axes that an op reduces and nothing else, if it is a row op of that
/// kind.
static SmallVector<int64_t> reducedAxes(Operation *op) {
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return llvm::to_vector(reduce.getAxes());
  if (auto scales = dyn_cast<QuantizeScalesOp>(op);
      scales && !scales.getGroup())
    return {static_cast<int64_t>(scales.getAxis())};
  return {};
}

bool FusionPlan::tryRowChain(Operation *op) {
  // A reduction of what another row kernel makes, over the same rows.
  Value x = op->getOperand(0);
  Operation *producer = x.getDefiningOp();
  if (!producer || !ownerOf(producer))
    return false;
  unsigned id = *ownerOf(producer);
  FusionGroup &group = groups[id];
  if (group.kind != FusionKind::Row || group.closed ||
      ArrayRef<int64_t>(group.axes) != ArrayRef(reducedAxes(op)) ||
      group.space != getDims(x) || !allowed(FusionRule::RowChain, op))
    return false;
  own(id, op, FusionRule::RowChain, bytesOf(x.getType()));
  return true;
}
