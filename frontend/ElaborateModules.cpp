//===- ElaborateModules.cpp - putting modules together --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Elaborator.h"

#include "support/Text.h"

using namespace tenon;
using namespace tenon::arch;
using llvm::cast;

/// What a module at its place costs: a hundred thousand are too many.
static constexpr uint64_t instanceSteps = 500;

/// The names of the root's weights have nothing in front.
static std::string joinPath(StringRef prefix, StringRef name) {
  if (prefix.empty() || name.empty())
    return (prefix + name).str();
  return (prefix + "." + name).str();
}

bool Elaborator::placeNames(const Placement &placement, StringRef name,
                            Instance &instance,
                            llvm::SmallVectorImpl<std::string> &names) {
  llvm::SmallVector<std::string> own;
  for (const Expr *at : placement.at) {
    auto text = evalString(at, *instance.scope);
    if (!text)
      return false;
    own.push_back(*text);
  }
  if (own.empty())
    own.push_back(name.str());
  // Alternatives of nested modules multiply.
  constexpr size_t maxNames = 64;
  if (own.size() * instance.prefixes.size() > maxNames) {
    error(placement.at.empty() ? instance.range : placement.at.front()->range,
          "there are too many alternative names for one weight");
    return false;
  }
  for (const std::string &prefix : instance.prefixes)
    for (const std::string &part : own)
      names.push_back(joinPath(prefix, part));
  return true;
}

std::unique_ptr<Instance>
Elaborator::instantiate(const Module &module, const Unit &unit,
                        ArgumentValues arguments, Instance *parent,
                        llvm::SmallVector<std::string, 1> prefixes,
                        SourceRange range) {
  auto instance = std::make_unique<Instance>();
  instance->module = &module;
  instance->parent = parent;
  instance->prefixes = std::move(prefixes);
  instance->range = range;
  constexpr unsigned maxDepth = 40;
  unsigned level = 0;
  for (Instance *outer = parent; outer; outer = outer->parent)
    ++level;
  if (level > maxDepth) {
    error(range,
          "modules are nested too deeply; a module can't contain itself");
    return nullptr;
  }
  if (!spend(range, instanceSteps))
    return nullptr;
  // The members' scope: arguments first, then members as they are declared.
  instance->scope = newScope(&unitScope(unit));
  instance->scope->captured = true;
  instance->scope->instance = instance.get();
  // Nobody wrote a call for the root.
  frames.push_back({parent ? range : SourceRange(), instance.get()});
  bool good = bindParameters(module.parameters,
                             quote(std::string_view(module.name.name)),
                             arguments, range, *instance->scope, nullptr);
  if (good)
    addMembers(*module.body, *instance);
  frames.pop_back();
  return good ? std::move(instance) : nullptr;
}

void Elaborator::addMembers(const ModuleBody &body, Instance &instance) {
  for (const Member *member : body.members)
    addMember(*member, instance);
}

void Elaborator::addMember(const Member &member, Instance &instance) {
  Scope &scope = *instance.scope;
  switch (member.kind) {
  case Member::Kind::Weight:
    addWeights(cast<WeightMember>(member), instance);
    return;
  case Member::Kind::Submodule:
    addSubmodules(cast<SubmoduleMember>(member), instance);
    return;
  case Member::Kind::Nested:
    addNested(cast<NestedMember>(member), instance);
    return;
  case Member::Kind::If: {
    auto &choice = cast<IfMember>(member);
    auto condition = evalCondition(choice.condition, scope);
    const ModuleBody *body = !condition   ? nullptr
                             : *condition ? choice.thenBody
                                          : choice.elseBody;
    if (body)
      addMembers(*body, instance);
    return;
  }
  case Member::Kind::Let: {
    const LetStmt *let = cast<LetMember>(member).let;
    for (auto [i, name] : llvm::enumerate(let->names)) {
      Lazy &lazy = lazies.emplace_back(Lazy{&name, &scope, let});
      lazy.position = i;
      scope.names.push_back({name.name, Value(&lazy)});
    }
    return;
  }
  case Member::Kind::Table: {
    const Table *table = cast<TableMember>(member).table;
    Lazy &lazy = lazies.emplace_back(Lazy{&table->name, &scope});
    lazy.table = table;
    scope.names.push_back({table->name.name, Value(&lazy)});
    return;
  }
  case Member::Kind::Function: {
    const Function *function = cast<FunctionMember>(member).function;
    if (function->name)
      scope.names.push_back(
          {function->name.name, FunctionValue{function, &scope}});
    else
      instance.call = function;
    return;
  }
  case Member::Kind::State: {
    auto &state = cast<StateMember>(member);
    for (const Identifier &name : state.names) {
      states.push_back({&state, &scope, joinPath(instance.path(), name.name),
                        static_cast<unsigned>(states.size())});
      scope.names.push_back({name.name, Value(&states.back())});
    }
    return;
  }
  case Member::Kind::Ignore:
    for (const Expr *pattern : cast<IgnoreMember>(member).patterns)
      if (auto text = evalString(pattern, scope))
        rules.push_back({instance.prefixes, *text, "", pattern->range, false});
    return;
  case Member::Kind::Rename: {
    auto &rename = cast<RenameMember>(member);
    auto from = evalString(rename.from, scope);
    auto to = evalString(rename.to, scope);
    if (!from || !to)
      return;
    if (StringRef(*from).count('*') != StringRef(*to).count('*'))
      fail(rename.range, "both names need as many '*'");
    else
      rules.push_back({instance.prefixes, *from, *to, rename.range, true});
    return;
  }
  case Member::Kind::Tie:
    addTie(cast<TieMember>(member), instance);
    return;
  case Member::Kind::Require:
    moduleRequires.push_back({cast<RequireMember>(member).require, &scope});
    return;
  case Member::Kind::Entry:
    // Entries are built when everything else is there.
    return;
  }
}

void Elaborator::addWeights(const WeightMember &member, Instance &instance) {
  mlir::Type element =
      member.type->name ? evalElement(*member.type) : mlir::Type();
  if (!element) {
    if (!member.type->name)
      fail(member.type->range, "a weight has an element type: f32[...] say");
    return;
  }
  llvm::SmallVector<DimAttr> dims;
  llvm::SmallVector<SourceRange> from;
  if (!evalDims(*member.type, *instance.scope, dims, from))
    return;
  llvm::SmallVector<int64_t> shape;
  for (auto [spec, dim] : llvm::zip(member.type->dims, dims)) {
    auto size = dim.asConstant();
    if (!size) {
      fail(spec.range,
           "the shape of a weight can't depend on the dim " + dim.str());
      return;
    }
    shape.push_back(*size);
  }
  for (const Identifier &name : member.names) {
    Weight &weight = weights.emplace_back();
    weight.range = name.range;
    weight.element = element;
    weight.shape = shape;
    weight.origins = from;
    weight.owner = &instance;
    weight.optional = member.placement.optional;
    if (!placeNames(member.placement, name.name, instance, weight.names))
      return;
    instance.weights.push_back(&weight);
    instance.scope->names.push_back({name.name, Value(&weight)});
  }
}

Instance *Elaborator::adopt(std::unique_ptr<Instance> child, Instance &parent,
                            const Placement &placement) {
  child->optional = placement.optional;
  parent.children.push_back(std::move(child));
  return parent.children.back().get();
}

bool Elaborator::forEachIndex(const ArraySpec &array, Scope &scope,
                              llvm::function_ref<bool(int64_t)> visit) {
  auto begin = evalConstant(array.begin, scope, "the range's begin");
  auto end = evalConstant(array.end, scope, "the range's end");
  if (!begin || !end)
    return false;
  for (int64_t i = *begin; i < *end; ++i)
    if (!visit(i))
      return false;
  return true;
}

void Elaborator::addSubmodules(const SubmoduleMember &member,
                               Instance &instance) {
  auto found = program.find(*instance.scope->unit, member.module.name);
  if (!found || found.declaration->kind != Declaration::Kind::Module) {
    fail(member.module.range,
         "there is no module '" + member.module.name + "'");
    return;
  }
  const Module &module = *found.declaration->as<Module>();
  // Makes the module at one place, under the names that `scope` gives.
  auto make = [&](StringRef name, Scope &scope) -> Instance * {
    llvm::SmallVector<std::string, 1> prefixes;
    Scope *saved = std::exchange(instance.scope, &scope);
    bool placed = placeNames(member.placement, name, instance, prefixes);
    instance.scope = saved;
    ArgumentValues arguments;
    if (!placed || !evalArguments(member.arguments, scope, arguments))
      return nullptr;
    auto child =
        instantiate(module, *found.unit, std::move(arguments), &instance,
                    std::move(prefixes), member.module.range);
    return child ? adopt(std::move(child), instance, member.placement)
                 : nullptr;
  };
  for (const Identifier &name : member.names) {
    if (!member.array.index) {
      Instance *child = make(name.name, *instance.scope);
      instance.scope->names.push_back(
          {name.name, child ? Value(child) : Value()});
      continue;
    }
    std::vector<Instance *> elements;
    int64_t first = 0;
    bool good = forEachIndex(member.array, *instance.scope, [&](int64_t i) {
      if (elements.empty())
        first = i;
      Scope *inner = newScope(instance.scope);
      inner->captured = true;
      inner->names.push_back(
          {member.array.index.name, makeInt(i, member.array.index.range)});
      elements.push_back(
          make(concat(std::string_view(name.name), '.', i), *inner));
      return elements.back() != nullptr;
    });
    Value array = ArrayValue{
        std::make_shared<const std::vector<Instance *>>(std::move(elements)),
        first};
    instance.scope->names.push_back({name.name, good ? array : Value()});
  }
}

void Elaborator::addNested(const NestedMember &member, Instance &instance) {
  auto make = [&](StringRef name, Scope *outer) -> Instance * {
    auto child = std::make_unique<Instance>();
    child->parent = &instance;
    child->range = member.name.range;
    Scope *saved = std::exchange(instance.scope, outer);
    bool placed = placeNames(member.placement, name, instance, child->prefixes);
    instance.scope = saved;
    if (!placed || !spend(member.range, instanceSteps))
      return nullptr;
    child->scope = newScope(outer);
    child->scope->captured = true;
    child->scope->instance = child.get();
    Instance *kept = adopt(std::move(child), instance, member.placement);
    addMembers(*member.body, *kept);
    return kept;
  };
  Scope &scope = *instance.scope;
  StringRef name = member.name.name;
  if (!member.array.index) {
    Instance *child = make(name, &scope);
    scope.names.push_back({name, child ? Value(child) : Value()});
    return;
  }
  std::vector<Instance *> elements;
  int64_t first = 0;
  bool good = forEachIndex(member.array, scope, [&](int64_t i) {
    if (elements.empty())
      first = i;
    Scope *inner = newScope(&scope);
    inner->captured = true;
    inner->names.push_back(
        {member.array.index.name, makeInt(i, member.array.index.range)});
    elements.push_back(make(concat(std::string_view(name), '.', i), inner));
    return elements.back() != nullptr;
  });
  Value array = ArrayValue{
      std::make_shared<const std::vector<Instance *>>(std::move(elements)),
      first};
  scope.names.push_back({name, good ? array : Value()});
}

void Elaborator::addTie(const TieMember &member, Instance &instance) {
  Lazy &lazy = lazies.emplace_back(Lazy{&member.name, instance.scope});
  lazy.expr = member.target;
  instance.scope->names.push_back({member.name.name, Value(&lazy)});
  Tie tie{{}, &lazy};
  if (placeNames(Placement(), member.name.name, instance, tie.names))
    ties.push_back(std::move(tie));
}
