//===- ParseDeclarations.cpp - parsing what files declare -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Parser.h"

#include "support/Text.h"

using namespace tenon;
using namespace tenon::arch;

void Parser::parseUnit(Unit &unit) {
  while (takeIf(TokenKind::Semicolon))
    ;
  while (!at(TokenKind::End) && !diagnostics.full()) {
    size_t before = position;
    if (!parseDeclaration(unit) || !parseBoundary("declaration"))
      recover(before);
    if (position == before || at(TokenKind::RightBrace))
      take();
  }
}

bool Parser::parseDeclaration(Unit &unit) {
  using Kind = Declaration::Kind;
  SourceRange begin = peek().range;
  auto declare = [&](Kind kind, auto *node) {
    if (node)
      unit.declarations.push_back({kind, node->name, node});
    return node != nullptr;
  };
  if (takeWord("use")) {
    auto name = parseIdentifier("the name of a library file");
    if (name)
      unit.uses.push_back({*name});
    return name.has_value();
  }
  if (takeWord("config"))
    return declare(Kind::Config, parseConfig(begin));
  if (takeWord("dim"))
    return parseDims(unit, begin);
  if (takeWord("let")) {
    LetStmt *let = parseLet();
    if (!let)
      return false;
    for (const Identifier &name : let->names)
      unit.declarations.push_back({Kind::Let, name, let});
    return true;
  }
  if (takeWord("table"))
    return declare(Kind::Table, parseTable(begin));
  if (takeWord("fn"))
    return declare(Kind::Function, parseFunction(begin, /*named=*/true));
  if (takeWord("module"))
    return declare(Kind::Module, parseModule(begin, /*isModel=*/false));
  if (takeWord("model"))
    return declare(Kind::Module, parseModule(begin, /*isModel=*/true));
  if (takeWord("choice"))
    return declare(Kind::Choice, parseChoice(begin));
  if (atWord("require")) {
    RequireStmt *require = parseRequire();
    if (require)
      unit.requires_.push_back(require);
    return require != nullptr;
  }
  static const std::vector<std::string> words = {
      "use", "config", "dim",    "let",   "table",
      "fn",  "choice", "module", "model", "require"};
  if (!at(TokenKind::Name)) {
    failExpected("a declaration");
    return false;
  }
  diagnostics
      .error(begin, "expected a declaration, found '" + peek().text() + "'")
      .suggest(peek().text(), words)
      .help("declarations begin with " + join(words, ", "));
  return false;
}

Config *Parser::parseConfig(SourceRange begin) {
  auto name = parseIdentifier("the config's name");
  if (!name)
    return nullptr;
  llvm::SmallVector<ConfigField *> fields;
  llvm::SmallVector<RequireStmt *> conditions;
  if (!parseFields(fields, &conditions))
    return nullptr;
  auto *config = arena.make<Config>();
  config->range = since(begin);
  config->name = *name;
  config->fields = arena.copy(fields);
  config->requires_ = arena.copy(conditions);
  return config;
}

bool Parser::parseFields(llvm::SmallVectorImpl<ConfigField *> &fields,
                         llvm::SmallVectorImpl<RequireStmt *> *conditions) {
  return parseBraced("fields", [&] {
    if (conditions && atWord("require") && peek(1).kind != TokenKind::Colon) {
      RequireStmt *condition = parseRequire();
      if (!condition)
        return false;
      conditions->push_back(condition);
      return parseBoundary("condition");
    }
    return parseField(fields) && parseBoundary("field");
  });
}

bool Parser::parseField(llvm::SmallVectorImpl<ConfigField *> &fields) {
  llvm::SmallVector<Identifier> names;
  if (!parseNames("a field's name", names) ||
      !expect(TokenKind::Colon, "before the field's type"))
    return false;
  ConfigField shared;
  if (!(shared.type = parseType()))
    return false;
  if (takeWord("where") && !(shared.constraint = parseExpr()))
    return false;
  if (takeIf(TokenKind::Assign) && !(shared.fallback = parseExpr()))
    return false;
  for (const Identifier &name : names) {
    auto *field = arena.make<ConfigField>();
    *field = shared;
    field->name = name;
    fields.push_back(field);
  }
  return true;
}

bool Parser::parseDims(Unit &unit, SourceRange begin) {
  do {
    auto *dim = arena.make<Dim>();
    dim->range = begin;
    if (atWord("late") && peek(1).kind == TokenKind::Name &&
        peek(1).text() != "in") {
      take();
      dim->late = true;
    }
    auto name = parseIdentifier("a dim's name");
    if (!name)
      return false;
    dim->name = *name;
    if (!takeWord("in")) {
      failExpected("'in' and the dim's bounds, [1, 64] say");
      return false;
    }
    if (!expect(TokenKind::LeftSquare, "before the dim's bounds") ||
        !(dim->low = parseExpr()) ||
        !expect(TokenKind::Comma, "between the dim's bounds") ||
        !(dim->high = parseExpr()) ||
        !expect(TokenKind::RightSquare, "behind the dim's bounds"))
      return false;
    if (takeWord("step") && !(dim->step = parseExpr()))
      return false;
    if (takeWord("typical") && !(dim->typical = parseExpr()))
      return false;
    dim->range = since(begin);
    unit.declarations.push_back({Declaration::Kind::Dim, dim->name, dim});
    begin = peek().range;
  } while (takeIf(TokenKind::Comma));
  return true;
}

Table *Parser::parseTable(SourceRange begin) {
  auto name = parseIdentifier("the table's name");
  if (!name || !expect(TokenKind::LeftSquare, "before the table's indices"))
    return nullptr;
  auto *table = arena.make<Table>();
  table->name = *name;
  llvm::SmallVector<TableIndex> indices;
  if (!parseList(TokenKind::RightSquare, [&] {
        ArraySpec spec;
        if (!parseArraySpec(spec))
          return false;
        indices.push_back({spec.index, spec.begin, spec.end});
        return true;
      }))
    return nullptr;
  table->indices = arena.copy(indices);
  if (takeIf(TokenKind::Colon)) {
    auto element = parseIdentifier("an element type");
    if (!element)
      return nullptr;
    table->element = *element;
  }
  if (!expect(TokenKind::Assign, "before the table's value") ||
      !(table->value = parseExpr()))
    return nullptr;
  table->range = since(begin);
  return table;
}

Choice *Parser::parseChoice(SourceRange begin) {
  auto name = parseIdentifier("the choice's name");
  if (!name)
    return nullptr;
  auto *choice = arena.make<Choice>();
  choice->name = *name;
  llvm::SmallVector<ChoiceCase> cases;
  bool parsed = parseBraced("cases", [&] {
    ChoiceCase choiceCase;
    llvm::SmallVector<StringExpr *> keys;
    do {
      StringExpr *key = parseString();
      if (!key)
        return false;
      if (key->parts.size() != 1 || key->parts[0].value) {
        diagnostics.error(key->range, "expected a plain string");
        return false;
      }
      keys.push_back(key);
    } while (takeIf(TokenKind::Comma));
    choiceCase.keys = arena.copy(keys);
    if (!expect(TokenKind::FatArrow, "behind the case") ||
        !(choiceCase.value = parseExpr()) || !parseBoundary("case"))
      return false;
    cases.push_back(choiceCase);
    return true;
  });
  if (!parsed)
    return nullptr;
  choice->cases = arena.copy(cases);
  choice->range = since(begin);
  return choice;
}

Module *Parser::parseModule(SourceRange begin, bool isModel) {
  auto *module = arena.make<Module>();
  module->isModel = isModel;
  auto name = parseIdentifier("the module's name");
  if (!name)
    return nullptr;
  module->name = *name;
  if (at(TokenKind::LeftParen)) {
    llvm::SmallVector<Parameter> parameters;
    if (!parseParameters(parameters))
      return nullptr;
    module->parameters = arena.copy(parameters);
  }
  if (!(module->body = parseModuleBody()))
    return nullptr;
  module->range = since(begin);
  return module;
}
