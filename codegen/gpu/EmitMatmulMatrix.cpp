//===- EmitMatmulMatrix.cpp - products by matrix units, on GPUs -----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A product (see GpuProduct.h) of matrices that the threads of a subgroup hold
// and multiply together. A workgroup goes along the depth as in EmitMatmul.cpp;
// each of its subgroups has SM x SN sums, in matrices of M x N, and adds to
// them products of M x K by K x N elements. Who holds which sum is the device's
// business, so at the end they go through shared memory to threads that know
// where theirs lie, for the ops behind the product.
//
// schedule: tile = [SM, SN, threads of a subgroup, M, N, K], block = [BM, BN,
// BK], dot = matrix
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/GpuProduct.h"
#include "codegen/gpu/SubgroupMatrices.h"

#include "dialect/Types.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace tenon;
using namespace mlir;

namespace {
class MatrixMatmulEmitter : GpuProduct {
public:
  MatrixMatmulEmitter(GpuKernel &kernel, MatmulOp op)
      : GpuProduct(kernel, op) {}

  LogicalResult emit();

private:
  LogicalResult divide();
  SmallVector<Value> noMatrices();
  SmallVector<Value> multiply(ValueRange sums);
  SmallVector<Value> toThreads(ArrayRef<Value> parts);

  /// The vector of `memory` where the matrix `row`, `column` of a part begins
  /// whose first row and vector are these.
  Value place(const Index &firstRow, int64_t row, const Index &firstVector,
              int64_t vector, int64_t stride) {
    ElementBuilder e = code.elements(1);
    Index line = e.add(firstRow, e.constant(row));
    Index across = e.add(firstVector, e.constant(vector));
    return e.add(e.mul(line, getConstantDim(op.getContext(), stride)), across)
        .base;
  }

  int64_t partRows, partColumns; ///< Of a subgroup.
  SubgroupMatrices matrices;

  /// Vectors from row to row. Two more than are needed of halves, and one of
  /// floats, so that rows start in different banks but where matrices may: at
  /// 16 bytes.
  int64_t leftStride, rightStride, sumStride;
  Value leftMemory, rightMemory, sumMemory;
  Index partRow, partVector; ///< Where the subgroup's part begins.
  Index noIndex;
};
} // namespace

LogicalResult MatrixMatmulEmitter::divide() {
  ArrayRef<int64_t> tile = kernel.schedule.getTile();
  ArrayRef<int64_t> block = kernel.schedule.getBlock();
  partRows = tile[0];
  partColumns = tile[1];
  matrices = SubgroupMatrices(tile.drop_front(2));
  if (!matrices.areWhole(quad) || block[1] % quad)
    return op.emitError("matrices are made of vectors");
  int64_t vectors = block[1] / quad;
  int64_t threads =
      block[0] / partRows * (block[1] / partColumns) * matrices.threads;
  if (partRows % matrices.rows || partColumns % matrices.columns ||
      block[0] % partRows || block[1] % partColumns ||
      block[2] % matrices.steps || threads % vectors ||
      block[0] % (threads / vectors) || matrices.rows % (threads / vectors))
    return op.emitError("tile doesn't divide a block");
  return prepare(block[0] / (threads / vectors), quad);
}

SmallVector<Value> MatrixMatmulEmitter::noMatrices() {
  return SmallVector<Value>(partRows / matrices.rows *
                                (partColumns / matrices.columns),
                            matrices.zeroSum(kernel));
}

SmallVector<Value> MatrixMatmulEmitter::multiply(ValueRange sums) {
  SmallVector<Value> next = llvm::to_vector(sums);
  for (int64_t k = 0; k < blockDepth; k += matrices.steps) {
    SmallVector<Value> right;
    for (int64_t c = 0; c < partColumns; c += matrices.columns)
      right.push_back(matrices.loadRight(
          kernel, rightMemory,
          place(noIndex, k, partVector, c / quad, rightStride), rightStride));
    Value *sum = next.begin();
    for (int64_t r = 0; r < partRows; r += matrices.rows) {
      Value left = matrices.loadLeft(
          kernel, leftMemory, place(partRow, r, noIndex, k / quad, leftStride),
          leftStride);
      for (Value factor : right) {
        *sum = matrices.multiplyAdd(kernel, left, factor, *sum);
        ++sum;
      }
    }
  }
  return next;
}

/// In strips of a matrix's rows from each subgroup's part: memory for more
/// would leave room for fewer workgroups.
SmallVector<Value> MatrixMatmulEmitter::toThreads(ArrayRef<Value> parts) {
  ElementBuilder e = code.elements(1);
  DimAttr partRowsDim = getConstantDim(op.getContext(), partRows);
  Index strip = e.mul(e.floorDiv(partRow, partRowsDim),
                      getConstantDim(op.getContext(), matrices.rows));
  const Value *matrix = parts.begin();
  SmallVector<Value> sums(tileRows);
  for (int64_t first = 0; first < partRows; first += matrices.rows) {
    // Others have read the last one.
    if (first)
      kernel.barrier();
    for (int64_t c = 0; c < partColumns; c += matrices.columns)
      matrices.store(kernel, *matrix++, sumMemory,
                     place(strip, 0, partVector, c / quad, sumStride),
                     sumStride);
    kernel.barrier();
    for (int64_t r = 0; r < tileRows; ++r) {
      // A thread's rows are as far apart as the block has rows of threads.
      int64_t row = r * threadRows, part = row / partRows;
      if (row % partRows / matrices.rows * matrices.rows != first)
        continue;
      Value at = place(threadRow, part * matrices.rows + row % matrices.rows,
                       threadColumn, 0, sumStride);
      sums[r] = memref::LoadOp::create(builder, loc, sumMemory, ValueRange{at});
    }
  }
  return sums;
}

LogicalResult MatrixMatmulEmitter::emit() {
  if (failed(divide()))
    return failure();
  // Sides that aren't packed come widened.
  for (Value *side : {&left, &right})
    if (auto cast = side->getDefiningOp<CastOp>())
      *side = cast.getX();
  sideType = getElementType(left.getType());
  if (!sideType.isF16() || getElementType(right.getType()) != sideType)
    return op.emitError("matrices multiply fp16");
  leftStride = blockDepth / quad + 2;
  rightStride = blockColumns / quad + 2;
  sumStride = blockColumns / quad + 1;

  begin();
  locate(kernel.thread);
  MLIRContext *context = op.getContext();
  ElementBuilder e = code.elements(1);
  noIndex = e.constant(0);
  int64_t across = blockColumns / partColumns;
  Index part =
      e.uniform(gpu::SubgroupIdOp::create(builder, loc, IntegerAttr()), 1, zero,
                getConstantDim(context, kernel.threads / matrices.threads - 1));
  DimAttr acrossDim = getConstantDim(context, across);
  partRow =
      e.mul(e.floorDiv(part, acrossDim), getConstantDim(context, partRows));
  partVector = e.mul(e.floorMod(part, acrossDim),
                     getConstantDim(context, partColumns / quad));

  VectorType sideVector = VectorType::get(quad, sideType);
  leftMemory = kernel.allocateShared(blockRows * leftStride, sideVector);
  rightMemory = kernel.allocateShared(blockDepth * rightStride, sideVector);
  sumMemory = kernel.allocateShared(
      blockRows / partRows * matrices.rows * sumStride, vectorType);
  finish(toThreads(addStaged(leftMemory, leftStride, rightMemory, rightStride,
                             noMatrices(),
                             [&](ValueRange sums) { return multiply(sums); })));
  return failure(code.hasFailed);
}

LogicalResult tenon::emitGpuMatmulMatrix(GpuKernel &kernel) {
  return emitOnly<MatrixMatmulEmitter, MatmulOp>(kernel, oneProduct);
}
