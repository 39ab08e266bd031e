//===- ElaborateTensors.cpp - values that become IR -----------------------===//
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

//===----------------------------------------------------------------------===//
// Locations and origins
//===----------------------------------------------------------------------===//

mlir::Location Elaborator::placeOf(SourceRange range) {
  // The place in the model's own file: an op's id says which module it is.
  for (size_t i = frames.size();
       range.file && range.file->isLibrary() && i > 0;)
    range = frames[--i].callSite;
  if (!range)
    return mlir::UnknownLoc::get(&context);
  SourcePlace place = range.file->place(range.begin, range.end);
  return mlir::FileLineColLoc::get(&context, range.file->name(), place.line,
                                   place.column);
}

mlir::Location Elaborator::makeLoc(StringRef op, SourceRange range) {
  std::string id = entry->prefix;
  if (!frames.empty() && frames.back().instance)
    id += frames.back().instance->path();
  id += "/" + op.substr(op.find('.') + 1).str();
  id += "#" + std::to_string(entry->counters[id]++);
  return mlir::NameLoc::get(mlir::StringAttr::get(&context, id),
                            placeOf(range));
}

ArrayRef<SourceRange> Elaborator::originsOf(mlir::Value value) {
  auto it = origins.find(value);
  return it == origins.end() ? ArrayRef<SourceRange>() : it->second;
}

void Elaborator::setOrigins(mlir::Value value, ArrayRef<SourceRange> from) {
  origins[value].assign(from.begin(), from.end());
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

mlir::Value Elaborator::materialize(const Value &value, SourceRange range) {
  if (value.isError())
    return {};
  if (value.isTensor())
    return value.tensor();
  if (!value.isTensorLike()) {
    fail(range, "expected a tensor, not " + describe(value.kind()));
    return {};
  }
  if (!entry) {
    fail(range, "tensors exist inside entries only: this is evaluated when "
                "the modules are put together");
    return {};
  }
  if (value.is(Value::Kind::Weight))
    return makeWeight(*value.as<Weight *>(), range);
  if (value.is(Value::Kind::Table))
    return makeTable(*value.as<const TableData *>(), range);
  return currentState(*value.as<StateSlot *>(), range);
}

Value Elaborator::convert(const Value &value, mlir::Type type, bool isScalar,
                          SourceRange range) {
  if (value.isError())
    return value;
  if (value.isTensorLike()) {
    mlir::Value tensor = materialize(value, range);
    return tensor ? Value(tensor) : Value();
  }
  if (!value.isNumber() && !value.is(Value::Kind::Bool))
    return fail(range,
                "expected a tensor or a number, not " + describe(value.kind()));
  if (!entry)
    return fail(range, "tensors exist inside entries only");
  bool isFloat = mlir::isa<mlir::FloatType>(type);
  if (value.is(Value::Kind::Float) && !isFloat)
    return fail(range, "the number " + toText(value) + " isn't of type " +
                           toText(Value(type)) +
                           ": convert the tensor with cast");
  if (value.is(Value::Kind::Bool) != type.isInteger(1))
    return fail(range, describe(value.kind()) + " isn't of type " +
                           toText(Value(type)));
  if (value.isInt() && !value.constant())
    return callPrelude("operator_dim", {value, Value(type), Value(isScalar)},
                       range);
  Value number = typedNumber(value, type, range);
  if (number.isError())
    return number;
  if (!isScalar)
    return callPrelude("operator_constant", {number}, range);
  // A scalar is whatever the dialect makes of a constant.
  mlir::Builder builder(&context);
  mlir::TypedAttr attribute =
      isFloat             ? mlir::TypedAttr(
                                builder.getFloatAttr(type, number.as<FloatValue>().value))
      : type.isInteger(1) ? builder.getIntegerAttr(type, number.boolean())
                          : builder.getIntegerAttr(type, *number.constant());
  mlir::Operation *constant =
      context.getLoadedDialect<TenonDialect>()->materializeConstant(
          regions.back()->builder, attribute, type, placeOf(range));
  constant->setLoc(makeLoc(constant->getName().getStringRef(), range));
  return Value(constant->getResult(0));
}

mlir::Value Elaborator::makeWeight(const Weight &weight, SourceRange range) {
  auto known = entry->weights.find(&weight);
  if (known != entry->weights.end())
    return known->second;
  if (!weight.present) {
    error(range, "'" + weight.names.front() + "' isn't in the checkpoint")
        .note(weight.range, "it is optional")
        .help("test it with present(...)");
    return {};
  }
  auto type = mlir::RankedTensorType::get(weight.shape, weight.storedElement);
  // The id of a weight is its own, wherever it is first used.
  frames.push_back({range, weight.owner});
  mlir::Value value = WeightOp::create(
      entry->builder, makeLoc(WeightOp::getOperationName(), weight.range), type,
      weight.stored);
  setOrigins(value, weight.origins);
  if (weight.storedElement != weight.element) {
    Value cast = callPrelude("operator_cast",
                             {Value(value), Value(weight.element)}, range);
    value = cast.isTensor() ? cast.tensor() : mlir::Value();
  }
  frames.pop_back();
  return entry->weights[&weight] = value;
}

mlir::Value Elaborator::makeTable(const TableData &table, SourceRange range) {
  auto known = entry->tables.find(&table);
  if (known != entry->tables.end())
    return known->second;
  auto type = mlir::RankedTensorType::get(table.shape, table.element);
  mlir::DenseElementsAttr elements;
  if (auto floatType = mlir::dyn_cast<mlir::FloatType>(table.element)) {
    llvm::SmallVector<llvm::APFloat> values;
    for (double number : table.floats) {
      bool lost;
      values.emplace_back(number);
      values.back().convert(floatType.getFloatSemantics(),
                            llvm::APFloat::rmNearestTiesToEven, &lost);
    }
    elements = mlir::DenseElementsAttr::get(type, values);
  } else {
    llvm::SmallVector<llvm::APInt> values;
    unsigned width = table.element.getIntOrFloatBitWidth();
    for (int64_t number : table.integers)
      values.emplace_back(width, number, /*isSigned=*/true,
                          /*implicitTrunc=*/true);
    elements = mlir::DenseElementsAttr::get(type, values);
  }
  mlir::Operation *constant =
      context.getLoadedDialect<TenonDialect>()->materializeConstant(
          entry->builder, elements, type, placeOf(range));
  constant->setLoc(makeLoc(constant->getName().getStringRef(), range));
  mlir::Value value = constant->getResult(0);
  setOrigins(value, table.origins);
  return entry->tables[&table] = value;
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

mlir::Value Elaborator::currentState(StateSlot &slot, SourceRange range) {
  auto known = entry->states.find(&slot);
  if (known != entry->states.end())
    return known->second.current;
  const StateMember &member = *slot.member;
  mlir::Type element = evalElement(*member.type);
  llvm::SmallVector<DimAttr> dims;
  llvm::SmallVector<SourceRange> from;
  if (!element || !evalDims(*member.type, *slot.scope, dims, from))
    return {};
  // The axis is the one whose declared dim is named.
  StringRef text = member.along->range.text();
  const auto *it = llvm::find_if(member.type->dims, [&](const DimSpec &spec) {
    return spec.range.text() == text;
  });
  if (it == member.type->dims.end()) {
    fail(member.along->range, "no axis of the state is '" + text + "'");
    return {};
  }
  int64_t axis = it - member.type->dims.begin();
  auto type = StateType::get(
      &context, member.growing ? StateKind::Growing : StateKind::Fixed,
      getTensorType(&context, dims, element), axis);
  // States follow the tensors, in the order of their declaration.
  mlir::Block &block = entry->function.getBody().front();
  unsigned position = entry->inputs;
  for (auto &[other, use] : entry->states)
    position += other->order < slot.order;
  mlir::Value argument =
      block.insertArgument(position, type, entry->function.getLoc());
  setOrigins(argument, from);
  entry->states[&slot] = {argument, argument};
  bindSymbols(dims);
  statedRequires();
  return argument;
}

bool Elaborator::setState(StateSlot &slot, const Value &value,
                          SourceRange range) {
  if (!currentState(slot, range))
    return false;
  if (!value.isTensor() || !mlir::isa<StateType>(value.tensor().getType())) {
    fail(range, "a state takes the handle that an op on states gives, not " +
                    describe(value.kind()));
    return false;
  }
  entry->states[&slot].current = value.tensor();
  return true;
}
