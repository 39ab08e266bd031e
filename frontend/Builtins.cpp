//===- Builtins.cpp - functions that the language is born with ------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Builtins.h"

#include "frontend/Elaborator.h"
#include "frontend/OpTable.h"

#include "dialect/TenonOps.h"
#include "dialect/Types.h"

#include <cmath>

using namespace tenon;
using namespace tenon::arch;
using Arguments = ArrayRef<ArgumentValue>;

//===----------------------------------------------------------------------===//
// Questions about values
//===----------------------------------------------------------------------===//

static Value runLen(Elaborator &e, Arguments arguments, SourceRange range) {
  const Value &value = arguments[0].value;
  switch (value.kind()) {
  case Value::Kind::List:
    return e.makeInt(value.list().size(), range);
  case Value::Kind::String:
    return e.makeInt(value.string().size(), range);
  case Value::Kind::Record:
    return e.makeInt(value.record().members->size(), range);
  case Value::Kind::Array:
    return e.makeInt(value.array().elements->size(), range);
  case Value::Kind::Range: {
    auto [begin, end] = value.as<RangeValue>();
    return e.makeInt(std::max<int64_t>(end - begin, 0), range);
  }
  default:
    return e.fail(arguments[0].range,
                  describe(value.kind()) + " has no length");
  }
}

static Value runPresent(Elaborator &e, Arguments arguments, SourceRange range) {
  const Value &value = arguments[0].value;
  if (value.is(Value::Kind::Weight))
    return Value(value.as<Weight *>()->present);
  if (value.is(Value::Kind::Instance))
    return Value(e.isPresent(*value.instance()));
  return e.fail(arguments[0].range,
                "only a weight or a module can be present, not " +
                    describe(value.kind()));
}

/// The dims of a tensor, with what they come from.
static std::optional<std::vector<Value>> dimsOf(Elaborator &e,
                                                const ArgumentValue &argument) {
  mlir::Value tensor = e.materialize(argument.value, argument.range);
  if (!tensor)
    return std::nullopt;
  std::vector<Value> dims;
  ArrayRef<SourceRange> from = e.originsOf(tensor);
  for (auto [axis, dim] : llvm::enumerate(getDims(tensor)))
    dims.push_back(
        e.makeDim(dim, axis < from.size() ? from[axis] : argument.range));
  return dims;
}

static Value runShape(Elaborator &e, Arguments arguments, SourceRange) {
  auto dims = dimsOf(e, arguments[0]);
  return dims ? Value(std::move(*dims)) : Value();
}

static Value runRank(Elaborator &e, Arguments arguments, SourceRange range) {
  auto dims = dimsOf(e, arguments[0]);
  return dims ? e.makeInt(dims->size(), range) : Value();
}

static Value runDim(Elaborator &e, Arguments arguments, SourceRange range) {
  auto dims = dimsOf(e, arguments[0]);
  if (!dims)
    return Value();
  auto axis = arguments[1].value.constant();
  int64_t rank = dims->size();
  if (!axis || *axis < -rank || *axis >= rank)
    return e.fail(arguments[1].range, "expected one of the tensor's " +
                                          llvm::Twine(rank) + " axes");
  return (*dims)[*axis < 0 ? *axis + rank : *axis];
}

static Value runElementType(Elaborator &e, Arguments arguments, SourceRange) {
  mlir::Value tensor = e.materialize(arguments[0].value, arguments[0].range);
  return tensor ? Value(getElementType(tensor.getType())) : Value();
}

static Value runIsTensor(Elaborator &, Arguments arguments, SourceRange) {
  return Value(arguments[0].value.isTensorLike());
}
static Value runIsType(Elaborator &, Arguments arguments, SourceRange) {
  return Value(arguments[0].value.is(Value::Kind::ElementType));
}
static Value runIsList(Elaborator &, Arguments arguments, SourceRange) {
  return Value(arguments[0].value.is(Value::Kind::List));
}

static Value runIsKnown(Elaborator &, Arguments arguments, SourceRange) {
  return Value(arguments[0].value.number().has_value() ||
               arguments[0].value.is(Value::Kind::Bool));
}

static Value runText(Elaborator &e, Arguments arguments, SourceRange) {
  const Value &value = arguments[0].value;
  return value.is(Value::Kind::String) ? value : Value(e.toText(value));
}

static Value runError(Elaborator &e, Arguments arguments, SourceRange range) {
  const Value &value = arguments[0].value;
  return e.fail(range, value.is(Value::Kind::String) ? value.string()
                                                     : e.toText(value));
}

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

static std::optional<std::vector<Value>> elementsOf(Elaborator &e,
                                                    const ArgumentValue &list) {
  std::vector<Value> elements;
  bool complete = e.iterate(list.value, list.range, [&](const Value &element) {
    elements.push_back(element);
    return true;
  });
  return complete ? std::optional(std::move(elements)) : std::nullopt;
}

static Value runZip(Elaborator &e, Arguments arguments, SourceRange range) {
  std::vector<std::vector<Value>> lists;
  for (const ArgumentValue &argument : arguments) {
    auto elements = elementsOf(e, argument);
    if (!elements)
      return Value();
    if (!lists.empty() && elements->size() != lists.front().size())
      return e.fail(argument.range, "this has " +
                                        llvm::Twine(elements->size()) +
                                        " elements, the first list has " +
                                        llvm::Twine(lists.front().size()));
    lists.push_back(std::move(*elements));
  }
  std::vector<Value> rows;
  for (size_t i = 0; i < lists.front().size(); ++i) {
    std::vector<Value> row;
    for (const auto &list : lists)
      row.push_back(list[i]);
    rows.emplace_back(std::move(row));
  }
  return Value(std::move(rows));
}

static Value runEnumerate(Elaborator &e, Arguments arguments,
                          SourceRange range) {
  auto elements = elementsOf(e, arguments[0]);
  if (!elements)
    return Value();
  std::vector<Value> rows;
  for (auto [i, element] : llvm::enumerate(*elements))
    rows.emplace_back(std::vector<Value>{e.makeInt(i, range), element});
  return Value(std::move(rows));
}

static Value runReversed(Elaborator &e, Arguments arguments, SourceRange) {
  auto elements = elementsOf(e, arguments[0]);
  if (!elements)
    return Value();
  std::reverse(elements->begin(), elements->end());
  return Value(std::move(*elements));
}

static Value runSum(Elaborator &e, Arguments arguments, SourceRange range) {
  auto elements = elementsOf(e, arguments[0]);
  if (!elements)
    return Value();
  Value sum = e.makeInt(0, range);
  for (const Value &element : *elements)
    sum = e.applyBinary(Operator::Add, sum, element, range);
  return sum;
}

//===----------------------------------------------------------------------===//
// Numbers beside tensors
//===----------------------------------------------------------------------===//

/// `unify([a, b], beside = c)`: numbers take the element type of the tensors
/// (or elements) beside them.
static Value runUnify(Elaborator &e, Arguments arguments, SourceRange range) {
  const Value &list = arguments[0].value;
  if (!list.is(Value::Kind::List))
    return e.fail(arguments[0].range, "expected a list of values");
  mlir::Type type;
  bool scalar = false, tensor = false;
  auto look = [&](mlir::Value value) {
    bool isTensor =
        mlir::isa<mlir::RankedTensorType, StateType>(value.getType());
    (isTensor ? tensor : scalar) = true;
  };
  std::vector<Value> values(list.list().begin(), list.list().end());
  for (Value &value : values) {
    if (!value.isTensorLike())
      continue;
    mlir::Value known = e.materialize(value, arguments[0].range);
    if (!known)
      return Value();
    value = Value(known);
    look(known);
    if (!type)
      type = getElementType(known.getType());
  }
  if (arguments.size() > 1 && arguments[1].value.isTensorLike())
    look(e.materialize(arguments[1].value, arguments[1].range));
  // Among numbers alone, one that says its type decides.
  mlir::Builder builder(&e.mlirContext());
  mlir::Type fallback;
  for (const Value &value : values) {
    if (type)
      break;
    mlir::Type own;
    if (value.is(Value::Kind::Bool))
      fallback = builder.getI1Type();
    else if (value.isInt())
      own = value.integer().type;
    else if (value.is(Value::Kind::Float))
      own = value.as<FloatValue>().type;
    type = own;
    if (value.is(Value::Kind::Float))
      fallback = builder.getF32Type();
    else if (!fallback)
      fallback = builder.getI64Type();
  }
  if (!type)
    type = fallback;
  for (Value &value : values) {
    value = e.convert(value, type, /*isScalar=*/scalar, range);
    if (value.isError())
      return Value();
    // A tensor of rank 0 among elements is its only element.
    mlir::Type own = value.tensor().getType();
    auto shaped = mlir::dyn_cast<mlir::RankedTensorType>(own);
    if (scalar && shaped && shaped.getRank() == 0)
      value = e.callPrelude("operator_element",
                            {value, Value(std::vector<Value>())}, range);
  }
  return Value(std::move(values));
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

static mlir::Type typeOf(const Value &value) {
  return value.is(Value::Kind::Float) ? value.as<FloatValue>().type
                                      : value.integer().type;
}

template <double (*function)(double)>
static Value runFunction(Elaborator &e, Arguments arguments, SourceRange) {
  const Value &value = arguments[0].value;
  auto number = value.number();
  if (!number)
    return e.fail(arguments[0].range,
                  "expected a number known when the model is built, not " +
                      (value.isInt() ? "the dim " + value.dim().str()
                                     : describe(value.kind()).str()));
  mlir::Type type = typeOf(value);
  if (mlir::isa_and_nonnull<mlir::IntegerType, mlir::IndexType>(type))
    type = {};
  return e.makeFloat(function(*number), type);
}

/// A number rounded to an integer.
template <double (*function)(double)>
static Value runRounding(Elaborator &e, Arguments arguments,
                         SourceRange range) {
  const Value &value = arguments[0].value;
  if (value.isInt())
    return value;
  auto number = value.number();
  if (!number)
    return e.fail(arguments[0].range,
                  "expected a number, not " + describe(value.kind()));
  double rounded = function(*number);
  if (!(std::abs(rounded) < 9e18))
    return e.fail(range, "this integer doesn't fit 64 bits");
  return e.makeInt(static_cast<int64_t>(rounded), range);
}

static Value runFloat(Elaborator &e, Arguments arguments, SourceRange) {
  auto number = arguments[0].value.number();
  return number ? e.makeFloat(*number)
                : e.fail(arguments[0].range,
                         "expected a number known when the model is built");
}

static Value runExtremum(Elaborator &e, Arguments arguments, SourceRange range,
                         bool isMin) {
  const Value &a = arguments[0].value, &b = arguments[1].value;
  if (!a.isNumber() || !b.isNumber())
    return e.fail(range, "expected two numbers");
  if (a.isInt() && b.isInt())
    return e.makeDim(isMin ? minDim(a.dim(), b.dim())
                           : maxDim(a.dim(), b.dim()),
                     range, typeOf(a) ? typeOf(a) : typeOf(b));
  Value less = e.applyBinary(Operator::Lt, a, b, range);
  if (less.isError())
    return less;
  return less.boolean() == isMin ? a : b;
}
static Value runMin(Elaborator &e, Arguments arguments, SourceRange range) {
  return runExtremum(e, arguments, range, true);
}
static Value runMax(Elaborator &e, Arguments arguments, SourceRange range) {
  return runExtremum(e, arguments, range, false);
}

static Value runAbs(Elaborator &e, Arguments arguments, SourceRange range) {
  const Value &value = arguments[0].value;
  if (value.isInt() && !value.constant())
    return e.makeDim(maxDim(value.dim(), value.dim() * -1), range);
  auto number = value.number();
  if (!number)
    return e.fail(arguments[0].range, "expected a number");
  return *number < 0 ? e.applyUnary(Operator::Neg, value, range) : value;
}

/// The finite bounds of an element type.
static Value runBound(Elaborator &e, Arguments arguments, bool lowest) {
  const Value &value = arguments[0].value;
  if (!value.is(Value::Kind::ElementType))
    return e.fail(arguments[0].range,
                  "expected an element type, not " + describe(value.kind()));
  mlir::Type type = value.elementType();
  if (auto floatType = mlir::dyn_cast<mlir::FloatType>(type))
    return e.makeFloat(
        llvm::APFloat::getLargest(floatType.getFloatSemantics(), lowest)
            .convertToDouble(),
        type);
  unsigned width =
      mlir::isa<mlir::IndexType>(type) ? 64 : type.getIntOrFloatBitWidth();
  int64_t top = width >= 64 ? INT64_MAX : (int64_t(1) << (width - 1)) - 1;
  // One more than the lowest of i64: the lowest itself stands for overflow.
  return IntValue{getConstantDim(&e.mlirContext(), !lowest       ? top
                                                   : width >= 64 ? INT64_MIN + 1
                                                                 : -top - 1),
                  type, arguments[0].range};
}
static Value runLowest(Elaborator &e, Arguments arguments, SourceRange) {
  return runBound(e, arguments, true);
}
static Value runHighest(Elaborator &e, Arguments arguments, SourceRange) {
  return runBound(e, arguments, false);
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

ArrayRef<Builtin> arch::builtins() {
  static constexpr Builtin table[] = {
      {"len", false, 1, 1, runLen},
      {"present", false, 1, 1, runPresent},
      {"shape", false, 1, 1, runShape},
      {"rank", false, 1, 1, runRank},
      {"dim", false, 2, 2, runDim},
      {"element_type", false, 1, 1, runElementType},
      {"is_tensor", false, 1, 1, runIsTensor},
      {"is_type", false, 1, 1, runIsType},
      {"is_list", false, 1, 1, runIsList},
      {"is_known", false, 1, 1, runIsKnown},
      {"text", false, 1, 1, runText},
      {"error", false, 1, 1, runError},
      {"zip", false, 1, 8, runZip},
      {"enumerate", false, 1, 1, runEnumerate},
      {"reversed", false, 1, 1, runReversed},
      {"unify", false, 1, 2, runUnify},
      {"int", false, 1, 1, runRounding<std::trunc>},
      {"float", false, 1, 1, runFloat},
      {"sum", true, 1, 1, runSum},
      {"exp", true, 1, 1, runFunction<std::exp>},
      {"log", true, 1, 1, runFunction<std::log>},
      {"sqrt", true, 1, 1, runFunction<std::sqrt>},
      {"sin", true, 1, 1, runFunction<std::sin>},
      {"cos", true, 1, 1, runFunction<std::cos>},
      {"tanh", true, 1, 1, runFunction<std::tanh>},
      {"floor", true, 1, 1, runRounding<std::floor>},
      {"ceil", true, 1, 1, runRounding<std::ceil>},
      {"round", true, 1, 1, runRounding<std::nearbyint>},
      {"min", true, 2, 2, runMin},
      {"max", true, 2, 2, runMax},
      {"abs", true, 1, 1, runAbs},
      {"lowest", true, 1, 1, runLowest},
      {"highest", true, 1, 1, runHighest},
  };
  return table;
}

const Builtin *arch::findBuiltin(llvm::StringRef name, bool inMath) {
  for (const Builtin &builtin : builtins())
    if (builtin.name == name && builtin.inMath == inMath)
      return &builtin;
  return nullptr;
}

ArrayRef<llvm::StringLiteral> arch::elementTypeNames() {
  static constexpr llvm::StringLiteral names[] = {
      "f32", "f16", "bf16", "i64", "i32", "i8", "bool", "index"};
  return names;
}

bool arch::isConstantName(llvm::StringRef name) {
  return name == "pi" || name == "inf" || name == "math" || name == "tenon" ||
         llvm::is_contained(elementTypeNames(), name);
}

Value Elaborator::namespaceMember(bool isOps, Identifier member) {
  if (isOps) {
    if (auto op = findOp(context, member.name))
      return OpValue{*op};
  } else if (const Builtin *builtin = findBuiltin(member.name, true)) {
    return Value(builtin);
  }
  return fail(member.range, (isOps ? "there is no op '" : "math has no '") +
                                member.name + "'");
}
