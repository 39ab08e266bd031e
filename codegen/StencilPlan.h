//===- StencilPlan.h - sums over moving windows -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Convolutions channel by channel and pooling: a row kernel whose one reduction
// runs over the windows' own axes, while the last axis of what the windows move
// over is kept. Neighbouring places share most of what they see, which plain
// rows would read again and again.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_STENCILPLAN_H
#define TENON_CODEGEN_STENCILPLAN_H

#include "codegen/RowPlan.h"

namespace tenon {

/// A factor (or other operand) of the terms that doesn't depend on the place.
struct StencilSide {
  mlir::Value value;
  /// For each of its axes, what indexes it: one of the windows' own axes, or
  static constexpr int64_t zero = -1, channel = -2;
  llvm::SmallVector<int64_t> axes;
};

struct StencilPlan {
  ReduceOp reduce;
  WindowsOp windows;
  RowPlan rows;
  /// For each reduced axis of the space, in order: which of the windows' own
  /// axes it is.
  llvm::SmallVector<int64_t> taps;
  /// What all places use alike: the weights of a convolution.
  llvm::SmallVector<StencilSide> sides;

  /// The plan of a row kernel, or nothing if it isn't of this kind.
  static std::optional<StencilPlan> find(const RowPlan &rows);
};

} // namespace tenon

#endif // TENON_CODEGEN_STENCILPLAN_H
