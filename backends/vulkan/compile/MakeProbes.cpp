//===- MakeProbes.cpp - kernels that measure a Vulkan device --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/compile/Passes.h"
#include "backends/vulkan/compile/Target.h"

#include "codegen/gpu/GpuProbes.h"

namespace tenon::vulkan {
#define GEN_PASS_DEF_MAKEPROBES
#include "backends/vulkan/compile/Passes.h.inc"
} // namespace tenon::vulkan

using namespace tenon;
using namespace mlir;

namespace {
struct MakeProbes : tenon::vulkan::impl::MakeProbesBase<MakeProbes> {
  using MakeProbesBase::MakeProbesBase;

  void runOnOperation() override {
    auto known = vulkan::Target::find(target);
    if (!known) {
      emitError(UnknownLoc::get(&getContext())) << known.status().render();
      return signalPassFailure();
    }
    GpuProbeTarget probes;
    probes.name = known->name;
    probes.threads = known->threads;
    probes.floats = "fp32";
    probes.integers = "int32";
    probes.range = vulkan::guaranteedRange;
    if (known->dots)
      probes.dots = vulkan::Target::dotFeature;
    if (const vulkan::MatrixUnit &unit = known->matrices) {
      probes.matrices = unit.feature();
      probes.rows = unit.rows;
      probes.columns = unit.columns;
      probes.depth = unit.depth;
      probes.subgroup = unit.subgroup;
    }
    addGpuProbes(getOperation(), probes);
  }
};
} // namespace
