//===- ElaborateCalls.cpp - calling functions -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Elaborator.h"

#include "frontend/OpTable.h"
#include "support/Text.h"

using namespace tenon;
using namespace tenon::arch;
using llvm::Twine;

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

Diagnostic &Elaborator::error(SourceRange range, const Twine &text) {
  // The user's own code is where an error is looked for: leave library code
  // through the calls that led into it.
  SourceRange shown = range;
  size_t outer = frames.size();
  while (shown.file && shown.file->isLibrary() && outer > 0)
    shown = frames[--outer].callSite;
  if (!shown)
    shown = range;
  Diagnostic &diagnostic = diagnostics.error(shown, text);
  // The prelude only gives operators their meaning.
  bool isPrelude = program.prelude() && range.file == program.prelude()->file;
  if (shown != range && !isPrelude)
    diagnostic.note(range, "found in a library, here");
  constexpr size_t maxCallers = 3;
  size_t told = 0;
  SourceRange last = shown;
  for (size_t i = outer; i-- > 0 && told < maxCallers;) {
    SourceRange site = frames[i].callSite;
    if (!site || site.file->isLibrary() || site.contains(last))
      continue;
    diagnostic.caller(site,
                      frames[i].isEntry ? "in this entry" : "called from here");
    last = site;
    ++told;
  }
  return diagnostic;
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

bool Elaborator::evalArguments(ArrayRef<Argument> arguments, Scope &scope,
                               ArgumentValues &values) {
  bool good = true;
  for (const Argument &argument : arguments) {
    Value value = eval(argument.value, scope);
    good &= !value.isError();
    values.push_back({argument.name, std::move(value), argument.value->range});
  }
  return good;
}

static std::string count(size_t n) { return plural(n, "argument"); }

bool Elaborator::matchParameters(
    ArrayRef<Parameter> parameters, const std::string &what,
    ArgumentValues &arguments, SourceRange range,
    llvm::SmallVectorImpl<ArgumentValue *> &bound) {
  bound.assign(parameters.size(), nullptr);
  size_t position = 0;
  for (ArgumentValue &argument : arguments) {
    if (!argument.name) {
      if (position == parameters.size()) {
        error(argument.range, what + " takes " + count(parameters.size()) +
                                  ", not " + Twine(arguments.size()));
        return false;
      }
      bound[position++] = &argument;
      continue;
    }
    const auto *it = llvm::find_if(parameters, [&](const Parameter &p) {
      return p.name.name == argument.name.name;
    });
    if (it == parameters.end()) {
      std::vector<std::string> known;
      for (const Parameter &parameter : parameters)
        known.push_back(parameter.name.name.str());
      error(argument.name.range,
            what + " has no parameter '" + argument.name.name + "'")
          .suggest(argument.name.name, known);
      return false;
    }
    ArgumentValue *&slot = bound[it - parameters.begin()];
    if (slot) {
      error(argument.name.range, "'" + argument.name.name + "' is given twice");
      return false;
    }
    slot = &argument;
  }
  for (auto [parameter, argument] : llvm::zip(parameters, bound))
    if (!argument && !parameter.fallback) {
      error(range, what + " needs its parameter '" + parameter.name.name + "'")
          .note(parameter.name.range, "declared here");
      return false;
    }
  return true;
}

/// What messages call a function.
static std::string nameOf(const Function &function, const Scope *scope) {
  if (function.name)
    return quote(std::string_view(function.name.name));
  const Instance *owner = scope->owner();
  if (owner && owner->call == &function && owner->module)
    return "a " + owner->module->name.name.str();
  return owner && owner->call == &function ? "this block" : "this function";
}

Value Elaborator::callFunction(const FunctionValue &callee,
                               ArgumentValues arguments, SourceRange range) {
  const Function &function = *callee.function;
  constexpr size_t maxFrames = 100;
  if (frames.size() >= maxFrames)
    return fail(range, "calls are nested too deeply; a function can't call "
                       "itself without end");
  constexpr uint64_t callSteps = 20;
  if (!spend(range, callSteps))
    return Value();
  Scope *scope = newScope(callee.scope);
  scope->isFunction = true;
  std::string what = nameOf(function, callee.scope);
  Value result;
  Instance *owner = callee.scope->owner();
  if (!owner && !frames.empty())
    owner = frames.back().instance;
  frames.push_back({range, owner});
  if (bindParameters(function.parameters, what, arguments, range, *scope,
                     &function)) {
    result = runBlock(*function.body, *scope);
    const Expr *last = function.body->result();
    if (function.result && !result.isError())
      matchType(*function.result, result, *scope,
                last ? last->range : function.body->range,
                "the result of " + what, &function);
  }
  frames.pop_back();
  release(scope);
  return result;
}

bool Elaborator::bindParameters(ArrayRef<Parameter> parameters,
                                const std::string &what,
                                ArgumentValues &arguments, SourceRange range,
                                Scope &scope, const Function *function) {
  llvm::SmallVector<ArgumentValue *> bound;
  if (!matchParameters(parameters, what, arguments, range, bound))
    return false;
  // Types may speak of dims and of parameters before them.
  for (auto [parameter, argument] : llvm::zip(parameters, bound)) {
    Value value;
    SourceRange place = range;
    if (argument) {
      value = argument->value;
      place = argument->range;
    } else {
      value = eval(parameter.fallback, scope);
      place = parameter.fallback->range;
    }
    if (value.isError())
      return false;
    if (parameter.type && !matchType(*parameter.type, value, scope, place,
                                     "'" + parameter.name.name + "'", function))
      return false;
    scope.names.push_back({parameter.name.name, value});
  }
  return true;
}

Value Elaborator::call(const Value &callee, ArgumentValues arguments,
                       SourceRange range) {
  switch (callee.kind()) {
  case Value::Kind::Error:
    return callee;
  case Value::Kind::Function:
    return callFunction(callee.as<FunctionValue>(), std::move(arguments),
                        range);
  case Value::Kind::Builtin:
    return callBuiltin(*callee.as<const Builtin *>(), arguments, range);
  case Value::Kind::Op:
    return callOp(callee.as<OpValue>().name, arguments, range);
  case Value::Kind::ElementType: {
    // `f32(0)`: a number that says its type.
    if (arguments.size() == 1 && !arguments.front().name)
      return typedNumber(arguments.front().value, callee.elementType(), range);
    return fail(range, "an element type takes one number");
  }
  case Value::Kind::Instance: {
    Instance *instance = callee.instance();
    if (!instance->call)
      return fail(range, "module " + quote(instance->path()) +
                             " has no function without a name, so it can't be "
                             "called");
    return callFunction({instance->call, instance->scope}, std::move(arguments),
                        range);
  }
  default:
    return fail(range, describe(callee.kind()) + " can't be called");
  }
}

Value Elaborator::typedNumber(const Value &value, mlir::Type type,
                              SourceRange range) {
  if (value.isTensorLike())
    return callPrelude("operator_cast", {value, Value(type)}, range);
  if (value.is(Value::Kind::Bool) && type.isInteger(1))
    return value;
  if (mlir::isa<mlir::FloatType>(type) && value.number())
    return makeFloat(*value.number(), type);
  if (value.isInt() && !value.constant())
    return fail(range, value.dim().str() +
                           " isn't known when the model is built: constant(" +
                           value.dim().str() + ", " + toText(Value(type)) +
                           ") makes a tensor of it");
  if (!value.isInt() || type.isInteger(1) || mlir::isa<mlir::FloatType>(type))
    return fail(range, "expected a number of type " + toText(Value(type)) +
                           ", not " + describe(value.kind()));
  if (auto integer = mlir::dyn_cast<mlir::IntegerType>(type))
    if (auto constant = value.constant();
        constant && !llvm::isIntN(integer.getWidth(), *constant))
      return fail(range, llvm::Twine(*constant) + " doesn't fit " +
                             toText(Value(type)));
  return IntValue{value.dim(), type, value.integer().origin};
}

Value Elaborator::callPrelude(StringRef name, ArrayRef<Value> arguments,
                              SourceRange range) {
  auto found = program.findPrelude(name);
  if (!found || found.declaration->kind != Declaration::Kind::Function)
    return fail(range, "the prelude has no function '" + name + "'");
  ArgumentValues values;
  for (const Value &value : arguments) {
    if (value.isError())
      return Value();
    values.push_back({Identifier(), value, range});
  }
  return callFunction(
      {found.declaration->as<Function>(), &unitScope(*found.unit)},
      std::move(values), range);
}

Value Elaborator::callBuiltin(const Builtin &builtin,
                              const ArgumentValues &arguments,
                              SourceRange range) {
  for (const ArgumentValue &argument : arguments)
    if (argument.name)
      return fail(argument.name.range,
                  "'" + builtin.name + "' has no named parameters");
  if (arguments.size() < builtin.least || arguments.size() > builtin.most)
    return fail(range, "'" + builtin.name + "' takes " +
                           (builtin.least == builtin.most
                                ? count(builtin.least)
                                : "at least " + count(builtin.least)));
  return checkList(builtin.run(*this, arguments, range), range);
}
