//===- Pipeline.cpp - from loops to the LLVM dialect ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/Object.h"
#include "backends/cpu/compile/Passes.h"

#include "codegen/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace tenon;
using namespace mlir;

void cpu::addMachinePasses(OpPassManager &manager, const Target &target) {
  // Emitters repeat index arithmetic freely; most of it is the same few values.
  manager.addPass(createCSEPass());
  // Before anything is lowered, so that vectors stay vectors.
  manager.addPass(
      createExpandFloats({llvm::is_contained(target.features, "f16c")}));
  manager.addPass(createExpandMath({target.fma, target.rounding}));
  manager.addPass(createCSEPass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(arith::createArithExpandOpsPass());
  // Indices of lanes fit 32 bits.
  ConvertVectorToLLVMPassOptions vectorOptions;
  vectorOptions.force32BitVectorIndices = true;
  manager.addPass(createConvertVectorToLLVMPass(vectorOptions));
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertFuncToLLVMPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createUBToLLVMConversionPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
  manager.addPass(createKernelAbi());
}
