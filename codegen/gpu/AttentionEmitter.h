//===- AttentionEmitter.h - attention with a score region -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_GPU_ATTENTIONEMITTER_H
#define TENON_CODEGEN_GPU_ATTENTIONEMITTER_H

#include "codegen/gpu/GpuKernel.h"

#include "codegen/AttentionLimit.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <vector>

namespace tenon {
/// How features are cut into chunks of vectors, all of one length; what the
/// last one has too many doesn't exist.
struct FeatureChunks {
  int64_t features = 0, chunks = 0, vectors = 0;

  FeatureChunks() = default;
  FeatureChunks(int64_t features, int64_t most, int64_t quad)
      : features(features) {
    assert(most >= quad && "a chunk has a vector at least");
    int64_t all = llvm::divideCeil(features, quad);
    chunks = std::max<int64_t>(llvm::divideCeil(all, most / quad), 1);
    vectors = std::max<int64_t>(llvm::divideCeil(all, chunks), 1);
  }
};

class GpuAttentionEmitter {
public:
  GpuAttentionEmitter(GpuKernel &kernel, AttentionOp op)
      : kernel(kernel), code(kernel.code), builder(kernel.builder),
        loc(kernel.loc), op(op), zero(getConstantDim(op.getContext(), 0)),
        limit(op) {}
  virtual ~GpuAttentionEmitter() = default;

  mlir::LogicalResult emit();

protected:
  static constexpr int64_t quad = GpuKernel::quad;

  virtual mlir::LogicalResult prepare();
  void divideThreads();
  virtual void allocate();
  /// Opens the code of a task.
  void begin();
  void locate();
  /// How many keys count for any of the task's queries.
  mlir::Value countKeys();
  virtual void loadQueries(int64_t chunk);
  void loadKeys(int64_t chunk);
  void loadValues(int64_t chunk);
  /// A vector of a chunk's features, of one of the thread's queries, of a key
  /// or of a value.
  mlir::Value queryPart(int64_t query, int64_t chunk, mlir::Value part);
  mlir::Value keyPart(mlir::Value vector, int64_t lane, int64_t chunk,
                      mlir::Value part);
  mlir::Value valuePart(mlir::Value key, int64_t chunk);
  llvm::SmallVector<mlir::Value> addProducts(llvm::ArrayRef<mlir::Value> sums,
                                             int64_t chunk);
  void storeScores(llvm::ArrayRef<mlir::Value> sums);
  virtual void emitScores();
  /// Makes weights of scores; a row's maximum and sum so far, and then.
  std::pair<mlir::Value, mlir::Value> emitWeights(mlir::Value top,
                                                  mlir::Value sum);
  /// Of the four keys of a vector, in the thread's row.
  virtual void storeWeights(mlir::Value weights, mlir::Value vector) {
    store(weights, scoreMemory, add(mul(weightRow, scoreStride), vector));
  }
  virtual llvm::SmallVector<mlir::Value>
  addValues(llvm::ArrayRef<mlir::Value> outputs);
  /// What scores are shifted by so that the largest, `top`, is 0.
  mlir::Value shiftOf(mlir::Value top);
  /// The largest score of the thread's row in this block, and before.
  mlir::Value raiseTop(mlir::Value top, mlir::Value row);
  /// Where the scores of the thread's row begin.
  mlir::Value scoreRow();
  /// A query of the task's block, or the last one of all.
  Index queryInBlock(mlir::Value row);
  /// The thread's query that is the `query`-th, likewise.
  Index queryAt(int64_t query);
  /// Stores outputs times a row's number of `units` (null: 1) by its sum.
  void finish(mlir::Value sum, llvm::ArrayRef<mlir::Value> outputs,
              mlir::Value units = {});
  /// The outputs of a chunk, of all threads that share the keys.
  mlir::Value addParts(mlir::Value output);
  /// The sum of lists in shared memory, see GpuKernel::combineLists().
  std::function<mlir::Value(mlir::Value element)>
  addLists(mlir::Value memory, int64_t lists, int64_t count);
  void storeOutput(int64_t row, int64_t chunk, mlir::Value output,
                   mlir::Value scale);

  mlir::Value add(mlir::Value a, mlir::Value b) {
    return builder.createOrFold<mlir::arith::AddIOp>(loc, a, b);
  }
  mlir::Value mul(mlir::Value a, int64_t b) {
    return builder.createOrFold<mlir::arith::MulIOp>(loc, a, code.constant(b));
  }
  mlir::Value isBelow(mlir::Value a, mlir::Value b) {
    return mlir::arith::CmpIOp::create(builder, loc,
                                       mlir::arith::CmpIPredicate::ult, a, b);
  }
  mlir::Value load(mlir::Value memory, mlir::Value at) {
    return mlir::memref::LoadOp::create(builder, loc, memory,
                                        mlir::ValueRange{at});
  }
  void store(mlir::Value value, mlir::Value memory, mlir::Value at) {
    mlir::memref::StoreOp::create(builder, loc, value, memory,
                                  mlir::ValueRange{at});
  }
  /// By one of the threads that make a row's weights: all of them have the same
  /// value, but no two may write to the same place.
  void storeOfRow(mlir::Value value, mlir::Value memory);
  mlir::Value number(double value) {
    return code.elements(1).constant(builder.getF32Type(), value);
  }
  mlir::Value splat(mlir::Value value) {
    return mlir::vector::BroadcastOp::create(builder, loc, vectorType, value);
  }
  mlir::Value multiplyAdd(mlir::Value a, mlir::Value b, mlir::Value c) {
    return code.multiplyAdd(kernel.schedule.getFma(), a, b, c);
  }
  /// `i` divided by `by`: quotient and remainder.
  std::pair<mlir::Value, mlir::Value> divide(const Index &i, int64_t by) {
    ElementBuilder e = code.elements(1);
    DimAttr divisor = getConstantDim(op.getContext(), by);
    return {e.floorDiv(i, divisor).base, e.floorMod(i, divisor).base};
  }
  /// Four features of a row of `tensor`, the vector `part` of a chunk.
  mlir::Value readFeatures(mlir::Value tensor, const Index &row,
                           const FeatureChunks &features, int64_t chunk,
                           mlir::Value part);
  /// Those of a value of the current block; zeros behind the last key: no
  /// weight makes a number of what isn't one.
  mlir::Value readValues(mlir::Value inBlock, int64_t chunk, mlir::Value part);
  /// A key of the current block, or the last one.
  Index keyAt(mlir::Value inBlock);

  GpuKernel &kernel;
  KernelCode &code;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  AttentionOp op;
  DimAttr zero;
  KeyLimit limit;
  mlir::VectorType vectorType;
  mlir::Type element;

  DimAttr batches, heads, queryCount, keyCount, taskRows;
  int64_t tileQueries, tileKeys, blockQueries, blockKeys, keyQuads;
  FeatureChunks depth, features;

  // How threads are divided in each of the three steps.
  bool isStaged; ///< Queries, keys and values go to shared memory first.
  int64_t threads, acrossQueries, acrossKeys;
  int64_t perRow; ///< Threads that make the weights of one row.
  int64_t outputRows, rowsOfThread;
  /// Threads that share the keys of a vector of outputs, if they may.
  int64_t outputParts;
  bool canShareKeys = true;

  /// Vectors from row to row. One more than is needed, so that rows start in
  /// different banks.
  int64_t queryStride, keyStride, scoreStride;
  /// Of shared memory: keys and values take turns, so do weights and parts of
  /// outputs, and the maxima and the sums of parts of rows.
  mlir::Value queryMemory, keyMemory, scoreMemory, shrinkMemory, sumMemory;

  Index batch, head;
  mlir::Value firstQuery, keysOfRow, firstKey;
  mlir::Value queryOfThread, keyOfThread; ///< For scores, the first ones.
  mlir::Value weightRow, weightPart;      ///< For weights.
  mlir::Value outputRow, outputColumn;    ///< For outputs, the first row.
  mlir::Value outputPart;                 ///< Null if there is one.
  mlir::Value makesWeights, makesOutput;  ///< Null if all threads do.
  std::vector<StorePath> paths;
};

} // namespace tenon

#endif // TENON_CODEGEN_GPU_ATTENTIONEMITTER_H
