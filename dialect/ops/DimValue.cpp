//===- DimValue.cpp - dims as values --------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult DimValueOp::inferReturnTypes(MLIRContext *context,
                                           std::optional<Location>,
                                           DimValueOp::Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  Type type = adaptor.getType();
  // An index is a region's scalar; anything else a tensor of rank 0.
  types.push_back(isa<IndexType>(type) ? type
                                       : getTensorType(context, {}, type));
  return success();
}

LogicalResult DimValueOp::evaluate(ArrayRef<HostTensor>,
                                   MutableArrayRef<HostTensor> results,
                                   EvaluateContext &context) {
  auto value = context.dim(getLoc(), getDim());
  if (failed(value))
    return failure();
  results[0].setInteger(0, *value);
  return success();
}

FailureOr<Value> DimValueOp::emitElement(ElementBuilder &builder,
                                         ArrayRef<Index>) {
  return builder.toElement(builder.dim(getDim()), getTypeAttr().getValue());
}
