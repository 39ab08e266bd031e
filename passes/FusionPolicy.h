//===- FusionPolicy.h - what the user says about fusion ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_FUSIONPOLICY_H
#define TENON_PASSES_FUSIONPOLICY_H

#include "support/Status.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace tenon {

/// The rules by which ops join kernels; docs/Fusion.md says what each does.
enum class FusionRule {
  Epilogue,
  StoreView,
  LoadView,
  Prologue,
  Recompute,
  Source,
  RowChain,
  Pointwise,
  Dequantize
};
llvm::StringRef nameOf(FusionRule rule);
inline constexpr unsigned fusionRuleCount = 9;

/// What is done to a graph before its ops are fused, for the sake of speed.
enum class GraphStep { MergeMatmuls, MoveLayouts };
inline constexpr unsigned graphStepCount = 2;

/// A policy file:
///
///   [steps]
///   move-layouts = false          # leave a step before fusion out
///
///   [rules]
///   epilogue = false              # turn a rule off
///
///   [[op]]
///   id = "encoder.layer.*.attention*"   # by op id, * and ? as in file names
///   fuse = false                  # these ops are kernels of their own
///   rules = ["epilogue"]          # or: only these rules may move them
struct FusionPolicy {
  bool steps[graphStepCount] = {true, true};
  bool enabled[fusionRuleCount] = {true, true, true, true, true,
                                   true, true, true, true};
  struct Override {
    std::string id;
    bool fuse = true;
    bool restricted = false;
    bool allowed[fusionRuleCount] = {};
  };
  std::vector<Override> overrides;

  /// Whether `rule` may move the op `id`; if not, `reason` says why.
  bool allows(FusionRule rule, llvm::StringRef id, std::string &reason) const;

  bool allows(GraphStep step) const {
    return steps[static_cast<unsigned>(step)];
  }

  static Result<FusionPolicy> load(const std::string &path);
};

/// The policy in the file that a pass was given, one that allows everything if
/// it was given none. Emits an error.
mlir::FailureOr<FusionPolicy> loadPolicy(mlir::MLIRContext *context,
                                         const std::string &path);

} // namespace tenon

#endif // TENON_PASSES_FUSIONPOLICY_H
