//===- Schedules.h - what choosing a schedule begins with -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_SCHEDULES_H
#define TENON_CODEGEN_SCHEDULES_H

#include "codegen/RowPlan.h"
#include "dialect/Evaluator.h"

namespace tenon {

/// The size of a dim where its symbols have these values; others have middling
/// ones.
int64_t estimateDim(DimAttr dim, const SymbolValues &usual = {});

/// The values that symbols of each kernel usually have, by the names of
/// kernels: of several launches the largest.
llvm::StringMap<SymbolValues> usualSizes(mlir::ModuleOp module);

/// Says how many positions the blocks have in which a kernel's states lie
/// (`tenon.block`).
void setStateBlocks(mlir::func::FuncOp kernel);

/// What the schedule of a kernel depends on: the first of these that it has.
struct KernelShape {
  MatmulOp matmul;
  AttentionOp attention;
  std::optional<RowPlan> rows; ///< Of `decomposed`.
  /// The kernel with norms and means taken apart, which is what shows their
  /// reductions. Only made if there is neither product nor attention.
  mlir::OwningOpRef<mlir::func::FuncOp> decomposed;

  static mlir::FailureOr<KernelShape> analyze(mlir::func::FuncOp kernel);
};

} // namespace tenon

#endif // TENON_CODEGEN_SCHEDULES_H
