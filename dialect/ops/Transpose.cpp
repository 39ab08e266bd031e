//===- Transpose.cpp - axes reordered -------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *context,
                                            std::optional<Location> loc,
                                            TransposeOp::Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  SmallVector<DimAttr> from = rules.dims(0), to;
  ArrayRef<int64_t> permutation = adaptor.getPermutation();
  SmallVector<bool> seen(from.size(), false);
  for (int64_t axis : permutation) {
    if (axis < 0 || axis >= static_cast<int64_t>(from.size()) || seen[axis])
      return rules.fail("permutation isn't one of 0 .. " +
                        Twine(static_cast<int64_t>(from.size()) - 1));
    seen[axis] = true;
    to.push_back(from[axis]);
  }
  if (to.size() != from.size())
    return rules.fail("permutation names " + Twine(to.size()) +
                      " axes of a tensor with " + Twine(from.size()));
  types.push_back(getTensorType(context, to, rules.element(0)));
  return success();
}

LogicalResult TransposeOp::evaluate(ArrayRef<HostTensor> operands,
                                    MutableArrayRef<HostTensor> results,
                                    EvaluateContext &) {
  evaluateMovement(operands[0], results[0],
                   [&](ArrayRef<int64_t> index, SmallVectorImpl<int64_t> &at) {
                     for (auto [i, axis] : llvm::zip(index, getPermutation()))
                       at[axis] = i;
                   });
  return success();
}

FailureOr<Value> TransposeOp::emitElement(ElementBuilder &builder,
                                          ArrayRef<Index> index) {
  SmallVector<Index> source(index.size());
  for (auto [i, axis] : llvm::zip(index, getPermutation()))
    source[axis] = i;
  return builder.read(getX(), source);
}

LogicalResult TransposeOp::pushIndex(ElementBuilder &, ArrayRef<Index> index,
                                     SmallVectorImpl<Index> &result, Value &) {
  for (int64_t axis : getPermutation())
    result.push_back(index[axis]);
  return success();
}

/// out[j][i] = in[i][j] for a rows x columns matrix of 4-byte elements, in
/// blocks that stay in the first-level cache.
static void transposeMatrix(const uint32_t *in, uint32_t *out, int64_t rows,
                            int64_t columns) {
  constexpr int64_t block = 16;
  for (int64_t i0 = 0; i0 < rows; i0 += block)
    for (int64_t j0 = 0; j0 < columns; j0 += block)
      for (int64_t j = j0; j < std::min(j0 + block, columns); ++j)
        for (int64_t i = i0; i < std::min(i0 + block, rows); ++i)
          out[j * rows + i] = in[i * columns + j];
}

LogicalResult TransposeOp::streamTile(const Tile &tile, void *out,
                                      StreamContext &context) {
  ArrayRef<int64_t> permutation = getPermutation();
  int64_t width = byteWidth(getElementType(getType()));
  Tile source = tile;
  for (auto [i, axis] : llvm::enumerate(permutation)) {
    source.offsets[axis] = tile.offsets[i];
    source.sizes[axis] = tile.sizes[i];
  }
  std::vector<char> bytes(source.numElements() * width);
  if (failed(context.read(getX(), source, bytes.data())))
    return failure();
  if (permutation == ArrayRef<int64_t>({1, 0}) && width == 4) {
    transposeMatrix(reinterpret_cast<const uint32_t *>(bytes.data()),
                    static_cast<uint32_t *>(out), source.sizes[0],
                    source.sizes[1]);
    return success();
  }
  SmallVector<int64_t> strides(source.rank(), 1), permuted;
  for (int64_t axis = source.rank() - 2; axis >= 0; --axis)
    strides[axis] = strides[axis + 1] * source.sizes[axis + 1];
  for (int64_t axis : permutation)
    permuted.push_back(strides[axis]);
  char *to = static_cast<char *>(out);
  forEachIndex(tile.sizes, [&](ArrayRef<int64_t> index) {
    std::copy_n(bytes.data() + linearize(index, permuted) * width, width, to);
    to += width;
  });
  return success();
}
