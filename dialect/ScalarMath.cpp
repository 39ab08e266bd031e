//===- ScalarMath.cpp - elementwise ops on scalars and vectors ------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ScalarMath.h"

#include "dialect/Element.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace tenon;
using namespace mlir;

Value tenon::emitSplat(OpBuilder &builder, Location loc, Type type,
                       Attribute element) {
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(builder, loc,
                                     SplatElementsAttr::get(vector, element));
  return arith::ConstantOp::create(builder, loc, cast<TypedAttr>(element));
}

Value tenon::emitSplat(OpBuilder &builder, Location loc, Type type,
                       int64_t value) {
  return emitSplat(builder, loc, type,
                   builder.getIntegerAttr(getElementTypeOrSelf(type), value));
}

Value tenon::emitSplat(OpBuilder &builder, Location loc, Type type,
                       double value) {
  return emitSplat(builder, loc, type,
                   builder.getFloatAttr(getElementTypeOrSelf(type), value));
}

Value tenon::emitLarger(OpBuilder &builder, Location loc, Value a, Value b) {
  Value isLarger =
      arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OGT, a, b);
  return arith::SelectOp::create(builder, loc, isLarger, a, b);
}

Value tenon::emitSmaller(OpBuilder &builder, Location loc, Value a, Value b) {
  Value isSmaller =
      arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT, a, b);
  return arith::SelectOp::create(builder, loc, isSmaller, a, b);
}

namespace {
/// Builds arith and math ops on values of one (scalar or vector) type.
struct Scribe {
  OpBuilder &builder;
  Location loc;
  Type type;

  Value constant(double value) { return emitSplat(builder, loc, type, value); }
  Value integer(int64_t value) { return emitSplat(builder, loc, type, value); }
  Value add(Value a, Value b) {
    return arith::AddFOp::create(builder, loc, a, b);
  }
  Value sub(Value a, Value b) {
    return arith::SubFOp::create(builder, loc, a, b);
  }
  Value mul(Value a, Value b) {
    return arith::MulFOp::create(builder, loc, a, b);
  }
  Value div(Value a, Value b) {
    return arith::DivFOp::create(builder, loc, a, b);
  }
  /// The larger and the smaller of `x` and a bound; NaN stays.
  Value atLeast(Value x, double bound) {
    return emitLarger(builder, loc, constant(bound), x);
  }
  Value atMost(Value x, double bound) {
    return emitSmaller(builder, loc, constant(bound), x);
  }
  template <typename Op> Value math(Value x) {
    return Op::create(builder, loc, x);
  }
  Value sigmoid(Value x) {
    Value e = math<math::ExpOp>(math<arith::NegFOp>(x));
    return div(constant(1), add(constant(1), e));
  }
};
} // namespace

static Value emitFloatUnary(Scribe s, UnaryKind kind, Value x) {
  switch (kind) {
  case UnaryKind::neg:
    return s.math<arith::NegFOp>(x);
  case UnaryKind::abs:
    return s.math<math::AbsFOp>(x);
  case UnaryKind::exp:
    return s.math<math::ExpOp>(x);
  case UnaryKind::log:
    return s.math<math::LogOp>(x);
  case UnaryKind::sqrt:
    return s.math<math::SqrtOp>(x);
  case UnaryKind::rsqrt:
    return s.div(s.constant(1), s.math<math::SqrtOp>(x));
  case UnaryKind::sin:
    return s.math<math::SinOp>(x);
  case UnaryKind::cos:
    return s.math<math::CosOp>(x);
  case UnaryKind::erf:
    return s.math<math::ErfOp>(x);
  case UnaryKind::tanh:
    return s.math<math::TanhOp>(x);
  case UnaryKind::sigmoid:
    return s.sigmoid(x);
  case UnaryKind::relu:
    return s.atLeast(x, 0);
  case UnaryKind::gelu: {
    Value e = s.math<math::ErfOp>(s.mul(x, s.constant(M_SQRT1_2)));
    return s.mul(s.mul(x, s.constant(0.5)), s.add(s.constant(1), e));
  }
  case UnaryKind::gelu_tanh: {
    Value cube = s.mul(s.mul(x, x), x);
    Value inner = s.mul(s.constant(std::sqrt(2 / M_PI)),
                        s.add(x, s.mul(s.constant(0.044715), cube)));
    Value t = s.math<math::TanhOp>(inner);
    return s.mul(s.mul(x, s.constant(0.5)), s.add(s.constant(1), t));
  }
  case UnaryKind::silu:
    return s.mul(x, s.sigmoid(x));
  case UnaryKind::hardswish: {
    Value gate = s.atMost(s.atLeast(s.add(x, s.constant(3)), 0), 6);
    return s.div(s.mul(x, gate), s.constant(6));
  }
  case UnaryKind::softplus: {
    // max(x, 0) + log(1 + exp(-|x|)) doesn't overflow.
    Value e =
        s.math<math::ExpOp>(s.math<arith::NegFOp>(s.math<math::AbsFOp>(x)));
    return s.add(s.atLeast(x, 0), s.math<math::Log1pOp>(e));
  }
  case UnaryKind::floor:
    return s.math<math::FloorOp>(x);
  case UnaryKind::ceil:
    return s.math<math::CeilOp>(x);
  case UnaryKind::round:
    return s.math<math::RoundEvenOp>(x);
  case UnaryKind::not_:
    break;
  }
  llvm_unreachable("verified: no such function on floats");
}

Value tenon::emitUnary(OpBuilder &builder, Location loc, UnaryKind kind,
                       Value x) {
  Scribe s{builder, loc, x.getType()};
  Type element = getElementTypeOrSelf(x.getType());
  if (isa<FloatType>(element))
    return emitFloatUnary(s, kind, x);
  switch (kind) {
  case UnaryKind::not_:
    return arith::XOrIOp::create(builder, loc, x, s.integer(1));
  case UnaryKind::neg:
    return arith::SubIOp::create(builder, loc, s.integer(0), x);
  case UnaryKind::abs: {
    Value minus = arith::SubIOp::create(builder, loc, s.integer(0), x);
    return arith::MaxSIOp::create(builder, loc, x, minus);
  }
  case UnaryKind::relu:
    return arith::MaxSIOp::create(builder, loc, x, s.integer(0));
  default:
    llvm_unreachable("verified: no such function on integers");
  }
}

/// Integer division that always has a result: x / 0 is 0, and the least integer
/// divided by -1 wraps. (The hardware's instruction traps.)
static Value emitFloorDiv(Scribe s, Value a, Value b) {
  auto is = [&](int64_t value) -> Value {
    return arith::CmpIOp::create(s.builder, s.loc, arith::CmpIPredicate::eq, b,
                                 s.integer(value));
  };
  auto select = [&](Value condition, Value x, Value y) -> Value {
    return arith::SelectOp::create(s.builder, s.loc, condition, x, y);
  };
  Value isZero = is(0), isMinusOne = is(-1);
  Value trapping = arith::OrIOp::create(s.builder, s.loc, isZero, isMinusOne);
  Value quotient = arith::FloorDivSIOp::create(
      s.builder, s.loc, a, select(trapping, s.integer(1), b));
  Value minus = arith::SubIOp::create(s.builder, s.loc, s.integer(0), a);
  return select(isZero, s.integer(0), select(isMinusOne, minus, quotient));
}

Value tenon::emitBinary(OpBuilder &builder, Location loc, BinaryKind kind,
                        Value a, Value b) {
  Scribe s{builder, loc, a.getType()};
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(a.getType()));
  auto pick = [&](auto onFloat, auto onInteger) -> Value {
    return isFloat ? Value(decltype(onFloat)::create(builder, loc, a, b))
                   : Value(decltype(onInteger)::create(builder, loc, a, b));
  };
  switch (kind) {
  case BinaryKind::add:
    return pick(arith::AddFOp(), arith::AddIOp());
  case BinaryKind::sub:
    return pick(arith::SubFOp(), arith::SubIOp());
  case BinaryKind::mul:
    return pick(arith::MulFOp(), arith::MulIOp());
  case BinaryKind::div:
    return s.div(a, b);
  case BinaryKind::floordiv:
    if (isFloat)
      return s.math<math::FloorOp>(s.div(a, b));
    return emitFloorDiv(s, a, b);
  case BinaryKind::mod: {
    Value quotient = emitBinary(builder, loc, BinaryKind::floordiv, a, b);
    Value multiple = emitBinary(builder, loc, BinaryKind::mul, quotient, b);
    return emitBinary(builder, loc, BinaryKind::sub, a, multiple);
  }
  case BinaryKind::min:
    return pick(arith::MinimumFOp(), arith::MinSIOp());
  case BinaryKind::max:
    return pick(arith::MaximumFOp(), arith::MaxSIOp());
  case BinaryKind::pow:
    return math::PowFOp::create(builder, loc, a, b);
  case BinaryKind::and_:
    return arith::AndIOp::create(builder, loc, a, b);
  case BinaryKind::or_:
    return arith::OrIOp::create(builder, loc, a, b);
  }
  llvm_unreachable("unknown operator");
}

Value tenon::emitCompare(OpBuilder &builder, Location loc, CompareKind kind,
                         Value a, Value b) {
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(a.getType()));
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  auto emit = [&](F onFloat, I onInteger) -> Value {
    if (isFloat)
      return arith::CmpFOp::create(builder, loc, onFloat, a, b);
    return arith::CmpIOp::create(builder, loc, onInteger, a, b);
  };
  switch (kind) {
  case CompareKind::eq:
    return emit(F::OEQ, I::eq);
  case CompareKind::ne:
    return emit(F::UNE, I::ne);
  case CompareKind::lt:
    return emit(F::OLT, I::slt);
  case CompareKind::le:
    return emit(F::OLE, I::sle);
  case CompareKind::gt:
    return emit(F::OGT, I::sgt);
  case CompareKind::ge:
    return emit(F::OGE, I::sge);
  }
  llvm_unreachable("unknown comparison");
}

/// Float to integer, saturating; NaN gives 0. (The hardware's conversion leaves
/// values out of range undefined.)
static Value emitFloatToInteger(OpBuilder &builder, Location loc, Value x,
                                Type result) {
  // The bounds below are exact in float.
  x = emitCast(builder, loc, x, builder.getF32Type());
  Scribe s{builder, loc, x.getType()};
  unsigned width = getElementTypeOrSelf(result).getIntOrFloatBitWidth();
  double bound = std::ldexp(1.0, width - 1);
  auto compare = [&](arith::CmpFPredicate predicate, Value y) -> Value {
    return arith::CmpFOp::create(builder, loc, predicate, x, y);
  };
  auto select = [&](Value condition, Value a, Value b) -> Value {
    return arith::SelectOp::create(builder, loc, condition, a, b);
  };
  Value zero = s.constant(0);
  Value number = select(compare(arith::CmpFPredicate::ORD, x), x, zero);
  if (width < 24) {
    // Both ends are exact in float. A comparison and what it selects are one
    // instruction, as NaN is out of the way.
    Value least = s.constant(-bound), most = s.constant(bound - 1);
    auto isAbove = arith::CmpFPredicate::OGT,
         isBelow = arith::CmpFPredicate::OLT;
    number = select(arith::CmpFOp::create(builder, loc, isAbove, number, least),
                    number, least);
    number = select(arith::CmpFOp::create(builder, loc, isBelow, number, most),
                    number, most);
    return arith::FPToSIOp::create(builder, loc, result, number);
  }
  Value low =
      arith::MaxNumFOp::create(builder, loc, number, s.constant(-bound));
  Value isLarge = compare(arith::CmpFPredicate::OGE, s.constant(bound));
  Value converted =
      arith::FPToSIOp::create(builder, loc, result, select(isLarge, zero, low));
  int64_t largest = static_cast<int64_t>((uint64_t(1) << (width - 1)) - 1);
  return select(isLarge, Scribe{builder, loc, result}.integer(largest),
                converted);
}

Value tenon::emitCast(OpBuilder &builder, Location loc, Value x,
                      Type elementType) {
  Type from = getElementTypeOrSelf(x.getType());
  if (from == elementType)
    return x;
  Type result = elementType;
  if (auto vector = dyn_cast<VectorType>(x.getType()))
    result = vector.clone(elementType);
  Scribe s{builder, loc, x.getType()};

  if (isa<IndexType>(from) || isa<IndexType>(elementType)) {
    if (isa<FloatType>(from))
      x = emitCast(builder, loc, x, builder.getI64Type());
    if (isa<FloatType>(elementType) || elementType.isInteger(1)) {
      Value integer = emitCast(builder, loc, x, builder.getI64Type());
      return emitCast(builder, loc, integer, elementType);
    }
    return arith::IndexCastOp::create(builder, loc, result, x);
  }
  if (elementType.isInteger(1)) {
    if (isa<FloatType>(from))
      return arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNE, x,
                                   s.constant(0));
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, x,
                                 s.integer(0));
  }
  if (isa<FloatType>(from) && isa<FloatType>(elementType)) {
    if (from.getIntOrFloatBitWidth() < elementType.getIntOrFloatBitWidth())
      return arith::ExtFOp::create(builder, loc, result, x);
    if (from.getIntOrFloatBitWidth() > elementType.getIntOrFloatBitWidth())
      return arith::TruncFOp::create(builder, loc, result, x);
    Value wide = emitCast(builder, loc, x, builder.getF32Type());
    return emitCast(builder, loc, wide, elementType);
  }
  if (isa<FloatType>(from))
    return emitFloatToInteger(builder, loc, x, result);
  if (isa<FloatType>(elementType)) {
    if (from.isInteger(1))
      return arith::UIToFPOp::create(builder, loc, result, x);
    return arith::SIToFPOp::create(builder, loc, result, x);
  }
  if (from.getIntOrFloatBitWidth() > elementType.getIntOrFloatBitWidth())
    return arith::TruncIOp::create(builder, loc, result, x);
  if (from.isInteger(1))
    return arith::ExtUIOp::create(builder, loc, result, x);
  return arith::ExtSIOp::create(builder, loc, result, x);
}

Value tenon::emitRounded(OpBuilder &builder, Location loc, Value x,
                         Type elementType) {
  return emitCast(builder, loc, emitCast(builder, loc, x, elementType),
                  getElementTypeOrSelf(x.getType()));
}

Value tenon::emitCombine(OpBuilder &builder, Location loc, ReduceKind kind,
                         Value a, Value b) {
  switch (kind) {
  case ReduceKind::sum:
  case ReduceKind::mean:
    return emitBinary(builder, loc, BinaryKind::add, a, b);
  case ReduceKind::max:
    return emitBinary(builder, loc, BinaryKind::max, a, b);
  case ReduceKind::min:
    return emitBinary(builder, loc, BinaryKind::min, a, b);
  case ReduceKind::any:
    return emitBinary(builder, loc, BinaryKind::or_, a, b);
  case ReduceKind::all:
    return emitBinary(builder, loc, BinaryKind::and_, a, b);
  }
  llvm_unreachable("unknown reduction");
}

double tenon::neutralElement(ReduceKind kind, Type elementType) {
  bool isFloat = isa<FloatType>(elementType);
  double infinity = std::numeric_limits<double>::infinity();
  unsigned width = isFloat ? 0 : elementType.getIntOrFloatBitWidth();
  switch (kind) {
  case ReduceKind::sum:
  case ReduceKind::mean:
  case ReduceKind::any:
    return 0;
  case ReduceKind::all:
    return 1;
  case ReduceKind::max:
    return isFloat ? -infinity : -std::ldexp(1.0, width - 1);
  case ReduceKind::min:
    return isFloat ? infinity : std::ldexp(1.0, width - 1) - 1;
  }
  llvm_unreachable("unknown reduction");
}
