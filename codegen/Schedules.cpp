//===- Schedules.cpp - what choosing a schedule begins with ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/Schedules.h"

#include "codegen/Decompose.h"

using namespace tenon;
using namespace mlir;

int64_t tenon::estimateDim(DimAttr dim) {
  static constexpr int64_t middling = 128;
  auto value = evaluateDim(
      dim, [](StringRef) { return std::optional<int64_t>(middling); });
  return std::max<int64_t>(value.value_or(middling), 1);
}

void tenon::setStateBlocks(func::FuncOp kernel) {
  // As many positions as a vector has lanes at most: long enough for runs of
  // keys, short enough that little is copied where two beams part.
  constexpr int64_t positions = 16;
  OpBuilder builder(kernel);
  for (auto [i, type] : llvm::enumerate(kernel.getArgumentTypes()))
    if (isa<StateType>(type))
      kernel.setArgAttr(i, "tenon.block", builder.getI64IntegerAttr(positions));
}

FailureOr<KernelShape> KernelShape::analyze(func::FuncOp kernel) {
  KernelShape shape;
  for (Operation &op : kernel.getBody().front()) {
    shape.matmul = dyn_cast<MatmulOp>(op);
    shape.attention = dyn_cast<AttentionOp>(op);
    if (shape.matmul || shape.attention)
      return shape;
  }
  shape.decomposed = kernel.clone();
  if (failed(decomposeOps(*shape.decomposed)))
    return failure();
  bool reduces =
      llvm::any_of(shape.decomposed->getBody().front(),
                   [](Operation &op) { return isa<ReductionOpInterface>(op); });
  if (!reduces)
    return shape;
  auto plan = RowPlan::analyze(*shape.decomposed);
  if (failed(plan))
    return failure();
  shape.rows = std::move(*plan);
  return shape;
}
