//===- Windows.cpp - what a moving window sees ----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult WindowsOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> loc,
                                          WindowsOp::Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> dims = rules.dims(0), windows;
  ArrayRef<int64_t> axes = adaptor.getAxes();
  if (axes.empty())
    return rules.fail("names no axis");
  for (ArrayRef<int64_t> list :
       {adaptor.getSizes(), adaptor.getStrides(), adaptor.getPaddingLow(),
        adaptor.getPaddingHigh(), adaptor.getDilations()})
    if (list.size() != axes.size())
      return rules.fail("sizes, strides, padding and dilations need an entry "
                        "for each of the " +
                        Twine(axes.size()) + " axes");
  SmallVector<bool> seen(dims.size(), false);
  for (size_t i = 0; i < axes.size(); ++i) {
    if (failed(rules.axis(axes[i], dims.size())))
      return failure();
    if (std::exchange(seen[axes[i]], true))
      return rules.fail("names axis " + Twine(axes[i]) + " twice");
    int64_t size = adaptor.getSizes()[i], stride = adaptor.getStrides()[i];
    int64_t low = adaptor.getPaddingLow()[i],
            high = adaptor.getPaddingHigh()[i];
    int64_t dilation = adaptor.getDilations()[i];
    if (size < 1 || stride < 1 || dilation < 1 || low < 0 || high < 0)
      return rules.fail("sizes, strides and dilations are positive, padding "
                        "isn't negative");
    DimAttr places = dims[axes[i]] + (low + high) - ((size - 1) * dilation + 1);
    if (places.isConstant() && places.getValue() < 0)
      return rules.fail("window of " + Twine((size - 1) * dilation + 1) +
                        " is longer than axis " + Twine(axes[i]));
    dims[axes[i]] = floorDiv(places, getConstantDim(context, stride)) + 1;
    windows.push_back(getConstantDim(context, size));
  }
  llvm::append_range(dims, windows);
  types.push_back(getTensorType(context, dims, rules.element(0)));
  return success();
}

LogicalResult WindowsOp::evaluate(ArrayRef<HostTensor> operands,
                                  MutableArrayRef<HostTensor> results,
                                  EvaluateContext &) {
  const HostTensor &x = operands[0];
  SmallVector<int64_t> strides = x.strides();
  int64_t n = 0;
  forEachIndex(results[0].shape(), [&](ArrayRef<int64_t> at) {
    SmallVector<int64_t> source = llvm::to_vector(at.take_front(x.rank()));
    bool inside = true;
    for (auto [i, axis] : llvm::enumerate(getAxes())) {
      source[axis] = at[axis] * getStrides()[i] +
                     at[x.rank() + i] * getDilations()[i] - getPaddingLow()[i];
      inside &= source[axis] >= 0 && source[axis] < x.size(axis);
    }
    if (inside)
      results[0].copyElement(n, x, linearize(source, strides));
    else
      results[0].set(n, getValue().convertToDouble());
    ++n;
  });
  return success();
}

FailureOr<Value> WindowsOp::emitElement(ElementBuilder &builder,
                                        ArrayRef<Index> index) {
  SmallVector<DimAttr> dims = getDims(getX());
  MLIRContext *context = getContext();
  auto constant = [&](int64_t v) { return getConstantDim(context, v); };
  SmallVector<Index> source = llvm::to_vector(index.take_front(dims.size()));
  Value inside;
  auto require = [&](Value condition) {
    inside = inside ? builder.binary(BinaryKind::and_, inside, condition)
                    : condition;
  };
  for (auto [i, axis] : llvm::enumerate(getAxes())) {
    Index place = builder.add(
        builder.mul(index[axis], constant(getStrides()[i])),
        builder.mul(index[dims.size() + i], constant(getDilations()[i])));
    int64_t low = getPaddingLow()[i];
    if (low == 0 && getPaddingHigh()[i] == 0) {
      source[axis] = place;
      continue;
    }
    place = builder.sub(place, builder.constant(low));
    source[axis] = builder.clamp(place, dims[axis]);
    if (low != 0)
      require(builder.compare(arith::CmpIPredicate::sge, place,
                              builder.constant(0)));
    require(builder.compare(arith::CmpIPredicate::slt, place,
                            builder.dim(dims[axis])));
  }
  auto element = builder.read(getX(), source);
  if (failed(element) || !inside)
    return element;
  Value fill =
      builder.constant(getElementType(getType()), getValue().convertToDouble());
  return builder.selectElement(inside, *element, fill);
}
