//===- Gather.cpp - slices chosen by data ---------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult GatherOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         GatherOp::Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> dims = rules.dims(0), indices = rules.dims(1);
  auto axis = rules.axis(adaptor.getAxis(), dims.size());
  if (failed(axis))
    return failure();
  SmallVector<DimAttr> result(dims.begin(), dims.begin() + *axis);
  llvm::append_range(result, indices);
  llvm::append_range(result, ArrayRef<DimAttr>(dims).drop_front(*axis + 1));
  types.push_back(getTensorType(context, result, rules.element(0)));
  return success();
}

LogicalResult GatherOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results,
                                 EvaluateContext &) {
  const HostTensor &x = operands[0], &indices = operands[1];
  AxisView from(x.shape(), getAxis());
  int64_t count = indices.numElements(), to = 0;
  if (from.size == 0 && results[0].numElements() > 0)
    return emitOpError("reads from axis ") << getAxis() << ", which is empty";
  for (int64_t o = 0; o < from.outer; ++o)
    for (int64_t i = 0; i < count; ++i) {
      int64_t index = std::clamp<int64_t>(indices.integer(i), 0, from.size - 1);
      for (int64_t k = 0; k < from.inner; ++k)
        results[0].copyElement(to++, x, from.offset(o, index, k));
    }
  return success();
}

FailureOr<Value> GatherOp::emitElement(ElementBuilder &builder,
                                       ArrayRef<Index> index) {
  SmallVector<DimAttr> dims = getDims(getX());
  int64_t axis = getAxis(), rank = getDims(getIndices()).size();
  auto which = builder.read(getIndices(), index.slice(axis, rank));
  if (failed(which))
    return failure();
  SmallVector<Index> source(index.begin(), index.begin() + axis);
  source.push_back(builder.clamp(builder.fromElement(*which), dims[axis]));
  llvm::append_range(source, index.drop_front(axis + rank));
  return builder.read(getX(), source);
}
