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

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

struct Parameter {
  Identifier name;
  TypeRef *type = nullptr; ///< Null for anything.
  Expr *fallback = nullptr;
};

/// A dim variable of a function; `lead..` stands for several axes.
struct DimVariable {
  Identifier name;
  bool isRest = false;
};

struct Function {
  SourceRange range;
  Identifier name; ///< Empty for lambdas and for a module's own function.
  ArrayRef<DimVariable> dims;
  ArrayRef<Parameter> parameters;
  TypeRef *result = nullptr;
  Block *body = nullptr;
};

struct TableIndex {
  Identifier name;
  Expr *begin = nullptr, *end = nullptr;
};
struct Table {
  SourceRange range;
  Identifier name;
  ArrayRef<TableIndex> indices;
  Identifier element; ///< The element type, if one is given.
  Expr *value = nullptr;
};

struct ModuleBody;

/// What is declared inside a module.
struct Member {
  enum class Kind : uint8_t {
    Weight,
    Submodule,
    Nested,
    If,
    Let,
    Table,
    Function,
    State,
    Ignore,
    Rename,
    Tie,
    Entry,
    Require
  };
  Member(Kind kind, SourceRange range) : kind(kind), range(range) {}
  const Kind kind;
  SourceRange range;
};
template <Member::Kind K> struct MemberOf : Member {
  explicit MemberOf(SourceRange range) : Member(K, range) {}
  static bool classof(const Member *member) { return member->kind == K; }
};

/// `name[i in a..b]` of a submodule or a nested block.
struct ArraySpec {
  Identifier index; ///< Empty if the member is no array.
  Expr *begin = nullptr, *end = nullptr;
};

/// What weights, submodules and blocks have in common.
struct Placement {
  /// Other names in the checkpoint, tried in order; none for the own name.
  ArrayRef<Expr *> at;
  bool optional = false;
};

struct WeightMember : MemberOf<Member::Kind::Weight> {
  using MemberOf::MemberOf;
  ArrayRef<Identifier> names;
  TypeRef *type = nullptr;
  Placement placement;
};
struct SubmoduleMember : MemberOf<Member::Kind::Submodule> {
  using MemberOf::MemberOf;
  ArrayRef<Identifier> names;
  ArraySpec array;
  Identifier module;
  ArrayRef<Argument> arguments;
  Placement placement;
};
struct NestedMember : MemberOf<Member::Kind::Nested> {
  using MemberOf::MemberOf;
  Identifier name;
  ArraySpec array;
  ModuleBody *body = nullptr;
  Placement placement;
};
struct IfMember : MemberOf<Member::Kind::If> {
  using MemberOf::MemberOf;
  Expr *condition = nullptr;
  ModuleBody *thenBody = nullptr;
  ModuleBody *elseBody = nullptr;
};
struct LetMember : MemberOf<Member::Kind::Let> {
  using MemberOf::MemberOf;
  LetStmt *let = nullptr;
};
struct TableMember : MemberOf<Member::Kind::Table> {
  using MemberOf::MemberOf;
  Table *table = nullptr;
};
struct FunctionMember : MemberOf<Member::Kind::Function> {
  using MemberOf::MemberOf;
  Function *function = nullptr;
};
struct StateMember : MemberOf<Member::Kind::State> {
  using MemberOf::MemberOf;
  ArrayRef<Identifier> names;
  TypeRef *type = nullptr;
  bool growing = false;
  /// The dim of the axis that grows, or that writing may change.
  Expr *along = nullptr;
};
struct IgnoreMember : MemberOf<Member::Kind::Ignore> {
  using MemberOf::MemberOf;
  ArrayRef<Expr *> patterns;
};
struct RenameMember : MemberOf<Member::Kind::Rename> {
  using MemberOf::MemberOf;
  Expr *from = nullptr, *to = nullptr;
};
struct TieMember : MemberOf<Member::Kind::Tie> {
  using MemberOf::MemberOf;
  Identifier name;
  Expr *target = nullptr;
};
/// `with P = 0`: the value of a dim inside an entry.
struct DimBinding {
  Identifier name;
  Expr *value = nullptr;
};
struct EntryMember : MemberOf<Member::Kind::Entry> {
  using MemberOf::MemberOf;
  Function *function = nullptr;
  ArrayRef<DimBinding> bindings;
};
struct RequireMember : MemberOf<Member::Kind::Require> {
  using MemberOf::MemberOf;
  RequireStmt *require = nullptr;
};

struct ModuleBody {
  SourceRange range;
  ArrayRef<Member *> members;
};

struct Module {
  SourceRange range;
  bool isModel = false;
  Identifier name;
  ArrayRef<Parameter> parameters;
  ModuleBody *body = nullptr;
};

struct ConfigField {
  Identifier name;
  TypeRef *type = nullptr;
  Expr *constraint = nullptr; ///< Of `where`, about `it`.
  Expr *fallback = nullptr;
};
struct Config {
  SourceRange range;
  Identifier name;
  ArrayRef<ConfigField *> fields;
  ArrayRef<RequireStmt *> requires_;
};

/// `dim S in [1, c.positions] step 32 typical 128`.
struct Dim {
  SourceRange range;
  Identifier name;
  bool late = false;
  Expr *low = nullptr, *high = nullptr;
  Expr *step = nullptr, *typical = nullptr;
};

struct ChoiceCase {
  ArrayRef<StringExpr *> keys;
  Expr *value = nullptr;
};
struct Choice {
  SourceRange range;
  Identifier name;
  ArrayRef<ChoiceCase> cases;
};

struct Use {
  Identifier name;
};

/// Something that a file declares by name.
struct Declaration {
  enum class Kind : uint8_t {
    Config,
    Dim,
    Let,
    Table,
    Function,
    Module,
    Choice
  };
  Kind kind;
  Identifier name;
  const void *node = nullptr;

  template <typename T> const T *as() const {
    return static_cast<const T *>(node);
  }
};

/// A parsed file.
struct Unit {
  const SourceFile *file = nullptr;
  llvm::SmallVector<Use> uses;
  llvm::SmallVector<Declaration> declarations;
  llvm::SmallVector<RequireStmt *> requires_;

  // Filled in when the program is put together.
  llvm::StringMap<const Declaration *> names;
  llvm::SmallVector<const Unit *> used;
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
