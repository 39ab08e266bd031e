//===- CpuKernel.h - a kernel on its way to loops ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What the CPU emitters take and give. Each emitter writes the tasks begin ..
// end - 1 of its kernel's grid; the schedule names the emitter and its tiles.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_COMPILE_CPUKERNEL_H
#define TENON_BACKENDS_CPU_COMPILE_CPUKERNEL_H

#include "codegen/KernelCode.h"
#include "codegen/Results.h"
#include "dialect/TenonOps.h"

namespace tenon::cpu {

class CpuKernel {
public:
  CpuKernel(KernelCode &code, ScheduleAttr schedule,
            llvm::SmallVector<KernelResult> results, mlir::Value scratch,
            mlir::Value begin, mlir::Value end)
      : code(code), builder(code.builder), loc(code.loc), schedule(schedule),
        results(std::move(results)), begin(begin), end(end), scratch(scratch) {
    mlir::MLIRContext *context = code.builder.getContext();
    grid = getConstantDim(context, 1);
    scratchBytes = getConstantDim(context, 0);
  }

  KernelCode &code;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  ScheduleAttr schedule;
  llvm::SmallVector<KernelResult> results;
  mlir::Value begin, end;

  /// Set by the emitter: the number of tasks, and the bytes of scratch that one
  /// thread needs.
  DimAttr grid, scratchBytes;

  /// Reserves `elements` of scratch, aligned to 64 bytes.
  Storage allocateScratch(DimAttr elements, mlir::Type elementType);

  /// a * b + c, as one instruction where the schedule allows.
  mlir::Value multiplyAdd(mlir::Value a, mlir::Value b, mlir::Value c) {
    return code.multiplyAdd(schedule.getFma(), a, b, c);
  }

  /// Combines a reduction's accumulator with a further term.
  mlir::Value combine(ReduceKind kind, mlir::Value accumulator,
                      mlir::Value term);

private:
  mlir::Value scratch;
};

mlir::LogicalResult emitPointwise(CpuKernel &kernel);
mlir::LogicalResult emitRows(CpuKernel &kernel);
mlir::LogicalResult emitStencil(CpuKernel &kernel);
mlir::LogicalResult emitMatmul(CpuKernel &kernel);
mlir::LogicalResult emitAttention(CpuKernel &kernel);

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_COMPILE_CPUKERNEL_H
