//===- Resize.cpp - maps resampled ----------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

#include <cmath>

LogicalResult ResizeOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         ResizeOp::Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> dims = rules.dims(0);
  if (dims.size() < 2)
    return rules.fail("needs the axes H and W");
  if (adaptor.getKind() == ResizeKind::nearest && adaptor.getAlignCorners())
    return rules.fail("nearest has no align_corners");
  dims[dims.size() - 2] = adaptor.getHeight();
  dims[dims.size() - 1] = adaptor.getWidth();
  types.push_back(getTensorType(context, dims, rules.element(0)));
  return success();
}

// One output place along one axis reads `taps` neighbours from `first` on, each
// with its weight.
namespace {
constexpr double cubicA = -0.75;

/// Keys' cubic convolution kernel (1981) at distance x with a = -0.75.
double cubicWeight(double x) {
  x = std::abs(x);
  if (x <= 1)
    return ((cubicA + 2) * x - (cubicA + 3)) * x * x + 1;
  if (x < 2)
    return ((cubicA * x - 5 * cubicA) * x + 8 * cubicA) * x - 4 * cubicA;
  return 0;
}

struct Taps {
  int64_t first;
  SmallVector<double, 4> weights;
};

/// The source place of an output place, in float as the reference computes it.
float sourcePlace(ResizeKind kind, bool alignCorners, int64_t i, int64_t in,
                  int64_t out) {
  if (alignCorners) {
    float scale = out > 1 ? float(in - 1) / float(out - 1) : 0.0f;
    return scale * float(i);
  }
  float scale = float(in) / float(out);
  if (kind == ResizeKind::nearest)
    return float(i) * scale;
  float place = scale * (float(i) + 0.5f) - 0.5f;
  return kind == ResizeKind::bilinear ? std::max(place, 0.0f) : place;
}

Taps tapsOf(ResizeKind kind, bool alignCorners, int64_t i, int64_t in,
            int64_t out) {
  float place = sourcePlace(kind, alignCorners, i, in, out);
  float low = std::floor(place);
  double fraction = double(place) - double(low);
  auto first = static_cast<int64_t>(low);
  switch (kind) {
  case ResizeKind::nearest:
    return {first, {1}};
  case ResizeKind::bilinear:
    return {first, {1 - fraction, fraction}};
  case ResizeKind::bicubic:
    return {first - 1,
            {cubicWeight(1 + fraction), cubicWeight(fraction),
             cubicWeight(1 - fraction), cubicWeight(2 - fraction)}};
  }
  llvm_unreachable("unknown kind");
}
} // namespace

LogicalResult ResizeOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results,
                                 EvaluateContext &) {
  const HostTensor &x = operands[0];
  int64_t rank = x.rank(), inH = x.size(rank - 2), inW = x.size(rank - 1);
  int64_t outH = results[0].size(rank - 2), outW = results[0].size(rank - 1);
  int64_t maps = countElements(x.shape().drop_back(2)), n = 0;
  for (int64_t m = 0; m < maps; ++m)
    for (int64_t i = 0; i < outH; ++i) {
      Taps rows = tapsOf(getKind(), getAlignCorners(), i, inH, outH);
      for (int64_t j = 0; j < outW; ++j) {
        Taps columns = tapsOf(getKind(), getAlignCorners(), j, inW, outW);
        double sum = 0;
        for (auto [r, rowWeight] : llvm::enumerate(rows.weights))
          for (auto [c, columnWeight] : llvm::enumerate(columns.weights)) {
            int64_t row = std::clamp<int64_t>(rows.first + r, 0, inH - 1);
            int64_t column = std::clamp<int64_t>(columns.first + c, 0, inW - 1);
            sum += rowWeight * columnWeight *
                   x.number((m * inH + row) * inW + column);
          }
        results[0].set(n++, sum);
      }
    }
  return success();
}

namespace {
/// Emits one axis's taps.
struct AxisTaps {
  SmallVector<Index, 4> places;
  SmallVector<Value, 4> weights;
};
} // namespace

static AxisTaps emitTaps(ElementBuilder &builder, ResizeKind kind,
                         bool alignCorners, const Index &i, DimAttr in,
                         DimAttr out) {
  using K = BinaryKind;
  Type f32 = builder.builder.getF32Type(), i32 = builder.builder.getI32Type();
  auto number = [&](double value) { return builder.constant(f32, value); };
  auto sub = [&](Value a, Value b) { return builder.binary(K::sub, a, b); };
  auto mul = [&](Value a, Value b) { return builder.binary(K::mul, a, b); };
  auto add = [&](Value a, Value b) { return builder.binary(K::add, a, b); };
  Value at = builder.toElement(i, f32);
  Value sizeIn = builder.toElement(builder.dim(in), f32);
  Value sizeOut = builder.toElement(builder.dim(out), f32);
  Value place;
  if (alignCorners) {
    // For one output place the numerator is multiplied by zero anyway.
    Value steps = builder.binary(K::max, sub(sizeOut, number(1)), number(1));
    place = mul(builder.binary(K::div, sub(sizeIn, number(1)), steps), at);
  } else {
    Value scale = builder.binary(K::div, sizeIn, sizeOut);
    place = kind == ResizeKind::nearest
                ? mul(at, scale)
                : sub(mul(scale, add(at, number(0.5))), number(0.5));
    if (kind == ResizeKind::bilinear)
      place = builder.binary(K::max, place, number(0));
  }
  Value low = emitUnary(builder.builder, builder.loc, UnaryKind::floor, place);
  Value t = sub(place, low);
  Index first =
      builder.fromElement(emitCast(builder.builder, builder.loc, low, i32));
  AxisTaps taps;
  auto tap = [&](int64_t offset, Value weight) {
    taps.places.push_back(
        builder.clamp(builder.add(first, builder.constant(offset)), in));
    taps.weights.push_back(weight);
  };
  // The two pieces of the cubic kernel, by Horner's rule.
  auto near = [&](Value x) {
    Value p = sub(mul(number(cubicA + 2), x), number(cubicA + 3));
    return add(mul(mul(p, x), x), number(1));
  };
  auto far = [&](Value x) {
    Value p = sub(mul(number(cubicA), x), number(5 * cubicA));
    return sub(mul(add(mul(p, x), number(8 * cubicA)), x), number(4 * cubicA));
  };
  switch (kind) {
  case ResizeKind::nearest:
    tap(0, Value());
    break;
  case ResizeKind::bilinear:
    tap(0, sub(number(1), t));
    tap(1, t);
    break;
  case ResizeKind::bicubic:
    tap(-1, far(add(t, number(1))));
    tap(0, near(t));
    tap(1, near(sub(number(1), t)));
    tap(2, far(sub(number(2), t)));
    break;
  }
  return taps;
}

FailureOr<Value> ResizeOp::emitElement(ElementBuilder &builder,
                                       ArrayRef<Index> index) {
  SmallVector<DimAttr> dims = getDims(getX());
  size_t rank = dims.size();
  AxisTaps rows = emitTaps(builder, getKind(), getAlignCorners(),
                           index[rank - 2], dims[rank - 2], getHeight());
  AxisTaps columns = emitTaps(builder, getKind(), getAlignCorners(),
                              index[rank - 1], dims[rank - 1], getWidth());
  auto weighted = [&](Value sum, Value weight, Value x) {
    Value term = weight ? builder.binary(BinaryKind::mul, weight, x) : x;
    return sum ? builder.binary(BinaryKind::add, sum, term) : term;
  };
  SmallVector<Index> source = llvm::to_vector(index);
  Value result;
  for (auto [row, rowWeight] : llvm::zip(rows.places, rows.weights)) {
    Value sum;
    for (auto [column, weight] : llvm::zip(columns.places, columns.weights)) {
      source[rank - 2] = row;
      source[rank - 1] = column;
      auto element = builder.read(getX(), source);
      if (failed(element))
        return failure();
      sum = weighted(sum, weight, *element);
    }
    result = weighted(result, rowWeight, sum);
  }
  return result;
}
