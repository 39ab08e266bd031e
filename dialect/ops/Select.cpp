//===- Select.cpp - elementwise choice ------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult SelectOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         SelectOp::Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  if (failed(checkAllTensorsOrScalars(rules)))
    return failure();
  if (!rules.element(0).isInteger(1))
    return rules.fail("condition isn't bool");
  if (rules.element(1) != rules.element(2))
    return rules.fail("the two sides have different element types: convert "
                      "one with cast");
  auto shape = rules.broadcast({0, 1, 2});
  if (failed(shape))
    return failure();
  types.push_back(rules.result(*shape, rules.element(1)));
  return success();
}

LogicalResult SelectOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results,
                                 EvaluateContext &) {
  HostTensor &result = results[0];
  evaluateElements(operands, result, [&](int64_t i, ArrayRef<int64_t> at) {
    unsigned side = operands[0].integer(at[0]) ? 1 : 2;
    result.copyElement(i, operands[side], at[side]);
  });
  return success();
}

Value SelectOp::emitScalar(ElementBuilder &builder, ValueRange operands) {
  return builder.selectElement(operands[0], operands[1], operands[2]);
}

FailureOr<Value> SelectOp::emitElement(ElementBuilder &builder,
                                       ArrayRef<Index> index) {
  return emitBroadcastElement(*this, builder, index);
}
