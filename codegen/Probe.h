//===- Probe.h - what a kernel that measures a device says ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A probe is a module of loops like a kernel's (see Backend::addLoopPasses),
// with `tenon.probe` besides. Its kernel takes buffers of the arena and two
// dims: how many tasks there are, and how many steps each of them takes.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_PROBE_H
#define TENON_CODEGEN_PROBE_H

#include "runtime/Format.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace tenon {

struct Probe {
  /// Probes of one entry run one after the other, in the same buffers; the last
  /// one is timed.
  std::string entry;
  /// What of the device does it: a feature, an instruction.
  std::string unit;
  int64_t tasks = 0; ///< 0: as many as it takes.
  int64_t steps = 0;
  int64_t launches = 1; ///< How often it runs, each time after the one before.
  format::Products products = format::Products::Floats;
  int64_t flops = 0, bytes = 0;     ///< Of a task: computed, read.
  llvm::SmallVector<int64_t> sizes; ///< Bytes of each buffer.

  /// As `tenon.probe` of its module.
  void attach(mlir::ModuleOp module) const;
  /// What a module says.
  static Probe of(mlir::ModuleOp module);
};

} // namespace tenon

#endif // TENON_CODEGEN_PROBE_H
