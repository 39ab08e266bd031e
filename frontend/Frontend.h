//===- Frontend.h - from a checkpoint to the graph phase --------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The front end as the driver sees it. It makes a module at phase `graph`:
//
// * `tenon.symbol` for each dim that the entries speak of;
// * one `func.func` an entry, with the attribute `tenon.entry`; its arguments
//   and results have `tenon.name`, arguments that may be left out `tenon.fill`
//   (a typed attribute) or `tenon.iota`; arguments that are states follow the
//   tensors, and updated states follow the results;
// * weights as `tenon.weight "name in the checkpoint"`;
// * every op with a location `NameLoc("module.path/op#n", file:line:col)`, of
//   which the name is unique in the module and the same in every run;
// * attributes of the module: `tenon.checkpoint` and `tenon.assets`, lists of
//   files with their hashes, and `tenon.manifest`, a JSON text.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_FRONTEND_H
#define TENON_FRONTEND_FRONTEND_H

#include "frontend/Checkpoint.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <memory>

namespace tenon {

/// In bytes, of a file that travels along with a model.
constexpr uint64_t maxAssetSize = uint64_t(1) << 30;

struct FrontendOptions {
  /// A checkpoint's folder, or an `.arch` file.
  std::string source;
  /// Beside an `.arch` file: its settings (TOML or JSON) and its weights
  /// (safetensors, an index or a folder). Without weights, every weight is as
  /// it is declared; such a module can be looked at, not compiled.
  std::string config, weights;
  /// The model to take from the `.arch` file, and what it is for; empty for
  /// what the checkpoint says.
  std::string model, task;
  /// Where families and library files are looked for; the first counts most.
  std::vector<std::string> modelPaths;
};

struct LoadedModel {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// Null if there are no weights.
  std::unique_ptr<Checkpoint> checkpoint;
};

/// Loads a model into `context`. On failure there is no module, and `errors`
/// says why.
LoadedModel loadModel(mlir::MLIRContext &context,
                      const FrontendOptions &options,
                      std::vector<Status> &errors);

} // namespace tenon

#endif // TENON_FRONTEND_FRONTEND_H
