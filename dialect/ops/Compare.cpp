//===- Compare.cpp - elementwise comparisons ------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/CompareHolds.h"
#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult CompareOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> loc,
                                          CompareOp::Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  if (failed(checkAllTensorsOrScalars(rules)))
    return failure();
  if (rules.element(0) != rules.element(1))
    return rules.fail("compares different element types: convert one side "
                      "with cast");
  auto shape = rules.broadcast({0, 1});
  if (failed(shape))
    return failure();
  types.push_back(rules.result(*shape, IntegerType::get(context, 1)));
  return success();
}

LogicalResult CompareOp::evaluate(ArrayRef<HostTensor> operands,
                                  MutableArrayRef<HostTensor> results,
                                  EvaluateContext &) {
  const HostTensor &a = operands[0], &b = operands[1];
  HostTensor &result = results[0];
  evaluateElements(operands, result, [&](int64_t i, ArrayRef<int64_t> at) {
    result.setInteger(
        i, a.isFloat() ? holds(getKind(), a.number(at[0]), b.number(at[1]))
                       : holds(getKind(), a.integer(at[0]), b.integer(at[1])));
  });
  return success();
}

Value CompareOp::emitScalar(ElementBuilder &builder, ValueRange operands) {
  return emitCompare(builder.builder, builder.loc, getKind(), operands[0],
                     operands[1]);
}

FailureOr<Value> CompareOp::emitElement(ElementBuilder &builder,
                                        ArrayRef<Index> index) {
  return emitBroadcastElement(*this, builder, index);
}
