//===- Pipeline.cpp - from loops to the SPIR-V dialect --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/compile/Passes.h"
#include "backends/vulkan/compile/Spirv.h"

#include "codegen/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/SPIRV/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace tenon;
using namespace mlir;

void vulkan::addMachinePasses(OpPassManager &manager, const Target &target,
                              bool hasHalf) {
  manager.addPass(createCSEPass());
  // Half is in memory as its bits, and elsewhere too if there is no arithmetic.
  manager.addPass(createExpandFloats({hasHalf, target.roundsHalf}));
  manager.addPass(createFloatsAsBits({hasHalf}));
  manager.addPass(createExpandMath({/*hasFma=*/true, /*hasRounding=*/true}));
  manager.addPass(createLegalize({target.texels}));
  manager.addPass(createBindPieces({target.range}));
  manager.addPass(arith::createArithExpandOpsPass());
  if (!target.int64)
    manager.addPass(createSplitLongs());
  if (!target.int8 || !target.int16)
    manager.addPass(createWidenBytes());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createHoistInvariants());
  manager.addPass(createConvertMathToSPIRVPass());
  manager.addPass(createConvertGPUToSPIRVPass());
  OpPassManager &spirvManager = manager.nest<spirv::ModuleOp>();
  spirvManager.addPass(spirv::createSPIRVLowerABIAttributesPass());
  spirvManager.addPass(spirv::createSPIRVRewriteInsertsPass());
  spirvManager.addPass(createCanonicalizerPass());
  spirvManager.addPass(createCSEPass());
  spirvManager.addPass(createFinish());
}
