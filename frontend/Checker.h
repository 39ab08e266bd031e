//===- Checker.h - errors that need no config -------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Checks a whole program before anything is known of the config or the weights:
// names, scopes, numbers and names of arguments, and the kinds of values as far
// as they are plain. Functions that nobody calls and branches that no config
// takes are checked as well. Kinds that can't be told are `Any`, and fit
// everything; shapes are left to the elaborator.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_CHECKER_H
#define TENON_FRONTEND_CHECKER_H

#include "frontend/Builtins.h"
#include "frontend/Program.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OperationSupport.h"

namespace tenon::arch {

/// Reports what is wrong with the program to its diagnostics.
void checkProgram(const Program &program, mlir::MLIRContext &context);

/// What is known of a value's kind.
enum class StaticKind {
  Any,
  None,
  Bool,
  Int,
  Float,
  String,
  ElementType,
  List,
  Record,
  Tensor, ///< Weights and tables as well.
  State,
  Instance,
  Array,
  Function,
  Op,
  Builtin,
  Namespace
};
StringRef describe(StaticKind kind);

struct BodyInfo;

struct StaticType {
  StaticType(StaticKind kind = StaticKind::Any) : kind(kind) {}

  bool is(StaticKind k) const { return kind == k; }
  bool isAny() const { return kind == StaticKind::Any; }

  StaticKind kind;
  const BodyInfo *body = nullptr;     ///< Of an instance or an array.
  const Function *function = nullptr; ///< Of a function, if known.
  ArrayRef<ConfigField *> fields;     ///< Of a record, if declared.
  const Builtin *builtin = nullptr;
  std::optional<mlir::RegisteredOperationName> op;
  bool isOps = false; ///< Of a namespace.
};

struct StaticScope {
  StaticScope *parent = nullptr;
  const Unit *unit = nullptr;
  bool isFunction = false;
  bool isEntry = false;
  llvm::StringMap<StaticType> names;
  /// Inputs of an entry: they don't change.
  llvm::StringMap<bool> inputs;
};

/// The members of a module or of a block inside one.
struct BodyInfo {
  StringRef name;
  std::unique_ptr<StaticScope> scope;
  const Function *call = nullptr;
};

class Checker {
public:
  Checker(const Program &program, mlir::MLIRContext &context)
      : program(program), diagnostics(program.errors()), context(context) {}

  void run();

private:
  //===--------------------------------------------------------------------===//
  // Declarations (CheckDeclarations.cpp)
  //===--------------------------------------------------------------------===//

  void checkUnit(const Unit &unit);
  void checkDeclaration(const Unit &unit, const Declaration &declaration);
  void checkConfig(const Config &config, StaticScope &scope);
  void checkFields(ArrayRef<ConfigField *> fields, StringRef configName,
                   StaticScope &scope);
  void checkDim(const Dim &dim, StaticScope &scope);
  void checkTable(const Table &table, StaticScope &scope);
  void checkFunction(const Function &function, StaticScope &scope);
  void checkDimVariables(const Function &function);
  void checkModule(const Module &module, StaticScope &scope);
  void checkEntry(const EntryMember &entry, StaticScope &scope);
  void checkBody(const ModuleBody &body, StaticScope &scope, bool isModel);
  void checkMember(const Member &member, StaticScope &scope, bool isModel);
  void checkSubmodule(const SubmoduleMember &member, StaticScope &scope);
  void checkPlacement(const Placement &placement, StaticScope &scope);
  void checkType(const TypeRef &type, StaticScope &scope,
                 const Function *function = nullptr);
  StaticType typeOf(const TypeRef *type);

  //===--------------------------------------------------------------------===//
  // Modules as scopes
  //===--------------------------------------------------------------------===//

  StaticScope &unitScope(const Unit &unit);
  BodyInfo &bodyOf(const Module &module, const Unit &unit);
  BodyInfo &bodyOf(const NestedMember &nested, StaticScope &outer);
  void declareMembers(const ModuleBody &body, BodyInfo &info);
  void declareMember(const Member &member, BodyInfo &info,
                     llvm::StringMap<SourceRange> &seen);
  void declare(Identifier name, StaticType type, BodyInfo &info,
               llvm::StringMap<SourceRange> &seen);

  //===--------------------------------------------------------------------===//
  // Expressions and statements (CheckExpressions.cpp)
  //===--------------------------------------------------------------------===//

  StaticType check(const Expr *expr, StaticScope &scope);
  StaticType checkName(const NameExpr &expr, StaticScope &scope);
  StaticType checkMemberExpr(const MemberExpr &expr, StaticScope &scope);
  StaticType checkIndex(const IndexExpr &expr, StaticScope &scope);
  StaticType checkBinary(const BinaryExpr &expr, StaticScope &scope);
  StaticType checkUnary(const UnaryExpr &expr, StaticScope &scope);
  StaticType checkBlock(const Block &block, StaticScope &parent);
  void checkStatement(const Stmt &stmt, StaticScope &scope);
  void checkAssign(const AssignStmt &stmt, StaticScope &scope);
  void checkCondition(const Expr *expr, StaticScope &scope);
  void expectInt(const Expr *expr, StaticScope &scope, StringRef what);
  /// The kind of the elements that a loop goes through.
  StaticType elementsOf(const Expr *iterable, StaticScope &scope);
  void bindVariables(ArrayRef<Identifier> names, StaticType type,
                     StaticScope &scope);
  /// What `name` means, without an error if it means nothing.
  std::optional<StaticType> find(StringRef name, StaticScope &scope);
  StaticType typeOf(const Unit &unit, const Declaration &declaration);
  void collectNames(StaticScope &scope, std::vector<std::string> &names);

  //===--------------------------------------------------------------------===//
  // Calls (CheckCalls.cpp)
  //===--------------------------------------------------------------------===//

  StaticType checkCall(const CallExpr &expr, StaticScope &scope);
  void checkArguments(ArrayRef<Parameter> parameters, const std::string &what,
                      ArrayRef<Argument> arguments, ArrayRef<StaticType> types,
                      SourceRange range);
  void checkParameter(const Parameter &parameter, const Argument &argument,
                      StaticType type);
  void checkOpCall(mlir::RegisteredOperationName name, const CallExpr &call,
                   ArrayRef<StaticType> types);

  const Program &program;
  Diagnostics &diagnostics;
  mlir::MLIRContext &context;
  llvm::DenseMap<const Unit *, std::unique_ptr<StaticScope>> unitScopes;
  llvm::DenseMap<const void *, std::unique_ptr<BodyInfo>> bodies;
  /// Kinds of lets that have been asked for; running ones are Any.
  llvm::DenseMap<const Expr *, StaticType> lets;
  unsigned depth = 0;
};

} // namespace tenon::arch

#endif // TENON_FRONTEND_CHECKER_H
