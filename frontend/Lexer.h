//===- Lexer.h - tokens of architecture files -------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_LEXER_H
#define TENON_FRONTEND_LEXER_H

#include "frontend/Diagnostics.h"

namespace tenon::arch {

enum class TokenKind : uint8_t {
  End,
  Name,
  Integer,
  Float,
  String,
  // Brackets, in pairs.
  LeftParen,
  RightParen,
  LeftSquare,
  RightSquare,
  LeftBrace,
  RightBrace,
  // Separators.
  Comma,
  Semicolon,
  Colon,
  Dot,
  DotDot,
  Question,
  Arrow,    // ->
  FatArrow, // =>
  Assign,
  // Operators.
  Plus,
  Minus,
  Star,
  Slash,
  SlashSlash,
  Percent,
  Caret,
  At,
  Not,
  AndAnd,
  OrOr,
  Bar,
  Pipe, // |>
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  /// Not a token of the language; an error has been reported.
  Bad
};

struct Token {
  TokenKind kind = TokenKind::End;
  /// The first token of its line: an expression that is complete ends before
  /// it.
  bool startsLine = false;
  SourceRange range;
  llvm::StringRef text() const { return range.text(); }
};

/// What messages call a token of this kind.
llvm::StringRef describe(TokenKind kind);

/// The tokens of a part of a file, with an End token behind them.
std::vector<Token> lex(SourceRange part, Diagnostics &diagnostics);

} // namespace tenon::arch

#endif // TENON_FRONTEND_LEXER_H
