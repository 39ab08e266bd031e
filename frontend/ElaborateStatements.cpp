//===- ElaborateStatements.cpp - running statements -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Elaborator.h"

#include "dialect/TenonOps.h"
#include "support/EditDistance.h"
#include "support/Text.h"

using namespace tenon;
using namespace tenon::arch;
using llvm::cast;
using llvm::dyn_cast;

Value Elaborator::runBlock(const Block &block, Scope &parent) {
  Scope *scope = newScope(&parent);
  const Expr *result = block.result();
  Value value = NoneValue();
  for (const Stmt *stmt : block.statements) {
    auto *last = dyn_cast<ExpressionStmt>(stmt);
    size_t before = diagnostics.count();
    if (last && last->value == result)
      value = eval(result, *scope);
    else
      runStatement(*stmt, *scope);
    // What a library's function relies on doesn't hold: whatever follows would
    // say the same once more.
    if (stmt->kind == Stmt::Kind::Require && stmt->range.file->isLibrary() &&
        diagnostics.count() != before) {
      value = Value();
      break;
    }
  }
  release(scope);
  return value;
}

void Elaborator::runStatement(const Stmt &stmt, Scope &scope) {
  switch (stmt.kind) {
  case Stmt::Kind::Let: {
    auto &let = cast<LetStmt>(stmt);
    Value value = eval(let.value, scope);
    if (let.type)
      matchType(*let.type, value, scope, let.value->range,
                "'" + let.names.front().name + "'");
    if (!bindVariables(let.names, value, let.value->range, scope))
      // Later uses are silent: the error is here.
      for (const Identifier &name : let.names)
        if (!scope.find(name.name))
          scope.names.push_back({name.name, Value()});
    return;
  }
  case Stmt::Kind::Assign:
    assign(cast<AssignStmt>(stmt), scope);
    return;
  case Stmt::Kind::Expression:
    eval(cast<ExpressionStmt>(stmt).value, scope);
    return;
  case Stmt::Kind::For: {
    auto &loop = cast<ForStmt>(stmt);
    Value iterable = eval(loop.iterable, scope);
    iterate(iterable, loop.iterable->range, [&](const Value &element) {
      Scope *inner = newScope(&scope);
      bool good =
          bindVariables(loop.variables, element, loop.iterable->range, *inner);
      if (good)
        runBlock(*loop.body, *inner);
      release(inner);
      return good && !diagnostics.full();
    });
    return;
  }
  case Stmt::Kind::Require:
    require(cast<RequireStmt>(stmt), scope);
    return;
  case Stmt::Kind::Tap: {
    auto &tap = cast<TapStmt>(stmt);
    auto name = evalString(tap.name, scope);
    Value value = eval(tap.value, scope);
    if (!name || value.isError())
      return;
    if (inRegion()) {
      fail(tap.range, "a function on elements can't hold a tap");
      return;
    }
    if (mlir::Value tensor = materialize(value, tap.value->range)) {
      if (!mlir::isa<mlir::RankedTensorType>(tensor.getType())) {
        fail(tap.value->range, "only tensors can be tapped");
        return;
      }
      TapOp::create(entry->builder,
                    makeLoc(TapOp::getOperationName(), tap.range), tensor,
                    *name);
    }
    return;
  }
  case Stmt::Kind::Function:
    for (Scope *s = &scope; s && !s->captured; s = s->parent)
      s->captured = true;
    auto *function = cast<FunctionStmt>(stmt).function;
    scope.names.push_back(
        {function->name.name, FunctionValue{function, &scope}});
    return;
  }
}

bool Elaborator::isInput(Scope &scope, const Value *value) const {
  for (unsigned i = 0; i < entry->inputs && i < scope.names.size(); ++i)
    if (&scope.names[i].second == value)
      return true;
  return false;
}

StateSlot *Elaborator::findState(StringRef name, Scope &scope) {
  for (Scope *s = &scope; s; s = s->parent)
    if (Value *value = s->find(name))
      return value->is(Value::Kind::State) ? value->as<StateSlot *>() : nullptr;
  return nullptr;
}

void Elaborator::assign(const AssignStmt &stmt, Scope &scope) {
  Value value = eval(stmt.value, scope);
  if (stmt.type)
    matchType(*stmt.type, value, scope, stmt.value->range,
              "'" + stmt.names.front().name + "'");
  Scope *temporary = newScope(nullptr);
  if (!bindVariables(stmt.names, value, stmt.value->range, *temporary)) {
    temporary->names.clear();
    for (const Identifier &name : stmt.names)
      temporary->names.push_back({name.name, Value()});
  }
  for (auto [name, assigned] : llvm::zip(stmt.names, temporary->names)) {
    const Value &element = assigned.second;
    Scope *s = &scope;
    Value *target = nullptr;
    for (;; s = s->parent) {
      target = s->find(name.name);
      if (target || s->isFunction || !s->parent)
        break;
    }
    // The inputs of an entry don't change: their names are free for outputs.
    if (target && s->isEntry && isInput(*s, target))
      target = nullptr;
    if (target) {
      *target = element;
      continue;
    }
    StateSlot *state = findState(name.name, scope);
    if (state && !element.isError()) {
      setState(*state, element, stmt.value->range);
    } else if (s->isEntry) {
      s->names.push_back({name.name, element});
      entry->outputs.push_back(name);
    } else if (!state) {
      fail(name.range, "'" + name.name + "' can't be changed here");
    }
  }
  release(temporary);
}

//===----------------------------------------------------------------------===//
// require
//===----------------------------------------------------------------------===//

void Elaborator::require(const RequireStmt &stmt, Scope &scope) {
  requireExpr(stmt.condition, stmt, scope);
}

/// Splits conjunctions, so that each relation between dims is one check.
void Elaborator::requireExpr(const Expr *condition, const RequireStmt &stmt,
                             Scope &scope) {
  auto *binary = dyn_cast<BinaryExpr>(condition);
  if (binary && binary->op == Operator::And) {
    requireExpr(binary->left, stmt, scope);
    requireExpr(binary->right, stmt, scope);
    return;
  }
  if (binary && binary->op >= Operator::Eq && binary->op <= Operator::Ge) {
    Value left = eval(binary->left, scope), right = eval(binary->right, scope);
    if (left.isInt() && right.isInt()) {
      requireRelation(binary->op, left, right, stmt, scope);
      return;
    }
    Value holds = applyBinary(binary->op, left, right, condition->range);
    if (holds.is(Value::Kind::Bool)) {
      if (!holds.boolean())
        failRequire(stmt,
                    toText(left) + " " + spelling(binary->op).str() + " " +
                        toText(right),
                    scope);
      return;
    }
    if (!holds.isError())
      fail(condition->range, "this isn't known when the model is built");
    return;
  }
  auto holds = evalCondition(condition, scope);
  if (holds && !*holds)
    failRequire(stmt, "", scope);
}

void Elaborator::failRequire(const RequireStmt &stmt, const std::string &values,
                             Scope &scope) {
  std::string text = stmt.condition->range.text().str();
  if (stmt.message) {
    // The author's words, and what the two sides are.
    if (auto message = evalString(stmt.message, scope))
      error(stmt.range, *message + (values.empty() ? "" : ": not " + values));
    return;
  }
  if (!values.empty() && values != text)
    text += " (" + values + ")";
  error(stmt.range, "doesn't hold: " + text);
}

static CompareKind toCompareKind(Operator op) {
  return static_cast<CompareKind>(static_cast<int>(op) -
                                  static_cast<int>(Operator::Eq));
}
static_assert(static_cast<int>(CompareKind::ge) ==
              static_cast<int>(Operator::Ge) - static_cast<int>(Operator::Eq));

void Elaborator::requireRelation(Operator op, const Value &a, const Value &b,
                                 const RequireStmt &stmt, Scope &scope) {
  DimAttr left = a.dim(), right = b.dim();
  auto known = decide(op, left, right);
  if (known == false) {
    failRequire(stmt, left.str() + " " + spelling(op).str() + " " + right.str(),
                scope);
    return;
  }
  if (known)
    return;
  if (!entry) {
    error(stmt.range, "whether " + left.str() + " " + spelling(op) + " " +
                          right.str() + " isn't known before a model is called")
        .help("state it in a function or an entry");
    return;
  }
  if (entry->onlyBound) {
    bool isBound = true;
    for (DimAttr side : {left, right})
      visitSymbols(side, [&](DimAttr symbol) {
        isBound &= entry->bound.contains(symbol);
      });
    if (!isBound)
      return;
  }
  mlir::Attribute key = mlir::ArrayAttr::get(
      &context,
      {left, right, CompareKindAttr::get(&context, toCompareKind(op))});
  if (!entry->required.insert(key))
    return;
  // At the top, where it holds for everything.
  mlir::OpBuilder builder =
      mlir::OpBuilder::atBlockBegin(&entry->function.getBody().front());
  auto requireOp = RequireOp::create(
      builder, makeLoc(RequireOp::getOperationName(), stmt.range), left,
      toCompareKind(op), right);
  std::string message;
  if (stmt.message)
    if (auto text = evalString(stmt.message, scope))
      message = *text;
  if (!message.empty())
    requireOp->setAttr("tenon.message", builder.getStringAttr(message));
  switch (op) {
  case Operator::Lt:
    entry->nonNegative.push_back(right - left - 1);
    break;
  case Operator::Le:
    entry->nonNegative.push_back(right - left);
    break;
  case Operator::Gt:
    entry->nonNegative.push_back(left - right - 1);
    break;
  case Operator::Ge:
    entry->nonNegative.push_back(left - right);
    break;
  default:
    break;
  }
}
