//===- Ast.h - architecture files as trees ----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Plain nodes, allocated in an Arena that outlives them and never destroyed;
// names are parts of the source text. docs/Language.md has the grammar.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_AST_H
#define TENON_FRONTEND_AST_H

#include "frontend/Source.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Allocator.h"
#include "llvm/Support/Casting.h"

#include <memory>

namespace tenon::arch {

using llvm::ArrayRef;
using llvm::StringRef;

struct Block;
struct Function;
struct TypeRef;

/// A name where it is written; false if there is none.
struct Identifier {
  StringRef name;
  SourceRange range;
  explicit operator bool() const { return !name.empty(); }
};

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

struct Expr {
  enum class Kind : uint8_t {
    Integer,
    Float,
    Bool,
    None,
    String,
    Name,
    Member,
    Call,
    Index,
    Unary,
    Binary,
    Conditional,
    List,
    Comprehension,
    Range,
    Lambda,
    If,
    Match
  };
  Expr(Kind kind, SourceRange range) : kind(kind), range(range) {}
  const Kind kind;
  SourceRange range;
};

template <Expr::Kind K> struct ExprOf : Expr {
  explicit ExprOf(SourceRange range) : Expr(K, range) {}
  static bool classof(const Expr *expr) { return expr->kind == K; }
};

/// The operators of the language; the two at the end have one operand.
enum class Operator : uint8_t {
  Add,
  Sub,
  Mul,
  Div,
  FloorDiv,
  Mod,
  Pow,
  MatMul,
  Eq,
  Ne,
  Lt,
  Le,
  Gt,
  Ge,
  And,
  Or,
  Neg,
  Not
};
/// How an operator is written, `+`.
StringRef spelling(Operator op);
/// The function of the prelude that says what it means for tensors,
/// `operator_add`.
StringRef preludeName(Operator op);

struct IntegerExpr : ExprOf<Expr::Kind::Integer> {
  using ExprOf::ExprOf;
  int64_t value = 0;
};
struct FloatExpr : ExprOf<Expr::Kind::Float> {
  using ExprOf::ExprOf;
  double value = 0;
};
struct BoolExpr : ExprOf<Expr::Kind::Bool> {
  using ExprOf::ExprOf;
  bool value = false;
};
struct NoneExpr : ExprOf<Expr::Kind::None> {
  using ExprOf::ExprOf;
};
/// Text, or an expression in braces inside a string.
struct StringPart {
  StringRef text;
  Expr *value = nullptr;
};
struct StringExpr : ExprOf<Expr::Kind::String> {
  using ExprOf::ExprOf;
  ArrayRef<StringPart> parts;
};
struct NameExpr : ExprOf<Expr::Kind::Name> {
  using ExprOf::ExprOf;
  StringRef name;
};
struct MemberExpr : ExprOf<Expr::Kind::Member> {
  using ExprOf::ExprOf;
  Expr *base = nullptr;
  Identifier member;
};
struct Argument {
  Identifier name; ///< Of a keyword argument.
  Expr *value = nullptr;
};
struct CallExpr : ExprOf<Expr::Kind::Call> {
  using ExprOf::ExprOf;
  Expr *callee = nullptr;
  ArrayRef<Argument> arguments;
};
/// One entry between the brackets of `x[...]`.
struct IndexItem {
  enum Kind : uint8_t { At, Slice, Rest };
  Kind kind = At;
  SourceRange range;
  Expr *at = nullptr;
  Expr *begin = nullptr, *end = nullptr, *step = nullptr;
};
struct IndexExpr : ExprOf<Expr::Kind::Index> {
  using ExprOf::ExprOf;
  Expr *base = nullptr;
  ArrayRef<IndexItem> items;
};
struct UnaryExpr : ExprOf<Expr::Kind::Unary> {
  using ExprOf::ExprOf;
  Operator op = Operator::Neg;
  Expr *operand = nullptr;
};
struct BinaryExpr : ExprOf<Expr::Kind::Binary> {
  using ExprOf::ExprOf;
  Operator op = Operator::Add;
  Expr *left = nullptr, *right = nullptr;
};
struct ConditionalExpr : ExprOf<Expr::Kind::Conditional> {
  using ExprOf::ExprOf;
  Expr *condition = nullptr, *onTrue = nullptr, *onFalse = nullptr;
};
/// `[a, b]`, and `(a, b)`, which is the same value.
struct ListExpr : ExprOf<Expr::Kind::List> {
  using ExprOf::ExprOf;
  ArrayRef<Expr *> elements;
};
struct ComprehensionExpr : ExprOf<Expr::Kind::Comprehension> {
  using ExprOf::ExprOf;
  Expr *element = nullptr;
  ArrayRef<Identifier> variables;
  Expr *iterable = nullptr;
  Expr *condition = nullptr;
};
/// `a..b`: the integers from a to b - 1.
struct RangeExpr : ExprOf<Expr::Kind::Range> {
  using ExprOf::ExprOf;
  Expr *begin = nullptr, *end = nullptr;
};
struct LambdaExpr : ExprOf<Expr::Kind::Lambda> {
  using ExprOf::ExprOf;
  Function *function = nullptr;
};
struct IfExpr : ExprOf<Expr::Kind::If> {
  using ExprOf::ExprOf;
  Expr *condition = nullptr;
  Block *thenBlock = nullptr;
  Block *elseBlock = nullptr; ///< Null if there is no else.
};
struct MatchCase {
  ArrayRef<Expr *> patterns; ///< None for `else`.
  Block *body = nullptr;
  SourceRange range;
};
struct MatchExpr : ExprOf<Expr::Kind::Match> {
  using ExprOf::ExprOf;
  Expr *subject = nullptr;
  ArrayRef<MatchCase> cases;
};

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

/// An axis in a tensor type: a dim, or `..` for any number of axes, which a
/// name in front (`lead..`) binds.
struct DimSpec {
  Expr *dim = nullptr;
  bool isRest = false;
  Identifier rest;
  SourceRange range;
};

struct ConfigField;

struct TypeRef {
  enum class Kind : uint8_t {
    Any,
    Int,
    Float,
    Bool,
    String,
    ElementType,
    Function,
    Map,
    List,
    Tensor,
    Words,  ///< One of some strings.
    Choice, ///< A key of a `choice`.
    Record  ///< A nested config.
  };
  Kind kind = Kind::Any;
  SourceRange range;
  bool optional = false;
  /// Of a tensor, empty for any element type; of a choice, its name.
  Identifier name;
  ArrayRef<DimSpec> dims;
  TypeRef *element = nullptr;
  ArrayRef<StringRef> words;
  ArrayRef<ConfigField *> fields;
};

//===----------------------------------------------------------------------===//
// Statements
//===----------------------------------------------------------------------===//

struct Stmt {
  enum class Kind : uint8_t {
    Let,
    Assign,
    Expression,
    For,
    Require,
    Tap,
    Function
  };
  Stmt(Kind kind, SourceRange range) : kind(kind), range(range) {}
  const Kind kind;
  SourceRange range;
};
template <Stmt::Kind K> struct StmtOf : Stmt {
  explicit StmtOf(SourceRange range) : Stmt(K, range) {}
  static bool classof(const Stmt *stmt) { return stmt->kind == K; }
};

struct LetStmt : StmtOf<Stmt::Kind::Let> {
  using StmtOf::StmtOf;
  ArrayRef<Identifier> names;
  TypeRef *type = nullptr;
  Expr *value = nullptr;
};
struct AssignStmt : StmtOf<Stmt::Kind::Assign> {
  using StmtOf::StmtOf;
  ArrayRef<Identifier> names;
  TypeRef *type = nullptr;
  Expr *value = nullptr;
};
struct ExpressionStmt : StmtOf<Stmt::Kind::Expression> {
  using StmtOf::StmtOf;
  Expr *value = nullptr;
};
struct ForStmt : StmtOf<Stmt::Kind::For> {
  using StmtOf::StmtOf;
  ArrayRef<Identifier> variables;
  Expr *iterable = nullptr;
  Block *body = nullptr;
};
/// Also a member of modules, of configs and of files.
struct RequireStmt : StmtOf<Stmt::Kind::Require> {
  using StmtOf::StmtOf;
  Expr *condition = nullptr;
  Expr *message = nullptr;
};
struct TapStmt : StmtOf<Stmt::Kind::Tap> {
  using StmtOf::StmtOf;
  Expr *name = nullptr;
  Expr *value = nullptr;
};
struct FunctionStmt : StmtOf<Stmt::Kind::Function> {
  using StmtOf::StmtOf;
  Function *function = nullptr;
};

struct Block {
  SourceRange range;
  ArrayRef<Stmt *> statements;
  /// The expression that is the block's value, if it ends with one.
  const Expr *result() const {
    if (statements.empty())
      return nullptr;
    auto *last = llvm::dyn_cast<ExpressionStmt>(statements.back());
    return last ? last->value : nullptr;
  }
};

/// Owns the nodes of a program.
class Arena {
public:
  template <typename T> T *make(SourceRange range) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (allocator.Allocate<T>()) T(range);
  }
  template <typename T> T *make() {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (allocator.Allocate<T>()) T();
  }
  template <typename Range> auto copy(const Range &range) {
    using T = std::decay_t<decltype(*range.begin())>;
    T *data = allocator.Allocate<T>(range.size());
    std::uninitialized_copy(range.begin(), range.end(), data);
    return ArrayRef<T>(data, range.size());
  }
  StringRef text(StringRef text) { return text.copy(allocator); }

private:
  llvm::BumpPtrAllocator allocator;
};

} // namespace tenon::arch

#endif // TENON_FRONTEND_AST_H
