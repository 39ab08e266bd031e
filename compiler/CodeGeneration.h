//===- CodeGeneration.h - all kernels to machine code -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_CODEGENERATION_H
#define TENON_COMPILER_CODEGENERATION_H

#include "backends/Backend.h"
#include "compiler/KernelCache.h"

#include <functional>

namespace tenon {

struct CodeGenerationOptions {
  unsigned jobs = 1;
  BackendOptions backend;
  /// Told after each kernel: how many are done, and of how many.
  std::function<void(unsigned done, unsigned total)> progress;
  /// Whether kernels that aren't in the cache shall still be compiled; asked
  /// before each but the first of each thread. The others' objects are empty.
  std::function<bool()> goesOn;
};

/// The modules of loops inside `module`, in order.
std::vector<mlir::ModuleOp> loopModules(mlir::ModuleOp module);

/// Brings every module of loops to the machine's dialect, in parallel.
Status lowerAll(mlir::ModuleOp module, const Backend &backend,
                const CodeGenerationOptions &options);

/// The objects of all kernels, from the cache where it has them. Modules may be
/// loops or machine already; those that must be compiled end up as machine.
Result<std::vector<std::string>>
compileAll(mlir::ModuleOp module, const Backend &backend,
           const KernelCache &cache, const CodeGenerationOptions &options);

/// The code of all kernels as text, one behind the other.
Result<std::string> printAll(mlir::ModuleOp module, const Backend &backend,
                             CodeForm form,
                             const CodeGenerationOptions &options);

} // namespace tenon

#endif // TENON_COMPILER_CODEGENERATION_H
