//===- Reduce.cpp - axes combined into one element ------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

#include <cmath>

using namespace tenon;
using namespace mlir;

LogicalResult ReduceOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         ReduceOp::Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> dims = rules.dims(0), result;
  Type element = rules.element(0);
  ReduceKind kind = adaptor.getKind();
  bool wantsBool = kind == ReduceKind::any || kind == ReduceKind::all;
  if (wantsBool != element.isInteger(1))
    return rules.fail(Twine(stringifyReduceKind(kind)) +
                      (wantsBool ? " combines bool elements"
                                 : " doesn't combine bool elements"));
  if (kind == ReduceKind::mean && !isa<FloatType>(element))
    return rules.fail("mean combines float elements");
  if (adaptor.getAxes().empty())
    return rules.fail("names no axis");
  SmallVector<bool> reduced(dims.size(), false);
  for (int64_t axis : adaptor.getAxes()) {
    if (failed(rules.axis(axis, dims.size())))
      return failure();
    if (std::exchange(reduced[axis], true))
      return rules.fail("names axis " + Twine(axis) + " twice");
  }
  for (auto [axis, dim] : llvm::enumerate(dims)) {
    if (!reduced[axis])
      result.push_back(dim);
    else if (adaptor.getKeepAxes())
      result.push_back(getConstantDim(context, 1));
  }
  types.push_back(getTensorType(context, result, element));
  return success();
}

LogicalResult ReduceOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results,
                                 EvaluateContext &) {
  const HostTensor &x = operands[0];
  ReduceKind kind = getKind();
  Type element = x.elementType();
  int64_t count = results[0].numElements();
  std::vector<double> sums(count, neutralElement(kind, element));
  std::vector<int64_t> integers(count, kind == ReduceKind::max ? INT64_MIN
                                       : kind == ReduceKind::min
                                           ? INT64_MAX
                                           : kind == ReduceKind::all);
  // Strides of the result in the operand's axes.
  SmallVector<int64_t> strides(x.rank(), 0);
  int64_t stride = 1, terms = 1;
  for (int64_t axis = x.rank() - 1; axis >= 0; --axis) {
    if (llvm::is_contained(getAxes(), axis)) {
      terms *= x.size(axis);
      continue;
    }
    strides[axis] = stride;
    stride *= x.size(axis);
  }
  int64_t n = 0;
  forEachIndex(x.shape(), [&](ArrayRef<int64_t> index) {
    int64_t to = linearize(index, strides), from = n++;
    if (x.isFloat()) {
      double value = x.number(from), &sum = sums[to];
      if (kind == ReduceKind::max)
        sum = value > sum || std::isnan(value) ? value : sum;
      else if (kind == ReduceKind::min)
        sum = value < sum || std::isnan(value) ? value : sum;
      else
        sum += value;
      return;
    }
    int64_t value = x.integer(from), &sum = integers[to];
    switch (kind) {
    case ReduceKind::sum:
    case ReduceKind::mean:
      sum = static_cast<uint64_t>(sum) + static_cast<uint64_t>(value);
      break;
    case ReduceKind::max:
      sum = std::max(sum, value);
      break;
    case ReduceKind::min:
      sum = std::min(sum, value);
      break;
    case ReduceKind::any:
      sum |= value;
      break;
    case ReduceKind::all:
      sum &= value;
      break;
    }
  });
  for (int64_t i = 0; i < count; ++i) {
    if (!x.isFloat())
      results[0].setInteger(i, integers[i]);
    else
      results[0].set(i, kind == ReduceKind::mean ? sums[i] / terms : sums[i]);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Code generation
//===----------------------------------------------------------------------===//

SmallVector<DimAttr> ReduceOp::getReductionDims() {
  SmallVector<DimAttr> dims = getDims(getX()), reduced;
  for (auto [axis, dim] : llvm::enumerate(dims))
    if (llvm::is_contained(getAxes(), static_cast<int64_t>(axis)))
      reduced.push_back(dim);
  return reduced;
}

ReduceKind ReduceOp::getCombiner() { return getKind(); }

FailureOr<Value> ReduceOp::emitTerm(ElementBuilder &builder,
                                    ArrayRef<Index> index,
                                    ArrayRef<Index> reduction) {
  SmallVector<Index> source;
  for (int64_t axis = 0, rank = getDims(getX()).size(); axis < rank; ++axis) {
    bool reduced = llvm::is_contained(getAxes(), axis);
    if (reduced) {
      source.push_back(reduction.front());
      reduction = reduction.drop_front();
    }
    if (!reduced)
      source.push_back(index.front());
    if (!reduced || getKeepAxes())
      index = index.drop_front();
  }
  return builder.read(getX(), source);
}

FailureOr<Value> ReduceOp::decompose(OpBuilder &builder) {
  if (getKind() != ReduceKind::mean)
    return failure();
  Location loc = getLoc();
  Type element = getElementType(getType());
  Value sum = ReduceOp::create(builder, loc, ReduceKind::sum, getX(), getAxes(),
                               getKeepAxes());
  DimAttr count = productOf(getContext(), getReductionDims());
  Value divisor = DimValueOp::create(builder, loc, count, element);
  return BinaryOp::create(builder, loc, BinaryKind::div, sum, divisor)
      .getResult();
}
