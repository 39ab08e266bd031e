//===- Object.h - kernels as machine code -----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_COMPILE_OBJECT_H
#define TENON_BACKENDS_CPU_COMPILE_OBJECT_H

#include "backends/Backend.h"
#include "backends/cpu/compile/Target.h"
#include "support/Status.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace tenon::cpu {

/// Adds the passes that take a module of loops (see LowerToLoops) to the LLVM
/// dialect.
void addMachinePasses(mlir::OpPassManager &manager, const Target &target);

/// Registers what translation to LLVM IR needs, once a context.
void registerTranslations(mlir::DialectRegistry &registry);

/// Optimizes a module in the LLVM dialect for a target and gives its code:
/// text for LlvmIr and Assembly, an ELF relocatable object for Object.
Result<std::string> generateCode(mlir::ModuleOp module, const Target &target,
                                 CodeForm form);

/// Links objects into a shared object that imports nothing. A `marker` that
/// isn't empty is exported as a constant.
Result<std::string> linkObjects(std::vector<std::string> objects,
                                const std::string &marker);

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_COMPILE_OBJECT_H
