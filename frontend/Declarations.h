//===- Declarations.h - what architecture files declare ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_DECLARATIONS_H
#define TENON_FRONTEND_DECLARATIONS_H

#include "frontend/Ast.h"

namespace tenon::arch {

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

} // namespace tenon::arch

#endif // TENON_FRONTEND_DECLARATIONS_H
