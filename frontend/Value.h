//===- Value.h - what expressions of the language evaluate to ---*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_VALUE_H
#define TENON_FRONTEND_VALUE_H

#include "dialect/Dims.h"
#include "frontend/Declarations.h"

#include "mlir/IR/OperationSupport.h"
#include "mlir/IR/Value.h"

#include <variant>

namespace tenon::arch {

class Value;
struct Instance;
struct Lazy;
struct Scope;
struct StateSlot;
struct TableData;
struct Weight;
struct Builtin;

/// An integer known when the model is built, or a symbolic dim.
struct IntValue {
  DimAttr dim;
  mlir::Type type;    ///< Element type that constants of it take, or null.
  SourceRange origin; ///< The expression that introduced it.
};
struct FloatValue {
  double value;
  mlir::Type type; ///< As above; arithmetic rounds to it.
};
struct ListValue {
  std::shared_ptr<const std::vector<Value>> elements;
  unsigned depth; ///< How many lists are within each other.
};
/// A config, a nested config, or a map of one.
struct RecordValue {
  std::shared_ptr<const std::vector<std::pair<std::string, Value>>> members;
  /// Where it is declared, if it is a config.
  ArrayRef<ConfigField *> fields;
};
struct RangeValue {
  int64_t begin, end;
};
struct ArrayValue {
  std::shared_ptr<const std::vector<Instance *>> elements;
  int64_t first; ///< The index of the first element.
};
struct FunctionValue {
  const Function *function;
  Scope *scope; ///< Where it was declared.
};
/// An op that the language can call.
struct OpValue {
  mlir::RegisteredOperationName name;
};
/// `math` and `tenon`, whose members are builtins and ops.
struct NamespaceValue {
  bool isOps;
};
/// What evaluating something wrong gives; an error has been reported.
struct ErrorValue {};
struct NoneValue {};

class Value {
public:
  /// In the order of the variant.
  enum class Kind {
    Error,
    None,
    Bool,
    Int,
    Float,
    String,
    ElementType,
    List,
    Record,
    Range,
    Tensor, ///< A tensor, a state's handle, or in a region a scalar.
    Weight,
    Table,
    State,
    Instance,
    Array,
    Function,
    Op,
    Builtin,
    Namespace,
    Lazy
  };

  Value() : data(ErrorValue()) {}
  Value(NoneValue none) : data(none) {}
  explicit Value(bool value) : data(value) {}
  Value(IntValue value) : data(value) {}
  Value(FloatValue value) : data(value) {}
  explicit Value(std::string text)
      : data(std::make_shared<const std::string>(std::move(text))) {}
  explicit Value(mlir::Type elementType) : data(elementType) {}
  explicit Value(std::vector<Value> elements);
  Value(RecordValue record) : data(std::move(record)) {}
  Value(RangeValue range) : data(range) {}
  explicit Value(mlir::Value tensor) : data(tensor) {}
  explicit Value(Weight *weight) : data(weight) {}
  explicit Value(const TableData *table) : data(table) {}
  explicit Value(StateSlot *state) : data(state) {}
  explicit Value(Instance *instance) : data(instance) {}
  Value(ArrayValue array) : data(std::move(array)) {}
  Value(FunctionValue function) : data(function) {}
  Value(OpValue op) : data(op) {}
  explicit Value(const Builtin *builtin) : data(builtin) {}
  Value(NamespaceValue names) : data(names) {}
  explicit Value(Lazy *lazy) : data(lazy) {}

  Kind kind() const { return static_cast<Kind>(data.index()); }
  bool is(Kind k) const { return kind() == k; }
  bool isError() const { return is(Kind::Error); }
  bool isNone() const { return is(Kind::None); }
  bool isInt() const { return is(Kind::Int); }
  bool isNumber() const { return isInt() || is(Kind::Float); }
  bool isTensor() const { return is(Kind::Tensor); }
  /// A tensor, or what becomes one where it is used.
  bool isTensorLike() const {
    return isTensor() || is(Kind::Weight) || is(Kind::Table) || is(Kind::State);
  }

  template <typename T> const T &as() const { return std::get<T>(data); }
  bool boolean() const { return as<bool>(); }
  const IntValue &integer() const { return as<IntValue>(); }
  DimAttr dim() const { return integer().dim; }
  /// An integer that depends on no symbol.
  std::optional<int64_t> constant() const {
    return isInt() ? dim().asConstant() : std::nullopt;
  }
  /// The number, if it is one and depends on no symbol.
  std::optional<double> number() const {
    if (is(Kind::Float))
      return as<FloatValue>().value;
    if (auto integer = constant())
      return static_cast<double>(*integer);
    return std::nullopt;
  }
  const std::string &string() const {
    return *as<std::shared_ptr<const std::string>>();
  }
  mlir::Type elementType() const { return as<mlir::Type>(); }
  ArrayRef<Value> list() const { return *as<ListValue>().elements; }
  const RecordValue &record() const { return as<RecordValue>(); }
  mlir::Value tensor() const { return as<mlir::Value>(); }
  Instance *instance() const { return as<Instance *>(); }
  const ArrayValue &array() const { return as<ArrayValue>(); }

  /// The member of a record, or null.
  const Value *member(StringRef name) const {
    for (const auto &[key, value] : *record().members)
      if (key == name)
        return &value;
    return nullptr;
  }

private:
  std::variant<ErrorValue, NoneValue, bool, IntValue, FloatValue,
               std::shared_ptr<const std::string>, mlir::Type, ListValue,
               RecordValue, RangeValue, mlir::Value, Weight *,
               const TableData *, StateSlot *, Instance *, ArrayValue,
               FunctionValue, OpValue, const Builtin *, NamespaceValue, Lazy *>
      data;
};

inline Value::Value(std::vector<Value> elements) {
  unsigned depth = 0;
  for (const Value &element : elements)
    if (element.is(Kind::List))
      depth = std::max(depth, element.as<ListValue>().depth);
  data =
      ListValue{std::make_shared<const std::vector<Value>>(std::move(elements)),
                depth + 1};
}

/// What messages call a value of this kind, "a tensor" say.
StringRef describe(Value::Kind kind);

/// Names and what they mean in a piece of code. Files, module instances,
/// functions and blocks have one each.
struct Scope {
  Scope *parent = nullptr;
  const Unit *unit = nullptr;
  /// The instance whose members the names are, if they are.
  Instance *instance = nullptr;
  /// The first of its function: assignments don't look beyond.
  bool isFunction = false;
  /// The body of an entry: unknown names that are assigned are outputs.
  bool isEntry = false;
  /// A function value holds on to this scope.
  bool captured = false;
  llvm::SmallVector<std::pair<StringRef, Value>, 4> names;

  Value *find(StringRef name) {
    for (auto &[known, value] : llvm::reverse(names))
      if (known == name)
        return &value;
    return nullptr;
  }
  /// The instance that the code of this scope belongs to, or null.
  Instance *owner() const {
    for (const Scope *scope = this; scope; scope = scope->parent)
      if (scope->instance)
        return scope->instance;
    return nullptr;
  }
};

/// A `let` of a file or module: evaluated when it is needed.
struct Lazy {
  const Identifier *name;
  Scope *scope;
  const LetStmt *let = nullptr;
  const Expr *expr = nullptr; ///< Of a tie.
  const Table *table = nullptr;
  size_t position = 0; ///< Which of the names of a `let` this is.
  bool running = false;
  std::optional<Value> memo = std::nullopt; ///< The value outside of entries.
};

/// A `table`, evaluated.
struct TableData {
  const Table *table;
  mlir::Type element;
  llvm::SmallVector<int64_t> shape;
  std::vector<int64_t> integers;
  std::vector<double> floats;
  llvm::SmallVector<SourceRange> origins;
};

/// A tensor that a module takes from the checkpoint.
struct Weight {
  SourceRange range; ///< Its name in the module.
  mlir::Type element;
  llvm::SmallVector<int64_t> shape;
  llvm::SmallVector<SourceRange> origins; ///< Of each dim.
  /// What it may be called in the checkpoint, best first.
  llvm::SmallVector<std::string, 1> names;
  Instance *owner = nullptr;
  bool optional = false;
  /// Whether it was found, and then what it is called and how it is stored.
  bool present = false;
  std::string stored;
  mlir::Type storedElement;
};

/// A weight's name that stands for another weight.
struct Tie {
  llvm::SmallVector<std::string, 1> names;
  Lazy *target;
};

/// `ignore` and `rename`: patterns of names below `prefixes`.
struct NameRule {
  llvm::SmallVector<std::string, 1> prefixes;
  std::string from, to;
  SourceRange range;
  bool isRename = false;
};

/// Something that outlives calls.
struct StateSlot {
  const StateMember *member;
  Scope *scope;
  std::string name;
  unsigned order;
};

/// A module with its arguments, at its place in the model.
struct Instance {
  const Module *module = nullptr; ///< Null for a nested block.
  Instance *parent = nullptr;
  /// Where its weights lie in the checkpoint: alternatives, best first.
  llvm::SmallVector<std::string, 1> prefixes;
  Scope *scope = nullptr;
  const Function *call = nullptr; ///< The function without a name.
  bool optional = false;
  SourceRange range;
  std::vector<std::unique_ptr<Instance>> children;
  std::vector<Weight *> weights;

  StringRef path() const { return prefixes.front(); }
};

} // namespace tenon::arch

#endif // TENON_FRONTEND_VALUE_H
