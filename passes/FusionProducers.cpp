//===- FusionProducers.cpp - producers that join a kernel -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/FusionPlan.h"

using namespace tenon;
using namespace mlir;

/// Whether an operand is read once for each use in the inner loops of an anchor
/// (a side of a product) rather than once an element.
static bool isReadRepeatedly(Operation *user, unsigned operand) {
  // Windows overlap.
  if (isa<WindowsOp>(user))
    return true;
  switch (kindOf(user)) {
  case FusionKind::Contraction:
    return true;
  case FusionKind::Attention:
    return operand < 3;
  default:
    return false;
  }
}

/// Whether an op is part of how a product reads windows: their elements in
/// another order, as rows. Emitters copy such rows to where they are read from.
static bool isStaged(const FusionGroup &group, Operation *op) {
  auto matmul = dyn_cast<MatmulOp>(group.anchor);
  if (!matmul)
    return false;
  Operation *at = matmul.getLhs().getDefiningOp();
  bool found = false;
  while (at && isa<ReshapeOp, TransposeOp>(at)) {
    found |= at == op;
    at = at->getOperand(0).getDefiningOp();
  }
  return isa_and_nonnull<WindowsOp>(at) && (found || at == op);
}

void FusionPlan::absorbProducers(unsigned id) {
  bool changed = true;
  while (changed) {
    changed = false;
    SmallVector<Operation *> ops = llvm::to_vector(groups[id].ops);
    llvm::sort(
        ops, [](Operation *a, Operation *b) { return b->isBeforeInBlock(a); });
    for (Operation *op : ops)
      for (OpOperand &operand : op->getOpOperands()) {
        Operation *producer = operand.get().getDefiningOp();
        if (producer && isFusible(producer) &&
            !groups[id].ops.contains(producer) && !ownerOf(producer))
          changed |= tryProducer(id, op, operand.getOperandNumber(), producer);
      }
  }
}

bool FusionPlan::tryProducer(unsigned id, Operation *user, unsigned operand,
                             Operation *producer) {
  FusionGroup &group = groups[id];
  DimAttr bytes = bytesOf(producer->getResult(0).getType()) * 2;
  FusionKind kind = kindOf(producer);
  if (kind == FusionKind::Update)
    return false; // It ends a kernel of its own.
  // Panels are read from memory, as they are or as codes.
  if (auto matmul = dyn_cast<MatmulOp>(user);
      matmul && operand == 1 && matmul.getColumns()) {
    if (!isa<DequantizeOp>(producer) ||
        !allowed(FusionRule::Dequantize, producer))
      return false;
    clone(id, producer, FusionRule::Dequantize, bytes);
    return true;
  }
  if (kind == FusionKind::Source) {
    if (!allowed(FusionRule::Source, producer))
      return false;
    clone(id, producer, FusionRule::Source, bytes);
    return true;
  }
  // Operands of products may be views, and views of views.
  std::function<bool(Operation *, unsigned)> repeated = [&](Operation *op,
                                                            unsigned place) {
    if (isReadRepeatedly(op, place))
      return true;
    return kindOf(op) == FusionKind::Movement &&
           llvm::any_of(op->getUses(), [&](OpOperand &use) {
             return group.ops.contains(use.getOwner()) &&
                    repeated(use.getOwner(), use.getOperandNumber());
           });
  };
  bool isRepeated = repeated(user, operand);
  if (kind == FusionKind::Movement) {
    if (!allowed(FusionRule::LoadView, producer))
      return false;
    if (isRepeated && !isStridedView(producer) && !isStaged(group, producer)) {
      miss(producer, FusionRule::LoadView,
           "reading through it costs index arithmetic, and " + opId(user) +
               " reads each element many times");
      return false;
    }
    clone(id, producer, FusionRule::LoadView, bytes);
    return true;
  }
  if (isRepeated) {
    miss(producer, FusionRule::Prologue,
         opId(user) + " reads each element many times");
    return false;
  }
  if (allUsersIn(producer, id)) {
    if (!allowed(FusionRule::Prologue, producer))
      return false;
    own(id, producer, FusionRule::Prologue, bytes);
    return true;
  }
  constexpr int64_t cheap = 4;
  if (!allowed(FusionRule::Recompute, producer))
    return false;
  if (recomputeCost(producer) > cheap) {
    miss(producer, FusionRule::Recompute,
         "several kernels use it and it is too dear to compute in each");
    return false;
  }
  clone(id, producer, FusionRule::Recompute, bytes);
  return true;
}
