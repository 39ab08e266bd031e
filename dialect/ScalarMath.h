//===- ScalarMath.h - constants and bounds of scalars or vectors *- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What all that writes arithmetic for either has in common.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_SCALARMATH_H
#define TENON_DIALECT_SCALARMATH_H

#include "mlir/IR/Builders.h"

namespace tenon {

/// `element` as a scalar, or in all lanes of a vector.
mlir::Value emitSplat(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::Type type, mlir::Attribute element);
/// The same for an integer, and for a float.
mlir::Value emitSplat(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::Type type, int64_t value);
mlir::Value emitSplat(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::Type type, double value);

/// The larger and the smaller of two floats; `b` if one is no number, as the
/// instructions of x86 have it: a maximum that orders zeros needs five of them.
mlir::Value emitLarger(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::Value a, mlir::Value b);
mlir::Value emitSmaller(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Value a, mlir::Value b);

} // namespace tenon

#endif // TENON_DIALECT_SCALARMATH_H
