//===- Manifest.h - what an artifact says of itself -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_MANIFEST_H
#define TENON_COMPILER_MANIFEST_H

#include "runtime/format/ArtifactWriter.h"

#include "mlir/IR/BuiltinOps.h"

namespace tenon {

/// The manifest of a module, from its `tenon.manifest`.
Result<runtime::Manifest> makeManifest(mlir::ModuleOp module,
                                       llvm::StringRef target);

/// The files that `tenon.assets` lists, unchanged since the module was made.
Result<std::vector<format::AssetSpec>> readAssets(mlir::ModuleOp module);

/// `tenon.records` as JSON: what became of every op.
std::string makeRecords(mlir::ModuleOp module);

} // namespace tenon

#endif // TENON_COMPILER_MANIFEST_H
