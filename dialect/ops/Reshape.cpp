//===- Reshape.cpp - the same elements under another shape ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult ReshapeOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> loc,
                                          ReshapeOp::Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> from = rules.dims(0);
  SmallVector<DimAttr> to = llvm::to_vector(adaptor.getShape().getDims());
  DimAttr count = productOf(context, from);
  auto isOpen = [](DimAttr dim) { return dim.isConstant(-1); };
  if (llvm::count_if(to, isOpen) > 1)
    return rules.fail("more than one axis is -1");
  if (auto *open = llvm::find_if(to, isOpen); open != to.end()) {
    DimAttr others = productOf(context, to) * -1;
    auto size = exactDiv(count, others);
    if (!size)
      return rules.fail(count.str() +
                        " elements can't be divided into runs of " +
                        others.str());
    *open = *size;
  }
  DimAttr wanted = productOf(context, to);
  if (!rules.agree(count, wanted))
    return rules.fail(count.str() + " elements can't become " + wanted.str());
  types.push_back(getTensorType(context, to, rules.element(0)));
  return success();
}

LogicalResult ReshapeOp::evaluate(ArrayRef<HostTensor> operands,
                                  MutableArrayRef<HostTensor> results,
                                  EvaluateContext &) {
  SmallVector<int64_t> shape = llvm::to_vector(results[0].shape());
  results[0] = operands[0].reshaped(shape);
  return success();
}

FailureOr<Value> ReshapeOp::emitElement(ElementBuilder &builder,
                                        ArrayRef<Index> index) {
  return builder.read(getX(), builder.reshapeIndex(index, getDims(getResult()),
                                                   getDims(getX())));
}

LogicalResult ReshapeOp::pushIndex(ElementBuilder &builder,
                                   ArrayRef<Index> index,
                                   SmallVectorImpl<Index> &result, Value &) {
  llvm::append_range(result, builder.reshapeIndex(index, getDims(getX()),
                                                  getDims(getResult())));
  return success();
}

LogicalResult ReshapeOp::streamTile(const Tile &tile, void *out,
                                    StreamContext &context) {
  ArrayRef<int64_t> from = staticShape(getX()), to = staticShape(getResult());
  int64_t width = byteWidth(getElementType(getType()));
  if (from.empty() || to.empty()) {
    Tile all{SmallVector<int64_t>(from.size(), 0), llvm::to_vector(from)};
    return context.read(getX(), all, out);
  }
  // Read the operand's leading rows that the tile's elements lie in.
  SmallVector<int64_t> strides(to.size(), 1);
  for (int64_t axis = to.size() - 2; axis >= 0; --axis)
    strides[axis] = strides[axis + 1] * to[axis + 1];
  SmallVector<int64_t> last;
  for (auto [offset, size] : llvm::zip(tile.offsets, tile.sizes))
    last.push_back(offset + size - 1);
  int64_t row = countElements(from.drop_front());
  int64_t firstRow = linearize(tile.offsets, strides) / row;
  int64_t lastRow = linearize(last, strides) / row;
  Tile source{SmallVector<int64_t>(from.size(), 0), llvm::to_vector(from)};
  source.offsets[0] = firstRow;
  source.sizes[0] = lastRow - firstRow + 1;
  std::vector<char> bytes(source.numElements() * width);
  if (failed(context.read(getX(), source, bytes.data())))
    return failure();
  int64_t base = linearize(tile.offsets, strides) - firstRow * row;
  char *to8 = static_cast<char *>(out);
  int64_t run = tile.sizes.back();
  forEachIndex(ArrayRef<int64_t>(tile.sizes).drop_back(),
               [&](ArrayRef<int64_t> index) {
                 int64_t from = base + linearize(index, strides);
                 std::copy_n(bytes.data() + from * width, run * width, to8);
                 to8 += run * width;
               });
  return success();
}
