//===- Compilation.cpp - one model on its way to an artifact --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/Compilation.h"

#include "codegen/ExportLinalg.h"
#include "compiler/PassRunner.h"
#include "support/File.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include <thread>

using namespace tenon;
using namespace mlir;

Result<std::unique_ptr<Compilation>>
Compilation::create(CompilationOptions options) {
  std::unique_ptr<Compilation> compilation(new Compilation(std::move(options)));
  TENON_RETURN_IF_ERROR(compilation->findTargets());
  DialectRegistry registry;
  registry.insert<TenonDialect, arith::ArithDialect, func::FuncDialect,
                  linalg::LinalgDialect, math::MathDialect,
                  tensor::TensorDialect>();
  if (compilation->options.jobs == 0)
    compilation->options.jobs =
        std::max(1u, std::thread::hardware_concurrency());
  for (const Backend *backend : compilation->backends)
    backend->registerDialects(registry);
  compilation->mlirContext = std::make_shared<MLIRContext>(registry);
  // Threads lower kernels side by side and must find every dialect loaded.
  compilation->mlirContext->loadAllAvailableDialects();
  return compilation;
}

void Compilation::setGraph(LoadedModel model) {
  moduleRef = std::move(model.module);
  modelWeights.checkpoint = std::move(model.checkpoint);
  current = Phase::Graph;
}

std::vector<Status> Compilation::load(const FrontendOptions &source) {
  report(nameOf(Phase::Graph));
  std::vector<Status> errors;
  LoadedModel model = loadModel(*mlirContext, source, errors);
  if (errors.empty())
    setGraph(std::move(model));
  return errors;
}

void Compilation::report(std::string_view step, uint64_t done, uint64_t total) {
  if (options.progress)
    options.progress({step, done, total});
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

Status Compilation::runPhase(Phase next) {
  if (hasSeveralTargets() && (next > Phase::Kernels || !areFoldedAlike()))
    return Status::usage("--target", "what this shows differs between these "
                                     "targets: give one of them");
  report(nameOf(next));
  PassRunner runner(module(), std::string(nameOf(next)), options.warn);
  switch (next) {
  case Phase::Graph:
    return Status::ok();
  case Phase::Folded:
    TENON_RETURN_IF_ERROR(runner.run([&](PassManager &manager) {
      addFoldPasses(manager, backend(), options.pipeline);
    }));
    return runner.runStep("evaluating constants", [&] {
      return modelWeights.evaluateGlobals(module());
    });
  case Phase::Fused:
    return runner.run([&](PassManager &manager) {
      addFusePasses(manager, options.pipeline);
    });
  case Phase::Kernels:
    return runner.run(addKernelPasses);
  case Phase::Scheduled:
    TENON_RETURN_IF_ERROR(checkKernels());
    return runner.run([&](PassManager &manager) {
      addSchedulePasses(manager, backend(), options.pipeline);
    });
  case Phase::Loops:
    return runner.run(
        [&](PassManager &manager) { addLoopPasses(manager, backend()); });
  case Phase::Machine:
    return runner.collect(
        [&] { return lowerAll(module(), backend(), codeOptions("machine")); });
  }
  llvm_unreachable("unknown phase");
}

Status Compilation::checkKernels() {
  DiagnosticCollector collector(context());
  if (succeeded(backend().checkKernels(module(), options.pipeline.backend)))
    return Status::ok();
  return collector.toStatus(StatusCode::Invalid, backend().name().str(),
                            "has no code for this model");
}

Status Compilation::runTo(Phase wanted) {
  while (current < wanted) {
    auto next = static_cast<Phase>(static_cast<int>(current) + 1);
    TENON_RETURN_IF_ERROR(runPhase(next));
    current = next;
  }
  return Status::ok();
}

CodeGenerationOptions Compilation::codeOptions(std::string_view step) {
  CodeGenerationOptions code;
  code.jobs = options.jobs;
  code.backend = options.pipeline.backend;
  code.progress = [this, step](unsigned done, unsigned total) {
    report(step, done, total);
  };
  return code;
}

//===----------------------------------------------------------------------===//
// Dumps
//===----------------------------------------------------------------------===//

/// The sidecar of a dump: `x.mlir` has `x.safetensors`.
static std::string sidecarOf(const std::string &path) {
  size_t dot = path.rfind('.');
  size_t slash = path.rfind('/');
  bool hasEnding =
      dot != std::string::npos && (slash == std::string::npos || dot > slash);
  return (hasEnding ? path.substr(0, dot) : path) + ".safetensors";
}

std::string Compilation::print() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  // Ids and source places live in locations.
  OpPrintingFlags flags;
  flags.enableDebugInfo().elideLargeElementsAttrs(
      std::numeric_limits<int64_t>::max());
  moduleRef.get()->print(os, flags);
  os << "\n";
  return text;
}

Status Compilation::dump(const std::string &path) {
  module()->setAttr("tenon.phase",
                    StringAttr::get(context(), std::string(nameOf(current))));
  std::string text = print();
  module()->removeAttr("tenon.phase");
  if (modelWeights.hasFolded())
    TENON_RETURN_IF_ERROR(modelWeights.saveFolded(sidecarOf(path)));
  return writeFile(path, text);
}

Status Compilation::resume(const std::string &path, Phase phase) {
  TENON_ASSIGN_OR_RETURN(std::string text, readFile(path, uint64_t(1) << 32));
  DiagnosticCollector collector(context());
  ParserConfig config(context());
  moduleRef = parseSourceString<ModuleOp>(text, config, path);
  if (!moduleRef)
    return collector.toStatus(StatusCode::Invalid, path,
                              "isn't a module of this compiler");
  if (auto stated = module()->getAttrOfType<StringAttr>("tenon.phase")) {
    if (stated.getValue() != StringRef(nameOf(phase)))
      return Status::invalid(path, "is a module at phase '" + stated.str() +
                                       "', not '" + std::string(nameOf(phase)) +
                                       "'");
    module()->removeAttr("tenon.phase");
  }
  if (module()->hasAttr("tenon.checkpoint")) {
    TENON_ASSIGN_OR_RETURN(Checkpoint checkpoint, Checkpoint::reopen(module()));
    modelWeights.checkpoint =
        std::make_unique<Checkpoint>(std::move(checkpoint));
  }
  bool needsSidecar = false;
  module()->walk([&](WeightOp weight) {
    needsSidecar |= weight.getPath().starts_with("folded/");
  });
  if (needsSidecar)
    TENON_RETURN_IF_ERROR(modelWeights.loadFolded(sidecarOf(path), context()));
  current = phase;
  return Status::ok();
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

Result<LinkedCode> Compilation::linkCode(const std::string &marker) {
  TENON_RETURN_IF_ERROR(runTo(Phase::Loops));
  PassRunner runner(module(), "machine");
  std::vector<std::string> objects;
  TENON_RETURN_IF_ERROR(runner.collect([&]() -> Status {
    KernelCache cache =
        options.useKernelCache ? KernelCache::standard() : KernelCache::none();
    TENON_ASSIGN_OR_RETURN(objects, compileAll(module(), backend(), cache,
                                               codeOptions("kernels")));
    return Status::ok();
  }));
  report("linking");
  return backend().link(objects, marker);
}

Result<std::string> Compilation::printCode(CodeForm form) {
  TENON_RETURN_IF_ERROR(runTo(Phase::Loops));
  PassRunner runner(module(), "machine");
  std::string text;
  TENON_RETURN_IF_ERROR(runner.collect([&]() -> Status {
    TENON_ASSIGN_OR_RETURN(
        text, printAll(module(), backend(), form, codeOptions("kernels")));
    return Status::ok();
  }));
  return text;
}

Result<std::string> Compilation::printLinalg() {
  TENON_RETURN_IF_ERROR(runTo(Phase::Kernels));
  OwningOpRef<ModuleOp> exported(ModuleOp::create(module().getLoc()));
  PassRunner runner(module(), "linalg");
  TENON_RETURN_IF_ERROR(runner.runStep("the export to linalg", [&] {
    for (auto kernel : module().getOps<func::FuncOp>())
      if (kernel->hasAttr("tenon.kernel") &&
          failed(exportLinalg(kernel, *exported)))
        return failure();
    return mlir::verify(*exported);
  }));
  std::string text;
  llvm::raw_string_ostream os(text);
  exported->print(os);
  return text + "\n";
}
