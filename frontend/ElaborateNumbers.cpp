//===- ElaborateNumbers.cpp - numbers known when a model is built ---------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/DimProof.h"
#include "frontend/Elaborator.h"

#include "dialect/Types.h"
#include "llvm/ADT/APFloat.h"

#include <cmath>

using namespace tenon;
using namespace tenon::arch;
using llvm::Twine;

Value Elaborator::makeInt(int64_t value, SourceRange origin) const {
  return IntValue{getConstantDim(&context, value), {}, origin};
}

Value Elaborator::makeDim(DimAttr dim, SourceRange origin, mlir::Type type) {
  StringRef problem = checkSize(dim);
  if (!problem.empty())
    return fail(origin, problem);
  return IntValue{dim, type, origin};
}

Value Elaborator::makeFloat(double value, mlir::Type type) const {
  if (auto floatType = mlir::dyn_cast_or_null<mlir::FloatType>(type)) {
    llvm::APFloat number(value);
    bool lost;
    number.convert(floatType.getFloatSemantics(),
                   llvm::APFloat::rmNearestTiesToEven, &lost);
    value = number.convertToDouble();
  }
  return FloatValue{value, type};
}

static mlir::Type typeOf(const Value &number) {
  return number.isInt() ? number.integer().type : number.as<FloatValue>().type;
}

static bool isComparison(Operator op) {
  return op >= Operator::Eq && op <= Operator::Ge;
}

template <typename T> static bool compare(Operator op, T a, T b) {
  switch (op) {
  case Operator::Eq:
    return a == b;
  case Operator::Ne:
    return a != b;
  case Operator::Lt:
    return a < b;
  case Operator::Le:
    return a <= b;
  case Operator::Gt:
    return a > b;
  default:
    return a >= b;
  }
}

//===----------------------------------------------------------------------===//
// What is known of dims
//===----------------------------------------------------------------------===//

std::optional<DimRange> Elaborator::rangeOfSymbol(StringRef name) {
  auto it = symbolNames.find(name);
  if (it == symbolNames.end())
    return std::nullopt;
  return DimRange{it->second.min, it->second.max};
}

DimFacts Elaborator::facts() {
  if (!entry || entry->function.getBody().empty())
    return {};
  // Facts are looked up from a value of the function.
  mlir::Block &block = entry->function.getBody().front();
  if (block.getNumArguments() == 0)
    return {};
  return getDimFacts({block.getArgument(0)});
}

bool Elaborator::isNonNegative(DimAttr dim) {
  return proveNonNegative(
      dim, [&](StringRef name) { return rangeOfSymbol(name); },
      entry ? ArrayRef<DimAttr>(entry->nonNegative) : ArrayRef<DimAttr>());
}

std::optional<bool> Elaborator::decide(Operator op, DimAttr a, DimAttr b) {
  if (a.isConstant() && b.isConstant())
    return compare(op, a.getValue(), b.getValue());
  switch (op) {
  case Operator::Eq:
  case Operator::Ne:
    switch (compareDims(a, b, facts())) {
    case DimEquality::Equal:
      return op == Operator::Eq;
    case DimEquality::Different:
      return op == Operator::Ne;
    case DimEquality::Unknown:
      break;
    }
    if (isNonNegative(a - b - 1) || isNonNegative(b - a - 1))
      return op == Operator::Ne;
    return std::nullopt;
  case Operator::Lt:
  case Operator::Ge:
    if (isNonNegative(b - a - 1))
      return op == Operator::Lt;
    if (isNonNegative(a - b))
      return op == Operator::Ge;
    return std::nullopt;
  default:
    if (isNonNegative(b - a))
      return op == Operator::Le;
    if (isNonNegative(a - b - 1))
      return op == Operator::Gt;
    return std::nullopt;
  }
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

static Value computeFloats(Elaborator &elaborator, Operator op, double a,
                           double b, mlir::Type type, SourceRange range) {
  if (isComparison(op))
    return Value(compare(op, a, b));
  auto result = [&](double value) { return elaborator.makeFloat(value, type); };
  switch (op) {
  case Operator::Add:
    return result(a + b);
  case Operator::Sub:
    return result(a - b);
  case Operator::Mul:
    return result(a * b);
  case Operator::Pow:
    return result(std::pow(a, b));
  case Operator::Div:
  case Operator::FloorDiv:
  case Operator::Mod:
    if (b == 0)
      return elaborator.fail(range, "division by zero");
    if (op == Operator::Div)
      return result(a / b);
    return result(op == Operator::Mod ? a - b * std::floor(a / b)
                                      : std::floor(a / b));
  default:
    return elaborator.fail(range,
                           "'" + spelling(op) + "' isn't defined on numbers");
  }
}

/// A power with an integer exponent of at least 0.
static Value computePower(Elaborator &elaborator, DimAttr base,
                          int64_t exponent, mlir::Type type,
                          SourceRange range) {
  constexpr int64_t maxExponent = 63;
  if (exponent > maxExponent && !base.isConstant(0) && !base.isConstant(1))
    return elaborator.fail(range, "this integer doesn't fit 64 bits");
  DimAttr result = getConstantDim(base.getContext(), 1);
  for (int64_t i = 0; i < std::min(exponent, maxExponent); ++i) {
    result = result * base;
    if (!checkSize(result).empty())
      break;
  }
  return elaborator.makeDim(result, range, type);
}

static Value divide(Elaborator &elaborator, Operator op, DimAttr a, DimAttr b,
                    mlir::Type type, SourceRange range) {
  if (b.isConstant(0))
    return elaborator.fail(range, "division by zero");
  DimAttr one = getConstantDim(a.getContext(), 1);
  if (elaborator.decide(Operator::Ge, b, one) != true)
    return elaborator.fail(range,
                           "the divisor " + b.str() + " may not be positive");
  if (op == Operator::FloorDiv)
    return elaborator.makeDim(floorDiv(a, b), range, type);
  DimAttr rest = floorMod(a, b);
  if (op == Operator::Mod)
    return elaborator.makeDim(rest, range, type);
  if (auto exact = exactDiv(a, b))
    return elaborator.makeDim(*exact, range, type);
  DimAttr zero = getConstantDim(a.getContext(), 0);
  if (elaborator.decide(Operator::Eq, rest, zero) == true)
    return elaborator.makeDim(floorDiv(a, b), range, type);
  Diagnostic &diagnostic =
      elaborator.error(range, a.str() + " isn't a multiple of " + b.str() +
                                  ", so '/' isn't an integer");
  diagnostic.help("`//` rounds down, `ceildiv(a, b)` up");
  if (!a.isConstant() || !b.isConstant())
    diagnostic.help("if it always is one, say so: require " + a.str() + " % " +
                    b.str() + " == 0");
  return Value();
}

static Value computeIntegers(Elaborator &elaborator, Operator op, DimAttr a,
                             DimAttr b, mlir::Type type, SourceRange range) {
  if (isComparison(op)) {
    if (auto known = elaborator.decide(op, a, b))
      return Value(*known);
    elaborator
        .error(range, "whether " + a.str() + " " + spelling(op) + " " +
                          b.str() + " isn't known when the model is built")
        .help("if it always holds, say so: require " + a.str() + " " +
              spelling(op) + " " + b.str());
    return Value();
  }
  switch (op) {
  case Operator::Add:
    return elaborator.makeDim(a + b, range, type);
  case Operator::Sub:
    return elaborator.makeDim(a - b, range, type);
  case Operator::Mul:
    return elaborator.makeDim(a * b, range, type);
  case Operator::Div:
  case Operator::FloorDiv:
  case Operator::Mod:
    return divide(elaborator, op, a, b, type, range);
  case Operator::Pow: {
    auto exponent = b.asConstant();
    if (!exponent)
      return elaborator.fail(range, "the exponent " + b.str() +
                                        " isn't known when the model is built");
    if (*exponent >= 0)
      return computePower(elaborator, a, *exponent, type, range);
    if (auto base = a.asConstant())
      return computeFloats(elaborator, op, *base, *exponent, {}, range);
    return elaborator.fail(range,
                           a.str() + " isn't known when the model is built");
  }
  default:
    return elaborator.fail(range,
                           "'" + spelling(op) + "' isn't defined on numbers");
  }
}

Value Elaborator::computeNumbers(Operator op, const Value &a, const Value &b,
                                 SourceRange range) {
  mlir::Type left = typeOf(a), right = typeOf(b);
  if (left && right && left != right)
    return fail(range, "mixes numbers of types " + toText(Value(left)) +
                           " and " + toText(Value(right)));
  mlir::Type type = left ? left : right;
  if (a.isInt() && b.isInt() && !mlir::isa_and_nonnull<mlir::FloatType>(type))
    return computeIntegers(*this, op, a.dim(), b.dim(), type, range);
  if (mlir::isa_and_nonnull<mlir::IntegerType, mlir::IndexType>(type))
    return fail(range,
                "mixes a float with a number of type " + toText(Value(type)));
  for (const Value &side : {a, b})
    if (!side.number())
      return fail(range, side.dim().str() +
                             " isn't known when the model is built, and "
                             "dims are no floats");
  return computeFloats(*this, op, *a.number(), *b.number(), type, range);
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

/// Whether two values known when the model is built are equal; nothing if they
/// are of kinds that aren't compared.
static std::optional<bool> areEqual(Elaborator &elaborator, const Value &a,
                                    const Value &b, SourceRange range) {
  if (a.isNone() || b.isNone())
    return a.isNone() && b.isNone();
  if (a.isNumber() && b.isNumber()) {
    Value equal = elaborator.computeNumbers(Operator::Eq, a, b, range);
    return equal.isError() ? std::nullopt : std::optional(equal.boolean());
  }
  if (a.kind() != b.kind())
    return std::nullopt;
  switch (a.kind()) {
  case Value::Kind::Bool:
    return a.boolean() == b.boolean();
  case Value::Kind::String:
    return a.string() == b.string();
  case Value::Kind::ElementType:
    return a.elementType() == b.elementType();
  case Value::Kind::Instance:
    return a.instance() == b.instance();
  case Value::Kind::List: {
    if (a.list().size() != b.list().size())
      return false;
    if (!elaborator.spend(range, a.list().size()))
      return std::nullopt;
    for (auto [x, y] : llvm::zip(a.list(), b.list())) {
      auto equal = areEqual(elaborator, x, y, range);
      if (!equal || !*equal)
        return equal;
    }
    return true;
  }
  default:
    return std::nullopt;
  }
}

Value Elaborator::applyBinary(Operator op, const Value &a, const Value &b,
                              SourceRange range) {
  if (a.isError() || b.isError())
    return Value();
  bool equality = op == Operator::Eq || op == Operator::Ne;
  if (a.isNumber() && b.isNumber())
    return computeNumbers(op, a, b, range);
  if ((a.isTensorLike() || b.isTensorLike()) && !a.isNone() && !b.isNone())
    return callPrelude(preludeName(op), {a, b}, range);
  if (a.is(Value::Kind::Bool) && b.is(Value::Kind::Bool) &&
      (op == Operator::And || op == Operator::Or))
    return Value(op == Operator::And ? a.boolean() && b.boolean()
                                     : a.boolean() || b.boolean());
  if (op == Operator::Add && a.is(Value::Kind::String) &&
      b.is(Value::Kind::String)) {
    if (!spend(range, a.string().size() + b.string().size()))
      return Value();
    return Value(a.string() + b.string());
  }
  if (op == Operator::Add && a.is(Value::Kind::List) &&
      b.is(Value::Kind::List)) {
    if (!spend(range, a.list().size() + b.list().size()))
      return Value();
    std::vector<Value> joined(a.list().begin(), a.list().end());
    llvm::append_range(joined, b.list());
    return Value(std::move(joined));
  }
  size_t before = diagnostics.count();
  if (equality)
    if (auto equal = areEqual(*this, a, b, range))
      return Value(*equal == (op == Operator::Eq));
  if (diagnostics.count() != before)
    return Value();
  return fail(range, "'" + spelling(op) + "' isn't defined on " +
                         describe(a.kind()) + " and " + describe(b.kind()));
}

Value Elaborator::applyUnary(Operator op, const Value &a, SourceRange range) {
  if (a.isError())
    return a;
  if (a.isTensorLike())
    return callPrelude(preludeName(op), {a}, range);
  if (op == Operator::Not && a.is(Value::Kind::Bool))
    return Value(!a.boolean());
  if (op == Operator::Neg && a.isInt())
    return makeDim(a.dim() * -1, range, a.integer().type);
  if (op == Operator::Neg && a.is(Value::Kind::Float))
    return FloatValue{-a.as<FloatValue>().value, a.as<FloatValue>().type};
  return fail(range,
              "'" + spelling(op) + "' isn't defined on " + describe(a.kind()));
}
