//===- Weights.cpp - values that depend on weights only -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/Weights.h"

#include "dialect/TenonOps.h"

using namespace tenon;
using namespace mlir;

bool tenon::isConstantValue(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (isa<WeightOp, ConstantOp, GlobalRefOp>(op))
    return true;
  // Shapes must be known too, and ops with state or regions aren't folded.
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type || !type.hasStaticShape() || !isa<FusionOpInterface>(op) ||
      op->getNumRegions() != 0)
    return false;
  // Nor is what a symbol decides: a roll by S, say.
  for (NamedAttribute attribute : op->getAttrs())
    if (auto dim = dyn_cast<DimAttr>(attribute.getValue());
        dim && !dim.isConstant())
      return false;
  return llvm::all_of(op->getOperands(), isConstantValue);
}

bool tenon::needsMemory(Value value) {
  Operation *op = value.getDefiningOp();
  if (isa<WeightOp, GlobalRefOp>(op))
    return true;
  if (auto constant = dyn_cast<ConstantOp>(op))
    return !constant.getValue().isSplat();
  return llvm::any_of(op->getOperands(), needsMemory);
}

SmallVector<Operation *> tenon::usersInOrder(Value value) {
  SetVector<Operation *> users(value.user_begin(), value.user_end());
  SmallVector<Operation *> sorted = users.takeVector();
  llvm::sort(sorted, [](Operation *a, Operation *b) {
    // Users of one value in nested regions are ordered by their ancestors.
    if (a->getBlock() == b->getBlock())
      return a->isBeforeInBlock(b);
    for (Operation *p = b->getParentOp(); p; p = p->getParentOp())
      if (p->getBlock() == a->getBlock())
        return a == p || a->isBeforeInBlock(p);
    for (Operation *p = a->getParentOp(); p; p = p->getParentOp())
      if (p->getBlock() == b->getBlock())
        return p->isBeforeInBlock(b);
    return false;
  });
  return sorted;
}
