//===- RowPlan.h - kernels that reduce rows ---------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A row kernel walks over the rows of one space: for each row it runs its
// reductions in order, then makes the results' elements that belong to the row.
// This is the analysis that the schedule and the emitters share.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_ROWPLAN_H
#define TENON_CODEGEN_ROWPLAN_H

#include "dialect/Element.h"
#include "dialect/TenonOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon {

/// What part of the space a value's elements stand for.
enum class RowExtent {
  Row, ///< One element a row.
  Full ///< One element for each element of the space.
};

struct RowResult {
  mlir::Value value;
  RowExtent extent;
  /// The value whose shape is the space's (or the rows'), and the movement ops
  /// from there to `value`, in order.
  mlir::Value source;
  llvm::SmallVector<mlir::Operation *> movements;
};

struct RowPlan {
  /// The space; `reduced` marks the axes that are summed over.
  llvm::SmallVector<DimAttr> space;
  llvm::SmallVector<bool> reduced;
  /// Its kept axes: an element each is a row. Its reduced axes.
  llvm::SmallVector<DimAttr> rows, inner;

  llvm::SmallVector<mlir::Operation *> reductions;
  llvm::SmallVector<RowResult> results;

  /// Vectors run along the reduced axes (and are combined at the end); else
  /// along the last kept axis, each lane a row of its own.
  bool alongReduced = true;

  /// Full-size values worth keeping while a row is processed, because several
  /// passes need them and they are dear to compute.
  llvm::SmallVector<mlir::Value> kept;

  /// Analyses a kernel's (decomposed) body. Errors say why it isn't one.
  static mlir::FailureOr<RowPlan> analyze(mlir::func::FuncOp kernel);

  /// The index in the space of a row and a place within it.
  llvm::SmallVector<Index> compose(llvm::ArrayRef<Index> row,
                                   llvm::ArrayRef<Index> inner) const;
  /// The part of a space index that is the place within the row.
  llvm::SmallVector<Index> innerPart(llvm::ArrayRef<Index> index) const;
};

} // namespace tenon

#endif // TENON_CODEGEN_ROWPLAN_H
