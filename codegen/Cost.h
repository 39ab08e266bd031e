//===- Cost.h - arithmetic and traffic of a kernel --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_COST_H
#define TENON_CODEGEN_COST_H

#include "dialect/Dims.h"
#include "runtime/Format.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon {

/// Floating-point operations of one run of a kernel, in its own dims: two for
/// each term of a product, and the ops' element costs for the rest.
DimAttr flopsOf(mlir::func::FuncOp kernel);

/// What those of its products are of.
format::Products productsOf(mlir::func::FuncOp kernel);

/// Bytes that a kernel must read and write, each argument and result once;
/// indexed reads count what they read, not the table.
DimAttr trafficOf(mlir::func::FuncOp kernel);

} // namespace tenon

#endif // TENON_CODEGEN_COST_H
