//===- Costs.h - what kernels must cost -------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_COSTS_H
#define TENON_COMPILER_COSTS_H

#include "runtime/Artifact.h"
#include "tools/tenon/Roofline.h"

#include "mlir/IR/BuiltinOps.h"

#include <map>

namespace tenon {

/// A kernel in one call of an entry, all its launches together.
struct KernelCost {
  std::string name;
  unsigned launches = 0;
  double flops = 0, bytes = 0;
  tool::Products products = tool::Products::Floats; ///< What `flops` are of.
};

struct EntryCosts {
  std::string entry, shape; ///< `B=1, S=128`.
  std::vector<KernelCost> kernels;
};

/// Sizes by symbol; those that aren't named have their typical values.
using CostShape = std::map<std::string, int64_t>;

/// Costs of a module at phase `kernels` or `scheduled`.
Result<std::vector<EntryCosts>> costsOf(mlir::ModuleOp module,
                                        const CostShape &shape);
/// Costs that an artifact's plan states.
Result<std::vector<EntryCosts>> costsOf(const runtime::Artifact &artifact,
                                        const CostShape &shape);

/// As a table: the time that a machine with this peak needs at least, and why.
std::string renderCosts(const std::vector<EntryCosts> &entries,
                        const tool::MachinePeak &peak);

} // namespace tenon

#endif // TENON_COMPILER_COSTS_H
