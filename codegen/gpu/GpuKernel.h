//===- GpuKernel.h - a kernel on its way to blocks of threads ---*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What the emitters for GPUs take and give. A task of a kernel's grid is one
// workgroup: threads that share memory and wait for each other. The code is in
// the gpu, scf, memref and vector dialects and knows no particular GPU; what a
// backend needs besides (how arguments are passed, address spaces) it does to
// this form.
//
// Masked lanes don't occur: an emitter uses vectors where whole ones fit, and
// single elements elsewhere. Rows and columns beyond the end are computed from
// the nearest ones that exist, and not stored.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_GPU_GPUKERNEL_H
#define TENON_CODEGEN_GPU_GPUKERNEL_H

#include "codegen/KernelCode.h"
#include "codegen/Results.h"
#include "dialect/TenonOps.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include <functional>

namespace tenon {

class GpuKernel {
public:
  GpuKernel(KernelCode &code, ScheduleAttr schedule,
            llvm::SmallVector<KernelResult> results,
            mlir::gpu::GPUFuncOp function)
      : code(code), builder(code.builder), loc(code.loc), schedule(schedule),
        results(std::move(results)), function(function) {}

  KernelCode &code;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  ScheduleAttr schedule;
  llvm::SmallVector<KernelResult> results;

  /// Opens the code of a task. To be called once, when the number of tasks and
  /// the threads of each are known; what is emitted from here on is run by
  /// every thread of a workgroup.
  void begin(DimAttr grid, int64_t threads);
  /// The same, with as many threads as the device has in a subgroup, which are
  /// `most` at most: gpu.subgroup_size says how many. Not every device promises
  /// that they are one subgroup.
  void beginSubgroup(DimAttr grid, int64_t most);

  /// Since begin(): the task, and the thread within its workgroup.
  Index task, thread;
  DimAttr grid;
  int64_t threads = 0;

  /// Memory of the workgroup.
  mlir::Value allocateShared(int64_t count, mlir::Type type);
  /// Waits until all threads of the workgroup are here and see what the others
  /// have written.
  void barrier();

  /// Calls `visit` for each of `count` things, divided among the threads:
  /// neighbours go to neighbouring threads.
  void distribute(int64_t count, llvm::function_ref<void(const Index &)> visit);

  /// Memory is read fastest in vectors of this many elements.
  static constexpr int64_t quad = 4;
  /// Four elements of `tensor` from `index` on along `axis`, which has `size`
  /// of them, as elements of `type`. What lies beyond its end reads as the last
  /// ones do, or as zero.
  mlir::Value readQuad(mlir::Value tensor, llvm::ArrayRef<Index> index,
                       unsigned axis, DimAttr size, mlir::Type type,
                       bool zeroBeyond);
  using Combine = std::function<mlir::Value(mlir::Value, mlir::Value)>;
  /// Combines lists of `count` values each, element by element. They lie one
  /// behind the other in memory of the workgroup, written by any of its
  /// threads. What this gives says an element's value to any thread; nobody may
  /// write to the memory until all have asked.
  std::function<mlir::Value(mlir::Value element)>
  combineLists(mlir::Value memory, int64_t lists, int64_t count,
               const Combine &combine);
  /// So many values are read one after the other rather than by more threads,
  /// which have to wait for each other.
  static constexpr int64_t readAtOnce = 8;

  /// The lanes of a vector, put together in pairs.
  mlir::Value combineLanes(ReduceKind kind, mlir::Value vector);

  /// The lesser of an index and the last of `size` that is a multiple of
  /// `step`, with what is then known of it.
  Index atMostLast(const Index &index, DimAttr size, int64_t step = 1);

private:
  mlir::gpu::GPUFuncOp function;
};

/// On a function, and on the module that it is lowered to: a workgroup has as
/// many threads as a subgroup of the device, see beginSubgroup().
inline constexpr char ofSubgroupName[] = "tenon.of_subgroup";

mlir::LogicalResult emitGpuPointwise(GpuKernel &kernel);
mlir::LogicalResult emitGpuRows(GpuKernel &kernel);
mlir::LogicalResult emitGpuMatmul(GpuKernel &kernel);
mlir::LogicalResult emitGpuMatmulDirect(GpuKernel &kernel);
mlir::LogicalResult emitGpuMatmulMatrix(GpuKernel &kernel);
mlir::LogicalResult emitGpuAttention(GpuKernel &kernel);
mlir::LogicalResult emitGpuCodedAttention(GpuKernel &kernel);
mlir::LogicalResult emitGpuMatrixAttention(GpuKernel &kernel);

/// Writes the kernels of a module, each for every target that it has a schedule
/// for, behind everything in it: a module each (see Backend::addLoopPasses)
/// with a gpu.module, with one gpu.func that takes the kernel's arguments, its
/// results and its dims.
mlir::LogicalResult lowerKernelsToGpu(mlir::ModuleOp module);

} // namespace tenon

#endif // TENON_CODEGEN_GPU_GPUKERNEL_H
