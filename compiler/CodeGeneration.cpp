//===- CodeGeneration.cpp - all kernels to machine code -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/CodeGeneration.h"

#include "mlir/IR/Verifier.h"

#include <atomic>
#include <mutex>
#include <thread>

using namespace tenon;
using namespace mlir;

std::vector<ModuleOp> tenon::loopModules(ModuleOp module) {
  std::vector<ModuleOp> modules;
  for (auto nested : module.getOps<ModuleOp>())
    if (nested->hasAttr("tenon.target"))
      modules.push_back(nested);
  return modules;
}

/// Set on a module that has been lowered already (a compilation was resumed).
static constexpr StringLiteral machineMark = "tenon.machine";

/// Runs `work` on each module, on `jobs` threads; the first error by order of
/// the modules is returned, so that it doesn't depend on timing.
static Status forEachModule(const std::vector<ModuleOp> &modules,
                            const CodeGenerationOptions &options,
                            llvm::function_ref<Status(size_t)> work) {
  std::vector<Status> statuses(modules.size());
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  unsigned done = 0;
  auto run = [&] {
    for (size_t i; (i = next++) < modules.size();) {
      statuses[i] = work(i);
      std::lock_guard<std::mutex> lock(mutex);
      ++done;
      if (options.progress)
        options.progress(done, modules.size());
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < options.jobs && i < modules.size(); ++i)
    threads.emplace_back(run);
  run();
  for (std::thread &thread : threads)
    thread.join();
  for (Status &status : statuses)
    if (!status.isOk())
      return std::move(status);
  return Status::ok();
}

static Status lowerOne(ModuleOp module, const Backend &backend,
                       const BackendOptions &options) {
  if (module->hasAttr(machineMark))
    return Status::ok();
  // Verifying after each of its many small passes took an eighth of compiling.
  if (failed(backend.lowerToMachine(module, options)) ||
      failed(mlir::verify(module)))
    return Status::internal(module.getName().value_or("").str(),
                            "can't be lowered to machine code");
  module->setAttr(machineMark, UnitAttr::get(module.getContext()));
  return Status::ok();
}

Status tenon::lowerAll(ModuleOp module, const Backend &backend,
                       const CodeGenerationOptions &options) {
  std::vector<ModuleOp> modules = loopModules(module);
  return forEachModule(modules, options, [&](size_t i) {
    return lowerOne(modules[i], backend, options.backend);
  });
}

static std::string textOf(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os, OpPrintingFlags().useLocalScope());
  return text;
}

Result<std::vector<std::string>>
tenon::compileAll(ModuleOp module, const Backend &backend,
                  const KernelCache &cache,
                  const CodeGenerationOptions &options) {
  std::vector<ModuleOp> modules = loopModules(module);
  std::vector<std::string> objects(modules.size());
  std::atomic<unsigned> compiled = 0;
  TENON_RETURN_IF_ERROR(
      forEachModule(modules, options, [&](size_t i) -> Status {
        TENON_ASSIGN_OR_RETURN(
            std::string target,
            backend.describeTarget(modules[i], options.backend));
        Hash128 key = KernelCache::keyOf(textOf(modules[i]), target);
        if (auto object = cache.find(key)) {
          objects[i] = std::move(*object);
          return Status::ok();
        }
        if (compiled++ >= options.jobs && options.goesOn && !options.goesOn())
          return Status::ok();
        TENON_RETURN_IF_ERROR(lowerOne(modules[i], backend, options.backend));
        TENON_ASSIGN_OR_RETURN(objects[i],
                               backend.generateCode(modules[i], options.backend,
                                                    CodeForm::Object));
        cache.store(key, objects[i]);
        return Status::ok();
      }));
  return objects;
}

Result<std::string> tenon::printAll(ModuleOp module, const Backend &backend,
                                    CodeForm form,
                                    const CodeGenerationOptions &options) {
  std::vector<ModuleOp> modules = loopModules(module);
  std::vector<std::string> texts(modules.size());
  TENON_RETURN_IF_ERROR(
      forEachModule(modules, options, [&](size_t i) -> Status {
        TENON_RETURN_IF_ERROR(lowerOne(modules[i], backend, options.backend));
        TENON_ASSIGN_OR_RETURN(
            texts[i], backend.generateCode(modules[i], options.backend, form));
        return Status::ok();
      }));
  std::string all;
  for (const std::string &text : texts)
    all += text;
  return all;
}
