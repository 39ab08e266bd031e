//===- State.cpp - values that outlive a call -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

/// Fails unless `x` fits the state but along `skip`.
static LogicalResult checkFits(const ShapeRules &rules, int64_t skip) {
  SmallVector<DimAttr> held = rules.dims(0), x = rules.dims(1);
  if (held.size() != x.size())
    return rules.fail("state has " + Twine(held.size()) + " axes, x has " +
                      Twine(x.size()));
  if (rules.element(0) != rules.element(1))
    return rules.fail("element types differ: convert with cast");
  for (unsigned axis = 0; axis < held.size(); ++axis)
    if (axis != skip && failed(rules.same("doesn't fit the state", {1, axis},
                                          AxisRef{0, axis})))
      return failure();
  return success();
}

LogicalResult StateAppendOp::inferReturnTypes(MLIRContext *context,
                                              std::optional<Location> loc,
                                              StateAppendOp::Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  auto state = cast<StateType>(adaptor.getState().getType());
  int64_t axis = state.getAxis();
  if (state.getKind() != StateKind::Growing)
    return rules.fail("only a growing state takes append");
  if (failed(checkFits(rules, axis)))
    return failure();
  SmallVector<DimAttr> dims = rules.dims(0);
  dims[axis] = dims[axis] + rules.dims(1)[axis];
  types.push_back(StateType::get(context, state.getKind(),
                                 getTensorType(context, dims, rules.element(0)),
                                 axis));
  return success();
}

LogicalResult StateAppendOp::evaluate(ArrayRef<HostTensor> operands,
                                      MutableArrayRef<HostTensor> results,
                                      EvaluateContext &) {
  int64_t axis = cast<StateType>(getState().getType()).getAxis(), begin = 0;
  AxisView to(results[0].shape(), axis);
  for (const HostTensor &part : operands) {
    AxisView from(part.shape(), axis);
    for (int64_t o = 0; o < from.outer; ++o)
      for (int64_t i = 0; i < from.size; ++i)
        for (int64_t k = 0; k < from.inner; ++k)
          results[0].copyElement(to.offset(o, begin + i, k), part,
                                 from.offset(o, i, k));
    begin += from.size;
  }
  return success();
}

Value StateAppendOp::getUpdatedState() { return getState(); }
Value StateAppendOp::getStored() { return getX(); }
bool StateAppendOp::replacesContents() { return false; }

LogicalResult StateWriteOp::inferReturnTypes(MLIRContext *context,
                                             std::optional<Location> loc,
                                             StateWriteOp::Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  auto state = cast<StateType>(adaptor.getState().getType());
  if (failed(checkFits(rules, state.getAxis())))
    return failure();
  types.push_back(
      StateType::get(context, state.getKind(),
                     getTensorType(context, rules.dims(1), rules.element(1)),
                     state.getAxis()));
  return success();
}

LogicalResult StateWriteOp::evaluate(ArrayRef<HostTensor> operands,
                                     MutableArrayRef<HostTensor> results,
                                     EvaluateContext &) {
  results[0] = operands[1];
  return success();
}

Value StateWriteOp::getUpdatedState() { return getState(); }
Value StateWriteOp::getStored() { return getX(); }
bool StateWriteOp::replacesContents() { return true; }

LogicalResult StateReadOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location>,
                                            StateReadOp::Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  types.push_back(cast<StateType>(adaptor.getState().getType()).getContents());
  return success();
}

LogicalResult StateReadOp::evaluate(ArrayRef<HostTensor> operands,
                                    MutableArrayRef<HostTensor> results,
                                    EvaluateContext &) {
  results[0] = operands[0];
  return success();
}

FailureOr<Value> StateReadOp::emitElement(ElementBuilder &builder,
                                          ArrayRef<Index> index) {
  return builder.read(getState(), index);
}

LogicalResult StateLengthsOp::inferReturnTypes(MLIRContext *context,
                                               std::optional<Location> loc,
                                               StateLengthsOp::Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  if (cast<StateType>(adaptor.getState().getType()).getAxis() == 0)
    return rules.fail("axis 0 of the state is the one that grows: it has no "
                      "rows");
  types.push_back(getTensorType(context, {rules.dims(0).front()},
                                IntegerType::get(context, 64)));
  return success();
}

LogicalResult StateLengthsOp::evaluate(ArrayRef<HostTensor> operands,
                                       MutableArrayRef<HostTensor> results,
                                       EvaluateContext &) {
  int64_t axis = cast<StateType>(getState().getType()).getAxis();
  for (int64_t row = 0; row < results[0].numElements(); ++row)
    results[0].setInteger(row, operands[0].size(axis));
  return success();
}
