//===- Fill.cpp - tensors of one value ------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult FillOp::inferReturnTypes(MLIRContext *context,
                                       std::optional<Location>,
                                       FillOp::Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  types.push_back(getTensorType(context, adaptor.getShape().getDims(),
                                adaptor.getValue().getType()));
  return success();
}

static double toNumber(TypedAttr value) {
  if (auto number = dyn_cast<FloatAttr>(value))
    return number.getValueAsDouble();
  const APInt &integer = cast<IntegerAttr>(value).getValue();
  // Apart, because together the two would be unsigned.
  if (integer.getBitWidth() == 1)
    return integer.getZExtValue();
  return static_cast<double>(integer.getSExtValue());
}

LogicalResult FillOp::evaluate(ArrayRef<HostTensor>,
                               MutableArrayRef<HostTensor> results,
                               EvaluateContext &) {
  for (int64_t i = 0; i < results[0].numElements(); ++i)
    results[0].set(i, toNumber(getValue()));
  return success();
}

FailureOr<Value> FillOp::emitElement(ElementBuilder &builder, ArrayRef<Index>) {
  return builder.constant(getValue().getType(), toNumber(getValue()));
}
