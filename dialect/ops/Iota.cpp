//===- Iota.cpp - indices as values ---------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult IotaOp::inferReturnTypes(MLIRContext *context,
                                       std::optional<Location> loc,
                                       IotaOp::Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  ArrayRef<DimAttr> dims = adaptor.getShape().getDims();
  if (failed(rules.axis(adaptor.getAxis(), dims.size())))
    return failure();
  types.push_back(getTensorType(context, dims, adaptor.getType()));
  return success();
}

LogicalResult IotaOp::verify() {
  Type type = getTypeAttr().getValue();
  if (!type.isSignlessInteger() && !isa<FloatType>(type))
    return emitOpError("can't count in ") << type;
  return success();
}

LogicalResult IotaOp::evaluate(ArrayRef<HostTensor>,
                               MutableArrayRef<HostTensor> results,
                               EvaluateContext &) {
  int64_t n = 0;
  forEachIndex(results[0].shape(), [&](ArrayRef<int64_t> index) {
    results[0].setInteger(n++, index[getAxis()]);
  });
  return success();
}

FailureOr<Value> IotaOp::emitElement(ElementBuilder &builder,
                                     ArrayRef<Index> index) {
  return builder.toElement(index[getAxis()], getTypeAttr().getValue());
}
