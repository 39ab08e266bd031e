//===- Expand.cpp - axes repeated -----------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult ExpandOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         ExpandOp::Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> from = rules.dims(0);
  ArrayRef<DimAttr> to = adaptor.getShape().getDims();
  if (from.size() > to.size())
    return rules.fail("shape has fewer axes than the tensor");
  for (auto [axis, dim] : llvm::enumerate(from)) {
    DimAttr target = to[to.size() - from.size() + axis];
    if (!dim.isConstant(1) &&
        failed(rules.same("axis can't be repeated",
                          {0, static_cast<unsigned>(axis)}, target)))
      return failure();
  }
  types.push_back(getTensorType(context, to, rules.element(0)));
  return success();
}

LogicalResult ExpandOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results,
                                 EvaluateContext &) {
  forEachBroadcast(results[0].shape(), operands,
                   [&](int64_t i, ArrayRef<int64_t> at) {
                     results[0].copyElement(i, operands[0], at[0]);
                   });
  return success();
}

FailureOr<Value> ExpandOp::emitElement(ElementBuilder &builder,
                                       ArrayRef<Index> index) {
  return builder.read(getX(), builder.broadcastIndex(index, getDims(getX())));
}
