//===- Conv.cpp - convolutions --------------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult ConvOp::inferReturnTypes(MLIRContext *context,
                                       std::optional<Location> loc,
                                       ConvOp::Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> x = rules.dims(0), weight = rules.dims(1);
  size_t axes = adaptor.getStrides().size();
  if (axes < 1 || axes > 2)
    return rules.fail("runs over one or two axes, not " + Twine(axes));
  if (x.size() != axes + 2 || weight.size() != axes + 2)
    return rules.fail("x and weight need " + Twine(axes + 2) + " axes");
  for (ArrayRef<int64_t> list :
       {adaptor.getPaddingLow(), adaptor.getPaddingHigh(),
        adaptor.getDilations()})
    if (list.size() != axes)
      return rules.fail("strides, padding and dilations need " + Twine(axes) +
                        " entries each");
  if (rules.element(0) != rules.element(1))
    return rules.fail("element types differ: convert one side with cast");
  DimAttr groups = getConstantDim(context, adaptor.getGroups());
  if (adaptor.getGroups() < 1 || !exactDiv(weight[0], groups))
    return rules.fail(weight[0].str() + " output channels don't form " +
                      Twine(adaptor.getGroups()) + " groups");
  if (failed(rules.same("input channels", {0, 1}, weight[1] * groups)))
    return failure();
  SmallVector<DimAttr> result{x[0], weight[0]};
  for (size_t i = 0; i < axes; ++i) {
    int64_t stride = adaptor.getStrides()[i];
    int64_t dilation = adaptor.getDilations()[i];
    int64_t low = adaptor.getPaddingLow()[i],
            high = adaptor.getPaddingHigh()[i];
    if (stride < 1 || dilation < 1 || low < 0 || high < 0)
      return rules.fail("strides and dilations are positive, padding isn't "
                        "negative");
    DimAttr span = (weight[i + 2] - 1) * dilation + 1;
    DimAttr places = x[i + 2] + (low + high) - span;
    if (places.isConstant() && places.getValue() < 0)
      return rules.fail("kernel of " + span.str() + " is longer than axis " +
                        Twine(i + 2));
    result.push_back(floorDiv(places, getConstantDim(context, stride)) + 1);
  }
  types.push_back(getTensorType(context, result, rules.element(0)));
  return success();
}

LogicalResult ConvOp::evaluate(ArrayRef<HostTensor> operands,
                               MutableArrayRef<HostTensor> results,
                               EvaluateContext &) {
  const HostTensor &x = operands[0], &weight = operands[1];
  size_t axes = getStrides().size();
  int64_t groups = getGroups(), perGroup = weight.size(0) / groups;
  SmallVector<int64_t> xs = x.strides(), ws = weight.strides();
  ArrayRef<int64_t> kernel = weight.shape().drop_front(2);
  int64_t n = 0;
  forEachIndex(results[0].shape(), [&](ArrayRef<int64_t> at) {
    int64_t firstChannel = at[1] / perGroup * weight.size(1);
    double sum = 0;
    forEachIndex(kernel, [&](ArrayRef<int64_t> tap) {
      int64_t from = at[0] * xs[0], to = at[1] * ws[0];
      for (size_t i = 0; i < axes; ++i) {
        int64_t place = at[i + 2] * getStrides()[i] +
                        tap[i] * getDilations()[i] - getPaddingLow()[i];
        if (place < 0 || place >= x.size(i + 2))
          return;
        from += place * xs[i + 2];
        to += tap[i] * ws[i + 2];
      }
      for (int64_t c = 0; c < weight.size(1); ++c)
        sum += x.number(from + (firstChannel + c) * xs[1]) *
               weight.number(to + c * ws[1]);
    });
    results[0].set(n++, sum);
  });
  return success();
}

//===----------------------------------------------------------------------===//
// Code generation as a plain reduction
//===----------------------------------------------------------------------===//

SmallVector<DimAttr> ConvOp::getReductionDims() {
  SmallVector<DimAttr> dims = getDims(getWeight());
  return SmallVector<DimAttr>(llvm::drop_begin(dims));
}

ReduceKind ConvOp::getCombiner() { return ReduceKind::sum; }

FailureOr<Value> ConvOp::emitTerm(ElementBuilder &builder,
                                  ArrayRef<Index> index,
                                  ArrayRef<Index> reduction) {
  SmallVector<DimAttr> x = getDims(getX()), weight = getDims(getWeight());
  MLIRContext *context = getContext();
  auto constant = [&](int64_t v) { return getConstantDim(context, v); };
  auto perGroup = exactDiv(weight[0], constant(getGroups()));
  Index channel = reduction[0];
  if (getGroups() != 1)
    channel = builder.add(
        builder.mul(builder.floorDiv(index[1], *perGroup), weight[1]), channel);
  SmallVector<Index> source{index[0], channel}, tap{index[1], reduction[0]};
  Value inside;
  for (size_t i = 0; i < getStrides().size(); ++i) {
    Index place =
        builder.add(builder.mul(index[i + 2], constant(getStrides()[i])),
                    builder.mul(reduction[i + 1], constant(getDilations()[i])));
    place = builder.sub(place, builder.constant(getPaddingLow()[i]));
    tap.push_back(reduction[i + 1]);
    if (getPaddingLow()[i] == 0 && getPaddingHigh()[i] == 0) {
      source.push_back(place);
      continue;
    }
    source.push_back(builder.clamp(place, x[i + 2]));
    Value low =
        builder.compare(arith::CmpIPredicate::sge, place, builder.constant(0));
    Value high = builder.compare(arith::CmpIPredicate::slt, place,
                                 builder.dim(x[i + 2]));
    Value both = builder.binary(BinaryKind::and_, low, high);
    inside = inside ? builder.binary(BinaryKind::and_, inside, both) : both;
  }
  auto a = builder.read(getX(), source), b = builder.read(getWeight(), tap);
  if (failed(a) || failed(b))
    return failure();
  Value element = *a;
  if (inside)
    element = builder.selectElement(
        inside, element, builder.constant(getElementType(getType()), 0));
  return builder.binary(BinaryKind::mul, element, *b);
}
