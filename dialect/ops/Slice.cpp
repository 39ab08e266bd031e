//===- Slice.cpp - part of an axis ----------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult SliceOp::inferReturnTypes(MLIRContext *context,
                                        std::optional<Location> loc,
                                        SliceOp::Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> dims = rules.dims(0);
  auto axis = rules.axis(adaptor.getAxis(), dims.size());
  if (failed(axis))
    return failure();
  DimAttr size = adaptor.getSize(), begin = adaptor.getBegin();
  int64_t step = adaptor.getStep();
  if (step < 1)
    return rules.fail("step " + Twine(step) + " isn't positive");
  if (begin.isConstant() && begin.getValue() < 0)
    return rules.fail("begin " + begin.str() + " is negative");
  if (size.isConstant() && size.getValue() < 0)
    return rules.fail("size " + size.str() + " is negative");
  // One past the last element read.
  DimAttr end = begin + (size - 1) * step + 1;
  if (auto excess = (end - dims[*axis]).asConstant();
      excess && *excess > 0 && !size.isConstant(0))
    return rules.fail("slice ends at " + end.str() + ", past the end of axis " +
                      Twine(*axis) + ", which is " + dims[*axis].str());
  dims[*axis] = size;
  types.push_back(getTensorType(context, dims, rules.element(0)));
  return success();
}

LogicalResult SliceOp::evaluate(ArrayRef<HostTensor> operands,
                                MutableArrayRef<HostTensor> results,
                                EvaluateContext &context) {
  auto begin = context.dim(getLoc(), getBegin());
  if (failed(begin))
    return failure();
  int64_t axis = getAxis(), step = getStep(), size = results[0].size(axis);
  if (*begin < 0 ||
      (size && *begin + (size - 1) * step >= operands[0].size(axis)))
    return emitOpError("reads outside axis ")
           << axis << " of size " << operands[0].size(axis);
  evaluateMovement(operands[0], results[0],
                   [&](ArrayRef<int64_t> index, SmallVectorImpl<int64_t> &at) {
                     llvm::copy(index, at.begin());
                     at[axis] = *begin + index[axis] * step;
                   });
  return success();
}

FailureOr<Value> SliceOp::emitElement(ElementBuilder &builder,
                                      ArrayRef<Index> index) {
  SmallVector<Index> source = llvm::to_vector(index);
  DimAttr step = getConstantDim(getContext(), getStep());
  source[getAxis()] =
      builder.add(builder.mul(index[getAxis()], step), builder.dim(getBegin()));
  return builder.read(getX(), source);
}

LogicalResult SliceOp::pushIndex(ElementBuilder &builder, ArrayRef<Index> index,
                                 SmallVectorImpl<Index> &result, Value &kept) {
  if (getStep() != 1)
    return failure();
  llvm::append_range(result, index);
  Index &own = result[getAxis()];
  own = builder.sub(own, builder.dim(getBegin()));
  if (builder.isInside(own, getSize()))
    return success();
  Value low =
      builder.compare(arith::CmpIPredicate::sge, own, builder.constant(0));
  Value high =
      builder.compare(arith::CmpIPredicate::slt, own, builder.dim(getSize()));
  kept = builder.binary(BinaryKind::and_, low, high);
  return success();
}

LogicalResult SliceOp::streamTile(const Tile &tile, void *out,
                                  StreamContext &context) {
  auto begin = getBegin().asConstant();
  if (!begin)
    return emitOpError("can't be streamed: it begins at a symbolic place");
  int64_t axis = getAxis(), step = getStep();
  Tile source = tile;
  source.offsets[axis] = *begin + tile.offsets[axis] * step;
  if (step == 1)
    return context.read(getX(), source, out);
  // Read the covering run and keep every step-th element.
  source.sizes[axis] = (tile.sizes[axis] - 1) * step + 1;
  int64_t width = byteWidth(getElementType(getType()));
  std::vector<char> bytes(source.numElements() * width);
  if (failed(context.read(getX(), source, bytes.data())))
    return failure();
  AxisView from(source.sizes, axis), to(tile.sizes, axis);
  char *out8 = static_cast<char *>(out);
  for (int64_t o = 0; o < to.outer; ++o)
    for (int64_t i = 0; i < to.size; ++i)
      std::copy_n(bytes.data() + from.offset(o, i * step, 0) * width,
                  to.inner * width, out8 + to.offset(o, i, 0) * width);
  return success();
}
