//===- HoistInvariants.cpp - once, not in each round of a loop ------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Places of elements are quotients and remainders by dims, dozens of
// instructions each where a dim is known to calls only. MLIR's own pass leaves
// them in their loops, as no division may be moved to where it might be by
// zero; here the divisor is at least 1 then, which changes nothing that a
// result depends on.
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/compile/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace tenon::vulkan {
#define GEN_PASS_DEF_HOISTINVARIANTS
#include "backends/vulkan/compile/Passes.h.inc"
} // namespace tenon::vulkan

using namespace tenon;
using namespace mlir;

/// Makes a division one that can be computed anywhere.
static void divideByOneAtLeast(Operation *division) {
  OpOperand &divisor = division->getOpOperand(1);
  auto isOneAtLeast = [](Value value) {
    APInt constant;
    return matchPattern(value, m_ConstantInt(&constant)) && !constant.isZero();
  };
  auto most = divisor.get().getDefiningOp<arith::MaxUIOp>();
  if (isOneAtLeast(divisor.get()) || (most && isOneAtLeast(most.getRhs())))
    return;
  OpBuilder builder(division);
  Location loc = division->getLoc();
  Value one = arith::ConstantOp::create(
      builder, loc, builder.getOneAttr(divisor.get().getType()));
  divisor.set(arith::MaxUIOp::create(builder, loc, divisor.get(), one));
}

/// Moves an op before `loop` if it is the same in all rounds.
static void hoist(Operation *op, LoopLikeOpInterface loop) {
  bool isDivision = isa<arith::DivUIOp, arith::RemUIOp>(op);
  if (op->getNumRegions() || op->hasTrait<OpTrait::IsTerminator>() ||
      !isMemoryEffectFree(op) || !(isSpeculatable(op) || isDivision) ||
      !llvm::all_of(op->getOperands(), [&](Value operand) {
        return loop.isDefinedOutsideOfLoop(operand);
      }))
    return;
  // Conditional arithmetic on numbers stays where it may not be needed at all.
  bool isConditional = op->getParentOp() != loop;
  if (isConditional && !llvm::all_of(op->getResultTypes(), [](Type type) {
        return type.isIntOrIndex();
      }))
    return;
  op->moveBefore(loop);
  if (isDivision)
    divideByOneAtLeast(op);
}

namespace {
struct HoistInvariants
    : tenon::vulkan::impl::HoistInvariantsBase<HoistInvariants> {
  using HoistInvariantsBase::HoistInvariantsBase;

  void runOnOperation() override {
    // Inner loops come first: what leaves them may leave the next one, too.
    getOperation().walk([](LoopLikeOpInterface loop) {
      SmallVector<Operation *> ops;
      for (Region *region : loop.getLoopRegions())
        region->walk<WalkOrder::PreOrder>(
            [&](Operation *op) { ops.push_back(op); });
      for (Operation *op : ops)
        hoist(op, loop);
    });
  }
};
} // namespace
