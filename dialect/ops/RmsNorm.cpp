//===- RmsNorm.cpp - rows scaled to unit root mean square -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

#include <cmath>

LogicalResult RmsNormOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> loc,
                                          RmsNormOp::Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  auto rank = rules.rank(0, 1, "x");
  if (failed(rank))
    return failure();
  if (rules.dims(1).size() != 1)
    return rules.fail("weight has one axis");
  if (failed(rules.same("length of a row", {1, 0},
                        AxisRef{0, static_cast<unsigned>(*rank - 1)})))
    return failure();
  types.push_back(adaptor.getX().getType());
  return success();
}

LogicalResult RmsNormOp::evaluate(ArrayRef<HostTensor> operands,
                                  MutableArrayRef<HostTensor> results,
                                  EvaluateContext &) {
  const HostTensor &x = operands[0];
  int64_t size = x.shape().back();
  int64_t rows = countElements(x.shape().drop_back());
  double eps = getEps().convertToDouble();
  for (int64_t row = 0; row < rows; ++row) {
    double squares = 0;
    for (int64_t i = 0; i < size; ++i)
      squares += x.number(row * size + i) * x.number(row * size + i);
    double scale = 1 / std::sqrt(squares / size + eps);
    for (int64_t i = 0; i < size; ++i)
      results[0].set(row * size + i,
                     x.number(row * size + i) * scale * operands[1].number(i));
  }
  return success();
}

FailureOr<Value> RmsNormOp::decompose(OpBuilder &builder) {
  Location loc = getLoc();
  int64_t axis = getDims(getX()).size() - 1;
  auto binary = [&](BinaryKind kind, Value a, Value b) -> Value {
    return BinaryOp::create(builder, loc, kind, a, b);
  };
  Value mean = ReduceOp::create(builder, loc, ReduceKind::mean,
                                binary(BinaryKind::mul, getX(), getX()),
                                ArrayRef<int64_t>{axis}, true);
  Value eps = createScalar(builder, loc, getElementType(getType()),
                           getEps().convertToDouble());
  Value scale = UnaryOp::create(builder, loc, UnaryKind::rsqrt,
                                binary(BinaryKind::add, mean, eps));
  return binary(BinaryKind::mul, binary(BinaryKind::mul, getX(), scale),
                getWeight());
}
