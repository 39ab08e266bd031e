//===- Extract.cpp - elements of captured tensors -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult ExtractOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> loc,
                                          ExtractOp::Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  size_t rank = rules.dims(0).size();
  if (adaptor.getIndices().size() != rank)
    return rules.fail("tensor has " + Twine(rank) + " axes, " +
                      Twine(adaptor.getIndices().size()) + " indices given");
  types.push_back(rules.element(0));
  return success();
}

LogicalResult ExtractOp::evaluate(ArrayRef<HostTensor> operands,
                                  MutableArrayRef<HostTensor> results,
                                  EvaluateContext &) {
  const HostTensor &tensor = operands[0];
  ArrayRef<HostTensor> indices = operands.drop_front();
  SmallVector<int64_t> shape = broadcastShapes(indices);
  SmallVector<int64_t> strides = tensor.strides();
  if (tensor.numElements() == 0)
    return emitOpError("reads from an empty tensor");
  results[0] = HostTensor(tensor.elementType(), shape);
  forEachBroadcast(shape, indices, [&](int64_t i, ArrayRef<int64_t> at) {
    int64_t from = 0;
    for (auto [axis, index] : llvm::enumerate(indices))
      from += strides[axis] * std::clamp<int64_t>(index.integer(at[axis]), 0,
                                                  tensor.size(axis) - 1);
    results[0].copyElement(i, tensor, from);
  });
  return success();
}
