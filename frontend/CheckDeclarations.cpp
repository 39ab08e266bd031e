//===- CheckDeclarations.cpp - checking what files declare ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Checker.h"

using namespace tenon;
using namespace tenon::arch;
using llvm::cast;
using llvm::dyn_cast;

void arch::checkProgram(const Program &program, mlir::MLIRContext &context) {
  Checker(program, context).run();
}

void Checker::run() {
  for (const auto &unit : program.units())
    checkUnit(*unit);
}

StaticScope &Checker::unitScope(const Unit &unit) {
  auto &scope = unitScopes[&unit];
  if (!scope) {
    scope = std::make_unique<StaticScope>();
    scope->unit = &unit;
  }
  return *scope;
}

void Checker::checkUnit(const Unit &unit) {
  const void *last = nullptr;
  for (const Declaration &declaration : unit.declarations)
    // A let of several names is declared under each.
    if (std::exchange(last, declaration.node) != declaration.node)
      checkDeclaration(unit, declaration);
  for (const RequireStmt *condition : unit.requires_)
    checkStatement(*condition, unitScope(unit));
}

void Checker::checkDeclaration(const Unit &unit,
                               const Declaration &declaration) {
  StaticScope &scope = unitScope(unit);
  switch (declaration.kind) {
  case Declaration::Kind::Config:
    checkConfig(*declaration.as<Config>(), scope);
    return;
  case Declaration::Kind::Dim:
    checkDim(*declaration.as<Dim>(), scope);
    return;
  case Declaration::Kind::Let:
    check(declaration.as<LetStmt>()->value, scope);
    if (const TypeRef *type = declaration.as<LetStmt>()->type)
      checkType(*type, scope);
    return;
  case Declaration::Kind::Table:
    checkTable(*declaration.as<Table>(), scope);
    return;
  case Declaration::Kind::Function:
    checkFunction(*declaration.as<Function>(), scope);
    return;
  case Declaration::Kind::Module:
    checkModule(*declaration.as<Module>(), scope);
    return;
  case Declaration::Kind::Choice:
    for (const ChoiceCase &choice : declaration.as<Choice>()->cases)
      check(choice.value, scope);
    return;
  }
}

//===----------------------------------------------------------------------===//
// Configs, dims, tables
//===----------------------------------------------------------------------===//

void Checker::checkConfig(const Config &config, StaticScope &scope) {
  checkFields(config.fields, config.name.name, scope);
  StaticScope inner;
  inner.parent = &scope;
  inner.unit = scope.unit;
  for (const ConfigField *field : config.fields)
    inner.names[field->name.name] = typeOf(field->type);
  for (const RequireStmt *condition : config.requires_)
    checkStatement(*condition, inner);
}

void Checker::checkFields(ArrayRef<ConfigField *> fields, StringRef configName,
                          StaticScope &scope) {
  llvm::StringMap<SourceRange> seen;
  StaticScope inner;
  inner.parent = &scope;
  inner.unit = scope.unit;
  for (const auto &[i, field] : llvm::enumerate(fields)) {
    const Identifier &name = field->name;
    auto [it, isNew] = seen.try_emplace(name.name, name.range);
    if (!isNew)
      diagnostics.error(name.range, "'" + name.name + "' is declared twice")
          .note(it->second, "first here");
    checkType(*field->type, scope);
    if (field->type->kind == TypeRef::Kind::Tensor ||
        field->type->kind == TypeRef::Kind::Function ||
        field->type->kind == TypeRef::Kind::ElementType)
      diagnostics.error(field->type->range,
                        "a config holds no values of this type");
    // What is said of a field may speak of those before it.
    if (!configName.empty()) {
      StaticType before(StaticKind::Record);
      before.fields = fields.take_front(i);
      inner.names[configName] = before;
    }
    bool isKey = field->type->kind == TypeRef::Kind::Choice &&
                 field->fallback && llvm::isa<NameExpr>(field->fallback);
    if (field->fallback && !isKey)
      check(field->fallback, inner);
    if (field->constraint) {
      inner.names["it"] = typeOf(field->type);
      checkCondition(field->constraint, inner);
      inner.names.erase("it");
    }
    inner.names[name.name] = typeOf(field->type);
  }
}

void Checker::checkDim(const Dim &dim, StaticScope &scope) {
  expectInt(dim.low, scope, "a bound");
  expectInt(dim.high, scope, "a bound");
  if (dim.step)
    expectInt(dim.step, scope, "the step");
  if (dim.typical)
    expectInt(dim.typical, scope, "the typical value");
}

void Checker::checkTable(const Table &table, StaticScope &scope) {
  StaticScope inner;
  inner.parent = &scope;
  inner.unit = scope.unit;
  for (const TableIndex &index : table.indices) {
    expectInt(index.begin, scope, "a range's begin");
    expectInt(index.end, scope, "a range's end");
    if (!inner.names.try_emplace(index.name.name, StaticKind::Int).second)
      diagnostics.error(index.name.range,
                        "'" + index.name.name + "' is declared twice");
  }
  if (table.element &&
      !llvm::is_contained(elementTypeNames(), table.element.name))
    diagnostics.error(table.element.range,
                      "'" + table.element.name + "' isn't an element type");
  StaticType value = check(table.value, inner);
  if (value.is(StaticKind::Tensor) || value.is(StaticKind::String) ||
      value.is(StaticKind::List) || value.is(StaticKind::Instance))
    diagnostics.error(table.value->range,
                      "an entry of a table is a number or a bool, not " +
                          describe(value.kind));
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// Whether a dim variable is bound by the type of a parameter: it stands alone
/// on an axis.
static bool bindsDim(const TypeRef &type, const DimVariable &variable) {
  if (type.kind == TypeRef::Kind::List)
    return type.element && bindsDim(*type.element, variable);
  return llvm::any_of(type.dims, [&](const DimSpec &spec) {
    if (variable.isRest)
      return spec.isRest && spec.rest.name == variable.name.name;
    auto *name = llvm::dyn_cast_or_null<NameExpr>(spec.dim);
    return name && name->name == variable.name.name;
  });
}

void Checker::checkDimVariables(const Function &function) {
  for (const DimVariable &variable : function.dims) {
    bool bound = llvm::any_of(function.parameters, [&](const Parameter &p) {
      return p.type && bindsDim(*p.type, variable);
    });
    if (!bound)
      diagnostics
          .error(variable.name.range,
                 "nothing gives the dim '" + variable.name.name + "' a value")
          .help("use it alone as an axis of a parameter's type");
  }
}

void Checker::checkFunction(const Function &function, StaticScope &scope) {
  StaticScope inner;
  inner.parent = &scope;
  inner.unit = scope.unit;
  inner.isFunction = true;
  auto declareName = [&](const Identifier &name, StaticType type) {
    if (!inner.names.try_emplace(name.name, type).second)
      diagnostics.error(name.range, "'" + name.name + "' is declared twice");
  };
  for (const DimVariable &variable : function.dims)
    declareName(variable.name,
                variable.isRest ? StaticKind::List : StaticKind::Int);
  checkDimVariables(function);
  bool fallbacks = false;
  for (const Parameter &parameter : function.parameters) {
    if (parameter.fallback)
      check(parameter.fallback, inner);
    else if (fallbacks)
      diagnostics.error(parameter.name.range,
                        "a parameter without a default can't follow one with "
                        "a default");
    fallbacks |= parameter.fallback != nullptr;
    if (parameter.type)
      checkType(*parameter.type, inner, &function);
    StaticType type = typeOf(parameter.type);
    // A default of another kind means that the parameter may be that too.
    if (parameter.fallback && llvm::isa<NoneExpr>(parameter.fallback))
      type = StaticType();
    declareName(parameter.name, type);
  }
  if (function.result)
    checkType(*function.result, inner, &function);
  StaticType result = checkBlock(*function.body, inner);
  if (function.result && !function.body->result())
    diagnostics.error(function.body->range, "this function gives no value")
        .note(function.result->range, "its result is declared here")
        .help("a block's value is the expression at its end");
  (void)result;
}

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

void Checker::checkModule(const Module &module, StaticScope &scope) {
  BodyInfo &info = bodyOf(module, *scope.unit);
  llvm::StringMap<SourceRange> seen;
  for (const Parameter &parameter : module.parameters) {
    const Identifier &name = parameter.name;
    if (!seen.try_emplace(name.name, name.range).second)
      diagnostics.error(name.range, "'" + name.name + "' is declared twice");
    if (parameter.type)
      checkType(*parameter.type, *info.scope);
    if (parameter.fallback)
      check(parameter.fallback, *info.scope);
    else if (module.isModel)
      diagnostics.error(name.range, "the parameters of a model need defaults")
          .help("nobody passes arguments to a model");
  }
  checkBody(*module.body, *info.scope, module.isModel);
}

void Checker::checkBody(const ModuleBody &body, StaticScope &scope,
                        bool isModel) {
  for (const Member *member : body.members)
    checkMember(*member, scope, isModel);
}

void Checker::checkPlacement(const Placement &placement, StaticScope &scope) {
  for (const Expr *at : placement.at)
    check(at, scope);
}

void Checker::checkMember(const Member &member, StaticScope &scope,
                          bool isModel) {
  // The scope of one element of an array.
  auto withIndex = [&](const ArraySpec &array, StaticScope &inner) {
    inner.parent = &scope;
    inner.unit = scope.unit;
    if (!array.index)
      return;
    expectInt(array.begin, scope, "a range's begin");
    expectInt(array.end, scope, "a range's end");
    inner.names[array.index.name] = StaticKind::Int;
  };
  switch (member.kind) {
  case Member::Kind::Weight: {
    auto &weight = cast<WeightMember>(member);
    checkType(*weight.type, scope);
    checkPlacement(weight.placement, scope);
    for (const DimSpec &spec : weight.type->dims)
      if (spec.isRest)
        diagnostics.error(spec.range, "the shape of a weight names every axis");
    if (!weight.type->name)
      diagnostics.error(weight.type->range,
                        "a weight has an element type: f32[...] say");
    return;
  }
  case Member::Kind::Submodule: {
    auto &submodule = cast<SubmoduleMember>(member);
    StaticScope inner;
    withIndex(submodule.array, inner);
    checkPlacement(submodule.placement, inner);
    checkSubmodule(submodule, inner);
    return;
  }
  case Member::Kind::Nested: {
    auto &nested = cast<NestedMember>(member);
    StaticScope inner;
    withIndex(nested.array, inner);
    checkPlacement(nested.placement, inner);
    checkBody(*nested.body, *bodyOf(nested, scope).scope, /*isModel=*/false);
    return;
  }
  case Member::Kind::If: {
    auto &choice = cast<IfMember>(member);
    checkCondition(choice.condition, scope);
    checkBody(*choice.thenBody, scope, isModel);
    if (choice.elseBody)
      checkBody(*choice.elseBody, scope, isModel);
    return;
  }
  case Member::Kind::Let: {
    const LetStmt *let = cast<LetMember>(member).let;
    if (let->type)
      checkType(*let->type, scope);
    check(let->value, scope);
    return;
  }
  case Member::Kind::Table:
    checkTable(*cast<TableMember>(member).table, scope);
    return;
  case Member::Kind::Function:
    checkFunction(*cast<FunctionMember>(member).function, scope);
    return;
  case Member::Kind::State: {
    auto &state = cast<StateMember>(member);
    checkType(*state.type, scope);
    expectInt(state.along, scope, "the dim of a state");
    return;
  }
  case Member::Kind::Ignore:
    for (const Expr *pattern : cast<IgnoreMember>(member).patterns)
      check(pattern, scope);
    return;
  case Member::Kind::Rename:
    check(cast<RenameMember>(member).from, scope);
    check(cast<RenameMember>(member).to, scope);
    return;
  case Member::Kind::Tie:
    check(cast<TieMember>(member).target, scope);
    return;
  case Member::Kind::Entry:
    if (!isModel)
      diagnostics.error(member.range, "only a model has entries");
    checkEntry(cast<EntryMember>(member), scope);
    return;
  case Member::Kind::Require:
    checkStatement(*cast<RequireMember>(member).require, scope);
    return;
  }
}

void Checker::checkEntry(const EntryMember &entry, StaticScope &scope) {
  const Function &function = *entry.function;
  StaticScope inner;
  inner.parent = &scope;
  inner.unit = scope.unit;
  inner.isFunction = inner.isEntry = true;
  for (const Parameter &parameter : function.parameters) {
    const Identifier &name = parameter.name;
    if (!inner.names.try_emplace(name.name, StaticKind::Tensor).second)
      diagnostics.error(name.range, "'" + name.name + "' is declared twice");
    inner.inputs[name.name] = true;
    const TypeRef *type = parameter.type;
    if (!type || type->kind != TypeRef::Kind::Tensor || !type->name)
      diagnostics.error(name.range, "an input of an entry has a tensor type: "
                                    "i64[B, S] say");
    else
      checkType(*type, scope);
    auto *word = llvm::dyn_cast_or_null<NameExpr>(parameter.fallback);
    bool isWord = word && (word->name == "ones" || word->name == "zeros" ||
                           word->name == "iota");
    if (parameter.fallback && !isWord)
      check(parameter.fallback, scope);
  }
  for (const DimBinding &binding : entry.bindings) {
    auto found = program.find(*scope.unit, binding.name.name);
    if (!found || found.declaration->kind != Declaration::Kind::Dim)
      diagnostics.error(binding.name.range,
                        "there is no dim '" + binding.name.name + "'");
    expectInt(binding.value, scope, "the dim's value");
  }
  checkBlock(*function.body, inner);
  if (function.body->result() &&
      !llvm::isa<IfExpr, MatchExpr, CallExpr>(function.body->result()))
    diagnostics
        .error(function.body->result()->range,
               "the value of this expression isn't used")
        .help("an entry's outputs are assigned: name = ...");
}

void Checker::checkSubmodule(const SubmoduleMember &member,
                             StaticScope &scope) {
  auto found = program.find(*scope.unit, member.module.name);
  llvm::SmallVector<StaticType> types;
  for (const Argument &argument : member.arguments)
    types.push_back(check(argument.value, scope));
  if (!found || found.declaration->kind != Declaration::Kind::Module) {
    std::vector<std::string> known;
    auto collect = [&](const Unit *unit) {
      for (const Declaration &declaration : unit->declarations)
        if (declaration.kind == Declaration::Kind::Module)
          known.push_back(declaration.name.name.str());
    };
    collect(scope.unit);
    llvm::for_each(scope.unit->used, collect);
    diagnostics
        .error(member.module.range,
               "there is no module '" + member.module.name + "'")
        .suggest(member.module.name, known);
    return;
  }
  const Module &module = *found.declaration->as<Module>();
  if (module.isModel)
    diagnostics.error(member.module.range,
                      "'" + member.module.name +
                          "' is a model; only modules can be members");
  checkArguments(module.parameters, ("'" + module.name.name + "'").str(),
                 member.arguments, types, member.module.range);
}
