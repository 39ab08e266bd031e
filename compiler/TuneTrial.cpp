//===- TuneTrial.cpp - measuring schedules beside each other --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/TuneTrial.h"

#include "compiler/Manifest.h"
#include "compiler/PassRunner.h"
#include "compiler/PlanWriter.h"
#include "compiler/TrialOutputs.h"
#include "support/EditDistance.h"
#include "support/Text.h"
#include "tools/tenon/Bench.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"

using namespace tenon;
using namespace mlir;

Result<TuneTrial> TuneTrial::create(Compilation &compilation,
                                    BackendOptions backend, unsigned jobs,
                                    TrialOptions options) {
  TuneTrial trial(compilation, std::move(backend), jobs, std::move(options));
  if (trial.entries().empty())
    return Status::usage("--entry", concat("the model has no entry ",
                                           quote(trial.options.entry)));
  std::vector<std::string> names;
  for (auto symbol : compilation.module().getOps<SymbolOp>())
    names.push_back(symbol.getSymName().str());
  for (const auto &[name, value] : trial.options.shape)
    if (!llvm::is_contained(names, name))
      return withSuggestion(
          Status::usage("--shape", concat("the model has no ", quote(name))),
          name, names, "its sizes");
  return trial;
}

std::vector<func::FuncOp> TuneTrial::entries() const {
  std::vector<func::FuncOp> entries;
  for (auto function : compilation->module().getOps<func::FuncOp>())
    if (function->hasAttr("tenon.entry") &&
        (options.entry.empty() || function.getName() == options.entry))
      entries.push_back(function);
  return entries;
}

std::vector<func::FuncOp> TuneTrial::kernels() const {
  llvm::StringSet<> launched;
  for (func::FuncOp entry : entries())
    for (auto launch : entry.getBody().getOps<LaunchOp>())
      launched.insert(launch.getKernel());
  std::vector<func::FuncOp> kernels;
  for (auto function : compilation->module().getOps<func::FuncOp>())
    if (function->hasAttr("tenon.kernel") &&
        launched.contains(function.getName()))
      kernels.push_back(function);
  return kernels;
}

unsigned TuneTrial::launchesOf(func::FuncOp kernel) const {
  unsigned count = 0;
  for (func::FuncOp entry : entries())
    for (auto launch : entry.getBody().getOps<LaunchOp>())
      count += launch.getKernel() == kernel.getName();
  return count;
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

static void setSchedule(func::FuncOp kernel, ScheduleAttr schedule) {
  auto own = kernel->getAttrOfType<DictionaryAttr>("tenon.schedules");
  NamedAttrList schedules;
  schedules.append(own.begin()->getName(), schedule);
  kernel->setAttr("tenon.schedules",
                  schedules.getDictionary(kernel.getContext()));
}

/// A kernel is called by its schedule, so that the kernel cache knows it in
/// whatever trial it occurs.
static std::string nameFor(func::FuncOp kernel, const KernelChoice &choice) {
  std::string emitter = choice.schedule.getEmitter().str();
  std::replace(emitter.begin(), emitter.end(), '-', '_');
  std::string name = concat(kernel.getName().str(), "_", emitter, "_t");
  for (int64_t size : choice.schedule.getTile())
    name += concat("_", size);
  name += "_b";
  for (int64_t size : choice.schedule.getBlock())
    name += concat("_", size);
  return choice.panelWidth ? concat(name, "_w_", choice.panelWidth) : name;
}

/// Adds a kernel with another schedule to `module`, unless it is there.
std::string TuneTrial::addKernel(func::FuncOp kernel,
                                 const KernelChoice &choice, ModuleOp module) {
  std::string name = nameFor(kernel, choice);
  if (module.lookupSymbol(name))
    return name;
  OwningOpRef<func::FuncOp> copy = choice.panelWidth
                                       ? withPanels(kernel, choice.panelWidth)
                                       : kernel.clone();
  copy->setName(name);
  setSchedule(*copy, choice.schedule);
  module.push_back(copy.release());
  return name;
}

bool TuneTrial::canEmit(func::FuncOp kernel, const KernelChoice &choice) const {
  OwningOpRef<ModuleOp> module(ModuleOp::create(kernel.getLoc()));
  addKernel(kernel, choice, *module);
  DiagnosticCollector quiet(kernel.getContext());
  PassManager manager(kernel.getContext());
  compilation->backend().addLoopPasses(manager);
  return succeeded(manager.run(*module));
}

Result<std::vector<std::string>>
TuneTrial::compile(ModuleOp module, PassRunner &runner,
                   std::function<bool()> goesOn,
                   std::function<void(unsigned, unsigned)> progress) const {
  std::vector<std::string> objects;
  CodeGenerationOptions code{jobs, backend, std::move(progress),
                             std::move(goesOn)};
  TENON_RETURN_IF_ERROR(runner.collect([&]() -> Status {
    TENON_ASSIGN_OR_RETURN(objects, compileAll(module, compilation->backend(),
                                               KernelCache::standard(), code));
    return Status::ok();
  }));
  return objects;
}

Result<std::vector<bool>>
TuneTrial::precompile(ArrayRef<ChosenKernel> kernels,
                      std::function<bool()> goesOn,
                      std::function<void(unsigned, unsigned)> progress) const {
  std::vector<bool> ready(kernels.size());
  if (kernels.empty())
    return ready;
  MLIRContext *context = compilation->module().getContext();
  OwningOpRef<ModuleOp> module(ModuleOp::create(UnknownLoc::get(context)));
  std::vector<std::string> names;
  for (const ChosenKernel &chosen : kernels)
    names.push_back(addKernel(chosen.kernel, chosen.choice, *module));
  const Backend &target = compilation->backend();
  PassRunner runner(*module, "loops");
  TENON_RETURN_IF_ERROR(
      runner.run([&](PassManager &manager) { target.addLoopPasses(manager); }));
  TENON_ASSIGN_OR_RETURN(
      std::vector<std::string> objects,
      compile(*module, runner, std::move(goesOn), std::move(progress)));
  llvm::StringSet<> done;
  for (auto [loops, object] : llvm::zip(loopModules(*module), objects))
    if (!object.empty())
      done.insert(loops->getAttrOfType<StringAttr>("tenon.kernel").getValue());
  for (auto [i, name] : llvm::enumerate(names))
    ready[i] = done.contains(name);
  return ready;
}

static std::string copyName(func::FuncOp entry, size_t assignment) {
  return concat(entry.getName().str(), "#", assignment);
}

Status TuneTrial::build(ArrayRef<ScheduleAssignment> assignments,
                        std::function<void(unsigned, unsigned)> progress) {
  OwningOpRef<ModuleOp> module(compilation->module().clone());
  for (auto [i, assignment] : llvm::enumerate(assignments))
    for (func::FuncOp entry : entries()) {
      func::FuncOp copy = entry.clone();
      copy.setName(copyName(entry, i));
      module->push_back(copy);
      for (auto launch : copy.getBody().getOps<LaunchOp>()) {
        auto it = assignment.find(launch.getKernel());
        if (it == assignment.end())
          continue;
        auto kernel = compilation->module().lookupSymbol<func::FuncOp>(
            launch.getKernel());
        relaunch(launch, kernel, it->second, *module);
      }
    }
  assignmentCount = assignments.size();
  return write(*module, std::move(progress));
}

Status TuneTrial::write(ModuleOp module,
                        std::function<void(unsigned, unsigned)> progress) {
  const Backend &target = compilation->backend();
  PassRunner runner(module, "loops");
  TENON_RETURN_IF_ERROR(
      runner.run([&](PassManager &manager) { target.addLoopPasses(manager); }));
  TENON_ASSIGN_OR_RETURN(auto variants, target.variants(backend));
  TENON_ASSIGN_OR_RETURN(WrittenPlan plan, writePlan(module, variants));
  TENON_ASSIGN_OR_RETURN(std::vector<std::string> objects,
                         compile(module, runner, nullptr, std::move(progress)));
  TENON_ASSIGN_OR_RETURN(LinkedCode linked, target.link(objects, ""));
  format::ArtifactContents contents{
      linked.object, {}, "", {}, plan.plan, {}, std::move(linked.modules)};
  TENON_ASSIGN_OR_RETURN(contents.manifest,
                         makeManifest(module, target.name()));
  std::vector<std::string> names;
  for (GlobalOp global : plan.constants) {
    contents.constants.push_back(compilation->weights().sourceOf(global));
    names.push_back(global.getSymName().str());
  }
  // Weights may be gigabytes: as long as they are the same, the next trial's
  // code goes where this one's was.
  bool isSame = file && names == constants;
  constants = std::move(names);
  if (isSame)
    return format::replaceHead(concat("/proc/self/fd/", file.get()), contents);
  llvm::SmallString<128> name;
  if (llvm::sys::fs::createTemporaryFile("tenon-tune", "tenon", name))
    return Status::invalid("tune", "can't make a temporary file");
  std::string path = name.str().str();
  FileNote note = FileNote::unfinished(path);
  format::WriteOptions write;
  write.jobs = jobs;
  constexpr uint64_t room = uint64_t(16) << 20;
  write.room = room;
  Status status = format::writeArtifact(path, contents, write);
  if (status) {
    auto opened = FileDescriptor::open(path);
    if (opened)
      file = std::move(*opened);
    else
      status = opened.takeStatus();
  }
  llvm::consumeError(llvm::errorCodeToError(
      llvm::sys::fs::remove(path))); // It is open, or wasn't made.
  return status;
}

//===----------------------------------------------------------------------===//
// Times
//===----------------------------------------------------------------------===//

namespace {
/// One entry with one assignment.
struct Runner {
  uint32_t entry;
  /// Of the entry's launches, the kernel: an index.
  const std::vector<size_t> &kernelOf;
  std::vector<uint64_t> best;              ///< By launch, in nanoseconds.
  std::vector<std::vector<double>> totals; ///< By kernel and call, in seconds.

  Runner(uint32_t entry, const std::vector<size_t> &kernelOf, size_t kernels)
      : entry(entry), kernelOf(kernelOf), best(kernelOf.size(), UINT64_MAX),
        totals(kernels) {}

  Status run(tool::Meter &meter) {
    std::vector<uint64_t> times(best.size());
    TENON_ASSIGN_OR_RETURN(double time, meter.run(entry, {nullptr, times}));
    (void)time;
    std::vector<double> sums(totals.size());
    for (size_t i = 0; i < times.size(); ++i) {
      best[i] = std::min(best[i], times[i]);
      sums[kernelOf[i]] += double(times[i]) * 1e-9;
    }
    for (size_t k = 0; k < sums.size(); ++k)
      totals[k].push_back(sums[k]);
    return Status::ok();
  }

  /// Of each kernel.
  std::vector<TrialTime> results() {
    std::vector<TrialTime> results(totals.size());
    for (size_t i = 0; i < best.size(); ++i)
      results[kernelOf[i]].best += double(best[i]) * 1e-9;
    for (size_t k = 0; k < totals.size(); ++k) {
      llvm::sort(totals[k]);
      results[k].quartile = totals[k][totals[k].size() / 4];
    }
    return results;
  }
};
} // namespace

/// An entry and its copies, ready to be called.
struct TuneTrial::Measured {
  std::string name;
  tool::BenchInputs inputs;
  tool::Meter meter;
  llvm::SetVector<StringRef> kernels = {};
  std::vector<size_t> kernelOf = {}; ///< Of each launch: an index of these.
  std::vector<Runner> runners = {};

  Measured(runtime::Session &session, std::string name,
           tool::BenchInputs itsInputs)
      : name(std::move(name)), inputs(std::move(itsInputs)),
        meter(session, inputs) {}
};

Result<std::unique_ptr<runtime::Session>> TuneTrial::open() const {
  std::string path = concat("/proc/self/fd/", file.get());
  TENON_ASSIGN_OR_RETURN(auto model,
                         runtime::Model::open(options.instance, path,
                                              {"", false, options.device}));
  runtime::SessionOptions keep;
  keep.maxInstances = std::max(keep.maxInstances, assignmentCount + 1);
  return runtime::Session::create(model, keep);
}

Result<std::unique_ptr<TuneTrial::Measured>>
TuneTrial::prepare(runtime::Session &session, func::FuncOp entry,
                   TrialResult &result) {
  std::string name = entry.getName().str();
  TENON_ASSIGN_OR_RETURN(uint32_t own, session.findEntry(name));
  TENON_ASSIGN_OR_RETURN(auto inputs, tool::BenchInputs::create(
                                          session.plan(), own, options.shape));
  auto ready = std::make_unique<Measured>(session, name, std::move(inputs));
  // Sizes that are typical each need not go together.
  if (auto first = ready->meter.run(own); !first) {
    if (entries().size() == 1 || first.status().code() == StatusCode::Internal)
      return first.takeStatus();
    unfit.emplace(name, first.takeStatus());
    return std::unique_ptr<Measured>();
  }
  shape +=
      concat(shape.empty() ? "" : "; ", name, ": ", ready->inputs.shapeText());
  for (auto launch : entry.getBody().getOps<LaunchOp>()) {
    ready->kernels.insert(launch.getKernel());
    ready->kernelOf.push_back(llvm::find(ready->kernels, launch.getKernel()) -
                              ready->kernels.begin());
  }
  TrialOutputs expected(ready->meter.outputs());
  // Before each call there is one with other inputs: what a kernel didn't write
  // would be right from the last time.
  TENON_ASSIGN_OR_RETURN(auto others,
                         tool::BenchInputs::create(session.plan(), own,
                                                   options.shape, /*seed=*/2));
  tool::Meter otherCalls(session, others);
  bool isRounded = !backend.arithmetic.empty();
  for (size_t i = 0; i <= assignmentCount; ++i) {
    TENON_ASSIGN_OR_RETURN(
        uint32_t index, session.findEntry(i ? copyName(entry, i - 1) : name));
    for (auto [meter, its] :
         {std::pair(&otherCalls, own), std::pair(&ready->meter, index)})
      if (auto time = meter->run(its); !time)
        return time.takeStatus();
    if (result.wrong[i].empty())
      result.wrong[i] = expected.whatDiffers(ready->meter.outputs(), isRounded);
    ready->runners.emplace_back(index, ready->kernelOf, ready->kernels.size());
  }
  return ready;
}

Status TuneTrial::measure(Measured &entry, double seconds, TrialResult &result,
                          const std::function<void()> &progress) {
  std::vector<Runner> &runners = entry.runners;
  constexpr unsigned fewest = 5, most = 200;
  auto end = Clock::now() + std::chrono::duration<double>(seconds);
  for (unsigned round = 0;
       round < fewest || (round < most && Clock::now() < end); ++round) {
    // Each is the first now and then.
    for (size_t i = 0; i < runners.size(); ++i)
      TENON_RETURN_IF_ERROR(
          runners[(i + round) % runners.size()].run(entry.meter));
    progress();
  }
  for (auto [i, runner] : llvm::enumerate(runners))
    for (auto [kernel, time] : llvm::zip(entry.kernels, runner.results()))
      result.times[i][kernel][entry.name] = time;
  return Status::ok();
}

Result<TrialResult> TuneTrial::measure(double seconds,
                                       const std::function<void()> &progress) {
  TENON_ASSIGN_OR_RETURN(auto session, open());
  TrialResult result;
  result.times.resize(assignmentCount + 1);
  result.wrong.resize(assignmentCount + 1);
  shape.clear();
  std::vector<std::unique_ptr<Measured>> ready;
  for (func::FuncOp entry : entries()) {
    TENON_ASSIGN_OR_RETURN(auto next, prepare(*session, entry, result));
    if (next)
      ready.push_back(std::move(next));
  }
  if (ready.empty())
    return unfit.begin()->second;
  if (!result.isRight())
    return result;
  for (const auto &entry : ready)
    TENON_RETURN_IF_ERROR(
        measure(*entry, seconds / double(ready.size()), result, progress));
  return result;
}

Status TuneTrial::check(const ScheduleAssignment &assignment) {
  TENON_RETURN_IF_ERROR(build(assignment, nullptr));
  TENON_ASSIGN_OR_RETURN(auto session, open());
  TrialResult result;
  result.wrong.resize(assignmentCount + 1);
  shape.clear();
  for (func::FuncOp entry : entries()) {
    TENON_ASSIGN_OR_RETURN(auto ready, prepare(*session, entry, result));
    (void)ready;
  }
  return result.isRight() ? Status::ok()
                          : Status::invalid("", result.wrong.back());
}
