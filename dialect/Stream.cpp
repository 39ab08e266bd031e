//===- Stream.cpp - producing constants piece by piece --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/Stream.h"

#include "dialect/HostTensor.h"
#include "dialect/TenonOps.h"

#include <cstring>

using namespace tenon;
using namespace mlir;

int64_t Tile::numElements() const { return countElements(sizes); }

LogicalResult StreamContext::read(Value value, const Tile &tile, void *out) {
  if (tile.numElements() == 0)
    return success();
  auto op = value.getDefiningOp<StreamOpInterface>();
  if (!op)
    return emitError(value.getLoc(), "can't be streamed");
  return op.streamTile(tile, out, *this);
}

bool tenon::canStream(Value value) {
  Operation *op = value.getDefiningOp();
  return isa_and_nonnull<StreamOpInterface>(op) &&
         cast<RankedTensorType>(value.getType()).hasStaticShape() &&
         llvm::all_of(op->getOperands(), canStream);
}

void tenon::copyTile(const char *data, ArrayRef<int64_t> shape, int64_t width,
                     const Tile &tile, char *out) {
  if (shape.empty()) {
    std::memcpy(out, data, width);
    return;
  }
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t axis = shape.size() - 2; axis >= 0; --axis)
    strides[axis] = strides[axis + 1] * shape[axis + 1];
  int64_t row = tile.sizes.back() * width;
  int64_t start = linearize(tile.offsets, strides);
  forEachIndex(
      ArrayRef<int64_t>(tile.sizes).drop_back(), [&](ArrayRef<int64_t> index) {
        int64_t offset =
            start + linearize(index, ArrayRef<int64_t>(strides).take_front(
                                         index.size()));
        std::memcpy(out, data + offset * width, row);
        out += row;
      });
}
