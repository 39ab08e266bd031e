//===- Weights.h - where constants get their data ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_WEIGHTS_H
#define TENON_COMPILER_WEIGHTS_H

#include "dialect/Evaluator.h"
#include "dialect/Stream.h"
#include "dialect/TenonOps.h"
#include "frontend/Checkpoint.h"
#include "runtime/format/ArtifactWriter.h"

#include <map>
#include <memory>

namespace tenon {

/// The tensors behind a module's `tenon.weight` ops: those of the checkpoint,
/// and those that were computed when the module was folded (`folded/...`).
/// Copies share the data.
class Weights {
public:
  /// What the module reads, if anything.
  std::shared_ptr<Checkpoint> checkpoint;

  /// Computes the globals that can't be streamed, now; each becomes one weight.
  mlir::LogicalResult evaluateGlobals(mlir::ModuleOp module);

  mlir::FailureOr<HostTensor> read(WeightOp weight) const;
  mlir::FailureOr<StoredTensor> find(WeightOp weight) const;

  /// The bytes of a global, as the artifact writer asks for them. `this` must
  /// outlive it.
  format::ConstantSource sourceOf(GlobalOp global) const;

  /// Whether two globals, each with its own weights, have the same bytes.
  bool areEqual(GlobalOp global, const Weights &others, GlobalOp other) const;

  bool hasFolded() const { return !folded.empty(); }
  /// Computed tensors, to a file and back.
  Status saveFolded(const std::string &path) const;
  Status loadFolded(const std::string &path, mlir::MLIRContext *context);

private:
  struct Folded {
    mlir::RankedTensorType type;
    std::shared_ptr<const std::vector<char>> bytes;
  };
  std::map<std::string, Folded, std::less<>> folded;
};

} // namespace tenon

#endif // TENON_COMPILER_WEIGHTS_H
