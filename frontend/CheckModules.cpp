//===- CheckModules.cpp - modules as scopes, types ------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Checker.h"

using namespace tenon;
using namespace tenon::arch;
using llvm::cast;

BodyInfo &Checker::bodyOf(const Module &module, const Unit &unit) {
  auto &info = bodies[&module];
  if (info)
    return *info;
  info = std::make_unique<BodyInfo>();
  BodyInfo &made = *info;
  made.name = module.name.name;
  made.scope = std::make_unique<StaticScope>();
  made.scope->parent = &unitScope(unit);
  made.scope->unit = &unit;
  for (const Parameter &parameter : module.parameters)
    made.scope->names[parameter.name.name] = typeOf(parameter.type);
  declareMembers(*module.body, made);
  return made;
}

BodyInfo &Checker::bodyOf(const NestedMember &nested, StaticScope &outer) {
  auto &info = bodies[&nested];
  if (info)
    return *info;
  info = std::make_unique<BodyInfo>();
  BodyInfo &made = *info;
  made.name = nested.name.name;
  made.scope = std::make_unique<StaticScope>();
  made.scope->parent = &outer;
  made.scope->unit = outer.unit;
  if (nested.array.index)
    made.scope->names[nested.array.index.name] = StaticKind::Int;
  declareMembers(*nested.body, made);
  return made;
}

void Checker::declareMembers(const ModuleBody &body, BodyInfo &info) {
  llvm::StringMap<SourceRange> seen;
  for (const Member *member : body.members)
    declareMember(*member, info, seen);
}

void Checker::declare(Identifier name, StaticType type, BodyInfo &info,
                      llvm::StringMap<SourceRange> &seen) {
  auto [it, isNew] = seen.try_emplace(name.name, name.range);
  if (!isNew)
    diagnostics.error(name.range, "'" + name.name + "' is declared twice")
        .note(it->second, "first here");
  auto [known, isFirst] = info.scope->names.try_emplace(name.name, type);
  // Declared by another branch as something else.
  if (!isFirst &&
      (known->second.kind != type.kind || known->second.body != type.body))
    known->second = StaticType();
}

void Checker::declareMember(const Member &member, BodyInfo &info,
                            llvm::StringMap<SourceRange> &seen) {
  switch (member.kind) {
  case Member::Kind::Weight:
    for (const Identifier &name : cast<WeightMember>(member).names)
      declare(name, StaticKind::Tensor, info, seen);
    return;
  case Member::Kind::Submodule: {
    auto &submodule = cast<SubmoduleMember>(member);
    auto found = program.find(*info.scope->unit, submodule.module.name);
    StaticType type;
    if (found && found.declaration->kind == Declaration::Kind::Module) {
      type = submodule.array.index ? StaticKind::Array : StaticKind::Instance;
      type.body = &bodyOf(*found.declaration->as<Module>(), *found.unit);
    }
    for (const Identifier &name : submodule.names)
      declare(name, type, info, seen);
    return;
  }
  case Member::Kind::Nested: {
    auto &nested = cast<NestedMember>(member);
    StaticType type(nested.array.index ? StaticKind::Array
                                       : StaticKind::Instance);
    type.body = &bodyOf(nested, *info.scope);
    declare(nested.name, type, info, seen);
    return;
  }
  case Member::Kind::If: {
    // Branches may declare the same names.
    auto &choice = cast<IfMember>(member);
    llvm::StringMap<SourceRange> other = seen;
    for (const Member *inner : choice.thenBody->members)
      declareMember(*inner, info, seen);
    if (!choice.elseBody)
      return;
    for (const Member *inner : choice.elseBody->members)
      declareMember(*inner, info, other);
    for (const auto &entry : other)
      seen.try_emplace(entry.first(), entry.second);
    return;
  }
  case Member::Kind::Let:
    for (const Identifier &name : cast<LetMember>(member).let->names)
      declare(name, StaticType(), info, seen);
    return;
  case Member::Kind::Table:
    declare(cast<TableMember>(member).table->name, StaticKind::Tensor, info,
            seen);
    return;
  case Member::Kind::Function: {
    const Function *function = cast<FunctionMember>(member).function;
    if (!function->name) {
      if (info.call)
        diagnostics
            .error(function->range, "a module has one function without a name")
            .note(info.call->range, "the other is here");
      info.call = function;
      return;
    }
    StaticType type(StaticKind::Function);
    type.function = function;
    declare(function->name, type, info, seen);
    return;
  }
  case Member::Kind::State:
    for (const Identifier &name : cast<StateMember>(member).names)
      declare(name, StaticKind::State, info, seen);
    return;
  case Member::Kind::Tie:
    declare(cast<TieMember>(member).name, StaticKind::Tensor, info, seen);
    return;
  case Member::Kind::Ignore:
  case Member::Kind::Rename:
  case Member::Kind::Entry:
  case Member::Kind::Require:
    return;
  }
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

StaticType Checker::typeOf(const TypeRef *type) {
  using Kind = TypeRef::Kind;
  if (!type || type->optional)
    return StaticType();
  switch (type->kind) {
  case Kind::Any:
    return StaticType();
  case Kind::Int:
    return StaticKind::Int;
  case Kind::Float:
    return StaticKind::Float;
  case Kind::Bool:
    return StaticKind::Bool;
  case Kind::String:
  case Kind::Words:
    return StaticKind::String;
  case Kind::ElementType:
    return StaticKind::ElementType;
  case Kind::Function:
  case Kind::Choice:
    return StaticKind::Function;
  case Kind::List:
    return StaticKind::List;
  case Kind::Tensor:
    return StaticKind::Tensor;
  case Kind::Map:
    return StaticKind::Record;
  case Kind::Record: {
    StaticType record(StaticKind::Record);
    record.fields = type->fields;
    return record;
  }
  }
  llvm_unreachable("unknown type");
}

void Checker::checkType(const TypeRef &type, StaticScope &scope,
                        const Function *function) {
  switch (type.kind) {
  case TypeRef::Kind::List:
    checkType(*type.element, scope, function);
    return;
  case TypeRef::Kind::Record:
    checkFields(type.fields, "", scope);
    return;
  case TypeRef::Kind::Choice: {
    auto found = program.find(*scope.unit, type.name.name);
    if (found && found.declaration->kind == Declaration::Kind::Choice)
      return;
    std::vector<std::string> known = {"int", "float", "bool", "string",
                                      "map", "any",   "fn",   "type"};
    program.collectNames(*scope.unit, known);
    diagnostics
        .error(type.name.range, "there is no type '" + type.name.name + "'")
        .suggest(type.name.name, known);
    return;
  }
  case TypeRef::Kind::Tensor:
    break;
  default:
    return;
  }
  if (type.name && (!llvm::is_contained(elementTypeNames(), type.name.name) ||
                    type.name.name == "index")) {
    std::vector<std::string> known = {"tensor"};
    for (StringRef name : elementTypeNames())
      known.push_back(name.str());
    diagnostics
        .error(type.name.range,
               "'" + type.name.name + "' isn't an element type")
        .suggest(type.name.name, known);
  }
  for (const DimSpec &spec : type.dims) {
    if (!spec.isRest) {
      expectInt(spec.dim, scope, "a dim");
      continue;
    }
    if (!spec.rest)
      continue;
    bool declared =
        function && llvm::any_of(function->dims, [&](const DimVariable &v) {
          return v.isRest && v.name.name == spec.rest.name;
        });
    if (!declared)
      diagnostics.error(spec.range, "'" + spec.rest.name + "..' isn't declared")
          .help("declare it with the function: fn name[" + spec.rest.name +
                "..](...)");
  }
}
