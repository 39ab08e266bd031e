//===- GpuProduct.h - a matrix product in blocks, on GPUs -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What the emitters of products share: a workgroup computes a block of BM x BN
// sums, each of its threads TM x TN of them, which stay in registers until the
// ops behind the product are applied to them. Left vectors run along the depth,
// right ones along the columns. A thread's rows and column vectors lie apart,
// so that neighbouring threads read neighbouring vectors.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_GPU_GPUPRODUCT_H
#define TENON_CODEGEN_GPU_GPUPRODUCT_H

#include "codegen/gpu/GpuKernel.h"

#include <vector>

namespace tenon {

class GpuProduct {
protected:
  static constexpr int64_t quad = GpuKernel::quad;

  GpuProduct(GpuKernel &kernel, MatmulOp op)
      : kernel(kernel), code(kernel.code), builder(kernel.builder),
        loc(kernel.loc), op(op), left(op.getLhs()), right(op.getRhs()),
        zero(getConstantDim(op.getContext(), 0)) {}

  /// With a part of TM x TN for each thread.
  mlir::LogicalResult prepare(int64_t rowsOfThread, int64_t columnsOfThread);
  mlir::LogicalResult prepare();
  /// Opens the code of a task, of so many threads for each part of a block.
  void begin(int64_t perPart = 1);
  /// Finds the place of the workgroup's block, and of `thread` in it.
  void locate(const Index &thread);

  /// Four steps of the depth of a row of the block, from `step` on, which
  /// counts from `depthBase`. What lies beyond the depth is zero.
  mlir::Value readLeft(const Index &row, mlir::Value depthBase,
                       const Index &step);
  /// Four columns of the block, from `column` on, of one step of the depth.
  mlir::Value readRight(mlir::Value depthBase, const Index &step,
                        const Index &column);
  /// The same of four steps, from `step` on.
  llvm::SmallVector<mlir::Value>
  readRightBlock(mlir::Value depthBase, const Index &step, const Index &column);
  /// Four steps of the depth of one column, where they are neighbours in
  /// memory: of a packed right side of bytes, of which what lies beyond the
  /// depth is anything, or of a transposed one, where that is zero.
  mlir::Value readRightSteps(mlir::Value depthBase, const Index &step,
                             const Index &column);
  /// Whether the right side's neighbours in memory are steps of the depth.
  bool isRightAlong() { return !packed && op.getTransposeRhs(); }
  /// Have the threads bring a step of the left or right side to memory of the
  /// workgroup, whose rows are `stride` vectors apart.
  void stageLeft(mlir::Value memory, int64_t stride, mlir::Value depthBase);
  void stageRight(mlir::Value memory, int64_t stride, mlir::Value depthBase);
  /// Goes along the depth, a block's steps at a time: brings both sides to
  /// memory of the workgroup and makes new sums of the last ones, which begin
  /// with `sums`.
  llvm::SmallVector<mlir::Value>
  addStaged(mlir::Value leftMemory, int64_t leftStride, mlir::Value rightMemory,
            int64_t rightStride, llvm::ArrayRef<mlir::Value> sums,
            llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::ValueRange)>
                multiply);
  /// A thread's row, and the first column of one of its vectors, in the block.
  Index rowOfThread(int64_t row);
  Index columnOfThread(int64_t vector);

  /// Whether four products of bytes are summed at once (dot = vector): then a
  /// side's vectors are four steps of the depth, of a row or of a column.
  bool sumsDots() const { return kernel.schedule.getDot() == DotUnit::Vector; }
  /// To the sums of four columns, adds their dot products with a row.
  mlir::Value addDots(mlir::Value row, llvm::ArrayRef<mlir::Value> columns,
                      mlir::Value sum);
  mlir::Value splat(mlir::Value value);
  mlir::Value multiplyAdd(mlir::Value a, mlir::Value b, mlir::Value c);
  /// The sums of a thread, by rows, before anything is added.
  llvm::SmallVector<mlir::Value> noSums();
  /// Applies the ops behind the product and stores what comes of it.
  void finish(llvm::ArrayRef<mlir::Value> sums);

  GpuKernel &kernel;
  KernelCode &code;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  MatmulOp op;
  mlir::Value left, right; ///< What is read for its two sides.
  DimAttr zero, depth;

  /// Of a thread and of a workgroup, see above.
  int64_t tileRows, tileColumns, blockRows, blockColumns, blockDepth;
  int64_t threadRows, threadColumns;
  mlir::VectorType vectorType; ///< Of four sums.
  mlir::Type sideType; ///< Of the elements of both sides, once they are read.
  /// The thread's place in the block, see locate().
  Index threadRow, threadColumn;

private:
  mlir::Value zeroBeyondDepth(mlir::Value value, const Index &k);
  void store(mlir::Value sum, const Index &row, const Index &column,
             mlir::Value kept, int64_t lanes);

  Index offset(mlir::Value base, const Index &i, int64_t step) {
    ElementBuilder e = code.elements(1);
    return e.add(e.uniform(base, step), i);
  }
  bool isMultipleOf(DimAttr dim, int64_t factor) {
    std::optional<int64_t> value = dim.asConstant();
    return value && *value % factor == 0;
  }
  mlir::Value isBelow(const Index &i, DimAttr size) {
    return mlir::arith::CmpIOp::create(
        builder, loc, mlir::arith::CmpIPredicate::ult, i.base, code.dim(size));
  }
  /// Both predicates hold; null stands for true.
  mlir::Value both(mlir::Value a, mlir::Value b) {
    if (!a || !b)
      return a ? a : b;
    return mlir::arith::AndIOp::create(builder, loc, a, b);
  }

  llvm::SmallVector<DimAttr> batchDims, rowDims, rightDims;
  DimAttr rowCount, columns, paddedColumns, rowBlocks, columnBlocks;
  bool packed;
  std::vector<StorePath> paths;
  mlir::Type element, sumType;

  llvm::SmallVector<Index> batch;
  mlir::Value firstRow, firstColumn;
};

} // namespace tenon

#endif // TENON_CODEGEN_GPU_GPUPRODUCT_H
