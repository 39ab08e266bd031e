//===- CheckCalls.cpp - checking calls ------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Checker.h"
#include "frontend/OpTable.h"

#include "support/Text.h"

using namespace tenon;
using namespace tenon::arch;
using llvm::Twine;

StaticType Checker::checkCall(const CallExpr &call, StaticScope &scope) {
  StaticType callee = check(call.callee, scope);
  llvm::SmallVector<StaticType> types;
  for (const Argument &argument : call.arguments)
    types.push_back(check(argument.value, scope));
  const Function *function = callee.function;
  std::string what = quote(std::string_view(call.callee->range.text()));
  switch (callee.kind) {
  case StaticKind::Any:
  case StaticKind::ElementType:
    return StaticType();
  case StaticKind::Op:
    checkOpCall(*callee.op, call, types);
    return StaticType();
  case StaticKind::Builtin: {
    const Builtin &builtin = *callee.builtin;
    size_t count = call.arguments.size();
    if (count < builtin.least || count > builtin.most)
      diagnostics.error(call.range,
                        what + " takes " +
                            (builtin.least == builtin.most ? "" : "at least ") +
                            plural(builtin.least, "argument") + ", not " +
                            Twine(count));
    for (const Argument &argument : call.arguments)
      if (argument.name)
        diagnostics.error(argument.name.range,
                          what + " has no named parameters");
    return StaticType();
  }
  case StaticKind::Instance:
    function = callee.body ? callee.body->call : nullptr;
    if (callee.body && !function) {
      diagnostics
          .error(call.callee->range, what + " can't be called: it has no "
                                            "function without a name")
          .help("declare one: fn (x) { ... }");
      return StaticType();
    }
    break;
  case StaticKind::Function:
    break;
  default:
    diagnostics.error(call.callee->range,
                      describe(callee.kind) + " can't be called");
    return StaticType();
  }
  if (!function)
    return StaticType();
  checkArguments(function->parameters, what, call.arguments, types, call.range);
  return function->result ? typeOf(function->result) : StaticType();
}

void Checker::checkArguments(ArrayRef<Parameter> parameters,
                             const std::string &what,
                             ArrayRef<Argument> arguments,
                             ArrayRef<StaticType> types, SourceRange range) {
  llvm::SmallVector<bool> given(parameters.size(), false);
  // A misspelt name is likely the one that would be missing.
  bool misnamed = false;
  std::vector<std::string> known;
  for (const Parameter &parameter : parameters)
    known.push_back(parameter.name.name.str());
  for (auto [i, argument] : llvm::enumerate(arguments)) {
    size_t slot = i;
    if (argument.name) {
      const auto *it = llvm::find_if(parameters, [&](const Parameter &p) {
        return p.name.name == argument.name.name;
      });
      if (it == parameters.end()) {
        diagnostics
            .error(argument.name.range,
                   what + " has no parameter '" + argument.name.name + "'")
            .suggest(argument.name.name, known);
        misnamed = true;
        continue;
      }
      slot = it - parameters.begin();
    } else if (slot >= parameters.size()) {
      diagnostics.error(argument.value->range,
                        what + " takes " +
                            plural(parameters.size(), "argument") + ", not " +
                            Twine(arguments.size()));
      return;
    }
    if (given[slot])
      diagnostics.error(argument.value->range,
                        "'" + parameters[slot].name.name + "' is given twice");
    given[slot] = true;
    checkParameter(parameters[slot], argument, types[i]);
  }
  for (auto [parameter, isGiven] : llvm::zip(parameters, given))
    if (!isGiven && !parameter.fallback && !misnamed)
      diagnostics
          .error(range,
                 what + " needs its parameter '" + parameter.name.name + "'")
          .note(parameter.name.range, "declared here");
}

void Checker::checkParameter(const Parameter &parameter,
                             const Argument &argument, StaticType type) {
  StaticType wanted = typeOf(parameter.type);
  if (wanted.isAny() || type.isAny() || wanted.kind == type.kind)
    return;
  auto isNumber = [](StaticType t) {
    return t.is(StaticKind::Int) || t.is(StaticKind::Float);
  };
  auto isCallable = [](StaticType t) {
    return t.is(StaticKind::Instance) || t.is(StaticKind::Op) ||
           t.is(StaticKind::Builtin);
  };
  bool fits = (wanted.is(StaticKind::Float) && type.is(StaticKind::Int)) ||
              (wanted.is(StaticKind::Tensor) &&
               (isNumber(type) || type.is(StaticKind::Bool) ||
                type.is(StaticKind::State))) ||
              (wanted.is(StaticKind::Function) && isCallable(type)) ||
              (wanted.is(StaticKind::List) && type.is(StaticKind::Array));
  if (!fits)
    diagnostics
        .error(argument.value->range, "'" + parameter.name.name + "' is " +
                                          describe(type.kind) + ", not " +
                                          describe(wanted.kind))
        .note(parameter.type->range, "its type is declared here");
}

void Checker::checkOpCall(mlir::RegisteredOperationName name,
                          const CallExpr &call, ArrayRef<StaticType> types) {
  ArrayRef<ArgumentSpec> signature = getSignature(name);
  std::string what = quote(std::string_view(getMnemonic(name)));
  llvm::SmallVector<const ArgumentSpec *> specs;
  std::vector<std::string> known;
  for (const ArgumentSpec &spec : signature)
    if (!takesCaptures(signature, spec)) {
      specs.push_back(&spec);
      known.push_back(spec.name.str());
    }
  llvm::SmallVector<bool> given(specs.size(), false);
  bool misnamed = false;
  for (auto [i, argument] : llvm::enumerate(call.arguments)) {
    size_t slot = i;
    if (argument.name) {
      slot = llvm::find_if(specs,
                           [&](const ArgumentSpec *spec) {
                             return spec->name == argument.name.name;
                           }) -
             specs.begin();
      if (slot == specs.size()) {
        diagnostics
            .error(argument.name.range,
                   what + " has no parameter '" + argument.name.name + "'")
            .suggest(argument.name.name, known);
        misnamed = true;
        continue;
      }
    } else if (slot >= specs.size()) {
      diagnostics.error(argument.value->range,
                        "too many arguments for " + what);
      return;
    }
    given[slot] = true;
    const ArgumentSpec &spec = *specs[slot];
    StaticType type = types[i];
    bool isTensor = type.is(StaticKind::Tensor) || type.is(StaticKind::State);
    bool takesTensor = spec.kind == ArgumentSpec::Operand ||
                       spec.kind == ArgumentSpec::OptionalOperand;
    bool isNone = type.is(StaticKind::None) && spec.optional;
    if (takesTensor && !type.isAny() && !isTensor && !isNone)
      diagnostics.error(argument.value->range, "'" + spec.name + "' is " +
                                                   describe(type.kind) +
                                                   ", not a tensor");
    if (!takesTensor && isTensor)
      diagnostics.error(argument.value->range,
                        "'" + spec.name + "' can't be a tensor");
    // A word that is written out can be checked now.
    auto *word = llvm::dyn_cast<StringExpr>(argument.value);
    if (!spec.keywords || !word || word->parts.size() != 1 ||
        word->parts[0].value)
      continue;
    std::vector<std::string> words;
    for (StringRef one : spec.keywords().words)
      words.push_back(one.str());
    if (!llvm::is_contained(words, word->parts[0].text.str()))
      diagnostics
          .error(argument.value->range, "'" + spec.name + "' of " + what +
                                            " can't be '" +
                                            word->parts[0].text + "'")
          .suggest(word->parts[0].text, words);
  }
  for (auto [spec, isGiven] : llvm::zip(specs, given))
    if (!isGiven && !misnamed &&
        (spec->kind == ArgumentSpec::Region || !spec->optional))
      diagnostics.error(call.range, what + " needs '" + spec->name + "'")
          .help("nothing has a hidden default: write " + spec->name + " = ...");
}
