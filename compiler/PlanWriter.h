//===- PlanWriter.h - launches as a plan ------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_PLANWRITER_H
#define TENON_COMPILER_PLANWRITER_H

#include "backends/Backend.h"
#include "dialect/TenonOps.h"
#include "runtime/format/PlanBuilder.h"

namespace tenon {

/// The host side of a module at phase `loops`: entries, launches, buffers.
struct WrittenPlan {
  format::PlanBuilder plan;
  /// The constants, in the plan's order.
  std::vector<GlobalOp> constants;
};

/// Writes the plan of `module` for `variants`, the variants of its kernels.
Result<WrittenPlan> writePlan(mlir::ModuleOp module,
                              const std::vector<VariantInfo> &variants);

/// How the format calls an element type.
Result<format::DType> dtypeOf(mlir::Type type);

/// `net.arch:12:3`, or nothing.
std::string placeOf(mlir::Location loc);

} // namespace tenon

#endif // TENON_COMPILER_PLANWRITER_H
