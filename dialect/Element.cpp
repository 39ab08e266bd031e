//===- Element.cpp - computing single elements of tensors -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/Element.h"

#include "dialect/DimPoly.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace tenon;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Construction
//===----------------------------------------------------------------------===//

Value ElementBuilder::indexConstant(int64_t value) {
  return readDim(getConstantDim(builder.getContext(), value));
}

Index ElementBuilder::constant(int64_t value) {
  Index result;
  result.base = indexConstant(value);
  // Zero is a multiple of everything; a large power of two says so well enough.
  result.multiple = value == 0 ? int64_t(1) << 30 : std::abs(value);
  result.low = result.high = getConstantDim(builder.getContext(), value);
  return result;
}

Index ElementBuilder::dim(DimAttr dim) {
  if (auto value = dim.asConstant())
    return constant(*value);
  return uniform(readDim(dim), 1, dim, dim);
}

Index ElementBuilder::uniform(Value value, int64_t multiple, DimAttr low,
                              DimAttr high) {
  Index result;
  result.base = value;
  result.multiple = multiple;
  result.low = low;
  result.high = high;
  return result;
}

Index ElementBuilder::consecutive(Index start) {
  if (lanes > 1)
    start.stride = 1;
  start.part.reset();
  return start;
}

Index ElementBuilder::fromGeneral(Value general) {
  Index result;
  result.general = general;
  return result;
}

Value ElementBuilder::toGeneral(const Index &index) {
  if (index.general)
    return index.general;
  auto type = VectorType::get(lanes, builder.getI32Type());
  Value base = arith::IndexCastOp::create(builder, loc, builder.getI32Type(),
                                          index.base);
  Value result = vector::BroadcastOp::create(builder, loc, type, base);
  if (index.stride == 0)
    return result;
  SmallVector<int32_t> steps;
  for (int64_t lane = 0; lane < lanes; ++lane)
    steps.push_back(lane * index.stride);
  Value offsets = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type, ArrayRef<int32_t>(steps)));
  return arith::AddIOp::create(builder, loc, result, offsets);
}

//===----------------------------------------------------------------------===//
// Arithmetic on indices
//===----------------------------------------------------------------------===//

static DimAttr addBounds(DimAttr a, DimAttr b) {
  return a && b ? a + b : DimAttr();
}
static DimAttr subBounds(DimAttr a, DimAttr b) {
  return a && b ? a - b : DimAttr();
}

static bool isConstantIndex(const Index &index, int64_t value) {
  return index.isUniform() && index.low && index.low.isConstant(value) &&
         index.high == index.low;
}

Index ElementBuilder::add(const Index &a, const Index &b) {
  if (isConstantIndex(a, 0))
    return b;
  if (isConstantIndex(b, 0))
    return a;
  Index result;
  if (a.isGeneral() || b.isGeneral()) {
    result = fromGeneral(
        arith::AddIOp::create(builder, loc, toGeneral(a), toGeneral(b)));
  } else {
    result.base = builder.createOrFold<arith::AddIOp>(loc, a.base, b.base);
    result.stride = a.stride + b.stride;
    result.multiple = std::gcd(a.multiple, b.multiple);
  }
  result.low = addBounds(a.low, b.low);
  result.high = addBounds(a.high, b.high);
  return result;
}

Index ElementBuilder::sub(const Index &a, const Index &b) {
  if (isConstantIndex(b, 0))
    return a;
  Index result;
  if (a.isGeneral() || b.isGeneral()) {
    result = fromGeneral(
        arith::SubIOp::create(builder, loc, toGeneral(a), toGeneral(b)));
  } else {
    result.base = builder.createOrFold<arith::SubIOp>(loc, a.base, b.base);
    result.stride = a.stride - b.stride;
    result.multiple = std::gcd(a.multiple, b.multiple);
  }
  result.low = subBounds(a.low, b.high);
  result.high = subBounds(a.high, b.low);
  return result;
}

Index ElementBuilder::mul(const Index &a, DimAttr factor) {
  if (factor.isConstant(1) || isConstantIndex(a, 0))
    return a;
  std::optional<int64_t> constantFactor = factor.asConstant();
  Value value =
      constantFactor ? indexConstant(*constantFactor) : readDim(factor);
  Index result;
  if (a.isGeneral() || (a.stride != 0 && !constantFactor)) {
    Index scale = uniform(value);
    result = fromGeneral(
        arith::MulIOp::create(builder, loc, toGeneral(a), toGeneral(scale)));
  } else {
    result.base = builder.createOrFold<arith::MulIOp>(loc, a.base, value);
    result.stride = constantFactor ? a.stride * *constantFactor : 0;
    // What is known of the multiple is kept far from overflow.
    constexpr int64_t most = int64_t(1) << 20;
    uint64_t divisor = Poly(factor).content();
    result.multiple = a.multiple;
    if (a.multiple < most && divisor > 0 && divisor < most)
      result.multiple *= static_cast<int64_t>(divisor);
  }
  // Dims are not negative, so bounds keep their order.
  if (!constantFactor || *constantFactor >= 0) {
    result.low = a.low ? a.low * factor : DimAttr();
    result.high = a.high ? a.high * factor : DimAttr();
  }
  return result;
}

Index ElementBuilder::floorDiv(const Index &a, DimAttr divisor) {
  std::optional<int64_t> d = divisor.asConstant();
  if (d == 1)
    return a;
  Value value = d ? indexConstant(*d) : readDim(divisor);
  Index result;
  if (a.isUniform()) {
    result.base = builder.createOrFold<arith::DivUIOp>(loc, a.base, value);
    if (d && a.multiple % *d == 0)
      result.multiple = a.multiple / *d;
  } else if (!a.isGeneral() && d && a.stride == 1 && *d % lanes == 0 &&
             a.multiple % lanes == 0) {
    // All lanes fall into one block of the divisor.
    result.base = builder.createOrFold<arith::DivUIOp>(loc, a.base, value);
  } else {
    result = fromGeneral(arith::DivUIOp::create(builder, loc, toGeneral(a),
                                                toGeneral(uniform(value))));
  }
  result.low = getConstantDim(builder.getContext(), 0);
  if (a.high)
    result.high = tenon::floorDiv(a.high, divisor);
  result.part = Index::Part{std::make_shared<Index>(a), divisor, false};
  return result;
}

Index ElementBuilder::floorMod(const Index &a, DimAttr divisor) {
  std::optional<int64_t> d = divisor.asConstant();
  if (d == 1)
    return constant(0);
  Value value = d ? indexConstant(*d) : readDim(divisor);
  Index result;
  if (a.isUniform()) {
    result.base = builder.createOrFold<arith::RemUIOp>(loc, a.base, value);
    if (d)
      result.multiple = std::gcd(a.multiple, *d);
  } else if (!a.isGeneral() && d && a.stride == 1 && *d % lanes == 0 &&
             a.multiple % lanes == 0) {
    result.base = builder.createOrFold<arith::RemUIOp>(loc, a.base, value);
    result.stride = 1;
    result.multiple = std::gcd(a.multiple, *d);
  } else {
    result = fromGeneral(arith::RemUIOp::create(builder, loc, toGeneral(a),
                                                toGeneral(uniform(value))));
  }
  result.low = getConstantDim(builder.getContext(), 0);
  result.high = divisor - 1;
  result.part = Index::Part{std::make_shared<Index>(a), divisor, true};
  return result;
}

/// Whether `a <= b` for all values of the (non-negative) symbols.
static bool isAtMost(DimAttr a, DimAttr b) {
  constexpr int64_t huge = int64_t(1) << 40;
  DimRange range = rangeOf(b - a, [](StringRef) { return DimRange{0, huge}; });
  return range.min >= 0;
}

bool ElementBuilder::isInside(const Index &a, DimAttr size) {
  MLIRContext *context = builder.getContext();
  return a.low && a.high && isAtMost(getConstantDim(context, 0), a.low) &&
         isAtMost(a.high, size - 1);
}

Index ElementBuilder::clamp(const Index &a, DimAttr size) {
  if (isInside(a, size))
    return a;
  Index result;
  Index last = sub(dim(size), constant(1));
  if (a.isUniform()) {
    Value low = arith::MaxSIOp::create(builder, loc, a.base, indexConstant(0));
    result.base = arith::MinSIOp::create(builder, loc, low, last.base);
  } else {
    Value low = arith::MaxSIOp::create(builder, loc, toGeneral(a),
                                       toGeneral(constant(0)));
    result =
        fromGeneral(arith::MinSIOp::create(builder, loc, low, toGeneral(last)));
  }
  result.low = getConstantDim(builder.getContext(), 0);
  result.high = size - 1;
  return result;
}

Index ElementBuilder::select(Value condition, const Index &a, const Index &b) {
  Index result;
  if (!a.isGeneral() && !b.isGeneral() && a.stride == b.stride &&
      !isa<VectorType>(condition.getType())) {
    result.base =
        arith::SelectOp::create(builder, loc, condition, a.base, b.base);
    result.stride = a.stride;
    result.multiple = std::gcd(a.multiple, b.multiple);
  } else {
    result = fromGeneral(arith::SelectOp::create(builder, loc, condition,
                                                 toGeneral(a), toGeneral(b)));
  }
  return result;
}

Value ElementBuilder::compare(arith::CmpIPredicate predicate, const Index &a,
                              const Index &b) {
  // Lanes within one multiple of their number are on one side of another.
  bool isSplit = predicate == arith::CmpIPredicate::slt ||
                 predicate == arith::CmpIPredicate::sge;
  bool allAlike = !a.isGeneral() && a.stride == 1 && b.isUniform() && isSplit &&
                  a.multiple % lanes == 0 && b.multiple % lanes == 0;
  if (allAlike || (a.isUniform() && b.isUniform()))
    return arith::CmpIOp::create(builder, loc, predicate, a.base, b.base);
  return arith::CmpIOp::create(builder, loc, predicate, toGeneral(a),
                               toGeneral(b));
}

Index ElementBuilder::linearize(ArrayRef<Index> index,
                                ArrayRef<DimAttr> shape) {
  SmallVector<DimAttr> strides(shape.size());
  DimAttr stride = getConstantDim(builder.getContext(), 1);
  for (int64_t axis = static_cast<int64_t>(shape.size()) - 1; axis >= 0;
       --axis) {
    strides[axis] = stride;
    stride = stride * shape[axis];
  }
  return linearize(index, shape, strides);
}

/// Whether `high` and `low` are quotient and remainder of one index.
static bool arePartsOfOne(const Index &high, const Index &low, DimAttr size) {
  return low.part && low.part->remainder && high.part &&
         !high.part->remainder && low.part->divisor == size &&
         high.part->divisor == size &&
         low.part->whole->base == high.part->whole->base &&
         low.part->whole->stride == high.part->whole->stride &&
         low.part->whole->general == high.part->whole->general;
}

Index ElementBuilder::linearize(ArrayRef<Index> index, ArrayRef<DimAttr> shape,
                                ArrayRef<DimAttr> strides) {
  Index result = constant(0);
  for (int64_t axis = static_cast<int64_t>(shape.size()) - 1; axis >= 0;) {
    Index part = index[axis];
    DimAttr size = shape[axis], stride = strides[axis];
    int64_t next = axis - 1;
    while (next >= 0 && strides[next] == stride * size &&
           arePartsOfOne(index[next], part, size)) {
      part = *part.part->whole;
      size = size * shape[next];
      --next;
    }
    result = add(mul(part, stride), result);
    axis = next;
  }
  return result;
}

SmallVector<Index> ElementBuilder::delinearize(Index position,
                                               ArrayRef<DimAttr> shape) {
  SmallVector<Index> index(shape.size());
  for (int64_t axis = static_cast<int64_t>(shape.size()) - 1; axis > 0;
       --axis) {
    index[axis] = floorMod(position, shape[axis]);
    position = floorDiv(position, shape[axis]);
  }
  if (!shape.empty())
    index[0] = position;
  return index;
}

SmallVector<Index> ElementBuilder::reshapeIndex(ArrayRef<Index> index,
                                                ArrayRef<DimAttr> from,
                                                ArrayRef<DimAttr> to) {
  MLIRContext *context = builder.getContext();
  SmallVector<Index> result;
  size_t i = 0, j = 0;
  while (i < from.size() || j < to.size()) {
    size_t i0 = i, j0 = j;
    auto sizeFrom = [&] { return productOf(context, from.slice(i0, i - i0)); };
    auto sizeTo = [&] { return productOf(context, to.slice(j0, j - j0)); };
    if (i < from.size())
      ++i;
    if (j < to.size())
      ++j;
    // Grow the side that is a proper divisor of the other until both agree; if
    // neither is, take all that is left.
    while (sizeFrom() != sizeTo()) {
      if (j < to.size() && (i == from.size() || exactDiv(sizeFrom(), sizeTo())))
        ++j;
      else if (i < from.size() &&
               (j == to.size() || exactDiv(sizeTo(), sizeFrom())))
        ++i;
      else if (i < from.size() || j < to.size())
        i = from.size(), j = to.size();
      else
        break;
    }
    // Trailing axes of size 1 belong to the last run.
    while (i < from.size() && from[i].isConstant(1) && j == to.size())
      ++i;
    Index position = linearize(index.slice(i0, i - i0), from.slice(i0, i - i0));
    llvm::append_range(result, delinearize(position, to.slice(j0, j - j0)));
  }
  return result;
}

Value ElementBuilder::toElement(const Index &index, Type type) {
  if (index.isUniform()) {
    if (isa<IndexType>(type))
      return index.base;
    Value integer = arith::IndexCastOp::create(
        builder, loc, builder.getI64Type(), index.base);
    return emitCast(builder, loc, integer, type);
  }
  return emitCast(builder, loc, toGeneral(index), type);
}

Index ElementBuilder::fromElement(Value element) {
  if (auto vector = dyn_cast<VectorType>(element.getType())) {
    if (vector.getElementType().isInteger(64)) {
      // Lanes have 32 bits: what is beyond them is outside any axis, and must
      // stay so.
      for (int64_t bound : {INT32_MIN, INT32_MAX}) {
        Value limit = arith::ConstantOp::create(
            builder, loc, DenseElementsAttr::get(vector, bound));
        element = emitBinary(builder, loc,
                             bound < 0 ? BinaryKind::max : BinaryKind::min,
                             element, limit);
      }
    }
    return fromGeneral(emitCast(builder, loc, element, builder.getI32Type()));
  }
  if (isa<IndexType>(element.getType()))
    return uniform(element);
  return uniform(arith::IndexCastOp::create(builder, loc,
                                            builder.getIndexType(), element));
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

/// The nearest int64_t.
static int64_t saturate(double value) {
  if (value >= 9223372036854775807.0)
    return std::numeric_limits<int64_t>::max();
  if (value <= -9223372036854775808.0)
    return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

Value ElementBuilder::constant(Type type, double value) {
  if (auto floatType = dyn_cast<FloatType>(type)) {
    llvm::APFloat number(value);
    bool lost;
    number.convert(floatType.getFloatSemantics(),
                   llvm::APFloat::rmNearestTiesToEven, &lost);
    return arith::ConstantOp::create(builder, loc,
                                     FloatAttr::get(floatType, number));
  }
  return arith::ConstantOp::create(
      builder, loc, builder.getIntegerAttr(type, saturate(value)));
}

Value ElementBuilder::splat(Value value) {
  if (lanes == 1 || isa<VectorType>(value.getType()))
    return value;
  return vector::BroadcastOp::create(
      builder, loc, VectorType::get(lanes, value.getType()), value);
}

void ElementBuilder::unify(MutableArrayRef<Value> values) {
  if (llvm::none_of(values,
                    [](Value v) { return isa<VectorType>(v.getType()); }))
    return;
  for (Value &value : values)
    value = splat(value);
}

Value ElementBuilder::selectElement(Value condition, Value a, Value b) {
  SmallVector<Value, 2> values{a, b};
  if (isa<VectorType>(condition.getType()))
    values[0] = splat(a);
  unify(values);
  return arith::SelectOp::create(builder, loc, condition, values[0], values[1]);
}

Value ElementBuilder::binary(BinaryKind kind, Value a, Value b) {
  SmallVector<Value, 2> values{a, b};
  unify(values);
  return emitBinary(builder, loc, kind, values[0], values[1]);
}

SmallVector<Index>
ElementBuilder::broadcastIndex(ArrayRef<Index> index,
                               ArrayRef<DimAttr> operandShape) {
  SmallVector<Index> result;
  ArrayRef<Index> own = index.take_back(operandShape.size());
  for (auto [i, size] : llvm::zip(own, operandShape))
    result.push_back(size.isConstant(1) ? constant(0) : i);
  return result;
}
