//===- Softmax.cpp - normalized exponentials ------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

#include <cmath>

LogicalResult SoftmaxOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> loc,
                                          SoftmaxOp::Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  if (failed(rules.axis(adaptor.getAxis(), rules.dims(0).size())))
    return failure();
  types.push_back(adaptor.getX().getType());
  return success();
}

LogicalResult SoftmaxOp::evaluate(ArrayRef<HostTensor> operands,
                                  MutableArrayRef<HostTensor> results,
                                  EvaluateContext &) {
  const HostTensor &x = operands[0];
  AxisView view(x.shape(), getAxis());
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t k = 0; k < view.inner; ++k) {
      double top = -INFINITY, sum = 0;
      for (int64_t i = 0; i < view.size; ++i)
        top = std::max(top, x.number(view.offset(o, i, k)));
      for (int64_t i = 0; i < view.size; ++i)
        sum += std::exp(x.number(view.offset(o, i, k)) - top);
      for (int64_t i = 0; i < view.size; ++i) {
        int64_t at = view.offset(o, i, k);
        results[0].set(at, std::exp(x.number(at) - top) / sum);
      }
    }
  return success();
}

FailureOr<Value> SoftmaxOp::decompose(OpBuilder &builder) {
  Location loc = getLoc();
  int64_t axis = getAxis();
  Value top = ReduceOp::create(builder, loc, ReduceKind::max, getX(),
                               ArrayRef<int64_t>{axis}, true);
  Value shifted = BinaryOp::create(builder, loc, BinaryKind::sub, getX(), top);
  Value power = UnaryOp::create(builder, loc, UnaryKind::exp, shifted);
  Value sum = ReduceOp::create(builder, loc, ReduceKind::sum, power,
                               ArrayRef<int64_t>{axis}, true);
  return BinaryOp::create(builder, loc, BinaryKind::div, power, sum)
      .getResult();
}
