//===- LowerToLoops.cpp - scheduled kernels as loops ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/compile/Passes.h"

#include "codegen/gpu/GpuKernel.h"

#include "mlir/Dialect/UB/IR/UBOps.h"

namespace tenon::vulkan {
#define GEN_PASS_DEF_LOWERTOLOOPS
#include "backends/vulkan/compile/Passes.h.inc"
} // namespace tenon::vulkan

using namespace tenon;
using namespace mlir;

namespace {
struct LowerToLoops : tenon::vulkan::impl::LowerToLoopsBase<LowerToLoops> {
  using LowerToLoopsBase::LowerToLoopsBase;

  void runOnOperation() override {
    if (failed(lowerKernelsToGpu(getOperation())))
      signalPassFailure();
  }
};
} // namespace
