//===- GpuProbes.h - kernels that measure a GPU -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What a GPU reaches at best, with what the emitters use of it: see Probe.h.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_GPU_GPUPROBES_H
#define TENON_CODEGEN_GPU_GPUPROBES_H

#include "codegen/Probe.h"

namespace tenon {

/// Of a device, what its kernels use. Units are named for people.
struct GpuProbeTarget {
  std::string name;
  int64_t threads = 0; ///< Of a workgroup.
  std::string floats, integers;
  std::string dots; ///< What sums four products of bytes; empty: integers do.
  /// Matrices of fp16 that the threads of a subgroup multiply together; empty:
  /// there are none.
  std::string matrices;
  int64_t rows = 0, columns = 0, depth = 0; ///< M x K by K x N elements.
  int64_t subgroup = 0;                     ///< Threads.
  int64_t range = 0; ///< Bytes that every device can bind at once.
};

/// Writes the probes of a device behind everything in `module`.
void addGpuProbes(mlir::ModuleOp module, const GpuProbeTarget &target);

} // namespace tenon

#endif // TENON_CODEGEN_GPU_GPUPROBES_H
