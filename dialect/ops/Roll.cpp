//===- Roll.cpp - elements shifted cyclically -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult RollOp::inferReturnTypes(MLIRContext *context,
                                       std::optional<Location> loc,
                                       RollOp::Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  if (failed(rules.axis(adaptor.getAxis(), rules.dims(0).size())))
    return failure();
  types.push_back(adaptor.getX().getType());
  return success();
}

LogicalResult RollOp::evaluate(ArrayRef<HostTensor> operands,
                               MutableArrayRef<HostTensor> results,
                               EvaluateContext &context) {
  auto shift = context.dim(getLoc(), getShift());
  if (failed(shift))
    return failure();
  int64_t axis = getAxis(), size = operands[0].size(axis);
  evaluateMovement(operands[0], results[0],
                   [&](ArrayRef<int64_t> index, SmallVectorImpl<int64_t> &at) {
                     llvm::copy(index, at.begin());
                     at[axis] = (((index[axis] - *shift) % size) + size) % size;
                   });
  return success();
}

/// `place + size` if `place` is negative; both lie in -size .. size - 1.
static Index wrapUp(ElementBuilder &builder, const Index &place, DimAttr size) {
  Value negative =
      builder.compare(arith::CmpIPredicate::slt, place, builder.constant(0));
  Index result =
      builder.select(negative, builder.add(place, builder.dim(size)), place);
  result.low = getConstantDim(size.getContext(), 0);
  result.high = size - 1;
  return result;
}

FailureOr<Value> RollOp::emitElement(ElementBuilder &builder,
                                     ArrayRef<Index> index) {
  DimAttr size = getDims(getX())[getAxis()];
  DimAttr shift = floorMod(getShift(), size);
  SmallVector<Index> source = llvm::to_vector(index);
  source[getAxis()] =
      wrapUp(builder, builder.sub(index[getAxis()], builder.dim(shift)), size);
  return builder.read(getX(), source);
}

LogicalResult RollOp::pushIndex(ElementBuilder &builder, ArrayRef<Index> index,
                                SmallVectorImpl<Index> &result, Value &) {
  // Shifting up by s is shifting down by size - s.
  DimAttr size = getDims(getX())[getAxis()];
  DimAttr down = floorMod(getShift() * -1, size);
  llvm::append_range(result, index);
  result[getAxis()] =
      wrapUp(builder, builder.sub(index[getAxis()], builder.dim(down)), size);
  return success();
}

LogicalResult RollOp::streamTile(const Tile &tile, void *out,
                                 StreamContext &context) {
  auto shift = getShift().asConstant();
  if (!shift)
    return emitOpError("can't be streamed: its shift is symbolic");
  int64_t axis = getAxis(), size = staticShape(getX())[axis];
  int64_t width = byteWidth(getElementType(getType()));
  AxisView to(tile.sizes, axis);
  char *out8 = static_cast<char *>(out);
  // One element of the axis at a time: rolls of weights are rare and small.
  for (int64_t i = 0; i < tile.sizes[axis]; ++i) {
    Tile source = tile;
    source.offsets[axis] =
        (((tile.offsets[axis] + i - *shift) % size) + size) % size;
    source.sizes[axis] = 1;
    std::vector<char> bytes(source.numElements() * width);
    if (failed(context.read(getX(), source, bytes.data())))
      return failure();
    for (int64_t o = 0; o < to.outer; ++o)
      std::copy_n(bytes.data() + o * to.inner * width, to.inner * width,
                  out8 + to.offset(o, i, 0) * width);
  }
  return success();
}
