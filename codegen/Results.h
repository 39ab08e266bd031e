//===- Results.h - where a kernel's results go ------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// An emitter has the elements of an anchor (sums of a product, a row) at an
// index of its own space; a result of the kernel lies some elementwise and
// movement ops behind it.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_RESULTS_H
#define TENON_CODEGEN_RESULTS_H

#include "codegen/KernelCode.h"
#include "codegen/RowPlan.h"

namespace tenon {

/// A result of the kernel and where it goes.
struct KernelResult {
  mlir::Value value;
  Storage storage;
};

/// How an anchor's elements reach a result: the ops on the way from its value
/// to the result, movement (which has a store map) or elementwise.
class StorePath {
public:
  /// The path from `anchor` to `result`; fails if there is none or more than
  /// one, or an op on it has no store map.
  static mlir::FailureOr<StorePath> find(mlir::Value anchor,
                                         mlir::Value result);
  /// The path along movement ops that are known.
  explicit StorePath(llvm::ArrayRef<mlir::Operation *> movements)
      : movements(movements) {}

  /// The index in the result of the anchor's element `index`. `kept` becomes a
  /// predicate if some elements are dropped.
  mlir::LogicalResult map(ElementBuilder &elements, llvm::ArrayRef<Index> index,
                          llvm::SmallVectorImpl<Index> &result,
                          mlir::Value &kept) const;

private:
  llvm::SmallVector<mlir::Operation *> movements;
};

/// The paths from `anchor`, the result of an op, to all results of its kernel;
/// an error at the op, which is called `what`, if one isn't reached in one way.
mlir::FailureOr<std::vector<StorePath>>
findStorePaths(mlir::OpResult anchor, llvm::ArrayRef<KernelResult> results,
               llvm::StringRef what);

/// Stores the elements of a result that an anchor's elements at `index` give.
/// The anchor must be bound. With a `mask`, reads and stores the lanes that it
/// has set; with `kept` (an i1), everything is read, but stored only if it
/// holds.
mlir::LogicalResult storeResult(KernelCode &code, const KernelResult &result,
                                const StorePath &path, int64_t lanes,
                                llvm::ArrayRef<Index> index, mlir::Value mask,
                                mlir::Value kept = {});

/// Stores the elements of a row kernel's result that belong to `index`, an
/// index in `dims` (the space, or its rows).
mlir::LogicalResult storeRowResult(KernelCode &code, const RowResult &row,
                                   const KernelResult &result, int64_t lanes,
                                   llvm::ArrayRef<Index> index,
                                   llvm::ArrayRef<DimAttr> dims,
                                   mlir::Value mask, mlir::Value kept = {});

} // namespace tenon

#endif // TENON_CODEGEN_RESULTS_H
