//===- KernelDims.h - a kernel's own dims -----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_KERNELDIMS_H
#define TENON_PASSES_KERNELDIMS_H

#include "dialect/Dims.h"

#include "mlir/IR/Operation.h"

namespace tenon {

/// Renames the dims that occur in a kernel: symbols become d0, d1, ... in order
/// of appearance, and a quotient, minimum or maximum of symbols that the kernel
/// needs nowhere else becomes one symbol. Kernels that do the same on
/// maps of H/4 x W/4 and of H/32 x W/32 then read the same.
class KernelDims {
public:
  explicit KernelDims(mlir::MLIRContext *context) : context(context) {}

  /// Looks at all types and attributes of `op` and what is in it.
  void collect(mlir::Operation *op);
  /// Renames everywhere in `op`.
  void rename(mlir::Operation *op);

  /// The kernel's symbols and what each stands for outside.
  llvm::ArrayRef<mlir::StringAttr> names() const { return symbolNames; }
  llvm::ArrayRef<DimAttr> meanings() const { return symbolMeanings; }

private:
  void collect(DimAttr dim);
  void choose();
  DimAttr rewrite(DimAttr dim);

  mlir::MLIRContext *context;
  llvm::SmallVector<DimAttr> found; ///< Distinct dims, in order.
  bool chosen = false;
  llvm::SmallVector<mlir::StringAttr> symbolNames;
  llvm::SmallVector<DimAttr> symbolMeanings;
};

} // namespace tenon

#endif // TENON_PASSES_KERNELDIMS_H
