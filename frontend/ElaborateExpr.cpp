//===- ElaborateExpr.cpp - evaluating expressions -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Elaborator.h"

#include "support/JsonWriter.h"
#include "support/Text.h"
#include "llvm/Support/SaveAndRestore.h"

#include <cmath>

using namespace tenon;
using namespace tenon::arch;
using llvm::cast;
using llvm::dyn_cast;

StringRef arch::describe(Value::Kind kind) {
  switch (kind) {
  case Value::Kind::Error:
    return "an error";
  case Value::Kind::None:
    return "none";
  case Value::Kind::Bool:
    return "a bool";
  case Value::Kind::Int:
    return "an integer";
  case Value::Kind::Float:
    return "a float";
  case Value::Kind::String:
    return "a string";
  case Value::Kind::ElementType:
    return "an element type";
  case Value::Kind::List:
    return "a list";
  case Value::Kind::Record:
    return "a config";
  case Value::Kind::Range:
    return "a range";
  case Value::Kind::Tensor:
    return "a tensor";
  case Value::Kind::Weight:
    return "a weight";
  case Value::Kind::Table:
    return "a table";
  case Value::Kind::State:
    return "a state";
  case Value::Kind::Instance:
    return "a module";
  case Value::Kind::Array:
    return "an array of modules";
  case Value::Kind::Function:
  case Value::Kind::Builtin:
    return "a function";
  case Value::Kind::Op:
    return "an op";
  case Value::Kind::Namespace:
    return "a namespace";
  case Value::Kind::Lazy:
    return "a value";
  }
  llvm_unreachable("unknown kind");
}

bool Elaborator::spend(SourceRange range, uint64_t steps) {
  if (stepsLeft >= steps) {
    stepsLeft -= steps;
    return true;
  }
  stepsLeft = 0;
  if (!std::exchange(outOfSteps, true)) {
    error(range, "this takes too many steps to build")
        .help("loops, tables, lists and arrays of modules are run when the "
              "model is built: is a number of the config too large?");
  }
  return false;
}

Value Elaborator::checkList(Value value, SourceRange range) {
  if (!value.is(Value::Kind::List))
    return value;
  // Lists of lists are walked by functions that call themselves, and what is in
  // a list takes memory.
  constexpr unsigned maxDepth = 16;
  if (value.as<ListValue>().depth > maxDepth)
    return fail(range, "lists are nested too deeply");
  return spend(range, 8 * value.list().size()) ? value : Value();
}

Value Elaborator::eval(const Expr *expr, Scope &scope) {
  // Bounds the recursion of the evaluator itself.
  constexpr unsigned maxDepth = 1200;
  if (!spend(expr->range))
    return Value();
  if (depth >= maxDepth)
    return fail(expr->range, "calls and expressions are nested too deeply");
  llvm::SaveAndRestore deeper(depth, depth + 1);
  switch (expr->kind) {
  case Expr::Kind::Integer:
    return makeInt(cast<IntegerExpr>(expr)->value, expr->range);
  case Expr::Kind::Float:
    return makeFloat(cast<FloatExpr>(expr)->value);
  case Expr::Kind::Bool:
    return Value(cast<BoolExpr>(expr)->value);
  case Expr::Kind::None:
    return NoneValue();
  case Expr::Kind::String: {
    auto text = evalString(expr, scope);
    return text ? Value(std::move(*text)) : Value();
  }
  case Expr::Kind::Name:
    return lookup(cast<NameExpr>(expr)->name, scope, expr->range);
  case Expr::Kind::Member: {
    auto *member = cast<MemberExpr>(expr);
    Value base = eval(member->base, scope);
    return memberOf(base, member->member, expr->range);
  }
  case Expr::Kind::Call: {
    auto *callExpr = cast<CallExpr>(expr);
    Value callee = eval(callExpr->callee, scope);
    ArgumentValues arguments;
    if (!evalArguments(callExpr->arguments, scope, arguments) ||
        callee.isError())
      return Value();
    return call(callee, std::move(arguments), expr->range);
  }
  case Expr::Kind::Index: {
    auto *index = cast<IndexExpr>(expr);
    Value base = eval(index->base, scope);
    return base.isError() ? base : indexValue(base, *index, scope);
  }
  case Expr::Kind::Unary: {
    auto *unary = cast<UnaryExpr>(expr);
    return applyUnary(unary->op, eval(unary->operand, scope), expr->range);
  }
  case Expr::Kind::Binary: {
    auto *binary = cast<BinaryExpr>(expr);
    Value left = eval(binary->left, scope);
    // What is known decides without the other side.
    if (left.is(Value::Kind::Bool) &&
        (binary->op == Operator::And || binary->op == Operator::Or) &&
        left.boolean() == (binary->op == Operator::Or))
      return left;
    Value right = eval(binary->right, scope);
    return applyBinary(binary->op, left, right, expr->range);
  }
  case Expr::Kind::Conditional: {
    auto *conditional = cast<ConditionalExpr>(expr);
    Value condition = eval(conditional->condition, scope);
    if (condition.isError())
      return condition;
    if (condition.isTensorLike())
      return callPrelude("operator_select",
                         {condition, eval(conditional->onTrue, scope),
                          eval(conditional->onFalse, scope)},
                         expr->range);
    if (!condition.is(Value::Kind::Bool))
      return fail(conditional->condition->range,
                  "expected a condition, not " + describe(condition.kind()));
    return eval(condition.boolean() ? conditional->onTrue
                                    : conditional->onFalse,
                scope);
  }
  case Expr::Kind::List: {
    std::vector<Value> elements;
    for (const Expr *element : cast<ListExpr>(expr)->elements) {
      elements.push_back(eval(element, scope));
      if (elements.back().isError())
        return Value();
    }
    return checkList(Value(std::move(elements)), expr->range);
  }
  case Expr::Kind::Comprehension: {
    auto *comprehension = cast<ComprehensionExpr>(expr);
    Value iterable = eval(comprehension->iterable, scope);
    std::vector<Value> elements;
    bool complete = iterate(
        iterable, comprehension->iterable->range, [&](const Value &element) {
          Scope *inner = newScope(&scope);
          bool good = bindVariables(comprehension->variables, element,
                                    expr->range, *inner);
          std::optional<bool> wanted = true;
          if (good && comprehension->condition)
            wanted = evalCondition(comprehension->condition, *inner);
          good &= wanted.has_value();
          if (good && *wanted) {
            elements.push_back(eval(comprehension->element, *inner));
            good = !elements.back().isError();
          }
          release(inner);
          return good;
        });
    return complete ? checkList(Value(std::move(elements)), expr->range)
                    : Value();
  }
  case Expr::Kind::Range: {
    auto *range = cast<RangeExpr>(expr);
    auto begin = evalConstant(range->begin, scope, "the range's begin");
    auto end = evalConstant(range->end, scope, "the range's end");
    return begin && end ? Value(RangeValue{*begin, *end}) : Value();
  }
  case Expr::Kind::Lambda: {
    // The function may outlive the call that made it.
    for (Scope *s = &scope; s && !s->captured; s = s->parent)
      s->captured = true;
    return FunctionValue{cast<LambdaExpr>(expr)->function, &scope};
  }
  case Expr::Kind::If: {
    auto *choice = cast<IfExpr>(expr);
    auto condition = evalCondition(choice->condition, scope);
    if (!condition)
      return Value();
    const Block *block = *condition ? choice->thenBlock : choice->elseBlock;
    return block ? runBlock(*block, scope) : NoneValue();
  }
  case Expr::Kind::Match: {
    auto *match = cast<MatchExpr>(expr);
    Value subject = eval(match->subject, scope);
    if (subject.isError())
      return subject;
    for (const MatchCase &matchCase : match->cases) {
      bool taken = matchCase.patterns.empty();
      for (const Expr *pattern : matchCase.patterns) {
        Value equal = applyBinary(Operator::Eq, subject, eval(pattern, scope),
                                  pattern->range);
        if (!equal.is(Value::Kind::Bool))
          return equal.isError() ? equal
                                 : fail(pattern->range,
                                        "a case isn't known when the model is "
                                        "built");
        taken |= equal.boolean();
      }
      if (taken)
        return runBlock(*matchCase.body, scope);
    }
    return fail(match->subject->range, "no case fits " + toText(subject));
  }
  }
  llvm_unreachable("unknown expression");
}

std::string Elaborator::toText(const Value &value) {
  switch (value.kind()) {
  case Value::Kind::Bool:
    return value.boolean() ? "true" : "false";
  case Value::Kind::Int:
    return value.dim().str();
  case Value::Kind::Float: {
    // As it may be written in the language.
    double number = value.as<FloatValue>().value;
    if (std::isinf(number))
      return number < 0 ? "-inf" : "inf";
    return std::isnan(number) ? "nan" : JsonWriter().number(number).take();
  }
  case Value::Kind::String:
    return quote(value.string());
  case Value::Kind::ElementType: {
    std::string text;
    llvm::raw_string_ostream(text) << value.elementType();
    return text;
  }
  case Value::Kind::List: {
    std::vector<std::string> parts;
    for (const Value &element : value.list().take_front(16))
      parts.push_back(toText(element));
    if (value.list().size() > 16)
      parts.push_back("...");
    return "[" + join(parts, ", ") + "]";
  }
  default:
    return describe(value.kind()).str();
  }
}

std::optional<bool> Elaborator::evalCondition(const Expr *expr, Scope &scope) {
  Value value = eval(expr, scope);
  if (value.is(Value::Kind::Bool))
    return value.boolean();
  if (value.isTensorLike())
    error(expr->range, "this isn't known when the model is built")
        .help("choose between tensors with `condition ? a : b`");
  else if (!value.isError())
    error(expr->range, "expected a condition, not " + describe(value.kind()));
  return std::nullopt;
}

std::optional<int64_t> Elaborator::evalConstant(const Expr *expr, Scope &scope,
                                                StringRef what) {
  Value value = eval(expr, scope);
  if (value.isError())
    return std::nullopt;
  if (auto constant = value.constant())
    return constant;
  if (value.isInt())
    error(expr->range, what + " is " + value.dim().str() +
                           ", which isn't known when the model is built");
  else
    error(expr->range,
          what + " must be an integer, not " + describe(value.kind()));
  return std::nullopt;
}

std::optional<std::string> Elaborator::evalString(const Expr *expr,
                                                  Scope &scope) {
  auto *literal = dyn_cast<StringExpr>(expr);
  if (!literal) {
    Value value = eval(expr, scope);
    if (value.is(Value::Kind::String))
      return value.string();
    if (!value.isError())
      error(expr->range, "expected a string, not " + describe(value.kind()));
    return std::nullopt;
  }
  std::string text;
  for (const StringPart &part : literal->parts) {
    if (!part.value) {
      text += part.text;
      continue;
    }
    Value value = eval(part.value, scope);
    if (value.isError())
      return std::nullopt;
    text += value.is(Value::Kind::String) ? value.string() : toText(value);
    // Far above any name; strings can be doubled in a loop.
    if (text.size() > 65536) {
      error(expr->range, "this string is too long");
      return std::nullopt;
    }
  }
  return text;
}

bool Elaborator::iterate(const Value &iterable, SourceRange range,
                         llvm::function_ref<bool(const Value &)> visit) {
  switch (iterable.kind()) {
  case Value::Kind::Error:
    return false;
  case Value::Kind::List:
    return llvm::all_of(iterable.list(), visit);
  case Value::Kind::Array:
    return llvm::all_of(*iterable.array().elements, [&](Instance *instance) {
      return visit(Value(instance));
    });
  case Value::Kind::Range: {
    auto [begin, end] = iterable.as<RangeValue>();
    if (begin >= end)
      return true;
    // Each may become an element of a list.
    uint64_t count = static_cast<uint64_t>(end) - static_cast<uint64_t>(begin);
    if (count > stepsLeft / 8)
      return spend(range, UINT64_MAX);
    for (int64_t i = begin; i < end; ++i)
      if (!spend(range, 8) || !visit(makeInt(i, range)))
        return false;
    return true;
  }
  default:
    error(range, "can't go through " + describe(iterable.kind()) +
                     ": expected a list, a range or an array of modules");
    return false;
  }
}

bool Elaborator::bindVariables(ArrayRef<Identifier> names, const Value &value,
                               SourceRange range, Scope &scope) {
  if (names.size() == 1) {
    scope.names.push_back({names.front().name, value});
    return !value.isError();
  }
  if (value.isError())
    return false;
  if (!value.is(Value::Kind::List) || value.list().size() != names.size()) {
    std::string found = value.is(Value::Kind::List)
                            ? concat(value.list().size(), " values")
                            : describe(value.kind()).str();
    error(range, llvm::Twine(names.size()) + " names for " + found);
    return false;
  }
  for (auto [name, element] : llvm::zip(names, value.list()))
    scope.names.push_back({name.name, element});
  return true;
}
