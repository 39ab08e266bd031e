//===- IntegerTypes.h - integers of other widths as words -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What the two passes share that leave integers of 32 bits only.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_COMPILE_INTEGERTYPES_H
#define TENON_BACKENDS_VULKAN_COMPILE_INTEGERTYPES_H

#include "dialect/ScalarMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace tenon::vulkan {

/// `shape`, a scalar or vector, with another element type.
mlir::Type withElement(mlir::Type shape, mlir::Type element);

/// A buffer like `type`, with so many elements of another type for each of its
/// own.
mlir::MemRefType memrefOf(mlir::MemRefType type, int64_t each,
                          mlir::Type element);

/// Applies `patterns` wherever an op or a function has types that `converter`
/// changes; loops, branches, functions and shared memory have patterns here.
/// Fails with a diagnostic if a type stays.
mlir::LogicalResult convertIntegers(mlir::Operation *root,
                                    mlir::TypeConverter &converter,
                                    mlir::RewritePatternSet &patterns);

/// Writes arithmetic on numbers of one type, a scalar or a vector.
struct WordBuilder {
  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Type type;

  mlir::Value constant(int64_t value) {
    return emitSplat(builder, loc, type, value);
  }
  mlir::Value number(double value) {
    return emitSplat(builder, loc, type, value);
  }
  template <typename Op> mlir::Value make(mlir::Value a, mlir::Value b) {
    return Op::create(builder, loc, a, b);
  }
  mlir::Value compare(mlir::arith::CmpIPredicate predicate, mlir::Value a,
                      mlir::Value b) {
    return mlir::arith::CmpIOp::create(builder, loc, predicate, a, b);
  }
  mlir::Value isLess(mlir::Value a, mlir::Value b) {
    return compare(mlir::arith::CmpIPredicate::slt, a, b);
  }
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b) {
    return mlir::arith::SelectOp::create(builder, loc, condition, a, b);
  }
};

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_COMPILE_INTEGERTYPES_H
