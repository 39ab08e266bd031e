//===- TuneCommand.cpp - tenon tune ---------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/CommandLine.h"
#include "compiler/SourceOptions.h"
#include "compiler/Tuner.h"
#include "support/Text.h"
#include "support/Units.h"
#include "tools/tenon/Bench.h"
#include "tools/tenon/Diagnostics.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <thread>

using namespace tenon;

namespace {
struct TuneCommand {
  SourceOptions source;
  TuneOptions options;
  std::string shape;
  unsigned threads = 0;

  int run();
  Status prepare();
  Status chooseTarget(const Backend &backend);
  static void print(const TuneReport &report, const std::string &output);
};
} // namespace

/// Finds what to run on, and chooses the target if none is named: the best that
/// this runs.
Status TuneCommand::chooseTarget(const Backend &backend) {
  TrialOptions &trial = options.trial;
  TENON_ASSIGN_OR_RETURN(trial.instance,
                         runtime::Instance::create({.threads = threads}));
  if (trial.device.empty())
    trial.device = backend.name();
  TENON_ASSIGN_OR_RETURN(auto found, trial.instance->findUnit(trial.device));
  auto [device, unit] = found;
  if (std::string_view(backend.name()) != device->name())
    return Status::usage("--device",
                         concat(quote(trial.device), " has no target ",
                                quote(backend.name().str())));
  options.machine = backend.processor();
  if (options.machine.empty()) {
    TENON_ASSIGN_OR_RETURN(auto units, device->units());
    options.machine = units[unit].description;
  }
  BackendOptions &target = source.compilation.pipeline.backend;
  TENON_ASSIGN_OR_RETURN(auto variants, backend.variants(target));
  for (const VariantInfo &variant : variants) {
    TENON_ASSIGN_OR_RETURN(auto lacking,
                           device->missingFeatures(variant.features, unit));
    if (lacking.empty()) {
      if (target.targets.empty())
        target.targets = {variant.name};
      return Status::ok();
    }
    if (!target.targets.empty())
      return Status::invalid(
          "--cpu",
          concat(backend.runsOnHost() ? "this machine" : options.machine,
                 " can't run code for ", variant.name, ": it lacks ",
                 join(lacking, ", ")));
  }
  return Status::invalid("--cpu", "this machine runs none of the targets");
}

/// Checks the command line.
Status TuneCommand::prepare() {
  if (isArtifact(source.frontend.source))
    return Status::usage(source.frontend.source,
                         "is compiled, and kernels can't be scheduled anew; "
                         "give the checkpoint or .arch file that it was made "
                         "of");
  BackendOptions &target = source.compilation.pipeline.backend;
  if (!target.scheduleFile.empty())
    return Status::usage("--schedule", "the search begins with the compiler's "
                                       "own schedules; records that -o names "
                                       "are gone on from");
  TENON_ASSIGN_OR_RETURN(options.trial.shape, tool::parseShape(shape));
  if (source.compilation.backend.find(',') != std::string::npos)
    return Status::usage("--target", "kernels are tuned for one target");
  TENON_ASSIGN_OR_RETURN(const Backend *backend,
                         findBackend(source.compilation.backend));
  if (target.targets.size() > 1)
    return Status::usage("--cpu", "only one can be tuned at a time");
  return chooseTarget(*backend);
}

static std::string describeBest(const TunedKernel &kernel) {
  std::string text;
  if (kernel.best.getEmitter() != kernel.own.getEmitter())
    text = kernel.best.getEmitter().str() + " ";
  text += describeSizes(kernel.best);
  if (kernel.width != kernel.ownWidth)
    text += concat(", panels of ", kernel.width);
  return text;
}

void TuneCommand::print(const TuneReport &report, const std::string &output) {
  double own = 0, best = 0;
  size_t faster = 0;
  for (const TunedKernel &kernel : report.kernels) {
    own += kernel.ownSeconds;
    best += kernel.seconds;
    if (kernel.best == kernel.own && kernel.width == kernel.ownWidth)
      continue;
    if (!faster++)
      std::printf("%-32s %10s %10s  %s\n", "kernel", "before", "now",
                  "schedule");
    std::printf(
        "%-32s %10s %10s  %s (was %s)\n", printable(kernel.name, 32).c_str(),
        humanTime(kernel.ownSeconds).c_str(), humanTime(kernel.seconds).c_str(),
        describeBest(kernel).c_str(), describeSizes(kernel.own).c_str());
  }
  std::printf("%s on %s, %s\n", report.target.c_str(), report.cpu.c_str(),
              report.shape.c_str());
  std::printf("%s tried in %s: %zu of %s faster, all together %s instead of "
              "%s\n",
              plural(report.tried, "schedule").c_str(),
              humanTime(report.seconds).c_str(), faster,
              plural(report.kernels.size(), "kernel").c_str(),
              humanTime(best).c_str(), humanTime(own).c_str());
  std::printf(report.isDone ? "%s: no schedule next to these is left to try\n"
                            : "%s: there is more to try; the same command "
                              "goes on\n",
              printable(output).c_str());
}

int TuneCommand::run() {
  options.begin = TuneTrial::Clock::now();
  if (Status status = prepare(); !status)
    return tool::reportError(status);
  int exitStatus = 0;
  auto compilation = source.load(exitStatus);
  if (!compilation)
    return exitStatus;
  if (compilation->phase() > Phase::Scheduled)
    return tool::reportError(Status::usage(
        "--compile-from", "kernels are scheduled already at this phase"));
  tool::ProgressLine line;
  options.progress = [&](double spent, const std::string &what) {
    line.showBar(static_cast<uint64_t>(spent * 1000),
                 static_cast<uint64_t>(options.seconds * 1000), what);
  };
  options.warn = tool::reportWarning;
  options.jobs = source.compilation.jobs
                     ? source.compilation.jobs
                     : std::max(1u, std::thread::hardware_concurrency());
  auto report =
      tune(*compilation, source.compilation.pipeline.backend, options);
  line.clear();
  if (!report)
    return tool::reportError(report.status());
  print(*report, options.output);
  return 0;
}

void tenon::addTuneCommand(CLI::App &app, CommandAction &action) {
  CLI::App *command =
      app.add_subcommand("tune", "Search faster schedules for this machine");
  auto state = std::make_shared<TuneCommand>();
  state->source.addTo(*command);
  command
      ->add_option("-o,--output", state->options.output,
                   "the file of records, for --schedule; one that is there is "
                   "gone on from")
      ->required();
  command
      ->add_option("--seconds", state->options.seconds,
                   "how long to search (default 60)")
      ->check(CLI::Range(0.0, 1e6));
  command->add_option("--shape", state->shape,
                      "sizes, like B=1,S=128; else the typical ones");
  command->add_option("--entry", state->options.trial.entry,
                      "the only entry to run; else all");
  command->add_option("--device", state->options.trial.device,
                      "what to run on, as `tenon devices` lists it");
  command->add_option("--threads", state->threads,
                      "threads to run with; as many as this process may use");
  command->callback(
      [state, &action] { action = [state] { return state->run(); }; });
}
