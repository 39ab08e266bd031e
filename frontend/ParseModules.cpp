//===- ParseModules.cpp - parsing the members of modules ------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Parser.h"

using namespace tenon;
using namespace tenon::arch;

ModuleBody *Parser::parseModuleBody() {
  SourceRange begin = peek().range;
  llvm::SmallVector<Member *> members;
  bool parsed = parseBraced("members", [&] {
    Member *member = parseMember();
    if (!member)
      return false;
    members.push_back(member);
    bool closed = tokens[position - 1].kind == TokenKind::RightBrace;
    if (closed)
      while (takeIf(TokenKind::Semicolon))
        ;
    return closed || parseBoundary("member");
  });
  if (!parsed)
    return nullptr;
  auto *body = arena.make<ModuleBody>();
  body->range = since(begin);
  body->members = arena.copy(members);
  return body;
}

Member *Parser::parseMember() {
  SourceRange begin = peek().range;
  if (atWord("if"))
    return parseIfMember();
  if (takeWord("let")) {
    LetStmt *let = parseLet();
    if (!let)
      return nullptr;
    auto *member = arena.make<LetMember>(let->range);
    member->let = let;
    return member;
  }
  if (takeWord("fn")) {
    Function *function = parseFunction(begin, /*named=*/false);
    if (!function)
      return nullptr;
    auto *member = arena.make<FunctionMember>(function->range);
    member->function = function;
    return member;
  }
  // Other keywords are names as well: what follows tells.
  TokenKind next = peek(1).kind;
  bool declares = next == TokenKind::Colon || next == TokenKind::Comma ||
                  next == TokenKind::LeftBrace || next == TokenKind::LeftSquare;
  return declares ? parseNamedMember() : parseKeywordMember();
}

Member *Parser::parseKeywordMember() {
  SourceRange begin = peek().range;
  if (takeWord("table")) {
    Table *table = parseTable(begin);
    if (!table)
      return nullptr;
    auto *member = arena.make<TableMember>(table->range);
    member->table = table;
    return member;
  }
  if (atWord("state"))
    return parseState();
  if (atWord("entry"))
    return parseEntry();
  if (takeWord("ignore")) {
    auto *member = arena.make<IgnoreMember>(begin);
    llvm::SmallVector<Expr *> patterns;
    if (!parseStrings(TokenKind::Comma, patterns))
      return nullptr;
    member->patterns = arena.copy(patterns);
    member->range = since(begin);
    return member;
  }
  if (takeWord("rename")) {
    auto *member = arena.make<RenameMember>(begin);
    if (!(member->from = parseString()) ||
        !expect(TokenKind::Arrow, "between the names") ||
        !(member->to = parseString()))
      return nullptr;
    member->range = since(begin);
    return member;
  }
  if (takeWord("tie")) {
    auto *member = arena.make<TieMember>(begin);
    auto name = parseIdentifier("the name of the tied weight");
    if (!name || !expect(TokenKind::Assign, "before the weight it is tied to"))
      return nullptr;
    member->name = *name;
    if (!(member->target = parseExpr()))
      return nullptr;
    member->range = since(begin);
    return member;
  }
  if (atWord("require")) {
    RequireStmt *require = parseRequire();
    if (!require)
      return nullptr;
    auto *member = arena.make<RequireMember>(require->range);
    member->require = require;
    return member;
  }
  return failExpected("a member: a name with ':' or '{' behind it, or one of "
                      "let, fn, if, table, state, entry, ignore, rename, tie, "
                      "require");
}

Member *Parser::parseIfMember() {
  Nested nested(*this);
  if (!nested)
    return nullptr;
  SourceRange begin = take().range;
  auto *member = arena.make<IfMember>(begin);
  if (!(member->condition = parseExpr()) ||
      !(member->thenBody = parseModuleBody()))
    return nullptr;
  if (takeWord("else")) {
    if (atWord("if")) {
      Member *other = parseIfMember();
      if (!other)
        return nullptr;
      member->elseBody = arena.make<ModuleBody>();
      member->elseBody->range = other->range;
      member->elseBody->members = arena.copy(ArrayRef<Member *>{other});
    } else if (!(member->elseBody = parseModuleBody())) {
      return nullptr;
    }
  }
  member->range = since(begin);
  return member;
}

Member *Parser::parseState() {
  SourceRange begin = take().range;
  auto *member = arena.make<StateMember>(begin);
  llvm::SmallVector<Identifier> names;
  if (!parseNames("the state's name", names) ||
      !expect(TokenKind::Colon, "before the state's type") ||
      !(member->type = parseType()))
    return nullptr;
  member->names = arena.copy(names);
  if (member->type->kind != TypeRef::Kind::Tensor || !member->type->name) {
    diagnostics.error(member->type->range,
                      "a state holds a tensor: f32[...] say");
    return nullptr;
  }
  member->growing = atWord("growing");
  if (!takeWord("growing") && !takeWord("fixed"))
    return failExpected("'growing' or 'fixed'");
  if (!(member->along = parseExpr()))
    return nullptr;
  member->range = since(begin);
  return member;
}

Member *Parser::parseEntry() {
  SourceRange begin = take().range;
  auto *member = arena.make<EntryMember>(begin);
  auto *function = arena.make<Function>();
  auto name = parseIdentifier("the entry's name");
  if (!name)
    return nullptr;
  function->name = *name;
  llvm::SmallVector<Parameter> parameters;
  if (!parseParameters(parameters))
    return nullptr;
  function->parameters = arena.copy(parameters);
  llvm::SmallVector<DimBinding> bindings;
  if (takeWord("with")) {
    do {
      auto dim = parseIdentifier("a dim's name");
      if (!dim || !expect(TokenKind::Assign, "before the dim's value"))
        return nullptr;
      Expr *value = parseExpr();
      if (!value)
        return nullptr;
      bindings.push_back({*dim, value});
    } while (takeIf(TokenKind::Comma));
  }
  member->bindings = arena.copy(bindings);
  if (!(function->body = parseBlock()))
    return nullptr;
  function->range = since(begin);
  member->range = function->range;
  member->function = function;
  return member;
}

Member *Parser::parseNamedMember() {
  SourceRange begin = peek().range;
  llvm::SmallVector<Identifier> names;
  ArraySpec array;
  if (!parseNames("a member's name", names))
    return nullptr;
  if (takeIf(TokenKind::LeftSquare)) {
    bool parsed = bracketed(brackets + 1, [&] {
      return parseArraySpec(array) &&
             expect(TokenKind::RightSquare, "behind the range");
    });
    if (!parsed)
      return nullptr;
  }
  if (at(TokenKind::LeftBrace)) {
    auto *member = arena.make<NestedMember>(begin);
    if (names.size() != 1) {
      diagnostics.error(names[1].range, "a block has one name");
      return nullptr;
    }
    member->name = names.front();
    member->array = array;
    if (!(member->body = parseModuleBody()) ||
        !parsePlacement(member->placement))
      return nullptr;
    member->range = since(begin);
    return member;
  }
  if (!expect(TokenKind::Colon, "behind the name"))
    return nullptr;
  if (at(TokenKind::Name) && peek(1).kind == TokenKind::LeftSquare &&
      !peek(1).startsLine) {
    auto *member = arena.make<WeightMember>(begin);
    member->names = arena.copy(names);
    if (array.index) {
      diagnostics.error(array.index.range,
                        "weights can't be arrays: use a block");
      return nullptr;
    }
    if (!(member->type = parseType()) || !parsePlacement(member->placement))
      return nullptr;
    member->range = since(begin);
    return member;
  }
  auto *member = arena.make<SubmoduleMember>(begin);
  auto module = parseIdentifier("a tensor type or a module");
  if (!module)
    return nullptr;
  member->names = arena.copy(names);
  member->array = array;
  member->module = *module;
  llvm::SmallVector<Argument> arguments;
  if (at(TokenKind::LeftParen) && !parseArguments(arguments))
    return nullptr;
  member->arguments = arena.copy(arguments);
  if (!parsePlacement(member->placement))
    return nullptr;
  member->range = since(begin);
  return member;
}

bool Parser::parseArraySpec(ArraySpec &array) {
  auto index = parseIdentifier("an index's name");
  if (!index)
    return false;
  array.index = *index;
  if (!takeWord("in")) {
    failExpected("'in'");
    return false;
  }
  Expr *range = parseExpr();
  if (!range)
    return false;
  auto *bounds = llvm::dyn_cast<RangeExpr>(range);
  if (!bounds) {
    diagnostics.error(range->range, "expected a range, 0..n say");
    return false;
  }
  array.begin = bounds->begin;
  array.end = bounds->end;
  return true;
}

bool Parser::parsePlacement(Placement &placement) {
  // A long list of names may have a line of its own.
  auto atNames = [&] {
    return atWord("at") && peek(1).kind == TokenKind::String;
  };
  while (!atBoundary() || atNames()) {
    if (takeWord("optional")) {
      placement.optional = true;
    } else if (takeWord("at")) {
      llvm::SmallVector<Expr *> names;
      if (!parseStrings(TokenKind::Bar, names))
        return false;
      placement.at = arena.copy(names);
    } else {
      break;
    }
  }
  return true;
}

bool Parser::parseStrings(TokenKind separator,
                          llvm::SmallVectorImpl<Expr *> &strings) {
  do {
    Expr *string = parseString();
    if (!string)
      return false;
    strings.push_back(string);
  } while (takeIf(separator));
  return true;
}
