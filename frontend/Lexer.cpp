//===- Lexer.cpp - tokens of architecture files ---------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Lexer.h"

#include "support/Text.h"
#include "llvm/ADT/StringExtras.h"

using namespace tenon;
using namespace tenon::arch;
using llvm::StringRef;

namespace {
struct Spelling {
  StringRef text;
  TokenKind kind;
};
} // namespace

// Longer ones first: the first that fits is taken.
static constexpr Spelling spellings[] = {
    {"//", TokenKind::SlashSlash},   {"->", TokenKind::Arrow},
    {"=>", TokenKind::FatArrow},     {"==", TokenKind::Equal},
    {"!=", TokenKind::NotEqual},     {"<=", TokenKind::LessEqual},
    {">=", TokenKind::GreaterEqual}, {"&&", TokenKind::AndAnd},
    {"||", TokenKind::OrOr},         {"|>", TokenKind::Pipe},
    {"..", TokenKind::DotDot},       {"(", TokenKind::LeftParen},
    {")", TokenKind::RightParen},    {"[", TokenKind::LeftSquare},
    {"]", TokenKind::RightSquare},   {"{", TokenKind::LeftBrace},
    {"}", TokenKind::RightBrace},    {",", TokenKind::Comma},
    {";", TokenKind::Semicolon},     {":", TokenKind::Colon},
    {".", TokenKind::Dot},           {"?", TokenKind::Question},
    {"=", TokenKind::Assign},        {"+", TokenKind::Plus},
    {"-", TokenKind::Minus},         {"*", TokenKind::Star},
    {"/", TokenKind::Slash},         {"%", TokenKind::Percent},
    {"^", TokenKind::Caret},         {"@", TokenKind::At},
    {"!", TokenKind::Not},           {"|", TokenKind::Bar},
    {"<", TokenKind::Less},          {">", TokenKind::Greater}};

StringRef arch::describe(TokenKind kind) {
  switch (kind) {
  case TokenKind::End:
    return "the end of the file";
  case TokenKind::Name:
    return "a name";
  case TokenKind::Integer:
  case TokenKind::Float:
    return "a number";
  case TokenKind::String:
    return "a string";
  case TokenKind::Bad:
    return "what is no part of the language";
  default:
    break;
  }
  static const std::vector<std::string> quoted = [] {
    std::vector<std::string> names(static_cast<size_t>(TokenKind::Bad));
    for (const Spelling &spelling : spellings)
      names[static_cast<size_t>(spelling.kind)] =
          ("'" + spelling.text + "'").str();
    return names;
  }();
  return quoted[static_cast<size_t>(kind)];
}

namespace {
class Lexer {
public:
  Lexer(SourceRange part, Diagnostics &diagnostics)
      : file(part.file), text(part.file->text().take_front(part.end)),
        position(part.begin), diagnostics(diagnostics) {}

  std::vector<Token> run();

private:
  void skipBlanks();
  TokenKind lexToken();
  TokenKind lexNumber();
  TokenKind lexString();
  char peek(uint32_t ahead = 0) const {
    return position + ahead < text.size() ? text[position + ahead] : '\0';
  }
  SourceRange rangeFrom(uint32_t begin) const {
    return {file, begin, position};
  }

  const SourceFile *file;
  StringRef text;
  uint32_t position;
  bool startsLine = true;
  Diagnostics &diagnostics;
};
} // namespace

static bool startsName(char c) { return llvm::isAlpha(c) || c == '_'; }
static bool continuesName(char c) { return llvm::isAlnum(c) || c == '_'; }

/// Blanks and comments, from `#` to the end of the line.
void Lexer::skipBlanks() {
  while (position < text.size()) {
    char c = peek();
    if (c == '#') {
      while (position < text.size() && peek() != '\n')
        ++position;
      continue;
    }
    if (c == '\n')
      startsLine = true;
    else if (c != ' ' && c != '\t' && c != '\r')
      return;
    ++position;
  }
}

TokenKind Lexer::lexNumber() {
  auto skipDigits = [&] {
    while (llvm::isDigit(peek()))
      ++position;
  };
  bool isFloat = false;
  skipDigits();
  // `0..n` is a range, not a float.
  if (peek() == '.' && llvm::isDigit(peek(1))) {
    isFloat = true;
    ++position;
    skipDigits();
  }
  if (peek() == 'e' || peek() == 'E') {
    uint32_t sign = peek(1) == '+' || peek(1) == '-';
    if (llvm::isDigit(peek(1 + sign))) {
      isFloat = true;
      position += 1 + sign;
      skipDigits();
    }
  }
  uint32_t begin = position;
  while (continuesName(peek()))
    ++position;
  if (position != begin) {
    diagnostics.error(rangeFrom(begin), "unexpected '" +
                                            text.slice(begin, position) +
                                            "' after a number");
    return TokenKind::Bad;
  }
  return isFloat ? TokenKind::Float : TokenKind::Integer;
}

TokenKind Lexer::lexString() {
  uint32_t begin = position++;
  while (position < text.size() && peek() != '\n') {
    if (peek() == '"') {
      ++position;
      return TokenKind::String;
    }
    position += peek() == '\\' && position + 1 < text.size() ? 2 : 1;
  }
  position = std::min<uint32_t>(position, text.size());
  diagnostics.error({file, begin, begin + 1},
                    "string isn't closed on its line");
  return TokenKind::Bad;
}

TokenKind Lexer::lexToken() {
  char c = peek();
  if (startsName(c)) {
    while (continuesName(peek()))
      ++position;
    return TokenKind::Name;
  }
  if (llvm::isDigit(c))
    return lexNumber();
  if (c == '"')
    return lexString();
  for (const Spelling &spelling : spellings)
    if (text.substr(position).starts_with(spelling.text)) {
      position += spelling.text.size();
      return spelling.kind;
    }
  uint32_t begin = position++;
  // The other bytes of a code point belong to it.
  while (position < text.size() &&
         (static_cast<uint8_t>(text[position]) & 0xc0) == 0x80)
    ++position;
  diagnostics.error(rangeFrom(begin),
                    "unexpected character " +
                        quote(std::string_view(text.slice(begin, position))));
  return TokenKind::Bad;
}

std::vector<Token> Lexer::run() {
  std::vector<Token> tokens;
  while (true) {
    skipBlanks();
    Token token;
    token.startsLine = std::exchange(startsLine, false);
    uint32_t begin = position;
    if (position < text.size())
      token.kind = lexToken();
    token.range = rangeFrom(begin);
    tokens.push_back(token);
    if (token.kind == TokenKind::End)
      return tokens;
  }
}

std::vector<Token> arch::lex(SourceRange part, Diagnostics &diagnostics) {
  return Lexer(part, diagnostics).run();
}
