//===- Cast.cpp - conversion of element types -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

#include <cmath>

LogicalResult CastOp::inferReturnTypes(MLIRContext *context,
                                       std::optional<Location> loc,
                                       CastOp::Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  types.push_back(rules.result(rules.dims(0), adaptor.getType()));
  return success();
}

static void convert(const HostTensor &x, int64_t from, HostTensor &result,
                    int64_t to) {
  Type type = result.elementType();
  if (type.isInteger(1))
    result.setInteger(to, x.number(from) != 0);
  else if (!x.isFloat())
    result.setInteger(to, x.integer(from));
  else if (result.isFloat() || isa<IndexType>(type))
    result.set(to, x.number(from));
  else {
    // Saturate at the bounds of the type.
    double bound = std::ldexp(1.0, type.getIntOrFloatBitWidth() - 1);
    double value = std::trunc(x.number(from));
    if (value >= bound)
      result.setInteger(
          to, static_cast<int64_t>(
                  (uint64_t(1) << (type.getIntOrFloatBitWidth() - 1)) - 1));
    else
      result.set(to, std::max(value, -bound));
  }
}

LogicalResult CastOp::evaluate(ArrayRef<HostTensor> operands,
                               MutableArrayRef<HostTensor> results,
                               EvaluateContext &) {
  evaluateElements(operands, results[0], [&](int64_t i, ArrayRef<int64_t> at) {
    convert(operands[0], at[0], results[0], i);
  });
  return success();
}

Value CastOp::emitScalar(ElementBuilder &builder, ValueRange operands) {
  return emitCast(builder.builder, builder.loc, operands[0],
                  getTypeAttr().getValue());
}

FailureOr<Value> CastOp::emitElement(ElementBuilder &builder,
                                     ArrayRef<Index> index) {
  return emitBroadcastElement(*this, builder, index);
}

/// Widens n 16-bit floats; the loops are simple enough to be vectorized.
static void widenHalf(const uint16_t *in, float *out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    _Float16 half;
    __builtin_memcpy(&half, in + i, 2);
    out[i] = static_cast<float>(half);
  }
}
static void widenBFloat(const uint16_t *in, float *out, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    uint32_t bits = static_cast<uint32_t>(in[i]) << 16;
    __builtin_memcpy(out + i, &bits, 4);
  }
}

LogicalResult CastOp::streamTile(const Tile &tile, void *out,
                                 StreamContext &context) {
  Type from = getElementType(getX().getType());
  Type to = getElementType(getType());
  int64_t count = tile.numElements();
  if (from == to)
    return context.read(getX(), tile, out);
  std::vector<char> bytes(count * byteWidth(from));
  if (failed(context.read(getX(), tile, bytes.data())))
    return failure();
  if (to.isF32() && (from.isF16() || from.isBF16())) {
    auto *in = reinterpret_cast<const uint16_t *>(bytes.data());
    (from.isF16() ? widenHalf : widenBFloat)(in, static_cast<float *>(out),
                                             count);
    return success();
  }
  HostTensor x = HostTensor::fromBytes(from, tile.sizes, bytes);
  HostTensor result(to, tile.sizes);
  for (int64_t i = 0; i < count; ++i)
    convert(x, i, result, i);
  std::vector<char> converted = result.toBytes();
  std::copy(converted.begin(), converted.end(), static_cast<char *>(out));
  return success();
}
