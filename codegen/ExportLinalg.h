//===- ExportLinalg.h - kernels in upstream's terms -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What a kernel computes, as linalg on tensors: for reading, and for trying
// upstream's passes on it. Our own code generation doesn't go this way; why not
// is in docs/Rationale.md.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_EXPORTLINALG_H
#define TENON_CODEGEN_EXPORTLINALG_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon {

/// Appends to `module` a function that computes what `kernel` does. Its
/// arguments are the kernel's, without dims, then the kernel's dims.
mlir::LogicalResult exportLinalg(mlir::func::FuncOp kernel,
                                 mlir::ModuleOp module);

} // namespace tenon

#endif // TENON_CODEGEN_EXPORTLINALG_H
