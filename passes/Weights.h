//===- Weights.h - values that depend on weights only -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_WEIGHTS_H
#define TENON_PASSES_WEIGHTS_H

#include "mlir/IR/Value.h"

namespace tenon {

/// Whether a value is computed from weights and constants alone, and so is
/// known when a model is compiled.
bool isConstantValue(mlir::Value value);

/// Whether it has a weight, or elements that don't fit an instruction, in it:
/// then it is worth storing. (A fill or an index is made where it is read.)
bool needsMemory(mlir::Value value);

/// The users of a value in program order. The order of a use list depends on
/// how a module came to be; decisions must not.
llvm::SmallVector<mlir::Operation *> usersInOrder(mlir::Value value);

} // namespace tenon

#endif // TENON_PASSES_WEIGHTS_H
