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

/// What an emitter has at hand: its kernel, arithmetic on indices, and masks.
class CpuEmitter {
protected:
  explicit CpuEmitter(CpuKernel &kernel)
      : kernel(kernel), code(kernel.code), builder(kernel.builder),
        loc(kernel.loc), zero(getConstantDim(builder.getContext(), 0)),
        lanes(kernel.schedule.getLanes()) {}

  mlir::Value add(mlir::Value a, mlir::Value b) {
    return builder.createOrFold<mlir::arith::AddIOp>(loc, a, b);
  }
  mlir::Value sub(mlir::Value a, mlir::Value b) {
    return builder.createOrFold<mlir::arith::SubIOp>(loc, a, b);
  }
  mlir::Value mul(mlir::Value a, mlir::Value b) {
    return builder.createOrFold<mlir::arith::MulIOp>(loc, a, b);
  }
  mlir::Value minimum(mlir::Value a, mlir::Value b) {
    return mlir::arith::MinSIOp::create(builder, loc, a, b);
  }
  mlir::Value mul(mlir::Value a, int64_t b) { return mul(a, code.constant(b)); }
  /// A mask of the first `left` lanes.
  mlir::Value maskFor(mlir::Value left);
  /// The places of an axis from `first` on, one a lane, and the mask of those
  /// that exist: none where `first` is less than the axis's size by a multiple
  /// of the lanes, as it is if the size is a multiple of `step`.
  std::pair<Index, mlir::Value> vectorFrom(mlir::Value first, DimAttr size,
                                           int64_t step);

  mlir::Value callIntrinsic(llvm::StringRef name, mlir::Type type,
                            mlir::ValueRange operands);
  /// `sum` (i32 lanes) and the products of each lane's four bytes, unsigned and
  /// signed: an instruction that processors with a `DotUnit` have.
  mlir::Value addByteProducts(mlir::Value sum, mlir::Value unsignedBytes,
                              mlir::Value signedBytes);
  /// `sum` (i32 lanes) and the products of each lane's two words of 16 bits.
  mlir::Value addWordProducts(mlir::Value sum, mlir::Value a, mlir::Value b);
  /// `sum` (f32 lanes) and the products of each lane's two numbers of bf16: an
  /// instruction that processors with a `DotUnit` for them have.
  mlir::Value addBFloatProducts(mlir::Value sum, mlir::Value a, mlir::Value b);
  /// Two vectors of f32 as one of bf16, likewise.
  mlir::Value toBFloats(mlir::Value low, mlir::Value high);
  /// The elements of `buffer` that 32 bits from `place` on hold, for each lane.
  mlir::Value broadcastWord(mlir::Value buffer, mlir::Value place);

  CpuKernel &kernel;
  KernelCode &code;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  DimAttr zero;
  int64_t lanes;
};

mlir::LogicalResult emitPointwise(CpuKernel &kernel);
mlir::LogicalResult emitRows(CpuKernel &kernel);
mlir::LogicalResult emitStencil(CpuKernel &kernel);
mlir::LogicalResult emitMatmul(CpuKernel &kernel);
mlir::LogicalResult emitAttention(CpuKernel &kernel);

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_COMPILE_CPUKERNEL_H
