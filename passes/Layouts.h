//===- Layouts.h - transposes that came from choosing a layout --*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_LAYOUTS_H
#define TENON_PASSES_LAYOUTS_H

#include "dialect/TenonOps.h"

namespace mlir {
class PatternRewriter;
class RewritePatternSet;
} // namespace mlir

namespace tenon {

/// Where a transpose stands that only changes the layout: before the op that
/// wants the new one, from where it may move up, or behind it, from where it
/// may move down. `tenon-move-layouts` moves them until they meet.
enum class Layout { None, Before, Behind };

void setLayout(TransposeOp op, Layout layout);
Layout layoutOf(TransposeOp op);

/// The axis that comes to stand at each place.
using AxisOrder = llvm::SmallVector<int64_t>;

/// The order that undoes `order`.
AxisOrder inverse(llvm::ArrayRef<int64_t> order);

/// `value` with its axes in `order`, as a marked transpose; itself where that
/// is the order they have.
mlir::Value createTranspose(mlir::OpBuilder &builder, mlir::Location loc,
                            mlir::Value value, llvm::ArrayRef<int64_t> order,
                            Layout layout);

/// The transpose that makes `value`, if it moves down.
TransposeOp movesDown(mlir::Value value);

/// Replaces `op`, from before which a transpose moved down, with `result`
/// followed by a transpose to `order`, which goes on.
void replaceBefore(mlir::PatternRewriter &rewriter, mlir::Operation *op,
                   mlir::Value result, llvm::ArrayRef<int64_t> order);

/// The ways in which marked transposes move and meet: through ops that keep,
/// take or add axes, and through those that split and join them.
void populateLayoutPatterns(mlir::RewritePatternSet &patterns);
void populateLayoutReshapePatterns(mlir::RewritePatternSet &patterns);

} // namespace tenon

#endif // TENON_PASSES_LAYOUTS_H
