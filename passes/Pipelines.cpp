//===- Pipelines.cpp - which passes run, in which order -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The only place that orders passes. (Within a kernel's module of loops, the
// order is its backend's: see `lowerToMachine`.)
//
//===----------------------------------------------------------------------===//

#include "passes/Pipelines.h"

#include "passes/Passes.h"

using namespace tenon;
using namespace mlir;

void tenon::addFoldPasses(OpPassManager &manager, const Backend &backend,
                          const PipelineOptions &options) {
  // Taps first: a tapped value has a further use that would stop every rule.
  manager.addPass(createStripTaps({options.tapsAsResults}));
  // Allowed ids are read off the gathers as the model states them.
  manager.addPass(createCheckInputs());
  // While weights still have names: siblings are found by them.
  manager.addPass(createMergeMatmuls({options.fusionPolicy}));
  // Its transposes of weights are constants to fold.
  manager.addPass(createExpandConvolutions());
  manager.addPass(createMoveLayouts({options.fusionPolicy}));
  manager.addPass(createFoldWeights());
  if (options.observesRanges)
    manager.addPass(createObserveRanges({options.quantization}));
  else if (!options.quantization.empty())
    manager.addPass(createQuantizeWeights(
        {options.quantization, backend.codesAttention()}));
  // The backend's forms are constants too; fold what it adds.
  backend.addLayoutPasses(manager, options.backend);
  backend.addPreparePasses(manager);
}

void tenon::addFusePasses(OpPassManager &manager,
                          const PipelineOptions &options) {
  FuseOptions fuse;
  fuse.policy = options.fusionPolicy;
  manager.addPass(createFuse(fuse));
}

void tenon::addKernelPasses(OpPassManager &manager) {
  manager.addPass(createOutlineKernels());
}

void tenon::addSchedulePasses(OpPassManager &manager, const Backend &backend,
                              const PipelineOptions &options) {
  backend.addSchedulePasses(manager, options.backend);
}

void tenon::addLoopPasses(OpPassManager &manager, const Backend &backend) {
  backend.addLoopPasses(manager);
}
