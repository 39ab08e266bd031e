//===- ParsePrimary.cpp - parsing what operators join ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Parser.h"

#include "support/Text.h"

using namespace tenon;
using namespace tenon::arch;

Expr *Parser::parsePrimary() {
  switch (peek().kind) {
  case TokenKind::Integer:
  case TokenKind::Float:
    return parseNumber();
  case TokenKind::String:
    return parseString();
  case TokenKind::LeftParen:
    return atLambda() ? parseLambda() : parseParenthesized();
  case TokenKind::LeftSquare:
    return parseSquare();
  case TokenKind::Name:
    break;
  default:
    return failExpected("an expression");
  }
  if (peek(1).kind == TokenKind::FatArrow)
    return parseLambda();
  StringRef word = peek().text();
  if (word == "if")
    return parseIf();
  if (word == "match")
    return parseMatch();
  if (word == "let" || word == "fn" || word == "for" || word == "else" ||
      word == "in")
    return failExpected("an expression");
  SourceRange range = take().range;
  if (word == "true" || word == "false") {
    auto *expr = arena.make<BoolExpr>(range);
    expr->value = word == "true";
    return expr;
  }
  if (word == "none")
    return arena.make<NoneExpr>(range);
  auto *name = arena.make<NameExpr>(range);
  name->name = word;
  return name;
}

Expr *Parser::parseNumber() {
  Token token = take();
  if (token.kind == TokenKind::Float) {
    auto *expr = arena.make<FloatExpr>(token.range);
    auto value = tenon::parseNumber(std::string_view(token.text()));
    if (!value) {
      diagnostics.error(token.range, "this number is too large");
      return nullptr;
    }
    expr->value = *value;
    return expr;
  }
  auto *expr = arena.make<IntegerExpr>(token.range);
  auto value = parseInteger(std::string_view(token.text()));
  if (!value) {
    diagnostics.error(token.range, "this integer doesn't fit 64 bits");
    return nullptr;
  }
  expr->value = *value;
  return expr;
}

StringExpr *Parser::parseString() {
  if (!at(TokenKind::String))
    return failExpected("a string");
  Token token = take();
  auto *string = arena.make<StringExpr>(token.range);
  llvm::SmallVector<StringPart> parts;
  std::string text;
  auto flush = [&] {
    if (!text.empty())
      parts.push_back({arena.text(text), nullptr});
    text.clear();
  };
  SourceRange range = token.range;
  StringRef whole = range.file->text();
  for (uint32_t i = range.begin + 1; i + 1 < range.end; ++i) {
    char c = whole[i];
    if (c == '\\') {
      char escaped = whole[++i];
      if (!StringRef("\\\"{}nt").contains(escaped)) {
        diagnostics.error({range.file, i - 1, i + 1},
                          "unknown escape in a string");
        return nullptr;
      }
      text += escaped == 'n' ? '\n' : escaped == 't' ? '\t' : escaped;
    } else if (c == '{') {
      size_t close = whole.slice(i, range.end - 1).find('}');
      if (close == StringRef::npos) {
        diagnostics.error({range.file, i, i + 1},
                          "'{' isn't closed: write \\{ for the character");
        return nullptr;
      }
      flush();
      SourceRange inner{range.file, i + 1, static_cast<uint32_t>(i + close)};
      Expr *value = Parser(inner, arena, diagnostics, depth).parseWhole();
      if (!value)
        return nullptr;
      parts.push_back({StringRef(), value});
      i += close;
    } else {
      text += c;
    }
  }
  flush();
  string->parts = arena.copy(parts);
  return string;
}

Expr *Parser::parseParenthesized() {
  SourceRange begin = take().range;
  llvm::SmallVector<Expr *> elements;
  bool trailingComma = false;
  bool closed = bracketed(brackets + 1, [&] {
    while (!at(TokenKind::RightParen)) {
      Expr *element = parseExpr();
      if (!element)
        return false;
      elements.push_back(element);
      trailingComma = takeIf(TokenKind::Comma);
      if (!trailingComma && !at(TokenKind::RightParen)) {
        failExpected("',' or ')'");
        return false;
      }
    }
    take();
    return true;
  });
  if (!closed)
    return nullptr;
  if (elements.size() == 1 && !trailingComma)
    return elements.front();
  auto *list = arena.make<ListExpr>(since(begin));
  list->elements = arena.copy(elements);
  return list;
}

Expr *Parser::parseSquare() {
  SourceRange begin = take().range;
  llvm::SmallVector<Expr *> elements;
  ComprehensionExpr *comprehension = nullptr;
  bool closed = parseList(TokenKind::RightSquare, [&] {
    Expr *element = parseExpr();
    if (!element)
      return false;
    elements.push_back(element);
    if (elements.size() != 1 || !takeWord("for"))
      return true;
    comprehension = arena.make<ComprehensionExpr>(begin);
    comprehension->element = element;
    llvm::SmallVector<Identifier> variables;
    if (!parseNames("a variable's name", variables))
      return false;
    if (!takeWord("in")) {
      failExpected("'in'");
      return false;
    }
    comprehension->variables = arena.copy(variables);
    if (!(comprehension->iterable = parseExpr()))
      return false;
    if (takeWord("if") && !(comprehension->condition = parseExpr()))
      return false;
    if (!at(TokenKind::RightSquare)) {
      failExpected("']'");
      return false;
    }
    return true;
  });
  if (!closed)
    return nullptr;
  if (comprehension) {
    comprehension->range = since(begin);
    return comprehension;
  }
  auto *list = arena.make<ListExpr>(since(begin));
  list->elements = arena.copy(elements);
  return list;
}

bool Parser::atLambda() const {
  // Look for the bracket that closes this one; `=>` behind it decides.
  unsigned open = 0;
  for (size_t i = position; i < tokens.size(); ++i) {
    TokenKind kind = tokens[i].kind;
    if (kind == TokenKind::LeftParen)
      ++open;
    else if (kind == TokenKind::RightParen && --open == 0)
      return tokens[i + 1].kind == TokenKind::FatArrow;
    else if (kind != TokenKind::Name && kind != TokenKind::Comma)
      return false;
  }
  return false;
}

Expr *Parser::parseLambda() {
  SourceRange begin = peek().range;
  llvm::SmallVector<Parameter> parameters;
  auto parseOne = [&] {
    auto name = parseIdentifier("a parameter's name");
    if (name)
      parameters.push_back({*name, nullptr, nullptr});
    return name.has_value();
  };
  if (takeIf(TokenKind::LeftParen)) {
    if (!parseList(TokenKind::RightParen, parseOne))
      return nullptr;
  } else if (!parseOne()) {
    return nullptr;
  }
  if (!expect(TokenKind::FatArrow, "before the body"))
    return nullptr;
  auto *function = arena.make<Function>();
  function->parameters = arena.copy(parameters);
  if (!(function->body = parseBody()))
    return nullptr;
  function->range = since(begin);
  auto *lambda = arena.make<LambdaExpr>(function->range);
  lambda->function = function;
  return lambda;
}

Expr *Parser::parseIf() {
  SourceRange begin = take().range;
  auto *expr = arena.make<IfExpr>(begin);
  if (!(expr->condition = parseExpr()) || !(expr->thenBlock = parseBlock()))
    return nullptr;
  if (takeWord("else")) {
    if (atWord("if")) {
      Nested nested(*this);
      Expr *other = nested ? parseIf() : nullptr;
      if (!other)
        return nullptr;
      expr->elseBlock = wrap(other);
    } else if (!(expr->elseBlock = parseBlock())) {
      return nullptr;
    }
  }
  expr->range = since(begin);
  return expr;
}

Expr *Parser::parseMatch() {
  SourceRange begin = take().range;
  auto *expr = arena.make<MatchExpr>(begin);
  if (!(expr->subject = parseExpr()))
    return nullptr;
  llvm::SmallVector<MatchCase> cases;
  bool parsed = parseBraced("cases", [&] {
    MatchCase matchCase;
    SourceRange start = peek().range;
    llvm::SmallVector<Expr *> patterns;
    if (!takeWord("else")) {
      do {
        Expr *pattern = parseConditional();
        if (!pattern)
          return false;
        patterns.push_back(pattern);
      } while (takeIf(TokenKind::Comma));
    }
    matchCase.patterns = arena.copy(patterns);
    if (!expect(TokenKind::FatArrow, "behind the case") ||
        !(matchCase.body = parseBody()) || !parseBoundary("case"))
      return false;
    matchCase.range = since(start);
    cases.push_back(matchCase);
    return true;
  });
  if (!parsed)
    return nullptr;
  expr->cases = arena.copy(cases);
  expr->range = since(begin);
  return expr;
}
