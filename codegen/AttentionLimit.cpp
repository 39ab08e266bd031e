//===- AttentionLimit.cpp - keys that can't count -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A score region that ends in `key <= limit ? .. : -inf` gives keys behind the
// limit no weight at all, whatever the other scores are: exp(-inf - x) is 0.
// Such keys are left out. (A finite fill is no such promise: a row that has
// nothing else is uniform over it.)
//
//===----------------------------------------------------------------------===//

#include "codegen/AttentionLimit.h"

#include "dialect/Types.h"

#include "mlir/IR/Matchers.h"

using namespace tenon;
using namespace mlir;

static bool dependsOn(Value value, Value on) {
  if (value == on)
    return true;
  Operation *op = value.getDefiningOp();
  return op && llvm::any_of(op->getOperands(), [&](Value operand) {
           return dependsOn(operand, on);
         });
}

/// Whether an index never falls while `of` grows.
static bool risesWith(Value value, Value of) {
  if (value == of || !dependsOn(value, of))
    return true;
  Operation *op = value.getDefiningOp();
  if (auto binary = dyn_cast<BinaryOp>(op))
    return binary.getKind() == BinaryKind::add &&
           risesWith(binary.getLhs(), of) && risesWith(binary.getRhs(), of);
  if (auto cast = dyn_cast<CastOp>(op))
    return risesWith(cast.getX(), of);
  return false;
}

static bool isNegativeInfinity(Value value) {
  APFloat number(0.0f);
  return matchPattern(value, m_ConstantFloat(&number)) && number.isInfinity() &&
         number.isNegative();
}

KeyLimit::KeyLimit(AttentionOp op) : op(op) {
  Block &score = op.getScore().front();
  Value query = score.getArgument(3), key = score.getArgument(4);
  auto choice = score.getTerminator()->getOperand(0).getDefiningOp<SelectOp>();
  auto compare =
      choice ? choice.getCondition().getDefiningOp<CompareOp>() : CompareOp();
  if (!compare || !isNegativeInfinity(choice.getOnFalse()) ||
      (compare.getKind() != CompareKind::le &&
       compare.getKind() != CompareKind::lt))
    return;
  Value left = compare.getLhs(), right = compare.getRhs();
  if (auto cast = left.getDefiningOp<CastOp>())
    left = cast.getX();
  if (left != key || dependsOn(right, key) ||
      dependsOn(right, score.getArgument(0)) || !risesWith(right, query))
    return;
  limit = right;
  counts = compare.getKind() == CompareKind::le;
}

Value KeyLimit::countKeys(KernelCode &code, const Index &batch,
                          const Index &head, const Index &lastQuery,
                          Value keys) {
  if (!limit)
    return keys;
  OpBuilder &builder = code.builder;
  ElementBuilder e = code.elements(1);
  Value noScore = e.constant(getElementType(op.getType()), 0);
  SmallVector<Value> captures = llvm::to_vector(op.getCaptures());
  auto emitted = code.emitRegionIndex(
      e, op.getScore().front(),
      {noScore, batch, head, lastQuery, e.constant(0)}, captures, limit);
  if (failed(emitted)) {
    code.hasFailed = true;
    return keys;
  }
  Value count = *emitted;
  if (counts)
    count =
        builder.createOrFold<arith::AddIOp>(code.loc, count, code.constant(1));
  count = arith::MinSIOp::create(builder, code.loc, count, keys);
  return arith::MaxSIOp::create(builder, code.loc, count, code.constant(0));
}
