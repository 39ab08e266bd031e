//===- Common.h - what several op files share -------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_OPS_COMMON_H
#define TENON_DIALECT_OPS_COMMON_H

#include "dialect/Element.h"
#include "dialect/Evaluator.h"
#include "dialect/HostTensor.h"
#include "dialect/Stream.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"

namespace tenon {

/// An elementwise op's element in terms of its scalar form.
mlir::FailureOr<mlir::Value> emitBroadcastElement(ScalarOpInterface op,
                                                  ElementBuilder &builder,
                                                  llvm::ArrayRef<Index> index);

/// Fails unless the operands are all tensors or all scalars.
mlir::LogicalResult checkAllTensorsOrScalars(const ShapeRules &rules);

/// Evaluates an elementwise op on the broadcast of its operands; `compute` gets
/// one position in each operand and sets one element of the result.
void evaluateElements(
    llvm::ArrayRef<HostTensor> operands, HostTensor &result,
    llvm::function_ref<void(int64_t result, llvm::ArrayRef<int64_t> operands)>
        compute);

/// Evaluates a movement op: `source` maps a result index to an operand index.
void evaluateMovement(
    const HostTensor &operand, HostTensor &result,
    llvm::function_ref<void(llvm::ArrayRef<int64_t> index,
                            llvm::SmallVectorImpl<int64_t> &source)>
        map);

/// A tensor of rank 0 that holds `value`; what decompositions add and compare
/// with.
mlir::Value createScalar(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::Type elementType, double value);

/// The static sizes of a streamed value.
llvm::ArrayRef<int64_t> staticShape(mlir::Value value);

/// The tensor as runs over one axis: elements [outer, n, inner].
struct AxisView {
  AxisView(llvm::ArrayRef<int64_t> shape, int64_t axis);
  int64_t outer = 1, size = 1, inner = 1;
  int64_t offset(int64_t o, int64_t i, int64_t k) const {
    return (o * size + i) * inner + k;
  }
};

} // namespace tenon

#endif // TENON_DIALECT_OPS_COMMON_H
