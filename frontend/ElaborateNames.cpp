//===- ElaborateNames.cpp - what names mean -------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/DimProof.h"
#include "frontend/Elaborator.h"
#include "frontend/OpTable.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/SaveAndRestore.h"

#include <cmath>

using namespace tenon;
using namespace tenon::arch;

//===----------------------------------------------------------------------===//
// Scopes
//===----------------------------------------------------------------------===//

Scope *Elaborator::newScope(Scope *parent) {
  Scope *scope;
  if (freeScopes.empty()) {
    scope = &scopes.emplace_back();
  } else {
    scope = freeScopes.pop_back_val();
    *scope = Scope();
  }
  scope->parent = parent;
  scope->unit = parent ? parent->unit : nullptr;
  return scope;
}

void Elaborator::release(Scope *scope) {
  if (!scope->captured)
    freeScopes.push_back(scope);
}

Scope &Elaborator::unitScope(const Unit &unit) {
  Scope *&scope = unitScopes[&unit];
  if (!scope) {
    scope = newScope(nullptr);
    scope->unit = &unit;
    scope->captured = true;
  }
  return *scope;
}

Value Elaborator::lookup(StringRef name, Scope &scope, SourceRange range) {
  for (Scope *s = &scope; s; s = s->parent) {
    Value *value = s->find(name);
    // `tie bias = bias` means the outer one.
    bool isOwnTie = value && value->is(Value::Kind::Lazy) &&
                    value->as<Lazy *>()->running && value->as<Lazy *>()->expr;
    if (value && !isOwnTie)
      return force(*value, range);
  }
  if (auto found = program.find(*scope.unit, name))
    return force(valueOf(*found.unit, *found.declaration), range);
  if (mlir::Type element = elementTypeNamed(name))
    return Value(element);
  if (name == "pi")
    return makeFloat(3.14159265358979323846);
  if (name == "inf")
    return makeFloat(INFINITY);
  if (name == "math" || name == "tenon")
    return NamespaceValue{name == "tenon"};
  if (const Builtin *builtin = findBuiltin(name, /*inMath=*/false))
    return Value(builtin);
  if (auto op = findOp(context, name))
    return OpValue{*op};
  return fail(range, "there is nothing called '" + name + "' here");
}

Value Elaborator::force(const Value &value, SourceRange range) {
  if (!value.is(Value::Kind::Lazy))
    return value;
  Lazy &lazy = *value.as<Lazy *>();
  // A tensor belongs to one entry, and dims may have another value there.
  if (entry) {
    auto known = entry->lazies.find(&lazy);
    if (known != entry->lazies.end())
      return known->second;
  } else if (lazy.memo) {
    return *lazy.memo;
  }
  if (lazy.running) {
    error(range, "'" + lazy.name->name + "' depends on itself");
    return Value();
  }
  lazy.running = true;
  // The ops that it makes belong to the module that declares it.
  frames.push_back({range, lazy.scope->owner()});
  Value result;
  if (lazy.table) {
    result = evalTable(*lazy.table, *lazy.scope);
  } else {
    result = eval(lazy.let ? lazy.let->value : lazy.expr, *lazy.scope);
    if (lazy.let && lazy.let->names.size() > 1) {
      Scope *names = newScope(nullptr);
      bool bound =
          bindVariables(lazy.let->names, result, lazy.let->range, *names);
      result = bound ? names->names[lazy.position].second : Value();
      release(names);
    } else if (lazy.let && lazy.let->type) {
      matchType(*lazy.let->type, result, *lazy.scope, lazy.let->value->range,
                "'" + lazy.name->name + "'");
    }
  }
  frames.pop_back();
  lazy.running = false;
  if (entry)
    entry->lazies[&lazy] = result;
  else
    lazy.memo = result;
  return result;
}

Value Elaborator::valueOf(const Unit &unit, const Declaration &declaration) {
  switch (declaration.kind) {
  case Declaration::Kind::Config: {
    auto known = unitConfigs.find(&declaration);
    if (known != unitConfigs.end())
      return known->second;
    // A default may not lead back here.
    unitConfigs[&declaration] = Value();
    Value config = readConfig(unit, *declaration.as<Config>());
    return unitConfigs[&declaration] = config;
  }
  case Declaration::Kind::Dim:
    return symbolOf(unit, *declaration.as<Dim>());
  case Declaration::Kind::Let:
  case Declaration::Kind::Table: {
    Lazy *&lazy = unitLazies[&declaration];
    if (!lazy) {
      lazy = &lazies.emplace_back(Lazy{&declaration.name, &unitScope(unit)});
      if (declaration.kind == Declaration::Kind::Table) {
        lazy->table = declaration.as<Table>();
      } else {
        lazy->let = declaration.as<LetStmt>();
        while (lazy->let->names[lazy->position].name != declaration.name.name)
          ++lazy->position;
      }
    }
    return Value(lazy);
  }
  case Declaration::Kind::Function:
    return FunctionValue{declaration.as<Function>(), &unitScope(unit)};
  case Declaration::Kind::Module:
    return fail(declaration.name.range,
                "module '" + declaration.name.name +
                    "' isn't a value: declare a member of it");
  case Declaration::Kind::Choice:
    return fail(declaration.name.range, "choice '" + declaration.name.name +
                                            "' is a type of config fields");
  }
  llvm_unreachable("unknown declaration");
}

//===----------------------------------------------------------------------===//
// Dims
//===----------------------------------------------------------------------===//

Value Elaborator::symbolOf(const Unit &unit, const Dim &dim) {
  SourceRange origin = dim.name.range;
  if (entry) {
    auto bound = entry->bindings.find(&dim);
    if (bound != entry->bindings.end())
      return bound->second;
  }
  auto known = symbols.find(&dim);
  if (known == symbols.end()) {
    Scope &scope = unitScope(unit);
    auto low = evalConstant(dim.low, scope, "the lower bound");
    auto high = evalConstant(dim.high, scope, "the upper bound");
    std::optional<int64_t> step = 1, typical;
    if (dim.step)
      step = evalConstant(dim.step, scope, "the step");
    if (dim.typical)
      typical = evalConstant(dim.typical, scope, "the typical value");
    if (!low || !high || !step || (dim.typical && !typical))
      return Value();
    if (*low < 0 || *low > *high)
      return fail(origin, llvm::Twine("the bounds ") + llvm::Twine(*low) +
                              " and " + llvm::Twine(*high) +
                              " hold no size of an axis");
    if (*step < 1 || *low % *step != 0 || *high % *step != 0)
      return fail(origin, "the bounds must be multiples of the step");
    // Where costs are compared: 128, a short paragraph, unless it is said. A
    // config may bound a dim more tightly.
    if (typical && *typical % *step != 0)
      return fail(dim.typical->range,
                  "the typical value must be a multiple of the step");
    typical = std::clamp(typical.value_or(128 / *step * *step), *low, *high);
    SymbolInfo info{dim.name.name.str(), *low / *step, *high / *step,
                    *typical / *step,    *step,        dim.late};
    if (*step != 1)
      info.name += "_by_" + std::to_string(*step);
    known = symbols.insert({&dim, info}).first;
    symbolNames[known->second.name] = known->second;
  }
  SymbolInfo &info = known->second;
  DimAttr symbol = getSymbolDim(&context, info.name);
  return makeDim(symbol * info.step, origin);
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

Value Elaborator::evalTable(const Table &table, Scope &scope) {
  tables.emplace_back();
  TableData &data = tables.back();
  data.table = &table;
  int64_t count = 1;
  llvm::SmallVector<int64_t> begins;
  // Larger ones belong into the graph.
  constexpr int64_t maxCount = 1 << 24;
  for (const TableIndex &index : table.indices) {
    auto begin = evalConstant(index.begin, scope, "the range's begin");
    auto end = evalConstant(index.end, scope, "the range's end");
    if (!begin || !end)
      return Value();
    int64_t size;
    if (__builtin_sub_overflow(*end, *begin, &size) || size < 1 ||
        size > maxCount || (count *= size) > maxCount)
      return fail(index.name.range,
                  "the table is empty or has more than 16 million entries");
    begins.push_back(*begin);
    data.shape.push_back(size);
    data.origins.push_back(index.begin->range.to(index.end->range));
  }
  if (!spend(table.range, count))
    return Value();
  if (table.element) {
    data.element = elementTypeNamed(table.element.name);
    if (!data.element)
      return fail(table.element.range,
                  "'" + table.element.name + "' isn't an element type");
  }

  llvm::SmallVector<int64_t> index(begins);
  for (int64_t n = 0; n < count; ++n) {
    Scope *inner = newScope(&scope);
    for (auto [declared, value] : llvm::zip(table.indices, index))
      inner->names.push_back(
          {declared.name.name, makeInt(value, declared.name.range)});
    Value element = eval(table.value, *inner);
    release(inner);
    if (element.isError())
      return element;
    auto number = element.is(Value::Kind::Bool)
                      ? std::optional<double>(element.boolean())
                      : element.number();
    if (!number)
      return fail(table.value->range,
                  "an entry of a table is a number or a bool, not " +
                      (element.isInt() ? "a dim" : describe(element.kind())));
    if (!data.element) {
      mlir::Builder builder(&context);
      data.element = element.isInt() ? builder.getI64Type()
                     : element.is(Value::Kind::Bool)
                         ? mlir::Type(builder.getI1Type())
                         : builder.getF32Type();
    }
    if (mlir::isa<mlir::FloatType>(data.element)) {
      data.floats.push_back(
          makeFloat(*number, data.element).as<FloatValue>().value);
    } else if (element.is(Value::Kind::Float)) {
      return fail(table.value->range,
                  "the table holds integers, but this entry is a float");
    } else {
      data.integers.push_back(element.is(Value::Kind::Bool)
                                  ? element.boolean()
                                  : *element.constant());
    }
    for (size_t axis = index.size(); axis-- > 0;) {
      if (++index[axis] < begins[axis] + data.shape[axis])
        break;
      index[axis] = begins[axis];
    }
  }
  return Value(&data);
}
