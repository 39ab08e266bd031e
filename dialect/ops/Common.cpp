//===- Common.cpp - what several op files share ---------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

FailureOr<Value> tenon::emitBroadcastElement(ScalarOpInterface op,
                                             ElementBuilder &builder,
                                             ArrayRef<Index> index) {
  SmallVector<Value> elements;
  for (Value operand : op->getOperands()) {
    auto element =
        builder.read(operand, builder.broadcastIndex(index, getDims(operand)));
    if (failed(element))
      return failure();
    elements.push_back(*element);
  }
  builder.unify(elements);
  return op.emitScalar(builder, elements);
}

LogicalResult tenon::checkAllTensorsOrScalars(const ShapeRules &rules) {
  auto isTensor = llvm::IsaPred<TensorType>;
  if (llvm::any_of(rules.operands.getTypes(), isTensor) &&
      !llvm::all_of(rules.operands.getTypes(), isTensor))
    return rules.fail("mixes tensors and scalars");
  return success();
}

void tenon::evaluateElements(
    ArrayRef<HostTensor> operands, HostTensor &result,
    llvm::function_ref<void(int64_t, ArrayRef<int64_t>)> compute) {
  // Scalars of a region are evaluated for many places at once, as tensors whose
  // shape the op's type doesn't say.
  SmallVector<int64_t> shape = broadcastShapes(operands);
  if (ArrayRef<int64_t>(shape) != result.shape())
    result = HostTensor(result.elementType(), shape);
  forEachBroadcast(shape, operands, compute);
}

void tenon::evaluateMovement(
    const HostTensor &operand, HostTensor &result,
    llvm::function_ref<void(ArrayRef<int64_t>, SmallVectorImpl<int64_t> &)>
        map) {
  SmallVector<int64_t> strides = operand.strides(), source(operand.rank());
  int64_t n = 0;
  forEachIndex(result.shape(), [&](ArrayRef<int64_t> index) {
    map(index, source);
    result.copyElement(n++, operand, linearize(source, strides));
  });
}

Value tenon::createScalar(OpBuilder &builder, Location loc, Type elementType,
                          double value) {
  Attribute element =
      isa<FloatType>(elementType)
          ? Attribute(builder.getFloatAttr(elementType, value))
          : builder.getIntegerAttr(elementType, static_cast<int64_t>(value));
  return FillOp::create(builder, loc, cast<TypedAttr>(element),
                        DimsAttr::get(builder.getContext(), {}));
}

ArrayRef<int64_t> tenon::staticShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

AxisView::AxisView(ArrayRef<int64_t> shape, int64_t axis)
    : outer(countElements(shape.take_front(axis))), size(shape[axis]),
      inner(countElements(shape.drop_front(axis + 1))) {}
