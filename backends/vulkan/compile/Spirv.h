//===- Spirv.h - from loops to SPIR-V ---------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_COMPILE_SPIRV_H
#define TENON_BACKENDS_VULKAN_COMPILE_SPIRV_H

#include "backends/vulkan/compile/Target.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

#include <string>

namespace tenon::vulkan {

/// The passes from a module of loops, whose `spirv.target_env` says what may be
/// used, to one with a spirv.module for `target`, with arithmetic on half or
/// without.
void addMachinePasses(mlir::OpPassManager &manager, const Target &target,
                      bool hasHalf);

/// The SPIR-V of a lowered module, as bytes. Code that spirv-val rejects is a
/// defect of ours.
Result<std::string> assemble(mlir::ModuleOp machine);

/// SPIR-V as text that spirv-as reads.
Result<std::string> disassemble(const std::string &code);

/// The name of the kernel in a piece of SPIR-V: its entry point's.
Result<std::string> kernelNameOf(const std::string &code);

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_COMPILE_SPIRV_H
