//===- ParseStatements.cpp - parsing statements, functions, types ---------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Parser.h"

using namespace tenon;
using namespace tenon::arch;

Block *Parser::wrap(Expr *value) {
  auto *statement = arena.make<ExpressionStmt>(value->range);
  statement->value = value;
  auto *block = arena.make<Block>();
  block->range = value->range;
  block->statements = arena.copy(ArrayRef<Stmt *>{statement});
  return block;
}

Block *Parser::parseBlock() {
  SourceRange begin = peek().range;
  llvm::SmallVector<Stmt *> statements;
  bool parsed = parseBraced("block", [&] {
    Stmt *statement = parseStatement();
    if (!statement)
      return false;
    statements.push_back(statement);
    // A block ends its statement.
    if (tokens[position - 1].kind != TokenKind::RightBrace)
      return parseBoundary("statement");
    while (takeIf(TokenKind::Semicolon))
      ;
    return true;
  });
  if (!parsed)
    return nullptr;
  auto *block = arena.make<Block>();
  block->range = since(begin);
  block->statements = arena.copy(statements);
  return block;
}

Block *Parser::parseBody() {
  if (at(TokenKind::LeftBrace))
    return parseBlock();
  Expr *value = parseExpr();
  return value ? wrap(value) : nullptr;
}

Stmt *Parser::parseStatement() {
  SourceRange begin = peek().range;
  if (takeWord("let"))
    return parseLet();
  if (takeWord("for"))
    return parseFor();
  if (takeWord("fn")) {
    Function *function = parseFunction(begin, /*named=*/true);
    if (!function)
      return nullptr;
    auto *statement = arena.make<FunctionStmt>(function->range);
    statement->function = function;
    return statement;
  }
  // These words are names as well: what follows tells.
  TokenKind next = peek(1).kind;
  bool startsValue = next == TokenKind::Name || next == TokenKind::Integer ||
                     next == TokenKind::Not || next == TokenKind::String;
  if (atWord("require") && startsValue)
    return parseRequire();
  if (atWord("tap") && next == TokenKind::String)
    return parseTap();
  if (atAssignment())
    return parseAssignment();
  Expr *value = parseExpr();
  if (!value)
    return nullptr;
  auto *statement = arena.make<ExpressionStmt>(value->range);
  statement->value = value;
  return statement;
}

LetStmt *Parser::parseLet() {
  SourceRange begin = tokens[position - 1].range;
  llvm::SmallVector<Identifier> names;
  if (!parseNames("a name", names))
    return nullptr;
  auto *let = arena.make<LetStmt>(begin);
  let->names = arena.copy(names);
  if (takeIf(TokenKind::Colon) && !(let->type = parseType()))
    return nullptr;
  if (!expect(TokenKind::Assign, "before the value") ||
      !(let->value = parseExpr()))
    return nullptr;
  let->range = since(begin);
  return let;
}

Stmt *Parser::parseFor() {
  SourceRange begin = tokens[position - 1].range;
  llvm::SmallVector<Identifier> variables;
  if (!parseNames("a variable's name", variables))
    return nullptr;
  if (!takeWord("in")) {
    return failExpected("'in'");
  }
  auto *loop = arena.make<ForStmt>(begin);
  loop->variables = arena.copy(variables);
  if (!(loop->iterable = parseExpr()) || !(loop->body = parseBlock()))
    return nullptr;
  loop->range = since(begin);
  return loop;
}

RequireStmt *Parser::parseRequire() {
  SourceRange begin = take().range;
  auto *require = arena.make<RequireStmt>(begin);
  if (!(require->condition = parseExpr()))
    return nullptr;
  if (takeIf(TokenKind::Comma) && !(require->message = parseExpr()))
    return nullptr;
  require->range = since(begin);
  return require;
}

Stmt *Parser::parseTap() {
  SourceRange begin = take().range;
  auto *tap = arena.make<TapStmt>(begin);
  if (!(tap->name = parseString()) ||
      !expect(TokenKind::Assign, "before the value") ||
      !(tap->value = parseExpr()))
    return nullptr;
  tap->range = since(begin);
  return tap;
}

bool Parser::atAssignment() const {
  // name (',' name)* ('=' | ':')
  size_t ahead = 0;
  while (peek(ahead).kind == TokenKind::Name &&
         peek(ahead + 1).kind == TokenKind::Comma)
    ahead += 2;
  return peek(ahead).kind == TokenKind::Name &&
         (peek(ahead + 1).kind == TokenKind::Assign ||
          peek(ahead + 1).kind == TokenKind::Colon);
}

Stmt *Parser::parseAssignment() {
  SourceRange begin = peek().range;
  llvm::SmallVector<Identifier> names;
  parseNames("a name", names);
  auto *assign = arena.make<AssignStmt>(begin);
  assign->names = arena.copy(names);
  if (takeIf(TokenKind::Colon) && !(assign->type = parseType()))
    return nullptr;
  if (!expect(TokenKind::Assign, "before the value") ||
      !(assign->value = parseExpr()))
    return nullptr;
  assign->range = since(begin);
  return assign;
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

Function *Parser::parseFunction(SourceRange begin, bool named) {
  auto *function = arena.make<Function>();
  if (named || at(TokenKind::Name)) {
    auto name = parseIdentifier("the function's name");
    if (!name)
      return nullptr;
    function->name = *name;
  }
  if (takeIf(TokenKind::LeftSquare)) {
    llvm::SmallVector<DimVariable> dims;
    if (!parseList(TokenKind::RightSquare, [&] {
          auto name = parseIdentifier("a dim's name");
          if (name)
            dims.push_back({*name, takeIf(TokenKind::DotDot)});
          return name.has_value();
        }))
      return nullptr;
    function->dims = arena.copy(dims);
  }
  llvm::SmallVector<Parameter> parameters;
  if (!parseParameters(parameters))
    return nullptr;
  function->parameters = arena.copy(parameters);
  if (takeIf(TokenKind::Arrow) && !(function->result = parseType()))
    return nullptr;
  if (!(function->body = parseBlock()))
    return nullptr;
  function->range = since(begin);
  return function;
}

bool Parser::parseParameters(llvm::SmallVectorImpl<Parameter> &parameters) {
  if (!expect(TokenKind::LeftParen, "before the parameters"))
    return false;
  return parseList(TokenKind::RightParen, [&] {
    Parameter parameter;
    auto name = parseIdentifier("a parameter's name");
    if (!name)
      return false;
    parameter.name = *name;
    if (takeIf(TokenKind::Colon) && !(parameter.type = parseType()))
      return false;
    if (takeIf(TokenKind::Assign) && !(parameter.fallback = parseExpr()))
      return false;
    parameters.push_back(parameter);
    return true;
  });
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

TypeRef *Parser::parseType() {
  Nested nested(*this);
  if (!nested)
    return nullptr;
  SourceRange begin = peek().range;
  TypeRef *type = parseTypeCore();
  if (!type)
    return nullptr;
  type->optional = takeIf(TokenKind::Question);
  type->range = since(begin);
  return type;
}

TypeRef *Parser::parseTypeCore() {
  auto *type = arena.make<TypeRef>();
  if (at(TokenKind::String)) {
    type->kind = TypeRef::Kind::Words;
    llvm::SmallVector<StringRef> words;
    do {
      StringExpr *word = parseString();
      if (!word)
        return nullptr;
      if (word->parts.size() != 1 || word->parts[0].value) {
        diagnostics.error(word->range, "expected a plain string");
        return nullptr;
      }
      words.push_back(word->parts[0].text);
    } while (takeIf(TokenKind::Bar));
    type->words = arena.copy(words);
    return type;
  }
  if (takeIf(TokenKind::LeftSquare)) {
    type->kind = TypeRef::Kind::List;
    if (!(type->element = parseType()) ||
        !expect(TokenKind::RightSquare, "behind the type of the elements"))
      return nullptr;
    return type;
  }
  if (at(TokenKind::LeftBrace)) {
    type->kind = TypeRef::Kind::Record;
    llvm::SmallVector<ConfigField *> fields;
    if (!parseFields(fields, nullptr))
      return nullptr;
    type->fields = arena.copy(fields);
    return type;
  }
  if (!at(TokenKind::Name))
    return failExpected("a type");
  Token token = take();
  StringRef word = token.text();
  if (at(TokenKind::LeftSquare) && !peek().startsLine) {
    type->kind = TypeRef::Kind::Tensor;
    if (word != "tensor")
      type->name = {word, token.range};
    return parseDims(type) ? type : nullptr;
  }
  using Kind = TypeRef::Kind;
  static const llvm::StringMap<Kind> kinds = {
      {"any", Kind::Any},       {"int", Kind::Int},
      {"float", Kind::Float},   {"bool", Kind::Bool},
      {"string", Kind::String}, {"type", Kind::ElementType},
      {"fn", Kind::Function},   {"map", Kind::Map}};
  auto it = kinds.find(word);
  type->kind = it == kinds.end() ? Kind::Choice : it->second;
  if (type->kind == Kind::Choice)
    type->name = {word, token.range};
  return type;
}

bool Parser::parseDims(TypeRef *type) {
  if (!expect(TokenKind::LeftSquare, "before the dims"))
    return false;
  llvm::SmallVector<DimSpec> dims;
  if (!parseList(TokenKind::RightSquare, [&] { return parseDimSpec(dims); }))
    return false;
  if (llvm::count_if(dims, [](const DimSpec &d) { return d.isRest; }) > 1) {
    diagnostics.error(dims.back().range, "a type has at most one '..'");
    return false;
  }
  type->dims = arena.copy(dims);
  return true;
}

bool Parser::parseDimSpec(llvm::SmallVectorImpl<DimSpec> &dims) {
  DimSpec spec;
  spec.range = peek().range;
  auto endsSpec = [&](size_t ahead) {
    return peek(ahead).kind == TokenKind::Comma ||
           peek(ahead).kind == TokenKind::RightSquare;
  };
  if (takeIf(TokenKind::DotDot)) {
    spec.isRest = true;
  } else if (at(TokenKind::Name) && peek(1).kind == TokenKind::DotDot &&
             endsSpec(2)) {
    spec.rest = *parseIdentifier("");
    spec.isRest = true;
    take();
  } else if (!(spec.dim = parseExpr())) {
    return false;
  }
  spec.range = since(spec.range);
  dims.push_back(spec);
  return true;
}
