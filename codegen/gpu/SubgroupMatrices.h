//===- SubgroupMatrices.h - matrices that a subgroup holds ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Which thread holds which element of such a matrix only the device knows; all
// of a subgroup's threads are where it is loaded, multiplied and stored. In
// shared memory a matrix lies in vectors of four along its rows, which are
// multiples of 16 bytes apart.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_GPU_SUBGROUPMATRICES_H
#define TENON_CODEGEN_GPU_SUBGROUPMATRICES_H

#include "codegen/gpu/GpuKernel.h"

namespace tenon {

/// M x K by K x N elements of fp16, with sums in fp32.
struct SubgroupMatrices {
  int64_t threads = 0; ///< Of a subgroup.
  int64_t rows = 0, columns = 0, steps = 0;

  SubgroupMatrices() = default;
  /// From a schedule's sizes: threads, M, N, K.
  explicit SubgroupMatrices(llvm::ArrayRef<int64_t> sizes)
      : threads(sizes[0]), rows(sizes[1]), columns(sizes[2]), steps(sizes[3]) {}

  /// Whether their rows and columns consist of vectors.
  bool areWhole(int64_t vector) const {
    return columns % vector == 0 && steps % vector == 0;
  }

  mlir::Value zeroSum(GpuKernel &kernel) const {
    auto type = sumType(kernel);
    mlir::Value zero = mlir::arith::ConstantOp::create(
        kernel.builder, kernel.loc, kernel.builder.getF32FloatAttr(0));
    return mlir::gpu::SubgroupMmaConstantMatrixOp::create(
        kernel.builder, kernel.loc, type, zero);
  }
  /// From the vector `at` of `memory`, with rows `stride` vectors apart.
  mlir::Value loadLeft(GpuKernel &kernel, mlir::Value memory, mlir::Value at,
                       int64_t stride) const {
    return load(kernel, halfType(kernel, rows, steps, "AOp"), memory, at,
                stride, /*isTransposed=*/false);
  }
  /// If it is transposed, its columns are the memory's rows.
  mlir::Value loadRight(GpuKernel &kernel, mlir::Value memory, mlir::Value at,
                        int64_t stride, bool isTransposed = false) const {
    return load(kernel, halfType(kernel, steps, columns, "BOp"), memory, at,
                stride, isTransposed);
  }
  mlir::Value multiplyAdd(GpuKernel &kernel, mlir::Value left,
                          mlir::Value right, mlir::Value sum) const {
    return mlir::gpu::SubgroupMmaComputeOp::create(
        kernel.builder, kernel.loc, sum.getType(), left, right, sum,
        mlir::UnitAttr(), mlir::UnitAttr());
  }
  void store(GpuKernel &kernel, mlir::Value sum, mlir::Value memory,
             mlir::Value at, int64_t stride) const {
    mlir::gpu::SubgroupMmaStoreMatrixOp::create(
        kernel.builder, kernel.loc, sum, memory, mlir::ValueRange{at},
        kernel.builder.getIndexAttr(stride), mlir::UnitAttr());
  }

private:
  mlir::gpu::MMAMatrixType halfType(GpuKernel &kernel, int64_t height,
                                    int64_t width, llvm::StringRef side) const {
    return mlir::gpu::MMAMatrixType::get({height, width},
                                         kernel.builder.getF16Type(), side);
  }
  mlir::gpu::MMAMatrixType sumType(GpuKernel &kernel) const {
    return mlir::gpu::MMAMatrixType::get({rows, columns},
                                         kernel.builder.getF32Type(), "COp");
  }
  mlir::Value load(GpuKernel &kernel, mlir::gpu::MMAMatrixType type,
                   mlir::Value memory, mlir::Value at, int64_t stride,
                   bool isTransposed) const {
    return mlir::gpu::SubgroupMmaLoadMatrixOp::create(
        kernel.builder, kernel.loc, type, memory, mlir::ValueRange{at},
        kernel.builder.getIndexAttr(stride),
        isTransposed ? kernel.builder.getUnitAttr() : mlir::UnitAttr());
  }
};

} // namespace tenon

#endif // TENON_CODEGEN_GPU_SUBGROUPMATRICES_H
