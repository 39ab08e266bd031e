//===- GridSample.cpp - bilinear samples at given points ------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

#include <cmath>

LogicalResult GridSampleOp::inferReturnTypes(MLIRContext *context,
                                             std::optional<Location> loc,
                                             GridSampleOp::Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> x = rules.dims(0), grid = rules.dims(1);
  if (x.size() != 4 || grid.size() != 4)
    return rules.fail("needs a map [B, C, H, W] and a grid [B, h, w, 2]");
  if (failed(rules.same("batch", {0, 0}, AxisRef{1, 0})) ||
      failed(rules.same("grid points are pairs", {1, 3},
                        getConstantDim(context, 2))))
    return failure();
  types.push_back(
      getTensorType(context, {x[0], x[1], grid[1], grid[2]}, rules.element(0)));
  return success();
}

LogicalResult GridSampleOp::evaluate(ArrayRef<HostTensor> operands,
                                     MutableArrayRef<HostTensor> results,
                                     EvaluateContext &) {
  const HostTensor &x = operands[0], &grid = operands[1];
  SmallVector<int64_t> xs = x.strides(), gs = grid.strides();
  int64_t height = x.size(2), width = x.size(3), n = 0;
  auto unnormalize = [&](double g, int64_t size) {
    return getAlignCorners() ? (g + 1) / 2 * (size - 1)
                             : ((g + 1) * size - 1) / 2;
  };
  forEachIndex(results[0].shape(), [&](ArrayRef<int64_t> at) {
    int64_t point = at[0] * gs[0] + at[2] * gs[1] + at[3] * gs[2];
    double px = unnormalize(grid.number(point), width);
    double py = unnormalize(grid.number(point + 1), height);
    double x0 = std::floor(px), y0 = std::floor(py), sum = 0;
    for (int dy = 0; dy < 2; ++dy)
      for (int dx = 0; dx < 2; ++dx) {
        double column = x0 + dx, row = y0 + dy;
        // Also false for NaN.
        if (!(column >= 0 && column < width && row >= 0 && row < height))
          continue;
        double weight = (1 - std::abs(px - column)) * (1 - std::abs(py - row));
        sum += weight * x.number(at[0] * xs[0] + at[1] * xs[1] +
                                 static_cast<int64_t>(row) * xs[2] +
                                 static_cast<int64_t>(column));
      }
    results[0].set(n++, sum);
  });
  return success();
}

FailureOr<Value> GridSampleOp::emitElement(ElementBuilder &builder,
                                           ArrayRef<Index> index) {
  using K = BinaryKind;
  SmallVector<DimAttr> dims = getDims(getX());
  Type type = getElementType(getType());
  Type i32 = builder.builder.getI32Type();
  auto number = [&](double value) { return builder.constant(type, value); };
  auto unary = [&](UnaryKind kind, Value value) {
    return emitUnary(builder.builder, builder.loc, kind, value);
  };

  struct Coordinate {
    Value fraction; // position minus its floor
    Index corner;   // floor
  };
  auto coordinate = [&](int64_t which, DimAttr size) -> FailureOr<Coordinate> {
    auto g = builder.read(
        getGrid(), {index[0], index[2], index[3], builder.constant(which)});
    if (failed(g))
      return failure();
    Value n = builder.toElement(builder.dim(size), type);
    Value shifted = builder.binary(K::add, *g, number(1));
    Value place;
    if (getAlignCorners())
      place = builder.binary(K::mul, builder.binary(K::div, shifted, number(2)),
                             builder.binary(K::sub, n, number(1)));
    else
      place = builder.binary(
          K::div,
          builder.binary(K::sub, builder.binary(K::mul, shifted, n), number(1)),
          number(2));
    Value low = unary(UnaryKind::floor, place);
    Value corner = emitCast(builder.builder, builder.loc, low, i32);
    return Coordinate{builder.binary(K::sub, place, low),
                      builder.fromElement(corner)};
  };
  auto px = coordinate(0, dims[3]), py = coordinate(1, dims[2]);
  if (failed(px) || failed(py))
    return failure();

  Value sum;
  for (int dy = 0; dy < 2; ++dy)
    for (int dx = 0; dx < 2; ++dx) {
      Index column = builder.add(px->corner, builder.constant(dx));
      Index row = builder.add(py->corner, builder.constant(dy));
      auto element =
          builder.read(getX(), {index[0], index[1], builder.clamp(row, dims[2]),
                                builder.clamp(column, dims[3])});
      if (failed(element))
        return failure();
      auto inside = [&](const Index &place, DimAttr size) -> Value {
        Value low = builder.compare(arith::CmpIPredicate::sge, place,
                                    builder.constant(0));
        Value high = builder.compare(arith::CmpIPredicate::slt, place,
                                     builder.dim(size));
        return builder.binary(K::and_, low, high);
      };
      Value present = builder.binary(K::and_, inside(column, dims[3]),
                                     inside(row, dims[2]));
      auto share = [&](Value fraction, int d) {
        return d ? fraction : builder.binary(K::sub, number(1), fraction);
      };
      Value weight = builder.binary(K::mul, share(px->fraction, dx),
                                    share(py->fraction, dy));
      Value term = builder.selectElement(
          present, builder.binary(K::mul, *element, weight), number(0));
      sum = sum ? builder.binary(K::add, sum, term) : term;
    }
  return sum;
}
