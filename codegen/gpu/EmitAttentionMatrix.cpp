//===- EmitAttentionMatrix.cpp - attention by matrix units, on GPUs -------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Attention of fp16 (see EmitAttention.cpp) whose two products subgroups make
// with matrices. Queries, keys and values lie in shared memory as halves, in
// rows; a block's scores, and later what its values add to outputs, come out of
// the matrices through shared memory to the threads that have them, which do
// all else as ever.
//
// Weights are two halves each: the nearest, and what is left of it. So they
// count with 22 bits, and results don't hang on how one is rounded.
//
// schedule: tile = [TQ, TK, threads of a subgroup, M, N, K], block = [BQ, BK,
// features of a chunk], dot = matrix
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/AttentionEmitter.h"
#include "codegen/gpu/SubgroupMatrices.h"

#include "dialect/ScalarMath.h"
#include "dialect/Types.h"

using namespace tenon;
using namespace mlir;

namespace {
class GpuMatrixAttentionEmitter : public GpuAttentionEmitter {
public:
  GpuMatrixAttentionEmitter(GpuKernel &kernel, AttentionOp op)
      : GpuAttentionEmitter(kernel, op) {
    canShareKeys = false;
  }

private:
  LogicalResult prepare() override;
  void allocate() override;
  void loadQueries(int64_t chunk) override;
  void emitScores() override;
  void storeWeights(Value weights, Value vector) override;
  SmallVector<Value> addValues(ArrayRef<Value> outputs) override;

  /// Has the threads bring rows of vectors to memory, as halves.
  void loadRows(Value memory, int64_t rows, int64_t vectors, int64_t stride,
                function_ref<Value(Value row, Value part)> read);
  /// Multiplies the left side of the subgroup's rows by the right side of its
  /// columns, which are `width` vectors, along `steps` vectors of the depth.
  void multiply(MutableArrayRef<Value> sums, Value left, int64_t leftStride,
                Value right, int64_t rightStride, int64_t steps, int64_t width,
                bool isTransposed);
  /// Stores the subgroup's sums where threads find their scores.
  void storeSums(ArrayRef<Value> sums, int64_t width);
  Value toHalf(Value x) {
    return emitCast(builder, loc, x, builder.getF16Type());
  }
  SmallVector<Value> noSums(int64_t width) {
    return SmallVector<Value>(width * quad / matrices.columns,
                              matrices.zeroSum(kernel));
  }
  /// Vectors of the columns of a subgroup's part.
  int64_t widthOf(int64_t vectors) const { return vectors / partsAcross; }

  SubgroupMatrices matrices;
  int64_t partsAcross; ///< Subgroups that share rows.
  int64_t weightStride, valueStride;
  Value partRow, partColumn; ///< The subgroup's first row, and its place in it.
  Value highMemory, lowMemory;
};
} // namespace

LogicalResult GpuMatrixAttentionEmitter::prepare() {
  if (failed(GpuAttentionEmitter::prepare()))
    return failure();
  matrices = SubgroupMatrices(kernel.schedule.getTile().drop_front(2));
  if (!matrices.areWhole(quad))
    return op.emitError("matrices are made of vectors");
  int64_t subgroups = threads / matrices.threads;
  int64_t partsDown = blockQueries / matrices.rows;
  if (threads % matrices.threads || blockQueries % matrices.rows ||
      subgroups % partsDown)
    return op.emitError("subgroups don't divide a block's queries");
  partsAcross = subgroups / partsDown;
  // What a chunk has too many is zero.
  int64_t wide = partsAcross * matrices.columns / quad;
  depth.vectors = llvm::alignTo(depth.vectors,
                                static_cast<uint64_t>(matrices.steps / quad));
  features.vectors =
      llvm::alignTo(features.vectors, static_cast<uint64_t>(wide));
  if (keyQuads % wide || blockKeys % matrices.steps)
    return op.emitError("matrices don't divide a block's keys");
  divideThreads();
  if (threads < features.vectors)
    return op.emitError("a workgroup has too few threads for its block");
  // Rows of halves begin at 16 bytes, and in different banks.
  queryStride = keyStride = depth.vectors + 2;
  valueStride = features.vectors + 2;
  weightStride = keyQuads + 2;
  scoreStride = std::max(keyQuads, features.vectors) + 1;
  return success();
}

void GpuMatrixAttentionEmitter::allocate() {
  auto halves = VectorType::get(quad, builder.getF16Type());
  Type number = builder.getF32Type();
  queryMemory = kernel.allocateShared(blockQueries * queryStride, halves);
  keyMemory = kernel.allocateShared(
      blockKeys * std::max(keyStride, valueStride), halves);
  scoreMemory = kernel.allocateShared(blockQueries * scoreStride, vectorType);
  for (Value *memory : {&highMemory, &lowMemory})
    *memory = kernel.allocateShared(blockQueries * weightStride, halves);
  shrinkMemory = kernel.allocateShared(blockQueries, number);
  sumMemory = kernel.allocateShared(blockQueries * perRow, number);

  Index part = code.elements(1).uniform(
      gpu::SubgroupIdOp::create(builder, loc, IntegerAttr()), 1, zero,
      getConstantDim(op.getContext(), threads / matrices.threads - 1));
  auto [down, across] = divide(part, partsAcross);
  partRow = mul(down, matrices.rows);
  partColumn = across;
}

void GpuMatrixAttentionEmitter::loadRows(
    Value memory, int64_t rows, int64_t vectors, int64_t stride,
    function_ref<Value(Value row, Value part)> read) {
  kernel.distribute(rows * vectors, [&](const Index &i) {
    auto [row, part] = divide(i, vectors);
    store(toHalf(read(row, part)), memory, add(mul(row, stride), part));
  });
}

void GpuMatrixAttentionEmitter::loadQueries(int64_t chunk) {
  loadRows(queryMemory, blockQueries, depth.vectors, queryStride,
           [&](Value row, Value part) {
             return readFeatures(op.getQuery(), queryInBlock(row), depth, chunk,
                                 part);
           });
}

void GpuMatrixAttentionEmitter::multiply(MutableArrayRef<Value> sums,
                                         Value left, int64_t leftStride,
                                         Value right, int64_t rightStride,
                                         int64_t steps, int64_t width,
                                         bool isTransposed) {
  Value firstColumn = mul(partColumn, width);
  for (int64_t k = 0; k < steps; k += matrices.steps / quad) {
    Value row = add(mul(partRow, leftStride), code.constant(k));
    Value factor = matrices.loadLeft(kernel, left, row, leftStride);
    for (auto [i, sum] : llvm::enumerate(sums)) {
      int64_t column = static_cast<int64_t>(i) * matrices.columns / quad;
      Value from = add(firstColumn, code.constant(column));
      // Its columns are rows of what is transposed, along which steps lie.
      from = isTransposed
                 ? add(mul(mul(from, quad), rightStride), code.constant(k))
                 : add(from, code.constant(k * quad * rightStride));
      sum = matrices.multiplyAdd(
          kernel, factor,
          matrices.loadRight(kernel, right, from, rightStride, isTransposed),
          sum);
    }
  }
}

void GpuMatrixAttentionEmitter::storeSums(ArrayRef<Value> sums, int64_t width) {
  Value first = add(mul(partRow, scoreStride), mul(partColumn, width));
  for (auto [i, sum] : llvm::enumerate(sums)) {
    int64_t column = static_cast<int64_t>(i) * matrices.columns / quad;
    matrices.store(kernel, sum, scoreMemory, add(first, code.constant(column)),
                   scoreStride);
  }
  kernel.barrier();
}

void GpuMatrixAttentionEmitter::emitScores() {
  int64_t width = widthOf(keyQuads);
  SmallVector<Value> sums = noSums(width);
  for (int64_t chunk = 0; chunk < depth.chunks; ++chunk) {
    if (depth.chunks > 1)
      loadQueries(chunk);
    loadRows(keyMemory, blockKeys, depth.vectors, keyStride,
             [&](Value row, Value part) {
               return readFeatures(op.getKey(), keyAt(row), depth, chunk, part);
             });
    kernel.barrier();
    multiply(sums, queryMemory, queryStride, keyMemory, keyStride,
             depth.vectors, width, /*isTransposed=*/true);
    if (chunk + 1 < depth.chunks)
      kernel.barrier();
  }
  storeSums(sums, width);
  SmallVector<Value> own;
  for (int64_t q = 0; q < tileQueries; ++q)
    for (int64_t v = 0; v < tileKeys / quad; ++v) {
      Value row = add(queryOfThread, code.constant(q * acrossQueries));
      Value vector = add(keyOfThread, code.constant(v * acrossKeys));
      own.push_back(load(scoreMemory, add(mul(row, scoreStride), vector)));
    }
  storeScores(own);
  kernel.barrier();
}

void GpuMatrixAttentionEmitter::storeWeights(Value weights, Value vector) {
  Value to = add(mul(weightRow, weightStride), vector);
  Value high = toHalf(weights);
  Value rest =
      arith::SubFOp::create(builder, loc, weights,
                            emitCast(builder, loc, high, builder.getF32Type()));
  store(high, highMemory, to);
  store(toHalf(rest), lowMemory, to);
}

SmallVector<Value>
GpuMatrixAttentionEmitter::addValues(ArrayRef<Value> outputs) {
  SmallVector<Value> next = llvm::to_vector(outputs);
  int64_t width = widthOf(features.vectors);
  for (int64_t chunk = 0; chunk < features.chunks; ++chunk) {
    loadRows(
        keyMemory, blockKeys, features.vectors, valueStride,
        [&](Value row, Value part) { return readValues(row, chunk, part); });
    // Of the weights, too.
    kernel.barrier();
    SmallVector<Value> sums = noSums(width);
    for (Value weights : {highMemory, lowMemory})
      multiply(sums, weights, weightStride, keyMemory, valueStride, keyQuads,
               width, /*isTransposed=*/false);
    storeSums(sums, width);
    for (int64_t r = 0; r < rowsOfThread; ++r) {
      Value row = add(outputRow, code.constant(r * outputRows));
      Value added = load(scoreMemory, add(mul(row, scoreStride), outputColumn));
      Value &output = next[chunk * rowsOfThread + r];
      output = multiplyAdd(output, splat(load(shrinkMemory, row)), added);
    }
    kernel.barrier();
  }
  return next;
}

LogicalResult tenon::emitGpuMatrixAttention(GpuKernel &kernel) {
  return emitOnly<GpuMatrixAttentionEmitter, AttentionOp>(kernel, oneAttention);
}
