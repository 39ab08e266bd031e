//===- Parser.h - from tokens to trees --------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Recursive descent with recovery: after an error the parser goes on at the
// next statement, member or declaration. A function that parses something and
// can't returns null; then it has reported an error.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_PARSER_H
#define TENON_FRONTEND_PARSER_H

#include "frontend/Declarations.h"
#include "frontend/Lexer.h"

#include <functional>
#include <optional>

namespace tenon::arch {

/// Parses a file. Nodes are made in `arena`; what could not be parsed is left
/// out, after an error.
void parse(const SourceFile &file, Arena &arena, Diagnostics &diagnostics,
           Unit &unit);

class Parser {
public:
  Parser(SourceRange part, Arena &arena, Diagnostics &diagnostics,
         unsigned depth = 0)
      : tokens(lex(part, diagnostics)), arena(arena), diagnostics(diagnostics),
        depth(depth) {}

  void parseUnit(Unit &unit);
  /// One expression that is all of the text.
  Expr *parseWhole();

private:
  //===--------------------------------------------------------------------===//
  // Tokens
  //===--------------------------------------------------------------------===//

  const Token &peek(size_t ahead = 0) const {
    return tokens[std::min(position + ahead, tokens.size() - 1)];
  }
  bool at(TokenKind kind) const { return peek().kind == kind; }
  bool atWord(StringRef word) const {
    return at(TokenKind::Name) && peek().text() == word;
  }
  const Token &take();
  bool takeIf(TokenKind kind);
  bool takeWord(StringRef word);
  /// Takes a token of `kind`; else fails, naming what it is for.
  bool expect(TokenKind kind, StringRef purpose);
  std::nullptr_t fail(const llvm::Twine &message);
  std::nullptr_t failExpected(StringRef what);
  /// The range from `begin` to the last token taken.
  SourceRange since(SourceRange begin) const;

  /// Whether a statement or member may end here.
  bool atBoundary() const;
  /// Ends a statement or member: a line end, `;`, or `}` behind it.
  bool parseBoundary(StringRef what);
  /// Skips to where the next statement or member begins, after one that began
  /// at token `begin`.
  void recover(size_t begin);
  /// Parses items between braces until `}`; `item` returns false on error.
  bool parseBraced(StringRef what, std::function<bool()> item);
  /// Parses items separated by commas up to `close`.
  bool parseList(TokenKind close, std::function<bool()> item);

  std::optional<Identifier> parseIdentifier(StringRef what);
  /// A name, or several with commas between.
  bool parseNames(StringRef what, llvm::SmallVectorImpl<Identifier> &names);

  //===--------------------------------------------------------------------===//
  // Expressions
  //===--------------------------------------------------------------------===//

  Expr *parseExpr();
  Expr *parseConditional();
  Expr *parseRange();
  Expr *parseBinary(unsigned level);
  Expr *parseUnary();
  Expr *parsePower();
  Expr *parsePostfix();
  Expr *parsePrimary();
  Expr *parseNumber();
  StringExpr *parseString();
  Expr *parseParenthesized();
  Expr *parseSquare();
  Expr *parseIf();
  Expr *parseMatch();
  Expr *parseLambda();
  bool atLambda() const;
  bool parseArguments(llvm::SmallVectorImpl<Argument> &arguments);
  bool parseIndexItem(llvm::SmallVectorImpl<IndexItem> &items);
  /// `x |> f(a)` is `f(x, a)`.
  Expr *pipeInto(Expr *value, Expr *callee);
  /// Whether the token at hand continues an expression that is complete.
  bool continues() const;

  //===--------------------------------------------------------------------===//
  // Statements, functions, types
  //===--------------------------------------------------------------------===//

  Block *parseBlock();
  /// A block, or an expression as one.
  Block *parseBody();
  Stmt *parseStatement();
  LetStmt *parseLet();
  Stmt *parseFor();
  RequireStmt *parseRequire();
  Stmt *parseTap();
  bool atAssignment() const;
  Stmt *parseAssignment();
  Block *wrap(Expr *value);

  /// Behind `fn`.
  Function *parseFunction(SourceRange begin, bool named);
  bool parseParameters(llvm::SmallVectorImpl<Parameter> &parameters);
  TypeRef *parseType();
  TypeRef *parseTypeCore();
  bool parseDims(TypeRef *type);
  bool parseDimSpec(llvm::SmallVectorImpl<DimSpec> &dims);

  //===--------------------------------------------------------------------===//
  // Declarations
  //===--------------------------------------------------------------------===//

  bool parseDeclaration(Unit &unit);
  Config *parseConfig(SourceRange begin);
  bool parseField(llvm::SmallVectorImpl<ConfigField *> &fields);
  bool parseFields(llvm::SmallVectorImpl<ConfigField *> &fields,
                   llvm::SmallVectorImpl<RequireStmt *> *requires_);
  bool parseDims(Unit &unit, SourceRange begin);
  Table *parseTable(SourceRange begin);
  Choice *parseChoice(SourceRange begin);
  Module *parseModule(SourceRange begin, bool isModel);

  ModuleBody *parseModuleBody();
  Member *parseMember();
  Member *parseKeywordMember();
  Member *parseIfMember();
  Member *parseState();
  Member *parseEntry();
  Member *parseNamedMember();
  bool parseArraySpec(ArraySpec &array);
  bool parsePlacement(Placement &placement);
  bool parseStrings(TokenKind separator,
                    llvm::SmallVectorImpl<Expr *> &strings);

  /// Counts a level of nesting while it lives; false if there are too many.
  class Nested {
  public:
    explicit Nested(Parser &parser);
    Nested(const Nested &) = delete;
    ~Nested() { --parser.depth; }
    explicit operator bool() const { return allowed; }

  private:
    Parser &parser;
    bool allowed;
  };

  /// Calls a function with another nesting of brackets: line ends mean nothing
  /// inside parentheses and square brackets.
  template <typename F> auto bracketed(unsigned newBrackets, F f) {
    unsigned saved = std::exchange(brackets, newBrackets);
    auto result = f();
    brackets = saved;
    return result;
  }

  std::vector<Token> tokens;
  size_t position = 0;
  Arena &arena;
  Diagnostics &diagnostics;
  /// How deep expressions, types and bodies are nested.
  unsigned depth;
  unsigned brackets = 0;
};

} // namespace tenon::arch

#endif // TENON_FRONTEND_PARSER_H
