//===- Passes.h - passes of the Vulkan backend ------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_COMPILE_PASSES_H
#define TENON_BACKENDS_VULKAN_COMPILE_PASSES_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace tenon::vulkan {

/// Whether there is such an op somewhere in `root`.
template <typename OpT> bool contains(mlir::Operation *root) {
  return root->walk([](OpT) { return mlir::WalkResult::interrupt(); })
      .wasInterrupted();
}

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "backends/vulkan/compile/Passes.h.inc"

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_COMPILE_PASSES_H
