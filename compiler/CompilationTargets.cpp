//===- CompilationTargets.cpp - from a compilation to an artifact ---------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What backends do before fusion (Backend::addPreparePasses) says whether they
// read the same constants. If so, modules part behind phase `kernels`; if not,
// at the graph, and constants that are equal nevertheless are found one by one.
//
//===----------------------------------------------------------------------===//

#include "compiler/Compilation.h"
#include "compiler/Manifest.h"
#include "compiler/PlanWriter.h"
#include "support/Text.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>

using namespace tenon;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

Status Compilation::findTargets() {
  for (std::string_view name : split(options.backend, ',')) {
    TENON_ASSIGN_OR_RETURN(const Backend *found, findBackend(name));
    if (llvm::is_contained(backends, found))
      return Status::usage("--target", concat(quote(name), " is there twice"));
    backends.push_back(found);
  }
  if (backends.size() > format::maxTargets)
    return Status::usage("--target", concat("an artifact has at most ",
                                            format::maxTargets, " targets"));
  if (llvm::count_if(backends,
                     [](const Backend *b) { return b->runsOnHost(); }) > 1)
    return Status::usage("--target",
                         "only one of an artifact's targets can run "
                         "on the host's processor");
  TENON_ASSIGN_OR_RETURN(auto each, optionsOfTargets());
  for (auto [backend, its] : llvm::zip(backends, each))
    TENON_RETURN_IF_ERROR(backend->check(its));
  return Status::ok();
}

/// Of several targets, each gets the names that it knows: no two have a kind of
/// processor in common, or both are meant.
Result<std::vector<BackendOptions>> Compilation::optionsOfTargets() const {
  std::vector<BackendOptions> each(backends.size(), options.pipeline.backend);
  if (!hasSeveralTargets())
    return each;
  for (BackendOptions &its : each)
    its.targets.clear();
  for (const std::string &name : options.pipeline.backend.targets) {
    std::vector<Status> refused;
    for (auto [backend, its] : llvm::zip(backends, each)) {
      BackendOptions alone = options.pipeline.backend;
      alone.targets = {name};
      alone.scheduleFile.clear();
      if (Status status = backend->check(alone); status)
        its.targets.push_back(name);
      else
        refused.push_back(std::move(status));
    }
    if (refused.size() == backends.size())
      return std::move(refused.front());
  }
  if (options.pipeline.backend.scheduleFile.empty())
    return each;
  for (auto [backend, its] : llvm::zip(backends, each)) {
    // Whoever checks these says what is wrong with them.
    auto variants = backend->variants(its);
    if (!variants)
      continue;
    for (auto [other, options] : llvm::zip(backends, each))
      if (other != backend)
        for (const VariantInfo &variant : *variants)
          options.otherTargets.push_back(variant.name);
  }
  return each;
}

bool Compilation::areFoldedAlike() {
  std::string first;
  for (const Backend *backend : backends) {
    PassManager manager(context());
    addFoldPasses(manager, *backend, options.pipeline);
    std::string text;
    llvm::raw_string_ostream os(text);
    manager.printAsTextualPipeline(os);
    if (first.empty())
      first = text;
    if (text != first)
      return false;
  }
  return true;
}

Result<std::vector<std::unique_ptr<Compilation>>> Compilation::forTargets() {
  Phase begin = areFoldedAlike() ? Phase::Kernels : Phase::Graph;
  if (current > begin)
    return Status::usage("--target",
                         concat("a module at phase ", nameOf(current),
                                " is for one of these targets: give that one"));
  TENON_RETURN_IF_ERROR(runTo(begin));
  TENON_ASSIGN_OR_RETURN(auto each, optionsOfTargets());
  std::vector<std::unique_ptr<Compilation>> parts;
  for (auto [backend, its] : llvm::zip(backends, each)) {
    std::unique_ptr<Compilation> part(new Compilation(options));
    part->options.backend = backend->name().str();
    part->options.pipeline.backend = std::move(its);
    part->backends = {backend};
    part->mlirContext = mlirContext;
    part->moduleRef = module().clone();
    part->modelWeights = modelWeights;
    part->current = current;
    parts.push_back(std::move(part));
  }
  return parts;
}

//===----------------------------------------------------------------------===//
// Constants of several plans
//===----------------------------------------------------------------------===//

namespace {
/// Gives each constant its place in the weights: equal ones have the same.
class ConstantPlacer {
public:
  /// The first plan's constants stay where they are, those of others move.
  void place(WrittenPlan &plan, const Weights &weights);

  /// What all plans but the first added.
  std::vector<format::ConstantBytes> added;

private:
  struct Known {
    GlobalOp global;
    const Weights *weights;
    uint64_t offset;
  };
  /// By what they read: a few at most are alike.
  std::multimap<std::string, Known> known;
  uint64_t end = 0;
  bool isFirst = true;
};
} // namespace

void ConstantPlacer::place(WrittenPlan &written, const Weights &weights) {
  format::PlanBuilder &plan = written.plan;
  for (auto [i, global] : llvm::enumerate(written.constants)) {
    const auto &constant = plan.constants()[i];
    uint64_t offset = constant.offset;
    auto [begin, last] = known.equal_range(constant.name);
    auto same = isFirst ? last : std::find_if(begin, last, [&](auto &entry) {
      const Known &other = entry.second;
      return weights.areEqual(global, *other.weights, other.global);
    });
    if (same != last) {
      plan.moveConstant(i, same->second.offset);
      continue;
    }
    if (!isFirst) {
      offset = llvm::alignTo(end, format::constantAlignment);
      plan.moveConstant(i, offset);
      added.push_back({offset, constant.size, weights.sourceOf(global)});
    }
    known.emplace(constant.name, Known{global, &weights, offset});
    end = offset + constant.size;
  }
  isFirst = false;
}

//===----------------------------------------------------------------------===//
// Artifacts
//===----------------------------------------------------------------------===//

Status Compilation::writeArtifact(const std::string &path,
                                  const std::string &marker) {
  std::vector<std::unique_ptr<Compilation>> made;
  std::vector<Compilation *> parts = {this};
  if (hasSeveralTargets()) {
    TENON_ASSIGN_OR_RETURN(made, forTargets());
    parts.clear();
    for (const auto &part : made)
      parts.push_back(part.get());
  }
  bool hasHost = llvm::any_of(
      parts, [](Compilation *part) { return part->backend().runsOnHost(); });

  std::vector<WrittenPlan> plans;
  std::vector<LinkedCode> codes;
  ConstantPlacer places;
  std::string object;
  plans.reserve(parts.size());
  for (Compilation *part : parts) {
    TENON_RETURN_IF_ERROR(part->runTo(Phase::Loops));
    // The plan reads what the loops say, so it comes before they are lowered.
    TENON_ASSIGN_OR_RETURN(std::vector<VariantInfo> variants,
                           part->backend().variants(part->backendOptions()));
    TENON_ASSIGN_OR_RETURN(WrittenPlan plan,
                           writePlan(part->module(), variants));
    plans.push_back(std::move(plan));
    places.place(plans.back(), part->modelWeights);
    // Without code for the host, the first backend says so.
    bool hasMarker = part->backend().runsOnHost() || !hasHost;
    TENON_ASSIGN_OR_RETURN(LinkedCode code,
                           part->linkCode(hasMarker ? marker : ""));
    if (!code.object.empty())
      object = std::move(code.object);
    codes.push_back(std::move(code));
  }

  format::ArtifactContents contents{
      object, {}, "", {}, plans[0].plan, {}, std::move(codes[0].modules)};
  TENON_ASSIGN_OR_RETURN(
      contents.manifest,
      makeManifest(parts[0]->module(), parts[0]->backend().name()));
  contents.records = makeRecords(parts[0]->module());
  TENON_ASSIGN_OR_RETURN(contents.assets, readAssets(parts[0]->module()));
  for (GlobalOp global : plans[0].constants)
    contents.constants.push_back(parts[0]->modelWeights.sourceOf(global));
  contents.otherConstants = std::move(places.added);
  for (size_t i = 1; i < parts.size(); ++i) {
    std::string name = parts[i]->backend().name().str();
    std::string records = makeRecords(parts[i]->module());
    if (records == contents.records)
      records.clear();
    contents.manifest.otherTargets.push_back(name);
    contents.others.push_back(
        {name, plans[i].plan, std::move(codes[i].modules), std::move(records)});
  }

  format::WriteOptions write;
  write.jobs = options.jobs;
  write.progress = [this](uint64_t done, uint64_t total) {
    report("weights", done, total);
  };
  if (modelWeights.checkpoint)
    write.check = [this] { return modelWeights.checkpoint->checkUnchanged(); };
  return format::writeArtifact(path, contents, write);
}
