//===- Parser.cpp - the parser's tools ------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Parser.h"

using namespace tenon;
using namespace tenon::arch;

void arch::parse(const SourceFile &file, Arena &arena, Diagnostics &diagnostics,
                 Unit &unit) {
  unit.file = &file;
  SourceRange whole{&file, 0, static_cast<uint32_t>(file.text().size())};
  Parser(whole, arena, diagnostics).parseUnit(unit);
}

const Token &Parser::take() {
  const Token &token = peek();
  if (position + 1 < tokens.size())
    ++position;
  return token;
}

bool Parser::takeIf(TokenKind kind) {
  if (!at(kind))
    return false;
  take();
  return true;
}

bool Parser::takeWord(StringRef word) {
  if (!atWord(word))
    return false;
  take();
  return true;
}

std::nullptr_t Parser::fail(const llvm::Twine &message) {
  // A bad token has been reported where it was read.
  if (!at(TokenKind::Bad))
    diagnostics.error(peek().range, message);
  return nullptr;
}

std::nullptr_t Parser::failExpected(StringRef what) {
  if (at(TokenKind::Name))
    return fail("expected " + what + ", found '" + peek().text() + "'");
  return fail("expected " + what + ", found " + describe(peek().kind));
}

bool Parser::expect(TokenKind kind, StringRef purpose) {
  if (takeIf(kind))
    return true;
  failExpected((describe(kind) + " " + purpose).str());
  return false;
}

SourceRange Parser::since(SourceRange begin) const {
  return begin.to(tokens[position ? position - 1 : 0].range);
}

bool Parser::atBoundary() const {
  return peek().startsLine || at(TokenKind::Semicolon) ||
         at(TokenKind::RightBrace) || at(TokenKind::End);
}

bool Parser::parseBoundary(StringRef what) {
  if (!atBoundary()) {
    failExpected(("the end of the " + what + " (a new line or ';')").str());
    return false;
  }
  while (takeIf(TokenKind::Semicolon))
    ;
  return true;
}

void Parser::recover(size_t begin) {
  // What is between brackets belongs to the statement that failed; a brace that
  // closes ends brackets of other kinds that were left open.
  unsigned braces = 0, others = 0;
  for (size_t i = begin; tokens[i].kind != TokenKind::End; ++i) {
    bool skips = i >= position, inside = braces > 0 || others > 0;
    if (skips && i != begin && !inside && tokens[i].startsLine)
      return;
    switch (tokens[i].kind) {
    case TokenKind::LeftParen:
    case TokenKind::LeftSquare:
      ++others;
      break;
    case TokenKind::RightParen:
    case TokenKind::RightSquare:
      others -= others > 0;
      break;
    case TokenKind::LeftBrace:
      ++braces;
      break;
    case TokenKind::RightBrace:
      if (skips && braces == 0)
        return;
      braces -= braces > 0;
      others = 0;
      break;
    case TokenKind::Semicolon:
      if (skips && !inside) {
        take();
        return;
      }
      break;
    default:
      break;
    }
    if (skips)
      take();
  }
}

bool Parser::parseBraced(StringRef what, std::function<bool()> item) {
  SourceRange begin = peek().range;
  if (!expect(TokenKind::LeftBrace, "before the " + what.str()))
    return false;
  Nested nested(*this);
  if (!nested)
    return false;
  bracketed(0, [&] {
    while (takeIf(TokenKind::Semicolon))
      ;
    while (!at(TokenKind::RightBrace) && !at(TokenKind::End)) {
      size_t before = position;
      if (!item())
        recover(before);
      // Always go on, whatever was found.
      if (position == before)
        take();
    }
    return 0;
  });
  if (takeIf(TokenKind::RightBrace))
    return true;
  if (!at(TokenKind::Bad))
    diagnostics.error(peek().range, "expected '}' at the end of the " + what)
        .note(begin, "it begins here");
  return false;
}

bool Parser::parseList(TokenKind close, std::function<bool()> item) {
  return bracketed(brackets + 1, [&] {
    while (!at(close)) {
      if (!item())
        return false;
      if (!at(close) && !takeIf(TokenKind::Comma)) {
        failExpected(("',' or " + describe(close)).str());
        return false;
      }
    }
    take();
    return true;
  });
}

Parser::Nested::Nested(Parser &parser) : parser(parser) {
  // Bounds the recursion of whoever walks the tree as well.
  constexpr unsigned maxDepth = 100;
  allowed = ++parser.depth <= maxDepth;
  if (!allowed)
    parser.fail("this is nested too deeply");
}

std::optional<Identifier> Parser::parseIdentifier(StringRef what) {
  if (!at(TokenKind::Name)) {
    failExpected(what);
    return std::nullopt;
  }
  const Token &token = take();
  return Identifier{token.text(), token.range};
}

bool Parser::parseNames(StringRef what,
                        llvm::SmallVectorImpl<Identifier> &names) {
  do {
    auto name = parseIdentifier(what);
    if (!name)
      return false;
    names.push_back(*name);
  } while (takeIf(TokenKind::Comma));
  return true;
}
