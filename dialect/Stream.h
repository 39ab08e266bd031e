//===- Stream.h - producing constants piece by piece ------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A constant made of ops that only move, convert or scale checkpoint data is
// never held whole: the artifact writer asks for it tile by tile, each op asks
// its operands for the tiles it needs, and weights are read from the mapped
// checkpoint.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_STREAM_H
#define TENON_DIALECT_STREAM_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/SmallVector.h"

#include <functional>
#include <string>

namespace tenon {

class WeightOp;

/// A box of a tensor: `sizes` elements from `offsets`, an entry an axis.
struct Tile {
  llvm::SmallVector<int64_t> offsets, sizes;

  int64_t numElements() const;
  int64_t rank() const { return sizes.size(); }
};

/// A checkpoint tensor in memory: dense, row-major, in its stored type.
struct StoredTensor {
  const char *data;
  mlir::RankedTensorType type;
};

class StreamContext {
public:
  using WeightFinder =
      std::function<mlir::FailureOr<StoredTensor>(WeightOp weight)>;

  explicit StreamContext(WeightFinder findWeight)
      : findWeight(std::move(findWeight)) {}

  WeightFinder findWeight;

  /// Writes a tile of `value` (the result of a StreamOpInterface op of static
  /// shape), row-major, to `out`.
  mlir::LogicalResult read(mlir::Value value, const Tile &tile, void *out);
};

/// Whether `value` and all it is computed from can be streamed.
bool canStream(mlir::Value value);

/// Copies a box out of a dense row-major tensor.
void copyTile(const char *data, llvm::ArrayRef<int64_t> shape, int64_t width,
              const Tile &tile, char *out);

} // namespace tenon

#endif // TENON_DIALECT_STREAM_H
