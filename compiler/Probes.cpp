//===- Probes.cpp - artifacts that measure a device -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Probes are kernels, and run as those of any artifact do: a device needs
// nothing for them.
//
//===----------------------------------------------------------------------===//

#include "compiler/Probes.h"

#include "codegen/Probe.h"
#include "compiler/Compilation.h"
#include "compiler/PassRunner.h"
#include "support/Text.h"

#include "llvm/ADT/MapVector.h"

#include <thread>

using namespace tenon;
using namespace mlir;

/// The modules of the probes of each entry.
using ProbeEntries = llvm::MapVector<StringRef, SmallVector<ModuleOp>>;

static format::EntrySpec makeEntry(format::PlanBuilder &plan, uint32_t symbol,
                                   ArrayRef<ModuleOp> modules) {
  format::EntrySpec entry;
  Probe last = Probe::of(modules.back());
  entry.name = last.entry;
  uint32_t none = plan.constantDim(0);
  for (ModuleOp module : modules) {
    Probe probe = Probe::of(module);
    uint32_t tasks = plan.constantDim(probe.tasks);
    if (!probe.tasks) {
      // An input binds it, of no elements.
      tasks = plan.symbolDim(symbol);
      entry.inputs = {{"tasks", format::DType::I8, {tasks, none}}};
    }
    format::LaunchSpec launch;
    auto name = module->getAttrOfType<StringAttr>("tenon.kernel");
    launch.kernel = plan.addKernel(name.str(), probe.sizes.size(), 2);
    for (size_t i = 0; i < probe.sizes.size(); ++i)
      launch.args.push_back({format::ArgKind::Buffer, uint32_t(i)});
    launch.dims = {tasks, plan.constantDim(probe.steps)};
    launch.shapes = {{tasks, none}};
    launch.label = probe.unit;
    launch.flops = plan.mul(tasks, plan.constantDim(probe.flops));
    launch.bytes = plan.mul(tasks, plan.constantDim(probe.bytes));
    launch.products = probe.products;
    entry.launches.insert(entry.launches.end(), probe.launches, launch);
  }
  for (int64_t size : last.sizes)
    entry.buffers.push_back(
        {plan.constantDim(size), 0, uint32_t(entry.launches.size() - 1), 0});
  return entry;
}

Status tenon::writeProbes(const std::string &target, const std::string &variant,
                          const std::string &path) {
  CompilationOptions options;
  options.backend = target;
  options.pipeline.backend.targets = {variant};
  TENON_ASSIGN_OR_RETURN(const Backend *found, findBackend(target));
  const Backend &backend = *found;
  auto variants = backend.variants(options.pipeline.backend);
  if (!variants)
    return Status::invalid("", concat("probes are made for targets of the "
                                      "compiler's own, which ",
                                      quote(variant), " isn't"));
  TENON_ASSIGN_OR_RETURN(auto compilation, Compilation::create(options));
  MLIRContext *context = compilation->context();
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(context));
  PassRunner runner(*module, "probes");
  TENON_RETURN_IF_ERROR(runner.run([&](PassManager &manager) {
    backend.addProbePasses(manager, options.pipeline.backend);
  }));
  ProbeEntries entries;
  for (ModuleOp probe : loopModules(*module))
    entries[probe->getAttrOfType<DictionaryAttr>("tenon.probe")
                .getAs<StringAttr>("entry")]
        .push_back(probe);
  if (entries.empty())
    return Status::invalid(target, "has no probes");

  // The plan reads what the loops say, so it comes before they are lowered.
  format::PlanBuilder plan;
  plan.addVariant(variants->front().name, variants->front().features);
  constexpr int64_t mostTasks = 1 << 20;
  uint32_t symbol = plan.addSymbol("tasks", 1, mostTasks, 1);
  for (const auto &[name, modules] : entries)
    plan.addEntry(makeEntry(plan, symbol, modules));

  CodeGenerationOptions code;
  code.jobs = std::max(1U, std::thread::hardware_concurrency());
  code.backend = options.pipeline.backend;
  LinkedCode linked;
  TENON_RETURN_IF_ERROR(runner.collect([&]() -> Status {
    TENON_ASSIGN_OR_RETURN(
        std::vector<std::string> objects,
        compileAll(*module, backend, KernelCache::standard(), code));
    TENON_ASSIGN_OR_RETURN(linked, backend.link(objects, ""));
    return Status::ok();
  }));
  format::ArtifactContents contents{
      linked.object, {}, "{}", {}, plan, {}, std::move(linked.modules)};
  contents.manifest.target = target;
  contents.manifest.compiler = "tenon " TENON_VERSION;
  contents.manifest.entry = entries.begin()->first.str();
  return format::writeArtifact(path, contents);
}
