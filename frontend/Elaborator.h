//===- Elaborator.h - from trees to the tenon dialect -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Runs a program with a concrete config. Loops, conditionals, configs and
// modules are gone afterwards; what computes tensors has become ops. Evaluating
// something wrong reports an error and gives an Error value, which is passed on
// silently, so that one run finds many errors.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_ELABORATOR_H
#define TENON_FRONTEND_ELABORATOR_H

#include "frontend/Builtins.h"
#include "frontend/Checkpoint.h"
#include "frontend/Config.h"
#include "frontend/Program.h"
#include "frontend/Value.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

#include <deque>
#include <set>

namespace tenon::arch {

/// An argument of a call, evaluated.
struct ArgumentValue {
  Identifier name;
  Value value;
  SourceRange range;
};
using ArgumentValues = llvm::SmallVector<ArgumentValue, 4>;

/// What is known of the entry that is being built.
struct EntryState {
  EntryState(mlir::func::FuncOp function, std::string prefix)
      : function(function),
        builder(mlir::OpBuilder::atBlockEnd(&function.getBody().front())),
        prefix(std::move(prefix)) {}

  struct StateUse {
    mlir::Value argument, current;
  };

  mlir::func::FuncOp function;
  mlir::OpBuilder builder;
  /// Goes before the ids of ops, so that they are unique in the module.
  std::string prefix;
  unsigned inputs = 0; ///< Arguments before those of states.
  llvm::SmallVector<mlir::NamedAttrList> argumentAttributes;
  /// Symbols that inputs and states give values to.
  llvm::DenseSet<DimAttr> bound;
  /// Requirements about other symbols are not for this entry.
  bool onlyBound = false;
  llvm::DenseMap<const Weight *, mlir::Value> weights;
  llvm::DenseMap<const TableData *, mlir::Value> tables;
  llvm::DenseMap<const Lazy *, Value> lazies;
  llvm::MapVector<StateSlot *, StateUse> states;
  llvm::DenseMap<const Dim *, Value> bindings;
  llvm::StringMap<unsigned> counters;
  llvm::SmallVector<Identifier> outputs;
  /// Expressions that `require` states to be at least 0.
  llvm::SmallVector<DimAttr> nonNegative;
  llvm::SetVector<mlir::Attribute> required;
};

/// The region of an op that is being built.
struct RegionState {
  RegionState(mlir::MLIRContext *context, mlir::Block &block)
      : block(&block), builder(context) {
    builder.setInsertionPointToEnd(&block);
  }

  mlir::Block *block;
  mlir::OpBuilder builder;
  llvm::SmallVector<mlir::Value> captures;
  llvm::DenseMap<mlir::Value, mlir::Value> captured;
};

class Elaborator {
public:
  /// Without a checkpoint every weight has its declared type. `maxSteps`
  /// bounds the work that a program may ask for.
  Elaborator(mlir::MLIRContext &context, const Program &program,
             const ConfigSource &config, const Checkpoint *checkpoint,
             uint64_t maxSteps = 50'000'000);

  /// The module of `model` (null after errors).
  mlir::OwningOpRef<mlir::ModuleOp> run(const Module &model);

  /// A build-time value of the program's root file, for settings.
  Diagnostics &errors() { return diagnostics; }
  mlir::MLIRContext &mlirContext() { return context; }

  //===--------------------------------------------------------------------===//
  // Errors and limits
  //===--------------------------------------------------------------------===//

  /// An error about code. If the code belongs to a library, it is shown at the
  /// call that led there.
  Diagnostic &error(SourceRange range, const llvm::Twine &text);
  Value fail(SourceRange range, const llvm::Twine &text) {
    error(range, text);
    return Value();
  }
  /// Counts a step; fails when there were too many.
  bool spend(SourceRange range, uint64_t steps = 1);
  /// Fails for lists that are nested too deeply; others count as steps.
  Value checkList(Value value, SourceRange range);

  //===--------------------------------------------------------------------===//
  // Numbers and dims
  //===--------------------------------------------------------------------===//

  Value makeInt(int64_t value, SourceRange origin) const;
  Value makeDim(DimAttr dim, SourceRange origin, mlir::Type type = {});
  Value makeFloat(double value, mlir::Type type = {}) const;
  /// Operators on numbers known when the model is built.
  Value computeNumbers(Operator op, const Value &a, const Value &b,
                       SourceRange range);
  /// Whether a relation between dims holds, if that is known.
  std::optional<bool> decide(Operator op, DimAttr a, DimAttr b);
  /// Whether `dim` is at least 0 for all values of the symbols.
  bool isNonNegative(DimAttr dim);
  std::optional<DimRange> rangeOfSymbol(StringRef name);
  DimFacts facts();

  //===--------------------------------------------------------------------===//
  // Expressions (ElaborateExpr.cpp, ElaborateIndex.cpp)
  //===--------------------------------------------------------------------===//

  Value eval(const Expr *expr, Scope &scope);
  std::string toText(const Value &value);
  /// A condition known when the model is built.
  std::optional<bool> evalCondition(const Expr *expr, Scope &scope);
  std::optional<int64_t> evalConstant(const Expr *expr, Scope &scope,
                                      StringRef what);
  std::optional<std::string> evalString(const Expr *expr, Scope &scope);
  Value applyBinary(Operator op, const Value &a, const Value &b,
                    SourceRange range);
  Value applyUnary(Operator op, const Value &a, SourceRange range);
  Value memberOf(const Value &base, Identifier member, SourceRange range);
  Value indexValue(const Value &base, const IndexExpr &expr, Scope &scope);
  Value indexTensor(const Value &base, const IndexExpr &expr, Scope &scope);
  Value namespaceMember(bool isOps, Identifier member);
  /// Calls `visit` for each element; stops when it returns false.
  bool iterate(const Value &iterable, SourceRange range,
               llvm::function_ref<bool(const Value &)> visit);
  bool bindVariables(ArrayRef<Identifier> names, const Value &value,
                     SourceRange range, Scope &scope);

  //===--------------------------------------------------------------------===//
  // Names (ElaborateNames.cpp)
  //===--------------------------------------------------------------------===//

  Value lookup(StringRef name, Scope &scope, SourceRange range);
  Value force(const Value &value, SourceRange range);
  Scope &unitScope(const Unit &unit);
  Value valueOf(const Unit &unit, const Declaration &declaration);
  Value symbolOf(const Unit &unit, const Dim &dim);
  Value evalTable(const Table &table, Scope &scope);
  Scope *newScope(Scope *parent);
  void release(Scope *scope);

  //===--------------------------------------------------------------------===//
  // Statements (ElaborateStatements.cpp)
  //===--------------------------------------------------------------------===//

  Value runBlock(const Block &block, Scope &parent);
  void runStatement(const Stmt &stmt, Scope &scope);
  void assign(const AssignStmt &stmt, Scope &scope);
  bool isInput(Scope &scope, const Value *value) const;
  StateSlot *findState(StringRef name, Scope &scope);
  void require(const RequireStmt &stmt, Scope &scope);
  void requireExpr(const Expr *condition, const RequireStmt &stmt,
                   Scope &scope);
  void failRequire(const RequireStmt &stmt, const std::string &values,
                   Scope &scope);
  void requireRelation(Operator op, const Value &a, const Value &b,
                       const RequireStmt &stmt, Scope &scope);

  //===--------------------------------------------------------------------===//
  // Calls (ElaborateCalls.cpp, ElaborateOps.cpp, ElaborateRegions.cpp)
  //===--------------------------------------------------------------------===//

  bool evalArguments(ArrayRef<Argument> arguments, Scope &scope,
                     ArgumentValues &values);
  Value call(const Value &callee, ArgumentValues arguments, SourceRange range);
  Value callFunction(const FunctionValue &callee, ArgumentValues arguments,
                     SourceRange range);
  Value callPrelude(StringRef name, ArrayRef<Value> arguments,
                    SourceRange range);
  Value callBuiltin(const Builtin &builtin, const ArgumentValues &arguments,
                    SourceRange range);
  Value callOp(mlir::RegisteredOperationName name,
               const ArgumentValues &arguments, SourceRange range);
  Value typedNumber(const Value &value, mlir::Type type, SourceRange range);
  /// Finds the argument of each parameter; null where there is a fallback.
  bool matchParameters(ArrayRef<Parameter> parameters, const std::string &what,
                       ArgumentValues &arguments, SourceRange range,
                       llvm::SmallVectorImpl<ArgumentValue *> &bound);
  /// Binds arguments to parameters in `scope`; what is left out takes its
  /// fallback.
  bool bindParameters(ArrayRef<Parameter> parameters, const std::string &what,
                      ArgumentValues &arguments, SourceRange range,
                      Scope &scope, const Function *function);
  /// Makes the tensors among the operands of an op in a region its arguments.
  bool captureOperands(llvm::SmallVectorImpl<mlir::Value> &operands,
                       SourceRange range);
  static std::string typeText(mlir::Type type);
  bool buildRegion(mlir::RegisteredOperationName name, unsigned index,
                   const Value &function, mlir::ValueRange operands,
                   SourceRange range, mlir::Region &region,
                   llvm::SmallVectorImpl<mlir::Value> &captures);

  //===--------------------------------------------------------------------===//
  // Tensors (ElaborateTensors.cpp)
  //===--------------------------------------------------------------------===//

  /// The IR value of what is or becomes a tensor; null, with an error, of
  /// others.
  mlir::Value materialize(const Value &value, SourceRange range);
  /// A number as a tensor of `type`, or as a scalar in a region; tensors stay
  /// as they are.
  Value convert(const Value &value, mlir::Type type, bool isScalar,
                SourceRange range);
  mlir::Value makeWeight(const Weight &weight, SourceRange range);
  mlir::Value makeTable(const TableData &table, SourceRange range);
  mlir::Value currentState(StateSlot &slot, SourceRange range);
  bool setState(StateSlot &slot, const Value &value, SourceRange range);
  mlir::Location placeOf(SourceRange range);
  /// An id and a place in the source.
  mlir::Location makeLoc(StringRef op, SourceRange range);
  ArrayRef<SourceRange> originsOf(mlir::Value value);
  void setOrigins(mlir::Value value, ArrayRef<SourceRange> origins);
  /// Whether `type` has a value in the region that is being built.
  bool inRegion() const { return !regions.empty(); }

  //===--------------------------------------------------------------------===//
  // Types (ElaborateTypes.cpp)
  //===--------------------------------------------------------------------===//

  mlir::Type elementTypeNamed(StringRef name) const;
  /// Checks a value against a type and binds dim variables of the scope;
  /// `what` is what messages call the value.
  bool matchType(const TypeRef &type, Value &value, Scope &scope,
                 SourceRange range, const llvm::Twine &what,
                 const Function *function = nullptr);
  bool matchTensor(const TypeRef &type, Value &value, Scope &scope,
                   SourceRange range, const llvm::Twine &what,
                   const Function *function);
  static bool isDimVariable(const Function &function, StringRef name);
  /// Binds `lead..`, or compares with what it is bound to.
  bool bindRest(const DimSpec &spec, std::vector<Value> list, Scope &scope,
                SourceRange range, const llvm::Twine &what);
  void reportDim(const llvm::Twine &what, size_t axis, const Value &actual,
                 const Value &wanted, SourceRange range, SourceRange declared);
  /// The dims of a tensor type without `..`.
  bool evalDims(const TypeRef &type, Scope &scope,
                llvm::SmallVectorImpl<DimAttr> &dims,
                llvm::SmallVectorImpl<SourceRange> &origins);
  mlir::Type evalElement(const TypeRef &type);

  //===--------------------------------------------------------------------===//
  // Modules and weights (ElaborateModules.cpp, BindWeights.cpp)
  //===--------------------------------------------------------------------===//

  std::unique_ptr<Instance>
  instantiate(const Module &module, const Unit &unit, ArgumentValues arguments,
              Instance *parent, llvm::SmallVector<std::string, 1> prefixes,
              SourceRange range);
  void addMembers(const ModuleBody &body, Instance &instance);
  void addMember(const Member &member, Instance &instance);
  void addWeights(const WeightMember &member, Instance &instance);
  void addSubmodules(const SubmoduleMember &member, Instance &instance);
  void addNested(const NestedMember &member, Instance &instance);
  void addTie(const TieMember &member, Instance &instance);
  bool placeNames(const Placement &placement, StringRef name,
                  Instance &instance,
                  llvm::SmallVectorImpl<std::string> &names);
  Instance *adopt(std::unique_ptr<Instance> child, Instance &parent,
                  const Placement &placement);
  bool forEachIndex(const ArraySpec &array, Scope &scope,
                    llvm::function_ref<bool(int64_t)> visit);
  bool isPresent(const Instance &instance) const;
  void bindWeights(Instance &root);

  //===--------------------------------------------------------------------===//
  // Configs (ElaborateConfig.cpp)
  //===--------------------------------------------------------------------===//

  Value readConfig(const Unit &unit, const Config &config);
  void requireOfConfig(const RequireStmt &stmt, const Value &record,
                       Scope &scope);
  Value readFields(ArrayRef<ConfigField *> fields, const Json &json,
                   StringRef path, Scope &scope, StringRef name);
  Value readFallback(const ConfigField &field, const std::string &path,
                     Scope &scope);
  Value readValue(const TypeRef &type, const Json &json,
                  const std::string &path, Scope &scope);
  Value readChoice(const TypeRef &type, const std::string &word,
                   const std::string &path, Scope &scope);
  Value readAny(const Json &json, SourceRange origin);

  //===--------------------------------------------------------------------===//
  // Entries (ElaborateEntries.cpp)
  //===--------------------------------------------------------------------===//

  void buildEntry(const EntryMember &member, Instance &root, bool alone);
  bool bindDims(const EntryMember &member, Scope &scope);
  bool addInputs(const Function &function, Scope &scope);
  void setArgumentAttr(unsigned index, StringRef name, mlir::Attribute value);
  bool setDefault(const Parameter &parameter, unsigned index,
                  mlir::Type element, Scope &scope);
  void bindSymbols(ArrayRef<DimAttr> dims);
  void statedRequires();
  bool checkSymbols();
  void finishEntry(Scope &scope);
  void emitSymbols();

  mlir::MLIRContext &context;
  const Program &program;
  Diagnostics &diagnostics;
  const ConfigSource &config;
  const Checkpoint *checkpoint;

  /// The call that is being run, innermost last.
  struct Frame {
    SourceRange callSite;
    Instance *instance;
    bool isEntry = false;
  };
  llvm::SmallVector<Frame> frames;

  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<EntryState> entry;
  llvm::SmallVector<RegionState *> regions;

  std::deque<Scope> scopes;
  llvm::SmallVector<Scope *> freeScopes;
  std::deque<Lazy> lazies;
  std::deque<Weight> weights;
  std::deque<StateSlot> states;
  std::deque<TableData> tables;
  llvm::SmallVector<Tie> ties;
  llvm::SmallVector<NameRule> rules;
  llvm::DenseMap<const Unit *, Scope *> unitScopes;
  llvm::DenseMap<const Declaration *, Lazy *> unitLazies;
  llvm::DenseMap<const Declaration *, Value> unitConfigs;
  /// Requires of modules, with the scopes they are stated in.
  llvm::SmallVector<std::pair<const RequireStmt *, Scope *>> moduleRequires;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<SourceRange>> origins;

  struct SymbolInfo {
    std::string name;
    int64_t min, max, typical; ///< Of the symbol, `step` times smaller.
    int64_t step;
    bool late;
  };
  llvm::MapVector<const Dim *, SymbolInfo> symbols;
  llvm::StringMap<SymbolInfo> symbolNames;
  /// Symbols that entries speak of.
  std::set<std::string> usedSymbols;

  uint64_t stepsLeft;
  bool outOfSteps = false;
  unsigned depth = 0;
};

} // namespace tenon::arch

#endif // TENON_FRONTEND_ELABORATOR_H
