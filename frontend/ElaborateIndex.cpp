//===- ElaborateIndex.cpp - indices and slices ----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Elaborator.h"

#include "dialect/TenonOps.h"
#include "dialect/Types.h"
#include "support/Text.h"

using namespace tenon;
using namespace tenon::arch;
using llvm::Twine;

/// Element `index` of a list of `size`, from the back if it is negative.
static std::optional<size_t> place(int64_t index, size_t size) {
  if (index < 0)
    index += size;
  if (index < 0 || index >= static_cast<int64_t>(size))
    return std::nullopt;
  return index;
}

namespace {
/// `x[...]` on a tensor: one axis after another.
class TensorIndexer {
public:
  TensorIndexer(Elaborator &elaborator, Value tensor, const IndexExpr &expr,
                ArrayRef<Value> indices, Scope &scope)
      : elaborator(elaborator), tensor(std::move(tensor)), expr(expr),
        indices(indices), scope(scope) {}

  Value run();

private:
  bool apply(const IndexItem &item, const Value &at);
  bool slice(const IndexItem &item);
  bool pick(const Value &at, SourceRange range);
  bool replace(StringRef function, llvm::SmallVector<Value> arguments);
  Value axisValue() const { return elaborator.makeInt(axis, expr.range); }
  DimAttr dim() const { return getDims(tensor.tensor())[axis]; }
  /// A bound, counted from the back if it is a negative constant.
  Value bound(const Expr *at, Value ifMissing);

  Elaborator &elaborator;
  Value tensor;
  const IndexExpr &expr;
  ArrayRef<Value> indices; ///< The values of the items that are no slices.
  Scope &scope;
  int64_t axis = 0;
  /// Whether an axis has been chosen from by data.
  bool gathered = false;
};
} // namespace

bool TensorIndexer::replace(StringRef function,
                            llvm::SmallVector<Value> arguments) {
  arguments.insert(arguments.begin(), tensor);
  tensor = elaborator.callPrelude(function, arguments, expr.range);
  return !tensor.isError();
}

Value TensorIndexer::bound(const Expr *at, Value ifMissing) {
  if (!at)
    return ifMissing;
  Value value = elaborator.eval(at, scope);
  if (value.isError())
    return value;
  if (!value.isInt())
    return elaborator.fail(at->range, "a bound is an integer, not " +
                                          describe(value.kind()));
  if (auto constant = value.constant(); constant && *constant < 0)
    return elaborator.makeDim(dim() + *constant, at->range);
  return value;
}

bool TensorIndexer::slice(const IndexItem &item) {
  if (!item.begin && !item.end && !item.step) {
    ++axis;
    return true;
  }
  Value begin = bound(item.begin, elaborator.makeInt(0, item.range));
  Value end = bound(item.end, elaborator.makeDim(dim(), item.range));
  Value step = elaborator.makeInt(1, item.range);
  if (item.step)
    step = elaborator.eval(item.step, scope);
  if (begin.isError() || end.isError() || step.isError())
    return false;
  if (!step.constant() || *step.constant() < 1) {
    elaborator.fail(item.step->range,
                    "the step must be a positive integer known when the model "
                    "is built");
    return false;
  }
  DimAttr length = end.dim() - begin.dim();
  DimAttr size = ceilDiv(length, step.dim());
  Value count = elaborator.makeDim(size, item.range);
  if (count.isError() ||
      !replace("operator_slice", {axisValue(), begin, count, step}))
    return false;
  ++axis;
  return true;
}

bool TensorIndexer::pick(const Value &at, SourceRange range) {
  if (at.isNone()) {
    if (!replace("operator_newaxis", {axisValue()}))
      return false;
    ++axis;
    return true;
  }
  if (at.isInt()) {
    Value begin = at;
    if (auto constant = at.constant(); constant && *constant < 0)
      begin = elaborator.makeDim(dim() + *constant, range);
    return !begin.isError() && replace("operator_pick", {axisValue(), begin});
  }
  if (!at.isTensorLike()) {
    elaborator.fail(range, "an index is an integer, a tensor of integers, a "
                           "slice or none, not " +
                               describe(at.kind()));
    return false;
  }
  mlir::Value indices = elaborator.materialize(at, range);
  if (!indices)
    return false;
  if (gathered) {
    elaborator.fail(range, "one tensor can be an index at a time");
    return false;
  }
  gathered = true;
  if (!replace("operator_gather", {Value(indices), axisValue()}))
    return false;
  axis += getDims(indices).size();
  return true;
}

bool TensorIndexer::apply(const IndexItem &item, const Value &at) {
  if (item.kind == IndexItem::Rest) {
    // Leave the axes that the items behind need.
    size_t behind = 0;
    for (size_t i = expr.items.size(); &expr.items[i - 1] != &item; --i)
      behind += !indices[i - 1].isNone();
    axis = std::max<int64_t>(
        axis, static_cast<int64_t>(getDims(tensor.tensor()).size()) - behind);
    return true;
  }
  bool needsAxis = item.kind == IndexItem::Slice || !at.isNone();
  if (needsAxis &&
      axis >= static_cast<int64_t>(getDims(tensor.tensor()).size())) {
    elaborator.fail(item.range, "the tensor has no axis for this index");
    return false;
  }
  return item.kind == IndexItem::Slice ? slice(item) : pick(at, item.range);
}

Value TensorIndexer::run() {
  size_t rests = llvm::count_if(expr.items, [](const IndexItem &item) {
    return item.kind == IndexItem::Rest;
  });
  if (rests > 1)
    return elaborator.fail(expr.range, "an index has at most one '..'");
  for (auto [item, at] : llvm::zip(expr.items, indices))
    if (!apply(item, at))
      return Value();
  return tensor;
}

/// Inside a function on elements, `t[i, j]` is one element.
static Value pickElement(Elaborator &elaborator, mlir::Value tensor,
                         const IndexExpr &expr, ArrayRef<Value> indices) {
  std::vector<Value> places;
  mlir::Type index = mlir::IndexType::get(&elaborator.mlirContext());
  for (auto [item, at] : llvm::zip(expr.items, indices)) {
    places.push_back(
        elaborator.convert(at, index, /*isScalar=*/true, item.range));
    if (places.back().isError())
      return Value();
  }
  return elaborator.callPrelude("operator_element",
                                {Value(tensor), Value(std::move(places))},
                                expr.range);
}

static bool isScalar(const Value &value) {
  return value.isTensor() && !mlir::isa<mlir::RankedTensorType, StateType>(
                                 value.tensor().getType());
}

/// The entry of a table, if all indices are known.
static std::optional<Value> indexTable(Elaborator &elaborator,
                                       const TableData &table,
                                       const IndexExpr &expr,
                                       ArrayRef<Value> indices) {
  bool known = indices.size() == table.shape.size() &&
               llvm::all_of(indices, [](const Value &at) {
                 return at.constant().has_value();
               });
  if (!known)
    return std::nullopt;
  int64_t position = 0;
  for (auto [item, at, size] : llvm::zip(expr.items, indices, table.shape)) {
    auto index = place(*at.constant(), size);
    if (!index)
      return elaborator.fail(item.range, "index " + Twine(*at.constant()) +
                                             " of " + Twine(size) + " entries");
    position = position * size + *index;
  }
  if (mlir::isa<mlir::FloatType>(table.element))
    return elaborator.makeFloat(table.floats[position]);
  int64_t number = table.integers[position];
  return table.element.isInteger(1) ? Value(number != 0)
                                    : elaborator.makeInt(number, expr.range);
}

Value Elaborator::indexTensor(const Value &base, const IndexExpr &expr,
                              Scope &scope) {
  llvm::SmallVector<Value> indices;
  for (const IndexItem &item : expr.items) {
    indices.push_back(item.kind == IndexItem::At ? eval(item.at, scope)
                                                 : makeInt(0, item.range));
    if (indices.back().isError())
      return Value();
  }
  bool onlyPlaces = llvm::all_of(expr.items, [](const IndexItem &item) {
    return item.kind == IndexItem::At;
  });
  if (base.is(Value::Kind::Table) && onlyPlaces)
    if (auto number =
            indexTable(*this, *base.as<const TableData *>(), expr, indices))
      return *number;
  mlir::Value tensor = materialize(base, expr.base->range);
  if (!tensor)
    return Value();
  if (!mlir::isa<mlir::RankedTensorType>(tensor.getType()))
    return fail(expr.base->range, "only tensors can be indexed, not " +
                                      typeText(tensor.getType()));
  // One element among the indices, or an integer for each axis, gives one.
  auto isInt = [](const Value &at) { return at.isInt(); };
  bool isElement = onlyPlaces && inRegion() &&
                   (llvm::any_of(indices, isScalar) ||
                    (llvm::all_of(indices, isInt) &&
                     indices.size() == getDims(tensor).size()));
  if (isElement)
    return pickElement(*this, tensor, expr, indices);
  return TensorIndexer(*this, Value(tensor), expr, indices, scope).run();
}

Value Elaborator::indexValue(const Value &base, const IndexExpr &expr,
                             Scope &scope) {
  if (base.isTensorLike())
    return indexTensor(base, expr, scope);
  if (expr.items.size() != 1)
    return fail(expr.range, describe(base.kind()) + " takes one index");
  const IndexItem &item = expr.items.front();
  if (item.kind == IndexItem::Slice && base.is(Value::Kind::List)) {
    int64_t size = base.list().size(), bounds[] = {0, size};
    Expr *ends[] = {item.begin, item.end};
    for (auto [at, bound] : llvm::zip(ends, bounds)) {
      if (!at)
        continue;
      auto constant = evalConstant(at, scope, "a bound");
      if (!constant)
        return Value();
      bound = std::clamp<int64_t>(*constant < 0 ? *constant + size : *constant,
                                  0, size);
    }
    if (item.step)
      return fail(item.range, "slices of lists have no step");
    ArrayRef<Value> part = base.list().slice(
        bounds[0], std::max<int64_t>(bounds[1] - bounds[0], 0));
    return Value(std::vector<Value>(part.begin(), part.end()));
  }
  if (item.kind != IndexItem::At)
    return fail(item.range, describe(base.kind()) + " can't be sliced");
  if (base.is(Value::Kind::Record)) {
    auto key = evalString(item.at, scope);
    const Value *found = key ? base.member(*key) : nullptr;
    return found ? *found : key ? Value(NoneValue()) : Value();
  }
  auto index = evalConstant(item.at, scope, "an index");
  if (!index)
    return Value();
  if (base.is(Value::Kind::List)) {
    auto at = place(*index, base.list().size());
    return at ? base.list()[*at]
              : fail(item.range, "index " + Twine(*index) + " of " +
                                     plural(base.list().size(), "element"));
  }
  if (base.is(Value::Kind::Array)) {
    const auto &elements = *base.array().elements;
    auto at = place(*index - base.array().first, elements.size());
    return at ? Value(elements[*at])
              : fail(item.range, "index " + Twine(*index) + " of " +
                                     plural(elements.size(), "module"));
  }
  return fail(expr.base->range, describe(base.kind()) + " can't be indexed");
}

Value Elaborator::memberOf(const Value &base, Identifier member,
                           SourceRange range) {
  if (base.isError())
    return base;
  std::vector<std::string> known;
  if (base.is(Value::Kind::Record)) {
    if (const Value *value = base.member(member.name)) {
      // The dims that come from it were introduced here.
      if (value->isInt())
        return makeDim(value->dim(), range, value->integer().type);
      return *value;
    }
    for (const auto &[name, value] : *base.record().members)
      known.push_back(name);
  } else if (base.is(Value::Kind::Instance)) {
    Scope &scope = *base.instance()->scope;
    if (Value *value = scope.find(member.name))
      return force(*value, range);
    for (const auto &[name, value] : scope.names)
      known.push_back(name.str());
  } else if (base.is(Value::Kind::Namespace)) {
    return namespaceMember(base.as<NamespaceValue>().isOps, member);
  } else {
    return fail(range, describe(base.kind()) + " has no members");
  }
  error(member.range,
        describe(base.kind()) + " has no member '" + member.name + "' here")
      .suggest(member.name, known);
  return Value();
}
