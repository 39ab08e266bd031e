//===- Compilation.h - one model on its way to an artifact ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_COMPILATION_H
#define TENON_COMPILER_COMPILATION_H

#include "compiler/CodeGeneration.h"
#include "compiler/Phases.h"
#include "compiler/Weights.h"
#include "frontend/Frontend.h"
#include "passes/Pipelines.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace tenon {

/// What a compilation tells while it runs.
struct CompileProgress {
  std::string_view step; ///< `fused`, `kernels`, `weights`, ...
  uint64_t done = 0, total = 0;
};

struct CompilationOptions {
  /// A target, or several for one artifact, separated by commas: those to
  /// prefer first.
  std::string backend = "cpu";
  PipelineOptions pipeline;
  unsigned jobs = 0; ///< 0: one a processor.
  bool useKernelCache = true;
  std::function<void(const CompileProgress &)> progress;
  /// Told of what a file of the user's says in vain.
  std::function<void(const Status &)> warn;
};

/// For one target, or for several: what these share is compiled once, at most
/// up to phase `kernels`, and then each goes its own way in a compilation of
/// its own.
class Compilation {
public:
  static Result<std::unique_ptr<Compilation>>
  create(CompilationOptions options);

  /// The context that modules for this compilation are made in.
  mlir::MLIRContext *context() { return mlirContext.get(); }

  void setGraph(LoadedModel model);
  /// Loads a model through the front end; all its errors, none if all is well.
  std::vector<Status> load(const FrontendOptions &options);
  /// Goes on from a dump at `phase`.
  Status resume(const std::string &path, Phase phase);

  /// Runs the passes up to `target`, if they haven't been.
  Status runTo(Phase target);

  /// Writes the module to `path` (x.mlir), and what was computed for it beside
  /// it (x.safetensors).
  Status dump(const std::string &path);

  /// The module at its present phase, as text.
  std::string print() const;

  bool hasSeveralTargets() const { return backends.size() > 1; }
  /// Where there are several targets: a compilation for each of them alone.
  /// This one is left as they begin.
  Result<std::vector<std::unique_ptr<Compilation>>> forTargets();

  /// Finishes the compilation: an artifact at `path`. With a `marker`, its code
  /// exports a symbol of that name, for programs that are linked with it.
  Status writeArtifact(const std::string &path, const std::string &marker = "");
  /// What each kernel computes, in upstream's linalg.
  Result<std::string> printLinalg();
  /// The code of all kernels, as text.
  Result<std::string> printCode(CodeForm form);
  /// The objects of all kernels, linked.
  Result<LinkedCode> linkCode(const std::string &marker = "");

  mlir::ModuleOp module() { return *moduleRef; }
  Phase phase() const { return current; }
  Weights &weights() { return modelWeights; }
  /// The first, if there are several targets.
  const Backend &backend() const { return *backends.front(); }
  /// Of one target.
  const BackendOptions &backendOptions() const {
    return options.pipeline.backend;
  }

private:
  explicit Compilation(CompilationOptions options)
      : options(std::move(options)) {}

  Status findTargets();
  Result<std::vector<BackendOptions>> optionsOfTargets() const;
  /// Whether a module can be shared until its kernels are scheduled.
  bool areFoldedAlike();

  Status runPhase(Phase next);
  Status checkKernels();
  CodeGenerationOptions codeOptions(std::string_view step);
  void report(std::string_view step, uint64_t done = 0, uint64_t total = 0);

  CompilationOptions options;
  std::vector<const Backend *> backends;
  std::shared_ptr<mlir::MLIRContext> mlirContext;
  mlir::OwningOpRef<mlir::ModuleOp> moduleRef;
  Weights modelWeights;
  Phase current = Phase::Graph;
};

} // namespace tenon

#endif // TENON_COMPILER_COMPILATION_H
