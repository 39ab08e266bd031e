//===- Pipelines.h - which passes run, in which order -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_PIPELINES_H
#define TENON_PASSES_PIPELINES_H

#include "backends/Backend.h"

#include <functional>

namespace tenon {

struct PipelineOptions {
  std::string fusionPolicy; ///< File, or empty.
  std::string quantization; ///< A mode, a policy file, or empty.
  /// Everything stays as it is, but entries return how large what would become
  /// codes gets.
  bool observesRanges = false;
  bool tapsAsResults = false;
  BackendOptions backend;
};

/// graph -> folded, up to the evaluation of what can't be streamed.
void addFoldPasses(mlir::OpPassManager &manager, const Backend &backend,
                   const PipelineOptions &options);
/// folded -> fused
void addFusePasses(mlir::OpPassManager &manager,
                   const PipelineOptions &options);
/// fused -> kernels
void addKernelPasses(mlir::OpPassManager &manager);
/// kernels -> scheduled
void addSchedulePasses(mlir::OpPassManager &manager, const Backend &backend,
                       const PipelineOptions &options);
/// scheduled -> loops
void addLoopPasses(mlir::OpPassManager &manager, const Backend &backend);

} // namespace tenon

#endif // TENON_PASSES_PIPELINES_H
