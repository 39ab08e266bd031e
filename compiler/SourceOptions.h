//===- SourceOptions.h - options that several commands take -----*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_SOURCEOPTIONS_H
#define TENON_COMPILER_SOURCEOPTIONS_H

#include "compiler/Compilation.h"

namespace CLI {
class App;
} // namespace CLI

namespace tenon {

/// What `compile`, `explain`, `tune` and `verify` have in common: a source, and
/// how it is to be compiled.
struct SourceOptions {
  FrontendOptions frontend;
  CompilationOptions compilation;
  std::string staticSizes; ///< `B=1,S=128`: dims that aren't left open.
  std::string fromPhase;   ///< The source is a dump at this phase.
  std::string precision;   ///< Of everything, if nothing is quantized.

  void addTo(CLI::App &app);
  /// Checks what can be checked before anything is loaded, and fills in what
  /// depends on the machine.
  Status finish();
  /// Loads the source; prints its errors and gives null if there are any, with
  /// `exitStatus` set.
  std::unique_ptr<Compilation> load(int &exitStatus);

private:
  Status fixSizes(Compilation &compilation) const;
};

/// Whether a file is an artifact, by its first bytes.
bool isArtifact(const std::string &path);

/// The folders in which families are looked for by default: the `models` that
/// was installed with this library.
std::vector<std::string> defaultModelPaths();

} // namespace tenon

#endif // TENON_COMPILER_SOURCEOPTIONS_H
