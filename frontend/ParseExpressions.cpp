//===- ParseExpressions.cpp - parsing expressions -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Parser.h"

using namespace tenon;
using namespace tenon::arch;

namespace {
struct OperatorInfo {
  StringRef spelling, prelude;
};
} // namespace

static const OperatorInfo &infoOf(Operator op) {
  static constexpr OperatorInfo table[] = {
      {"+", "operator_add"},       {"-", "operator_sub"},
      {"*", "operator_mul"},       {"/", "operator_div"},
      {"//", "operator_floordiv"}, {"%", "operator_mod"},
      {"^", "operator_pow"},       {"@", "operator_matmul"},
      {"==", "operator_eq"},       {"!=", "operator_ne"},
      {"<", "operator_lt"},        {"<=", "operator_le"},
      {">", "operator_gt"},        {">=", "operator_ge"},
      {"&&", "operator_and"},      {"||", "operator_or"},
      {"-", "operator_neg"},       {"!", "operator_not"}};
  return table[static_cast<size_t>(op)];
}
StringRef arch::spelling(Operator op) { return infoOf(op).spelling; }
StringRef arch::preludeName(Operator op) { return infoOf(op).prelude; }

/// Long chains of operators are deep trees.
static constexpr unsigned maxChain = 100;

/// A binary operator and how strongly it binds; level 0 is the weakest.
static std::optional<std::pair<Operator, unsigned>> binaryOf(TokenKind kind) {
  switch (kind) {
  case TokenKind::OrOr:
    return std::pair(Operator::Or, 0u);
  case TokenKind::AndAnd:
    return std::pair(Operator::And, 1u);
  case TokenKind::Equal:
    return std::pair(Operator::Eq, 2u);
  case TokenKind::NotEqual:
    return std::pair(Operator::Ne, 2u);
  case TokenKind::Less:
    return std::pair(Operator::Lt, 2u);
  case TokenKind::LessEqual:
    return std::pair(Operator::Le, 2u);
  case TokenKind::Greater:
    return std::pair(Operator::Gt, 2u);
  case TokenKind::GreaterEqual:
    return std::pair(Operator::Ge, 2u);
  case TokenKind::Plus:
    return std::pair(Operator::Add, 3u);
  case TokenKind::Minus:
    return std::pair(Operator::Sub, 3u);
  case TokenKind::Star:
    return std::pair(Operator::Mul, 4u);
  case TokenKind::Slash:
    return std::pair(Operator::Div, 4u);
  case TokenKind::SlashSlash:
    return std::pair(Operator::FloorDiv, 4u);
  case TokenKind::Percent:
    return std::pair(Operator::Mod, 4u);
  case TokenKind::At:
    return std::pair(Operator::MatMul, 4u);
  default:
    return std::nullopt;
  }
}
static constexpr unsigned comparisonLevel = 2, levels = 5;

bool Parser::continues() const {
  if (brackets > 0 || !peek().startsLine)
    return true;
  // On a new line, what could begin a statement does.
  switch (peek().kind) {
  case TokenKind::Minus:
  case TokenKind::LeftParen:
  case TokenKind::LeftSquare:
    return false;
  default:
    return true;
  }
}

Expr *Parser::parseWhole() {
  Expr *expr = bracketed(1, [&] { return parseExpr(); });
  if (expr && !at(TokenKind::End))
    return failExpected("the end of the expression");
  return expr;
}

Expr *Parser::parseExpr() {
  Nested nested(*this);
  if (!nested)
    return nullptr;
  Expr *expr = parseConditional();
  for (unsigned n = 0; expr && at(TokenKind::Pipe); ++n) {
    if (n == maxChain) {
      expr = fail("too many '|>' in one expression");
      break;
    }
    take();
    Expr *callee = parsePostfix();
    expr = callee ? pipeInto(expr, callee) : nullptr;
  }
  return expr;
}

Expr *Parser::pipeInto(Expr *value, Expr *callee) {
  auto *call = arena.make<CallExpr>(value->range.to(callee->range));
  llvm::SmallVector<Argument> arguments{{Identifier(), value}};
  call->callee = callee;
  if (auto *inner = llvm::dyn_cast<CallExpr>(callee)) {
    call->callee = inner->callee;
    llvm::append_range(arguments, inner->arguments);
  }
  call->arguments = arena.copy(arguments);
  return call;
}

Expr *Parser::parseConditional() {
  Expr *condition = parseRange();
  if (!condition || !at(TokenKind::Question))
    return condition;
  take();
  Nested nested(*this);
  if (!nested)
    return nullptr;
  Expr *onTrue = bracketed(brackets + 1, [&] { return parseConditional(); });
  if (!onTrue || !expect(TokenKind::Colon, "of the conditional expression"))
    return nullptr;
  Expr *onFalse = parseConditional();
  if (!onFalse)
    return nullptr;
  auto *expr = arena.make<ConditionalExpr>(condition->range.to(onFalse->range));
  expr->condition = condition;
  expr->onTrue = onTrue;
  expr->onFalse = onFalse;
  return expr;
}

Expr *Parser::parseRange() {
  Expr *begin = parseBinary(0);
  // `..` before a comma or bracket belongs to what is around.
  if (!begin || !at(TokenKind::DotDot))
    return begin;
  take();
  Expr *end = parseBinary(0);
  if (!end)
    return nullptr;
  auto *expr = arena.make<RangeExpr>(begin->range.to(end->range));
  expr->begin = begin;
  expr->end = end;
  return expr;
}

Expr *Parser::parseBinary(unsigned level) {
  if (level == levels)
    return parseUnary();
  Expr *left = parseBinary(level + 1);
  unsigned count = 0;
  while (left && continues()) {
    auto op = binaryOf(peek().kind);
    if (!op || op->second != level)
      return left;
    if (++count > maxChain)
      return fail("too many operators in one expression");
    if (level == comparisonLevel && count > 1)
      return fail("comparisons can't be chained: write a < b && b < c");
    take();
    Expr *right = parseBinary(level + 1);
    if (!right)
      return nullptr;
    auto *binary = arena.make<BinaryExpr>(left->range.to(right->range));
    binary->op = op->first;
    binary->left = left;
    binary->right = right;
    left = binary;
  }
  return left;
}

Expr *Parser::parseUnary() {
  if (!at(TokenKind::Minus) && !at(TokenKind::Not))
    return parsePower();
  Token token = take();
  Nested nested(*this);
  if (!nested)
    return nullptr;
  Expr *operand = parseUnary();
  if (!operand)
    return nullptr;
  auto *unary = arena.make<UnaryExpr>(token.range.to(operand->range));
  unary->op = token.kind == TokenKind::Minus ? Operator::Neg : Operator::Not;
  unary->operand = operand;
  return unary;
}

Expr *Parser::parsePower() {
  Expr *base = parsePostfix();
  if (!base || !at(TokenKind::Caret))
    return base;
  take();
  Nested nested(*this);
  if (!nested)
    return nullptr;
  // Binds to the right, and more strongly than a sign before it.
  Expr *exponent = parseUnary();
  if (!exponent)
    return nullptr;
  auto *binary = arena.make<BinaryExpr>(base->range.to(exponent->range));
  binary->op = Operator::Pow;
  binary->left = base;
  binary->right = exponent;
  return binary;
}

Expr *Parser::parsePostfix() {
  Expr *expr = parsePrimary();
  for (unsigned n = 0; expr && continues(); ++n) {
    bool more = at(TokenKind::LeftParen) || at(TokenKind::LeftSquare) ||
                at(TokenKind::Dot);
    if (!more)
      return expr;
    if (n == maxChain)
      return fail("too many calls, indices and members in a row");
    if (takeIf(TokenKind::Dot)) {
      auto name = parseIdentifier("a member's name");
      if (!name)
        return nullptr;
      auto *member = arena.make<MemberExpr>(since(expr->range));
      member->base = expr;
      member->member = *name;
      expr = member;
    } else if (at(TokenKind::LeftParen)) {
      llvm::SmallVector<Argument> arguments;
      if (!parseArguments(arguments))
        return nullptr;
      auto *call = arena.make<CallExpr>(since(expr->range));
      call->callee = expr;
      call->arguments = arena.copy(arguments);
      expr = call;
    } else {
      take();
      llvm::SmallVector<IndexItem> items;
      if (!parseList(TokenKind::RightSquare,
                     [&] { return parseIndexItem(items); }))
        return nullptr;
      auto *index = arena.make<IndexExpr>(since(expr->range));
      index->base = expr;
      index->items = arena.copy(items);
      expr = index;
    }
  }
  return expr;
}

bool Parser::parseArguments(llvm::SmallVectorImpl<Argument> &arguments) {
  if (!expect(TokenKind::LeftParen, "before the arguments"))
    return false;
  return parseList(TokenKind::RightParen, [&] {
    Argument argument;
    if (at(TokenKind::Name) && peek(1).kind == TokenKind::Assign) {
      argument.name = *parseIdentifier("");
      take();
    } else if (!arguments.empty() && arguments.back().name) {
      fail("an argument without a name can't follow one with a name");
      return false;
    }
    argument.value = parseExpr();
    if (argument.value)
      arguments.push_back(argument);
    return argument.value != nullptr;
  });
}

bool Parser::parseIndexItem(llvm::SmallVectorImpl<IndexItem> &items) {
  IndexItem item;
  SourceRange begin = peek().range;
  auto atEnd = [&] {
    return at(TokenKind::Comma) || at(TokenKind::RightSquare);
  };
  if (at(TokenKind::DotDot)) {
    take();
    item.kind = IndexItem::Rest;
  } else {
    if (!at(TokenKind::Colon) && !(item.at = parseExpr()))
      return false;
    if (takeIf(TokenKind::Colon)) {
      item.kind = IndexItem::Slice;
      item.begin = std::exchange(item.at, nullptr);
      if (!atEnd() && !at(TokenKind::Colon) && !(item.end = parseExpr()))
        return false;
      if (takeIf(TokenKind::Colon) && !(item.step = parseExpr()))
        return false;
    }
  }
  item.range = since(begin);
  items.push_back(item);
  return true;
}
