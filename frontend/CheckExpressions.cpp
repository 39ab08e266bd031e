//===- CheckExpressions.cpp - checking expressions ------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Checker.h"
#include "frontend/OpTable.h"

#include "llvm/Support/SaveAndRestore.h"

using namespace tenon;
using namespace tenon::arch;
using llvm::cast;
using llvm::dyn_cast;

StringRef arch::describe(StaticKind kind) {
  static constexpr llvm::StringLiteral names[] = {"a value",
                                                  "none",
                                                  "a bool",
                                                  "an integer",
                                                  "a float",
                                                  "a string",
                                                  "an element type",
                                                  "a list",
                                                  "a config",
                                                  "a tensor",
                                                  "a state",
                                                  "a module",
                                                  "an array of modules",
                                                  "a function",
                                                  "an op",
                                                  "a function",
                                                  "a namespace"};
  return names[static_cast<size_t>(kind)];
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

StaticType Checker::typeOf(const Unit &unit, const Declaration &declaration) {
  switch (declaration.kind) {
  case Declaration::Kind::Config: {
    StaticType record(StaticKind::Record);
    record.fields = declaration.as<Config>()->fields;
    return record;
  }
  case Declaration::Kind::Dim:
    return StaticKind::Int;
  case Declaration::Kind::Let: {
    const LetStmt &let = *declaration.as<LetStmt>();
    if (let.names.size() > 1)
      return StaticType();
    // Errors in it are reported where it is declared; here they'd be again,
    // and are dropped as duplicates.
    auto [it, isNew] = lets.try_emplace(let.value);
    if (!isNew)
      return it->second;
    StaticType type = check(let.value, unitScope(unit));
    return lets[let.value] = type;
  }
  case Declaration::Kind::Table:
    return StaticKind::Tensor;
  case Declaration::Kind::Function: {
    StaticType type(StaticKind::Function);
    type.function = declaration.as<Function>();
    return type;
  }
  case Declaration::Kind::Module:
  case Declaration::Kind::Choice:
    return StaticType();
  }
  llvm_unreachable("unknown declaration");
}

std::optional<StaticType> Checker::find(StringRef name, StaticScope &scope) {
  for (StaticScope *s = &scope; s; s = s->parent) {
    auto it = s->names.find(name);
    if (it != s->names.end())
      return it->second;
  }
  if (auto found = program.find(*scope.unit, name))
    return typeOf(*found.unit, *found.declaration);
  if (llvm::is_contained(elementTypeNames(), name))
    return StaticType(StaticKind::ElementType);
  if (name == "pi" || name == "inf")
    return StaticType(StaticKind::Float);
  if (name == "math" || name == "tenon") {
    StaticType type(StaticKind::Namespace);
    type.isOps = name == "tenon";
    return type;
  }
  if (const Builtin *builtin = findBuiltin(name, /*inMath=*/false)) {
    StaticType type(StaticKind::Builtin);
    type.builtin = builtin;
    return type;
  }
  if (auto op = findOp(context, name)) {
    StaticType type(StaticKind::Op);
    type.op = op;
    return type;
  }
  return std::nullopt;
}

void Checker::collectNames(StaticScope &scope,
                           std::vector<std::string> &names) {
  for (StaticScope *s = &scope; s; s = s->parent)
    for (const auto &entry : s->names)
      names.push_back(entry.first().str());
  // A map's order is nobody's.
  llvm::sort(names);
  program.collectNames(*scope.unit, names);
  for (const Builtin &builtin : builtins())
    if (!builtin.inMath)
      names.push_back(builtin.name.str());
  for (StringRef name : elementTypeNames())
    names.push_back(name.str());
  collectOpNames(context, names);
}

StaticType Checker::checkName(const NameExpr &expr, StaticScope &scope) {
  if (auto type = find(expr.name, scope)) {
    auto found = program.find(*scope.unit, expr.name);
    if (type->isAny() && found &&
        found.declaration->kind == Declaration::Kind::Module) {
      bool isLocal = false;
      for (StaticScope *s = &scope; s; s = s->parent)
        isLocal |= s->names.count(expr.name) > 0;
      if (!isLocal)
        diagnostics.error(expr.range, "module '" + expr.name +
                                          "' isn't a value: declare a member "
                                          "of it");
    }
    return *type;
  }
  std::vector<std::string> known;
  collectNames(scope, known);
  diagnostics
      .error(expr.range, "there is nothing called '" + expr.name + "' here")
      .suggest(expr.name, known);
  return StaticType();
}

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

StaticType Checker::check(const Expr *expr, StaticScope &scope) {
  constexpr unsigned maxDepth = 1200;
  if (depth >= maxDepth) {
    diagnostics.error(expr->range, "expressions are nested too deeply");
    return StaticType();
  }
  llvm::SaveAndRestore deeper(depth, depth + 1);
  auto join = [](StaticType a, StaticType b) {
    return a.kind == b.kind && a.body == b.body && a.function == b.function
               ? a
               : StaticType();
  };
  switch (expr->kind) {
  case Expr::Kind::Integer:
    return StaticKind::Int;
  case Expr::Kind::Float:
    return StaticKind::Float;
  case Expr::Kind::Bool:
    return StaticKind::Bool;
  case Expr::Kind::None:
    return StaticKind::None;
  case Expr::Kind::String:
    for (const StringPart &part : cast<StringExpr>(expr)->parts)
      if (part.value)
        check(part.value, scope);
    return StaticKind::String;
  case Expr::Kind::Name:
    return checkName(*cast<NameExpr>(expr), scope);
  case Expr::Kind::Member:
    return checkMemberExpr(*cast<MemberExpr>(expr), scope);
  case Expr::Kind::Call:
    return checkCall(*cast<CallExpr>(expr), scope);
  case Expr::Kind::Index:
    return checkIndex(*cast<IndexExpr>(expr), scope);
  case Expr::Kind::Unary:
    return checkUnary(*cast<UnaryExpr>(expr), scope);
  case Expr::Kind::Binary:
    return checkBinary(*cast<BinaryExpr>(expr), scope);
  case Expr::Kind::Conditional: {
    auto *conditional = cast<ConditionalExpr>(expr);
    StaticType condition = check(conditional->condition, scope);
    if (!condition.isAny() && !condition.is(StaticKind::Bool) &&
        !condition.is(StaticKind::Tensor))
      diagnostics.error(conditional->condition->range,
                        "expected a condition, not " +
                            describe(condition.kind));
    StaticType onTrue = check(conditional->onTrue, scope);
    StaticType onFalse = check(conditional->onFalse, scope);
    return condition.is(StaticKind::Bool) ? join(onTrue, onFalse)
                                          : StaticType();
  }
  case Expr::Kind::List:
    for (const Expr *element : cast<ListExpr>(expr)->elements)
      check(element, scope);
    return StaticKind::List;
  case Expr::Kind::Comprehension: {
    auto *comprehension = cast<ComprehensionExpr>(expr);
    StaticScope inner;
    inner.parent = &scope;
    inner.unit = scope.unit;
    bindVariables(comprehension->variables,
                  elementsOf(comprehension->iterable, scope), inner);
    if (comprehension->condition)
      checkCondition(comprehension->condition, inner);
    check(comprehension->element, inner);
    return StaticKind::List;
  }
  case Expr::Kind::Range:
    expectInt(cast<RangeExpr>(expr)->begin, scope, "a range's begin");
    expectInt(cast<RangeExpr>(expr)->end, scope, "a range's end");
    return StaticType();
  case Expr::Kind::Lambda: {
    const Function *function = cast<LambdaExpr>(expr)->function;
    checkFunction(*function, scope);
    StaticType type(StaticKind::Function);
    type.function = function;
    return type;
  }
  case Expr::Kind::If: {
    auto *choice = cast<IfExpr>(expr);
    checkCondition(choice->condition, scope);
    StaticType onTrue = checkBlock(*choice->thenBlock, scope);
    if (!choice->elseBlock)
      return StaticKind::None;
    return join(onTrue, checkBlock(*choice->elseBlock, scope));
  }
  case Expr::Kind::Match: {
    auto *match = cast<MatchExpr>(expr);
    check(match->subject, scope);
    for (const MatchCase &matchCase : match->cases) {
      for (const Expr *pattern : matchCase.patterns)
        check(pattern, scope);
      checkBlock(*matchCase.body, scope);
    }
    return StaticType();
  }
  }
  llvm_unreachable("unknown expression");
}

StaticType Checker::checkMemberExpr(const MemberExpr &expr,
                                    StaticScope &scope) {
  StaticType base = check(expr.base, scope);
  StringRef name = expr.member.name;
  std::vector<std::string> known;
  switch (base.kind) {
  case StaticKind::Any:
    return StaticType();
  case StaticKind::Record: {
    if (base.fields.empty())
      return StaticType();
    for (const ConfigField *field : base.fields) {
      if (field->name.name == name)
        return typeOf(field->type);
      known.push_back(field->name.name.str());
    }
    break;
  }
  case StaticKind::Instance: {
    if (!base.body)
      return StaticType();
    auto it = base.body->scope->names.find(name);
    if (it != base.body->scope->names.end())
      return it->second;
    for (const auto &entry : base.body->scope->names)
      known.push_back(entry.first().str());
    llvm::sort(known);
    break;
  }
  case StaticKind::Namespace: {
    if (base.isOps) {
      if (auto op = findOp(context, name)) {
        StaticType type(StaticKind::Op);
        type.op = op;
        return type;
      }
      collectOpNames(context, known);
    } else if (const Builtin *builtin = findBuiltin(name, true)) {
      StaticType type(StaticKind::Builtin);
      type.builtin = builtin;
      return type;
    }
    break;
  }
  default:
    diagnostics.error(expr.member.range,
                      describe(base.kind) + " has no members");
    return StaticType();
  }
  diagnostics
      .error(expr.member.range,
             "'" + expr.base->range.text() + "' has no member '" + name + "'")
      .suggest(name, known);
  return StaticType();
}

StaticType Checker::checkIndex(const IndexExpr &expr, StaticScope &scope) {
  StaticType base = check(expr.base, scope);
  for (const IndexItem &item : expr.items)
    for (const Expr *part : {item.at, item.begin, item.end, item.step})
      if (part)
        check(part, scope);
  switch (base.kind) {
  case StaticKind::Any:
  case StaticKind::List:
  case StaticKind::Record:
    return StaticType();
  case StaticKind::Tensor:
    return StaticType();
  case StaticKind::Array: {
    StaticType element(StaticKind::Instance);
    element.body = base.body;
    return element;
  }
  default:
    diagnostics.error(expr.base->range,
                      describe(base.kind) + " can't be indexed");
    return StaticType();
  }
}

/// Kinds that arithmetic is defined on, alone or beside tensors.
static bool isArithmetic(StaticType type) {
  return type.isAny() || type.is(StaticKind::Int) ||
         type.is(StaticKind::Float) || type.is(StaticKind::Tensor);
}
static bool isLogical(StaticType type) {
  return type.isAny() || type.is(StaticKind::Bool) ||
         type.is(StaticKind::Tensor);
}

StaticType Checker::checkUnary(const UnaryExpr &expr, StaticScope &scope) {
  StaticType operand = check(expr.operand, scope);
  bool fits =
      expr.op == Operator::Not ? isLogical(operand) : isArithmetic(operand);
  if (!fits)
    diagnostics.error(expr.range, "'" + spelling(expr.op) +
                                      "' isn't defined on " +
                                      describe(operand.kind));
  return fits ? operand : StaticType();
}

StaticType Checker::checkBinary(const BinaryExpr &expr, StaticScope &scope) {
  StaticType left = check(expr.left, scope), right = check(expr.right, scope);
  auto both = [&](StaticKind kind) { return left.is(kind) && right.is(kind); };
  bool isComparison = expr.op >= Operator::Eq && expr.op <= Operator::Ge;
  bool tensor = left.is(StaticKind::Tensor) || right.is(StaticKind::Tensor);
  bool known = !left.isAny() && !right.isAny();
  bool fits;
  if (expr.op == Operator::Eq || expr.op == Operator::Ne)
    fits = true;
  else if (expr.op == Operator::And || expr.op == Operator::Or)
    fits = isLogical(left) && isLogical(right);
  else if (expr.op == Operator::Add &&
           (both(StaticKind::String) || both(StaticKind::List)))
    return left;
  else
    fits = (isArithmetic(left) && isArithmetic(right)) ||
           (expr.op == Operator::Add && !known);
  if (!fits) {
    diagnostics.error(expr.range,
                      "'" + spelling(expr.op) + "' isn't defined on " +
                          describe(left.kind) + " and " + describe(right.kind));
    return StaticType();
  }
  if (!known)
    return StaticType();
  if (tensor)
    return StaticKind::Tensor;
  if (isComparison || both(StaticKind::Bool))
    return StaticKind::Bool;
  if (expr.op == Operator::Pow)
    return StaticType();
  return both(StaticKind::Int) ? StaticKind::Int : StaticKind::Float;
}

void Checker::checkCondition(const Expr *expr, StaticScope &scope) {
  StaticType type = check(expr, scope);
  if (type.is(StaticKind::Tensor))
    diagnostics.error(expr->range, "this isn't known when the model is built")
        .help("choose between tensors with `condition ? a : b`");
  else if (!type.isAny() && !type.is(StaticKind::Bool))
    diagnostics.error(expr->range,
                      "expected a condition, not " + describe(type.kind));
}

void Checker::expectInt(const Expr *expr, StaticScope &scope, StringRef what) {
  StaticType type = check(expr, scope);
  if (!type.isAny() && !type.is(StaticKind::Int))
    diagnostics.error(expr->range,
                      what + " is an integer, not " + describe(type.kind));
}

StaticType Checker::elementsOf(const Expr *iterable, StaticScope &scope) {
  StaticType type = check(iterable, scope);
  if (llvm::isa<RangeExpr>(iterable))
    return StaticKind::Int;
  if (type.is(StaticKind::Array)) {
    StaticType element(StaticKind::Instance);
    element.body = type.body;
    return element;
  }
  if (!type.isAny() && !type.is(StaticKind::List))
    diagnostics.error(iterable->range,
                      "can't go through " + describe(type.kind) +
                          ": expected a list, a range or an array of modules");
  return StaticType();
}

void Checker::bindVariables(ArrayRef<Identifier> names, StaticType type,
                            StaticScope &scope) {
  for (const Identifier &name : names)
    if (!scope.names
             .try_emplace(name.name, names.size() == 1 ? type : StaticType())
             .second)
      diagnostics.error(name.range, "'" + name.name + "' is declared twice");
}
