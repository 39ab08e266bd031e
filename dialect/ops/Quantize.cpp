//===- Quantize.cpp - numbers as small integers and scales ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

#include <cmath>

using namespace tenon;
using namespace mlir;

/// Below this no scale falls, so that zeros are divided by something.
static constexpr float tiniest = 0x1p-100f;

/// The scale of numbers between `low` <= 0 and `high` >= 0.
static float scaleOf(float low, float high, int64_t bits) {
  if (bits == 8)
    return std::max(std::max(-low, high), tiniest) / 127;
  // The number of the largest magnitude becomes -8: there is one more code
  // below zero than above.
  float most = high > -low ? high : low;
  return std::abs(most) < tiniest ? tiniest : most / -8;
}

static float codeOf(float x, float scale, int64_t bits) {
  if (std::isnan(x) || std::isnan(scale))
    return 0; // The scale says so.
  float least = bits == 8 ? -127 : -8, most = bits == 8 ? 127 : 7;
  return std::clamp(std::nearbyint(x / scale), least, most);
}

/// Number of groups along an axis of `size` elements.
static DimAttr groupsOf(DimAttr size, int64_t group) {
  MLIRContext *context = size.getContext();
  return group == 0 ? getConstantDim(context, 1)
                    : ceilDiv(size, getConstantDim(context, group));
}

static LogicalResult checkGroups(const ShapeRules &rules, int64_t axis,
                                 int64_t group, size_t rank) {
  if (failed(rules.axis(axis, rank)))
    return failure();
  if (group < 0)
    return rules.fail("group must not be negative");
  return success();
}

static LogicalResult checkBits(const ShapeRules &rules, int64_t bits) {
  return bits == 4 || bits == 8 ? success() : rules.fail("bits are 4 or 8");
}

/// Scales have the dims of what they scale, but a group of elements along
/// `axis` has one.
static LogicalResult checkScales(const ShapeRules &rules, int64_t axis,
                                 int64_t group, ArrayRef<DimAttr> scaled) {
  SmallVector<DimAttr> scales = rules.dims(1);
  if (scales.size() != scaled.size())
    return rules.fail("scales and x have different numbers of axes");
  for (auto [i, dim] : llvm::enumerate(scaled))
    if (failed(rules.same("scales", {1, static_cast<unsigned>(i)},
                          static_cast<int64_t>(i) == axis ? groupsOf(dim, group)
                                                          : dim)))
      return failure();
  return success();
}

/// An element's place among the scales.
static SmallVector<Index> scaleIndex(ElementBuilder &builder,
                                     ArrayRef<Index> index, int64_t axis,
                                     int64_t group) {
  SmallVector<Index> place = llvm::to_vector(index);
  place[axis] = group == 0
                    ? builder.constant(0)
                    : builder.floorDiv(
                          index[axis],
                          getConstantDim(builder.builder.getContext(), group));
  return place;
}

/// Of a row-major tensor whose groups along `axis` share a scale: the scale's
/// place for each element.
class GroupView {
public:
  GroupView(ArrayRef<int64_t> shape, int64_t axis, int64_t group)
      : view(shape, axis),
        group(group == 0 ? std::max<int64_t>(view.size, 1) : group),
        groups((view.size + this->group - 1) / this->group) {}

  int64_t scaleOf(int64_t o, int64_t i, int64_t k) const {
    return (o * groups + i / group) * view.inner + k;
  }

  AxisView view;
  int64_t group, groups;
};

/// Calls `body` with each place of a view.
template <typename Body>
static void forEachPlace(const AxisView &view, Body body) {
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t i = 0; i < view.size; ++i)
      for (int64_t k = 0; k < view.inner; ++k)
        body(o, i, k);
}

//===----------------------------------------------------------------------===//
// quantize_scales
//===----------------------------------------------------------------------===//

LogicalResult QuantizeScalesOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> loc,
    QuantizeScalesOp::Adaptor adaptor, SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> dims = rules.dims(0);
  int64_t axis = adaptor.getAxis(), group = adaptor.getGroup();
  if (failed(checkGroups(rules, axis, group, dims.size())) ||
      failed(checkBits(rules, adaptor.getBits())))
    return failure();
  dims[axis] = groupsOf(dims[axis], group);
  types.push_back(getTensorType(context, dims, Float32Type::get(context)));
  return success();
}

/// `read` gives the elements of x, [outer, size, inner].
static void findScales(const GroupView &groups, int64_t bits,
                       function_ref<float(int64_t)> read,
                       function_ref<void(int64_t, float)> write) {
  const AxisView &view = groups.view;
  std::vector<float> low(view.inner), high(view.inner);
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t first = 0; first < view.size; first += groups.group) {
      std::fill(low.begin(), low.end(), 0.0f);
      std::fill(high.begin(), high.end(), 0.0f);
      int64_t end = std::min(first + groups.group, view.size);
      for (int64_t i = first; i < end; ++i)
        for (int64_t k = 0; k < view.inner; ++k) {
          float x = read(view.offset(o, i, k));
          low[k] = std::isnan(x) ? x : std::min(low[k], x);
          high[k] = std::isnan(x) ? x : std::max(high[k], x);
        }
      for (int64_t k = 0; k < view.inner; ++k)
        write(groups.scaleOf(o, first, k), scaleOf(low[k], high[k], bits));
    }
}

LogicalResult QuantizeScalesOp::evaluate(ArrayRef<HostTensor> operands,
                                         MutableArrayRef<HostTensor> results,
                                         EvaluateContext &) {
  findScales(
      GroupView(operands[0].shape(), getAxis(), getGroup()), getBits(),
      [&](int64_t i) -> float { return operands[0].number(i); },
      [&](int64_t i, float scale) { results[0].set(i, scale); });
  return success();
}

LogicalResult QuantizeScalesOp::streamTile(const Tile &tile, void *out,
                                           StreamContext &context) {
  int64_t size = staticShape(getX())[getAxis()];
  int64_t group = getGroup() == 0 ? size : getGroup();
  Tile source = tile;
  source.offsets[getAxis()] = tile.offsets[getAxis()] * group;
  source.sizes[getAxis()] =
      std::min(tile.sizes[getAxis()] * group, size - source.offsets[getAxis()]);
  std::vector<float> x(source.numElements());
  if (failed(context.read(getX(), source, x.data())))
    return failure();
  findScales(
      GroupView(source.sizes, getAxis(), group), getBits(),
      [&](int64_t i) { return x[i]; },
      [&](int64_t i, float scale) { static_cast<float *>(out)[i] = scale; });
  return success();
}

FailureOr<Value> QuantizeScalesOp::decompose(OpBuilder &builder) {
  Location loc = getLoc();
  int64_t axis = getAxis(), group = getGroup();
  Type f32 = builder.getF32Type();
  Value x = getX();
  if (!getElementType(x.getType()).isF32())
    x = CastOp::create(builder, loc, x, f32);
  SmallVector<DimAttr> dims = getDims(x);
  if (group != 0) {
    // Groups as an axis of their own; zeros fill the last one.
    DimAttr size = getConstantDim(getContext(), group);
    DimAttr count = groupsOf(dims[axis], group);
    DimAttr none = getConstantDim(getContext(), 0);
    x = PadOp::create(builder, loc, x, axis, none, count * size - dims[axis],
                      llvm::APFloat(0.0));
    dims[axis] = count;
    dims.insert(dims.begin() + axis + 1, size);
    x = ReshapeOp::create(builder, loc, x, DimsAttr::get(getContext(), dims));
    ++axis;
  }
  auto reduce = [&](ReduceKind kind, Value value) -> Value {
    return ReduceOp::create(builder, loc, kind, value, ArrayRef<int64_t>{axis},
                            /*keep_axes=*/group == 0);
  };
  auto scalar = [&](double value) {
    return createScalar(builder, loc, f32, value);
  };
  auto binary = [&](BinaryKind kind, Value a, Value b) -> Value {
    return BinaryOp::create(builder, loc, kind, a, b);
  };
  if (getBits() == 8) {
    Value most = reduce(ReduceKind::max,
                        UnaryOp::create(builder, loc, UnaryKind::abs, x));
    most = binary(BinaryKind::max, most, scalar(tiniest));
    return binary(BinaryKind::div, most, scalar(127));
  }
  Value high = reduce(ReduceKind::max, x), low = reduce(ReduceKind::min, x);
  Value isHigh =
      CompareOp::create(builder, loc, CompareKind::gt, high,
                        UnaryOp::create(builder, loc, UnaryKind::neg, low));
  Value most = SelectOp::create(builder, loc, isHigh, high, low);
  Value isTiny = CompareOp::create(
      builder, loc, CompareKind::lt,
      UnaryOp::create(builder, loc, UnaryKind::abs, most), scalar(tiniest));
  return SelectOp::create(builder, loc, isTiny, scalar(tiniest),
                          binary(BinaryKind::div, most, scalar(-8)))
      .getResult();
}

//===----------------------------------------------------------------------===//
// quantize
//===----------------------------------------------------------------------===//

LogicalResult QuantizeOp::inferReturnTypes(MLIRContext *context,
                                           std::optional<Location> loc,
                                           QuantizeOp::Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> dims = rules.dims(0);
  int64_t axis = adaptor.getAxis(), group = adaptor.getGroup();
  if (failed(checkGroups(rules, axis, group, dims.size())) ||
      failed(checkBits(rules, adaptor.getBits())) ||
      failed(checkScales(rules, axis, group, dims)))
    return failure();
  types.push_back(getTensorType(context, dims, IntegerType::get(context, 8)));
  return success();
}

LogicalResult QuantizeOp::evaluate(ArrayRef<HostTensor> operands,
                                   MutableArrayRef<HostTensor> results,
                                   EvaluateContext &) {
  const HostTensor &x = operands[0], &scales = operands[1];
  GroupView groups(x.shape(), getAxis(), getGroup());
  forEachPlace(groups.view, [&](int64_t o, int64_t i, int64_t k) {
    int64_t at = groups.view.offset(o, i, k);
    float scale = scales.number(groups.scaleOf(o, i, k));
    results[0].set(at, codeOf(x.number(at), scale, getBits()));
  });
  return success();
}

LogicalResult QuantizeOp::streamTile(const Tile &tile, void *out,
                                     StreamContext &context) {
  // Whole groups, so that scales are found once.
  int64_t axis = getAxis(), size = staticShape(getX())[axis];
  int64_t group = getGroup() == 0 ? size : getGroup();
  Tile scalesTile = tile;
  scalesTile.offsets[axis] = tile.offsets[axis] / group;
  int64_t end = tile.offsets[axis] + tile.sizes[axis];
  scalesTile.sizes[axis] = (end + group - 1) / group - scalesTile.offsets[axis];
  int64_t bytes = byteWidth(getElementType(getScales().getType()));
  std::vector<char> stored(scalesTile.numElements() * bytes);
  std::vector<float> x(tile.numElements());
  if (failed(context.read(getX(), tile, x.data())) ||
      failed(context.read(getScales(), scalesTile, stored.data())))
    return failure();
  HostTensor scales = HostTensor::fromBytes(
      getElementType(getScales().getType()), scalesTile.sizes, stored);
  AxisView view(tile.sizes, axis);
  for (int64_t o = 0; o < view.outer; ++o)
    for (int64_t i = 0; i < view.size; ++i) {
      int64_t g = (tile.offsets[axis] + i) / group - scalesTile.offsets[axis];
      const float *scale = scales.floats().data() +
                           (o * scalesTile.sizes[axis] + g) * view.inner;
      for (int64_t k = 0; k < view.inner; ++k) {
        int64_t at = view.offset(o, i, k);
        static_cast<int8_t *>(out)[at] =
            static_cast<int8_t>(codeOf(x[at], scale[k], getBits()));
      }
    }
  return success();
}

FailureOr<Value> QuantizeOp::emitElement(ElementBuilder &builder,
                                         ArrayRef<Index> index) {
  auto x = builder.read(getX(), index);
  auto scale = builder.read(getScales(),
                            scaleIndex(builder, index, getAxis(), getGroup()));
  if (failed(x) || failed(scale))
    return failure();
  Location loc = builder.loc;
  Type f32 = Float32Type::get(getContext());
  auto wide = [&](Value value) {
    return emitCast(builder.builder, loc, value, f32);
  };
  Value code = builder.binary(BinaryKind::div, wide(*x), wide(*scale));
  code = emitUnary(builder.builder, loc, UnaryKind::round, code);
  bool isByte = getBits() == 8;
  code = builder.binary(BinaryKind::max, code,
                        builder.constant(f32, isByte ? -127 : -8));
  code = builder.binary(BinaryKind::min, code,
                        builder.constant(f32, isByte ? 127 : 7));
  return emitCast(builder.builder, loc, code,
                  IntegerType::get(getContext(), 8));
}

//===----------------------------------------------------------------------===//
// dequantize
//===----------------------------------------------------------------------===//

LogicalResult DequantizeOp::inferReturnTypes(MLIRContext *context,
                                             std::optional<Location> loc,
                                             DequantizeOp::Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> dims = rules.dims(0);
  int64_t axis = adaptor.getAxis(), group = adaptor.getGroup();
  if (!rules.element(0).isInteger(8))
    return rules.fail("codes are of type i8");
  if (failed(checkGroups(rules, axis, group, dims.size())))
    return failure();
  if (auto depth = adaptor.getDepth()) {
    DimAttr whole = getConstantDim(context, *depth);
    if (failed(rules.same("bytes", {0, static_cast<unsigned>(axis)},
                          ceilDiv(whole, getConstantDim(context, 2)))))
      return failure();
    dims[axis] = whole;
  }
  if (failed(checkScales(rules, axis, group, dims)))
    return failure();
  types.push_back(getTensorType(context, dims, Float32Type::get(context)));
  return success();
}

/// The code in half a byte.
static int64_t nibbleOf(int64_t byte, bool isHigh) {
  int64_t code = (isHigh ? byte >> 4 : byte) & 15;
  return code < 8 ? code : code - 16;
}

LogicalResult DequantizeOp::evaluate(ArrayRef<HostTensor> operands,
                                     MutableArrayRef<HostTensor> results,
                                     EvaluateContext &) {
  const HostTensor &x = operands[0], &scales = operands[1];
  GroupView groups(results[0].shape(), getAxis(), getGroup());
  AxisView bytes(x.shape(), getAxis());
  forEachPlace(groups.view, [&](int64_t o, int64_t i, int64_t k) {
    int64_t code = getDepth()
                       ? nibbleOf(x.integer(bytes.offset(o, i / 2, k)), i % 2)
                       : x.integer(bytes.offset(o, i, k));
    results[0].set(groups.view.offset(o, i, k),
                   code * scales.number(groups.scaleOf(o, i, k)));
  });
  return success();
}

FailureOr<Value> DequantizeOp::emitElement(ElementBuilder &builder,
                                           ArrayRef<Index> index) {
  int64_t axis = getAxis();
  SmallVector<Index> place = llvm::to_vector(index);
  DimAttr two = getConstantDim(getContext(), 2);
  if (getDepth())
    place[axis] = builder.floorDiv(index[axis], two);
  auto x = builder.read(getX(), place);
  auto scale =
      builder.read(getScales(), scaleIndex(builder, index, axis, getGroup()));
  if (failed(x) || failed(scale))
    return failure();
  OpBuilder &b = builder.builder;
  Location loc = builder.loc;
  Type i32 = b.getI32Type(), f32 = b.getF32Type();
  Value code = emitCast(b, loc, *x, i32);
  if (getDepth()) {
    // The half to the top, then back with its sign.
    Value half = builder.toElement(builder.floorMod(index[axis], two), i32);
    Value up = builder.binary(
        BinaryKind::sub, builder.constant(i32, 28),
        builder.binary(BinaryKind::mul, half, builder.constant(i32, 4)));
    Value operands[] = {code, up, builder.constant(i32, 28)};
    builder.unify(operands);
    code = arith::ShLIOp::create(b, loc, operands[0], operands[1]);
    code = arith::ShRSIOp::create(b, loc, code, operands[2]);
  }
  return builder.binary(BinaryKind::mul, emitCast(b, loc, code, f32),
                        emitCast(b, loc, *scale, f32));
}

//===----------------------------------------------------------------------===//
// pack_nibbles
//===----------------------------------------------------------------------===//

LogicalResult PackNibblesOp::inferReturnTypes(MLIRContext *context,
                                              std::optional<Location> loc,
                                              PackNibblesOp::Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> dims = rules.dims(0);
  if (!rules.element(0).isInteger(8))
    return rules.fail("codes are of type i8");
  if (failed(rules.axis(adaptor.getAxis(), dims.size())))
    return failure();
  DimAttr &size = dims[adaptor.getAxis()];
  size = ceilDiv(size, getConstantDim(context, 2));
  types.push_back(getTensorType(context, dims, rules.element(0)));
  return success();
}

/// `read` gives the code at a place of `from`, `write` takes the byte of two.
template <typename Read, typename Write>
static void packPairs(const AxisView &from, const AxisView &to, Read read,
                      Write write) {
  forEachPlace(to, [&](int64_t o, int64_t i, int64_t k) {
    bool isAlone = 2 * i + 1 == from.size;
    int64_t low = read(from.offset(o, 2 * i, k));
    int64_t high = isAlone ? 0 : read(from.offset(o, 2 * i + 1, k));
    write(to.offset(o, i, k),
          static_cast<int8_t>((low & 15) | ((high & 15) << 4)));
  });
}

LogicalResult PackNibblesOp::evaluate(ArrayRef<HostTensor> operands,
                                      MutableArrayRef<HostTensor> results,
                                      EvaluateContext &) {
  const HostTensor &x = operands[0];
  packPairs(
      AxisView(x.shape(), getAxis()), AxisView(results[0].shape(), getAxis()),
      [&](int64_t from) { return x.integer(from); },
      [&](int64_t to, int8_t byte) { results[0].setInteger(to, byte); });
  return success();
}

LogicalResult PackNibblesOp::streamTile(const Tile &tile, void *out,
                                        StreamContext &context) {
  int64_t axis = getAxis();
  Tile source = tile;
  source.offsets[axis] *= 2;
  source.sizes[axis] = std::min(
      2 * tile.sizes[axis], staticShape(getX())[axis] - source.offsets[axis]);
  std::vector<int8_t> codes(source.numElements());
  if (failed(context.read(getX(), source, codes.data())))
    return failure();
  packPairs(
      AxisView(source.sizes, axis), AxisView(tile.sizes, axis),
      [&](int64_t from) { return codes[from]; },
      [&](int64_t to, int8_t byte) { static_cast<int8_t *>(out)[to] = byte; });
  return success();
}

FailureOr<Value> PackNibblesOp::emitElement(ElementBuilder &builder,
                                            ArrayRef<Index> index) {
  int64_t axis = getAxis();
  DimAttr size = getDims(getX())[axis];
  DimAttr two = getConstantDim(getContext(), 2);
  SmallVector<Index> place = llvm::to_vector(index);
  place[axis] = builder.mul(index[axis], two);
  auto low = builder.read(getX(), place);
  Index next = builder.add(place[axis], builder.constant(1));
  place[axis] = builder.clamp(next, size);
  auto high = builder.read(getX(), place);
  if (failed(low) || failed(high))
    return failure();
  Type i8 = getElementType(getType());
  Value isInside =
      builder.compare(arith::CmpIPredicate::slt, next, builder.dim(size));
  Value operands[] = {
      *low, builder.selectElement(isInside, *high, builder.constant(i8, 0)),
      builder.constant(i8, 15), builder.constant(i8, 4)};
  builder.unify(operands);
  OpBuilder &b = builder.builder;
  Location loc = builder.loc;
  Value bottom = arith::AndIOp::create(b, loc, operands[0], operands[2]);
  Value top = arith::ShLIOp::create(b, loc, operands[1], operands[3]);
  return arith::OrIOp::create(b, loc, bottom, top).getResult();
}
