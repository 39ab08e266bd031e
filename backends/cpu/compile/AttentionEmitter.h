//===- AttentionEmitter.h - attention with a score region -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_COMPILE_ATTENTIONEMITTER_H
#define TENON_BACKENDS_CPU_COMPILE_ATTENTIONEMITTER_H

#include "backends/cpu/compile/CpuKernel.h"

#include "codegen/AttentionLimit.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace tenon::cpu {

/// Writes the loops of a kernel around one attention.
class AttentionEmitter : CpuEmitter {
public:
  AttentionEmitter(CpuKernel &kernel, AttentionOp op)
      : CpuEmitter(kernel), op(op), limit(op) {}

  mlir::LogicalResult emit();

private:
  mlir::LogicalResult prepare();
  void emitHead(mlir::Value firstChunk, mlir::Value lastChunk);
  void emitKeyBlock(mlir::Value firstQuery, mlir::Value queries,
                    mlir::Value block);
  /// How many of `keys` count for queries before `queries`.
  mlir::Value countKeys(mlir::Value queries, mlir::Value keys) {
    return limit.countKeys(code, batch, head,
                           at(sub(queries, code.constant(1)), queryCount),
                           keys);
  }
  void packKeys();
  void packValues();
  void emitTile(int64_t rows, mlir::Value firstQuery, mlir::Value firstInChunk);
  mlir::SmallVector<mlir::Value> emitScores(int64_t rows,
                                            mlir::Value firstQuery);
  mlir::SmallVector<mlir::Value>
  emitScoreVectors(int64_t rows, mlir::Value firstQuery, mlir::Value j,
                   int64_t vectors, mlir::Value mask, mlir::ValueRange tops);
  mlir::SmallVector<mlir::Value> emitWeights(int64_t rows,
                                             mlir::ArrayRef<mlir::Value> tops);
  void emitOutput(int64_t rows, mlir::Value firstQuery,
                  mlir::Value firstInChunk, mlir::ArrayRef<mlir::Value> rescale,
                  mlir::ArrayRef<mlir::Value> sums);

  Index at(mlir::Value value, DimAttr size) {
    return code.elements(1).uniform(value, 1, zero, size - 1);
  }
  mlir::Value number(double value) {
    return code.elements(1).constant(element, value);
  }
  mlir::Value splat(mlir::Value value) {
    return code.elements(lanes).splat(value);
  }
  mlir::Value loadVector(const Storage &from, mlir::Value position) {
    return mlir::vector::LoadOp::create(
        builder, loc, mlir::VectorType::get(lanes, element), from.buffer,
        mlir::ValueRange{position});
  }
  void storeVector(mlir::Value value, const Storage &to, mlir::Value position) {
    mlir::vector::StoreOp::create(builder, loc, value, to.buffer,
                                  mlir::ValueRange{position});
  }
  /// Steps of `unroll` over 0 .. size, then single steps.
  mlir::SmallVector<mlir::Value>
  unrolled(DimAttr size, mlir::ValueRange carried,
           llvm::function_ref<mlir::SmallVector<mlir::Value>(mlir::Value,
                                                             mlir::ValueRange)>
               body);
  mlir::SmallVector<mlir::Value>
  unrolled(mlir::Value size, mlir::ValueRange carried,
           llvm::function_ref<mlir::SmallVector<mlir::Value>(mlir::Value,
                                                             mlir::ValueRange)>
               body);

  AttentionOp op;

  DimAttr batches, heads, queryCount, keyCount, chunks;
  int64_t depth, features; ///< Of a query, of a value.
  int64_t tileQueries, keyVectors, valueVectors, unroll;
  int64_t chunkSize, blockSize;
  int64_t keyStride, valueStride, scoreStride; ///< Of rows in scratch.
  mlir::Type element;

  Storage keys, values, scores; ///< Of the current block and tile.
  Storage tops, sums, outputs;  ///< Running, for the queries of a chunk.
  Index batch, head;
  /// How many keys the current batch has: of a state, as many as its row holds.
  mlir::Value keysOfRow;
  KeyLimit limit;
  mlir::Value firstKey, keysHere; ///< Of the current block.
  mlir::Value isFirst, isLast;
  std::vector<StorePath> paths;
};

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_COMPILE_ATTENTIONEMITTER_H
