//===- ElaborateTypes.cpp - values against types --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Elaborator.h"

#include "dialect/TenonOps.h"
#include "dialect/Types.h"
#include "support/Text.h"

using namespace tenon;
using namespace tenon::arch;
using llvm::Twine;

mlir::Type Elaborator::elementTypeNamed(StringRef name) const {
  mlir::Builder builder(&context);
  return llvm::StringSwitch<mlir::Type>(name)
      .Case("f32", builder.getF32Type())
      .Case("f16", builder.getF16Type())
      .Case("bf16", builder.getBF16Type())
      .Case("i64", builder.getI64Type())
      .Case("i32", builder.getI32Type())
      .Case("i8", builder.getI8Type())
      .Case("bool", builder.getI1Type())
      .Case("index", builder.getIndexType())
      .Default({});
}

mlir::Type Elaborator::evalElement(const TypeRef &type) {
  mlir::Type element = elementTypeNamed(type.name.name);
  if (!element || mlir::isa<mlir::IndexType>(element)) {
    std::vector<std::string> known;
    for (StringRef name : elementTypeNames())
      known.push_back(name.str());
    error(type.name.range, "'" + type.name.name + "' isn't an element type")
        .suggest(type.name.name, known);
    return {};
  }
  return element;
}

bool Elaborator::evalDims(const TypeRef &type, Scope &scope,
                          llvm::SmallVectorImpl<DimAttr> &dims,
                          llvm::SmallVectorImpl<SourceRange> &dimOrigins) {
  for (const DimSpec &spec : type.dims) {
    if (spec.isRest) {
      Value bound = spec.rest ? lookup(spec.rest.name, scope, spec.range)
                              : Value(NoneValue());
      if (!bound.is(Value::Kind::List)) {
        if (!bound.isError())
          fail(spec.range, "'..' can't stand for axes that nothing gives");
        return false;
      }
      for (const Value &dim : bound.list()) {
        dims.push_back(dim.dim());
        dimOrigins.push_back(dim.integer().origin);
      }
      continue;
    }
    Value dim = eval(spec.dim, scope);
    if (!dim.isInt()) {
      if (!dim.isError())
        fail(spec.range, "a dim is an integer, not " + describe(dim.kind()));
      return false;
    }
    if (!isNonNegative(dim.dim()) && dim.constant()) {
      fail(spec.range, "a dim can't be negative: " + dim.dim().str());
      return false;
    }
    dims.push_back(dim.dim());
    // A symbol comes from where it becomes an axis.
    dimOrigins.push_back(dim.dim().isSymbol() ? spec.range
                                              : dim.integer().origin);
  }
  return true;
}

/// "1 axis", "3 axes".
static std::string axes(size_t count) {
  return concat(count, count == 1 ? " axis" : " axes");
}

bool Elaborator::matchTensor(const TypeRef &type, Value &value, Scope &scope,
                             SourceRange range, const Twine &what,
                             const Function *function) {
  mlir::Value tensor = materialize(value, range);
  if (!tensor)
    return false;
  value = Value(tensor);
  mlir::Type element = getElementType(tensor.getType());
  if (type.name) {
    mlir::Type wanted = evalElement(type);
    if (!wanted)
      return false;
    if (element != wanted) {
      error(range, what + " has elements of type " + toText(Value(element)) +
                       ", not " + toText(Value(wanted)))
          .note(type.range, "its type is declared here");
      return false;
    }
  }
  bool isScalar =
      !mlir::isa<mlir::RankedTensorType, StateType>(tensor.getType());
  llvm::SmallVector<DimAttr> dims = getDims(tensor);
  llvm::SmallVector<SourceRange> from(originsOf(tensor));
  from.resize(dims.size(), range);
  const auto *rest =
      llvm::find_if(type.dims, [](const DimSpec &spec) { return spec.isRest; });
  bool hasRest = rest != type.dims.end();
  size_t fixed = type.dims.size() - hasRest;
  if (isScalar && !hasRest && fixed > 0) {
    error(range, what + " is a single element, not a tensor")
        .note(type.range, "its type is declared here");
    return false;
  }
  if (hasRest ? dims.size() < fixed : dims.size() != fixed) {
    error(range, what + " has " + axes(dims.size()) + ", not " +
                     (hasRest ? "at least " : "") + Twine(fixed))
        .note(type.range, "its type is declared here");
    return false;
  }

  size_t axis = 0;
  for (const DimSpec &spec : type.dims) {
    if (spec.isRest) {
      std::vector<Value> list;
      for (size_t last = axis + dims.size() - fixed; axis < last; ++axis)
        list.push_back(makeDim(dims[axis], from[axis]));
      if (spec.rest && !bindRest(spec, std::move(list), scope, range, what))
        return false;
      continue;
    }
    Value actual = makeDim(dims[axis], from[axis]);
    if (actual.isError())
      return false;
    // A dim variable is bound where it first stands alone.
    auto *name = llvm::dyn_cast<NameExpr>(spec.dim);
    if (name && function && isDimVariable(*function, name->name) &&
        !scope.find(name->name)) {
      scope.names.push_back({name->name, actual});
      ++axis;
      continue;
    }
    Value wanted = eval(spec.dim, scope);
    if (wanted.isError())
      return false;
    if (!wanted.isInt()) {
      fail(spec.range, "a dim is an integer, not " + describe(wanted.kind()));
      return false;
    }
    if (decide(Operator::Eq, actual.dim(), wanted.dim()) != true) {
      reportDim(what, axis, actual, wanted, range, spec.range);
      return false;
    }
    ++axis;
  }
  return true;
}

bool Elaborator::isDimVariable(const Function &function, StringRef name) {
  return llvm::any_of(function.dims, [&](const DimVariable &variable) {
    return variable.name.name == name;
  });
}

bool Elaborator::bindRest(const DimSpec &spec, std::vector<Value> list,
                          Scope &scope, SourceRange range, const Twine &what) {
  Value *known = scope.find(spec.rest.name);
  if (!known) {
    scope.names.push_back({spec.rest.name, Value(std::move(list))});
    return true;
  }
  ArrayRef<Value> wanted = known->list();
  if (wanted.size() != list.size()) {
    error(range, what + " has " + axes(list.size()) + " in place of '" +
                     spec.rest.name + "..', not " + Twine(wanted.size()))
        .note(spec.range, "declared here");
    return false;
  }
  for (size_t i = 0; i < list.size(); ++i)
    if (decide(Operator::Eq, list[i].dim(), wanted[i].dim()) != true) {
      reportDim(what, i, list[i], wanted[i], range, spec.range);
      return false;
    }
  return true;
}

void Elaborator::reportDim(const Twine &what, size_t axis, const Value &actual,
                           const Value &wanted, SourceRange range,
                           SourceRange declared) {
  std::string left = actual.dim().str(), right = wanted.dim().str();
  Diagnostic &diagnostic = error(range, "axis " + Twine(axis) + " of " + what +
                                            " is " + left + ", not " + right);
  diagnostic.note(actual.integer().origin, left + " comes from here");
  diagnostic.note(wanted.integer().origin, right + " comes from here");
  if (wanted.integer().origin != declared)
    diagnostic.note(declared, "the axis is declared here");
  if (!decide(Operator::Eq, actual.dim(), wanted.dim()))
    diagnostic.help("if they are always equal, say so: require " + left +
                    " == " + right);
}

bool Elaborator::matchType(const TypeRef &type, Value &value, Scope &scope,
                           SourceRange range, const Twine &what,
                           const Function *function) {
  using Kind = TypeRef::Kind;
  if (value.isError())
    return false;
  if (type.optional && value.isNone())
    return true;
  bool fits = true;
  StringRef wanted;
  switch (type.kind) {
  case Kind::Any:
    break;
  case Kind::Int:
    fits = value.isInt();
    wanted = "an integer";
    break;
  case Kind::Float:
    // An integer is a float as well.
    if (value.isInt() && value.number())
      value = makeFloat(*value.number());
    fits = value.is(Value::Kind::Float);
    wanted = "a float";
    break;
  case Kind::Bool:
    fits = value.is(Value::Kind::Bool);
    wanted = "a bool";
    break;
  case Kind::String:
    fits = value.is(Value::Kind::String);
    wanted = "a string";
    break;
  case Kind::ElementType:
    fits = value.is(Value::Kind::ElementType);
    wanted = "an element type";
    break;
  case Kind::Function:
  case Kind::Choice:
    fits = value.is(Value::Kind::Function) || value.is(Value::Kind::Builtin) ||
           value.is(Value::Kind::Op) || value.is(Value::Kind::Instance);
    wanted = "a function";
    break;
  case Kind::Map:
  case Kind::Record:
    fits = value.is(Value::Kind::Record);
    wanted = "a map";
    break;
  case Kind::List: {
    fits = value.is(Value::Kind::List) || value.is(Value::Kind::Array);
    wanted = "a list";
    if (!fits || value.is(Value::Kind::Array))
      break;
    std::vector<Value> elements(value.list().begin(), value.list().end());
    for (auto [i, element] : llvm::enumerate(elements))
      if (!matchType(*type.element, element, scope, range,
                     "element " + Twine(i) + " of " + what))
        return false;
    value = Value(std::move(elements));
    break;
  }
  case Kind::Words:
    fits = value.is(Value::Kind::String) &&
           llvm::is_contained(type.words, value.string());
    wanted = "one of the words that its type lists";
    break;
  case Kind::Tensor:
    if (value.isTensorLike() || value.isNumber() ||
        value.is(Value::Kind::Bool)) {
      // A number becomes a tensor where one is declared.
      if (!value.isTensorLike() && type.name)
        if (mlir::Type element = evalElement(type))
          value = convert(value, element, inRegion(), range);
      if (value.isError())
        return false;
      if (value.isTensorLike())
        return matchTensor(type, value, scope, range, what, function);
    }
    fits = false;
    wanted = "a tensor";
    break;
  }
  if (fits)
    return true;
  error(range, what + " is " + describe(value.kind()) + ", not " + wanted)
      .note(type.range, "its type is declared here");
  return false;
}
