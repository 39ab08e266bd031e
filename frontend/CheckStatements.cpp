//===- CheckStatements.cpp - checking statements --------------------------===//
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

StaticType Checker::checkBlock(const Block &block, StaticScope &parent) {
  StaticScope scope;
  scope.parent = &parent;
  scope.unit = parent.unit;
  StaticType result = StaticKind::None;
  for (const Stmt *stmt : block.statements) {
    auto *expression = dyn_cast<ExpressionStmt>(stmt);
    if (expression && expression->value == block.result()) {
      result = check(expression->value, scope);
      continue;
    }
    // What has no effect has no place but at the end.
    if (expression &&
        !llvm::isa<IfExpr, MatchExpr, CallExpr>(expression->value))
      diagnostics
          .error(expression->range, "the value of this expression isn't used")
          .help("a block's value is the expression at its end");
    checkStatement(*stmt, scope);
  }
  return result;
}

void Checker::checkStatement(const Stmt &stmt, StaticScope &scope) {
  switch (stmt.kind) {
  case Stmt::Kind::Let: {
    auto &let = cast<LetStmt>(stmt);
    StaticType type = check(let.value, scope);
    if (let.type) {
      checkType(*let.type, scope);
      type = typeOf(let.type);
    }
    // A variable may later be assigned a value of another kind.
    if (type.is(StaticKind::None) || type.is(StaticKind::Int) ||
        type.is(StaticKind::Float))
      type = StaticType();
    bindVariables(let.names, type, scope);
    return;
  }
  case Stmt::Kind::Assign:
    checkAssign(cast<AssignStmt>(stmt), scope);
    return;
  case Stmt::Kind::Expression:
    check(cast<ExpressionStmt>(stmt).value, scope);
    return;
  case Stmt::Kind::For: {
    auto &loop = cast<ForStmt>(stmt);
    StaticScope inner;
    inner.parent = &scope;
    inner.unit = scope.unit;
    bindVariables(loop.variables, elementsOf(loop.iterable, scope), inner);
    checkBlock(*loop.body, inner);
    return;
  }
  case Stmt::Kind::Require: {
    auto &require = cast<RequireStmt>(stmt);
    checkCondition(require.condition, scope);
    if (require.message)
      check(require.message, scope);
    return;
  }
  case Stmt::Kind::Tap:
    check(cast<TapStmt>(stmt).name, scope);
    check(cast<TapStmt>(stmt).value, scope);
    return;
  case Stmt::Kind::Function: {
    const Function *function = cast<FunctionStmt>(stmt).function;
    StaticType type(StaticKind::Function);
    type.function = function;
    bindVariables({function->name}, type, scope);
    checkFunction(*function, scope);
    return;
  }
  }
}

void Checker::checkAssign(const AssignStmt &stmt, StaticScope &scope) {
  check(stmt.value, scope);
  if (stmt.type)
    checkType(*stmt.type, scope);
  for (const Identifier &name : stmt.names) {
    StaticScope *s = &scope;
    while (!s->names.count(name.name) && !s->isFunction && s->parent)
      s = s->parent;
    auto it = s->names.find(name.name);
    if (it != s->names.end() && !(s->isEntry && s->inputs.count(name.name))) {
      // Its kind may be another from here on.
      it->second = StaticType();
      continue;
    }
    auto known = find(name.name, scope);
    if (known && known->is(StaticKind::State))
      continue;
    if (s->isEntry) {
      s->names[name.name] = StaticKind::Tensor;
      s->inputs.erase(name.name);
      continue;
    }
    std::vector<std::string> variables;
    for (StaticScope *v = &scope; v; v = v->isFunction ? nullptr : v->parent)
      for (const auto &entry : v->names)
        variables.push_back(entry.first().str());
    llvm::sort(variables);
    Diagnostic &diagnostic = diagnostics.error(
        name.range, known ? "'" + name.name + "' can't be changed here"
                          : "there is no variable '" + name.name + "' here");
    diagnostic.suggest(name.name, variables);
    diagnostic.help("a new one is declared with let");
  }
}
