//===- Decompose.h - taking shorthand ops apart -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_DECOMPOSE_H
#define TENON_CODEGEN_DECOMPOSE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon {

/// Replaces the ops of a kernel that say how they decompose (norms, softmax,
/// means) until none is left, makes sums of small floats in float, and removes
/// what nothing uses.
mlir::LogicalResult decomposeOps(mlir::func::FuncOp kernel);

} // namespace tenon

#endif // TENON_CODEGEN_DECOMPOSE_H
