//===- KernelFrame.h - what surrounds a kernel's code -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_KERNELFRAME_H
#define TENON_CODEGEN_KERNELFRAME_H

#include "codegen/Results.h"
#include "dialect/TenonOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon {

/// A scheduled kernel that is about to be written as loops for one target.
struct KernelFrame {
  /// A copy in which shorthand ops are taken apart.
  mlir::func::FuncOp kernel;
  llvm::StringRef target;
  ScheduleAttr schedule;
  /// Where the code goes: empty, with `tenon.kernel` and `tenon.target`.
  mlir::ModuleOp module;
  /// The name of the function to write; see format::kernelSymbol().
  std::string symbol;

  /// What every kernel's function takes: a buffer for each argument and each
  /// result, then the dims as indices. A state as argument is two buffers, its
  /// memory and the places in it; as result it is none, because it is changed
  /// where it is.
  llvm::SmallVector<mlir::Type> parameterTypes() const;
  /// The dims among values of these types.
  llvm::SmallVector<std::pair<mlir::StringAttr, mlir::Value>>
  dims(mlir::ValueRange parameters) const;
  /// Tells `code` where arguments lie, and says where results go. Buffers are
  /// aligned to `alignment` bytes, if it isn't 0, and as their elements else.
  llvm::SmallVector<KernelResult> setStorage(KernelCode &code,
                                             mlir::ValueRange parameters,
                                             int64_t alignment = 0) const;
  /// What is left to say after the code was written: how many tasks there are,
  /// and the bytes of scratch that a thread needs.
  mlir::LogicalResult finish(mlir::LogicalResult emitted, DimAttr grid,
                             DimAttr scratchBytes) const;
};

/// How many buffers a kernel's function takes for an argument, or a result, of
/// a type.
unsigned buffersOfArgument(mlir::Type type);
unsigned buffersOfResult(mlir::Type type);
/// Of all of a kernel's arguments and results.
unsigned bufferCount(mlir::func::FuncOp kernel);

/// Writes each kernel of `module` for each target that it has a schedule for,
/// with `lower`, into a module of its own.
mlir::LogicalResult lowerScheduledKernels(
    mlir::ModuleOp module,
    llvm::function_ref<mlir::LogicalResult(KernelFrame &)> lower);

} // namespace tenon

#endif // TENON_CODEGEN_KERNELFRAME_H
