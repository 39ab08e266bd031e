//===- GroupNorm.cpp - channels normalized in groups ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

#include <cmath>

LogicalResult GroupNormOp::inferReturnTypes(MLIRContext *context,
                                            std::optional<Location> loc,
                                            GroupNormOp::Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  auto rank = rules.rank(0, 2, "x");
  if (failed(rank))
    return failure();
  DimAttr channels = rules.dims(0)[1];
  int64_t groups = adaptor.getGroups();
  if (groups < 1 || !exactDiv(channels, getConstantDim(context, groups)))
    return rules.fail(channels.str() + " channels don't form " + Twine(groups) +
                      " groups");
  for (unsigned operand : {1u, 2u}) {
    if (rules.dims(operand).size() != 1)
      return rules.fail("weight and bias have one axis");
    if (failed(rules.same("number of channels", {operand, 0}, AxisRef{0, 1})))
      return failure();
  }
  types.push_back(adaptor.getX().getType());
  return success();
}

LogicalResult GroupNormOp::evaluate(ArrayRef<HostTensor> operands,
                                    MutableArrayRef<HostTensor> results,
                                    EvaluateContext &) {
  const HostTensor &x = operands[0];
  int64_t channels = x.size(1), groups = getGroups();
  int64_t inner = countElements(x.shape().drop_front(2));
  int64_t size = channels / groups * inner;
  double eps = getEps().convertToDouble();
  for (int64_t run = 0; run < x.size(0) * groups; ++run) {
    double mean = 0, variance = 0;
    for (int64_t i = 0; i < size; ++i)
      mean += x.number(run * size + i);
    mean /= size;
    for (int64_t i = 0; i < size; ++i) {
      double d = x.number(run * size + i) - mean;
      variance += d * d;
    }
    double scale = 1 / std::sqrt(variance / size + eps);
    for (int64_t i = 0; i < size; ++i) {
      int64_t at = run * size + i, channel = at / inner % channels;
      results[0].set(at, (x.number(at) - mean) * scale *
                                 operands[1].number(channel) +
                             operands[2].number(channel));
    }
  }
  return success();
}

FailureOr<Value> GroupNormOp::decompose(OpBuilder &builder) {
  Location loc = getLoc();
  MLIRContext *context = getContext();
  SmallVector<DimAttr> dims = getDims(getX());
  DimAttr groups = getConstantDim(context, getGroups());
  auto channels = exactDiv(dims[1], groups);
  if (!channels)
    return failure();
  // [B, C, ..] as [B, G, C / G, ..]
  SmallVector<DimAttr> grouped{dims[0], groups, *channels};
  llvm::append_range(grouped, ArrayRef<DimAttr>(dims).drop_front(2));
  auto reshape = [&](Value x, ArrayRef<DimAttr> shape) -> Value {
    return ReshapeOp::create(builder, loc, x, DimsAttr::get(context, shape));
  };
  auto binary = [&](BinaryKind kind, Value a, Value b) -> Value {
    return BinaryOp::create(builder, loc, kind, a, b);
  };
  SmallVector<int64_t> axes =
      llvm::to_vector(llvm::seq<int64_t>(2, grouped.size()));
  auto mean = [&](Value x) -> Value {
    return ReduceOp::create(builder, loc, ReduceKind::mean, x, axes, true);
  };
  Value x = reshape(getX(), grouped);
  Value centred = binary(BinaryKind::sub, x, mean(x));
  Value variance = mean(binary(BinaryKind::mul, centred, centred));
  Value eps = createScalar(builder, loc, getElementType(getType()),
                           getEps().convertToDouble());
  Value scale = UnaryOp::create(builder, loc, UnaryKind::rsqrt,
                                binary(BinaryKind::add, variance, eps));
  Value normal = reshape(binary(BinaryKind::mul, centred, scale), dims);
  SmallVector<DimAttr> column(dims.size() - 1, getConstantDim(context, 1));
  column[0] = dims[1];
  Value scaled = binary(BinaryKind::mul, normal, reshape(getWeight(), column));
  return binary(BinaryKind::add, scaled, reshape(getBias(), column));
}
