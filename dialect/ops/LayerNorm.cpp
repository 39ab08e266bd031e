//===- LayerNorm.cpp - rows normalized ------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

#include <cmath>

LogicalResult LayerNormOp::inferReturnTypes(MLIRContext *context,
                                            std::optional<Location> loc,
                                            LayerNormOp::Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  auto rank = rules.rank(0, 1, "x");
  if (failed(rank))
    return failure();
  for (unsigned operand : {1u, 2u}) {
    if (rules.dims(operand).size() != 1)
      return rules.fail("weight and bias have one axis");
    if (failed(rules.same("length of a row", {operand, 0},
                          AxisRef{0, static_cast<unsigned>(*rank - 1)})))
      return failure();
  }
  types.push_back(adaptor.getX().getType());
  return success();
}

LogicalResult LayerNormOp::evaluate(ArrayRef<HostTensor> operands,
                                    MutableArrayRef<HostTensor> results,
                                    EvaluateContext &) {
  const HostTensor &x = operands[0];
  int64_t size = x.shape().back();
  int64_t rows = countElements(x.shape().drop_back());
  double eps = getEps().convertToDouble();
  for (int64_t row = 0; row < rows; ++row) {
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < size; ++i)
      mean += x.number(row * size + i);
    mean /= size;
    for (int64_t i = 0; i < size; ++i) {
      double d = x.number(row * size + i) - mean;
      variance += d * d;
    }
    double scale = 1 / std::sqrt(variance / size + eps);
    for (int64_t i = 0; i < size; ++i)
      results[0].set(row * size + i, (x.number(row * size + i) - mean) * scale *
                                             operands[1].number(i) +
                                         operands[2].number(i));
  }
  return success();
}

FailureOr<Value> LayerNormOp::decompose(OpBuilder &builder) {
  Location loc = getLoc();
  int64_t axis = getDims(getX()).size() - 1;
  auto binary = [&](BinaryKind kind, Value a, Value b) -> Value {
    return BinaryOp::create(builder, loc, kind, a, b);
  };
  auto mean = [&](Value x) -> Value {
    return ReduceOp::create(builder, loc, ReduceKind::mean, x,
                            ArrayRef<int64_t>{axis}, true);
  };
  Value centred = binary(BinaryKind::sub, getX(), mean(getX()));
  Value variance = mean(binary(BinaryKind::mul, centred, centred));
  Value eps = createScalar(builder, loc, getElementType(getType()),
                           getEps().convertToDouble());
  Value scale = UnaryOp::create(builder, loc, UnaryKind::rsqrt,
                                binary(BinaryKind::add, variance, eps));
  Value normal = binary(BinaryKind::mul, centred, scale);
  return binary(BinaryKind::add, binary(BinaryKind::mul, normal, getWeight()),
                getBias());
}
