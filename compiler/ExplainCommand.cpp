//===- ExplainCommand.cpp - tenon explain ---------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/CommandLine.h"
#include "compiler/Costs.h"
#include "compiler/Manifest.h"
#include "compiler/Probes.h"
#include "compiler/Records.h"
#include "compiler/SourceOptions.h"
#include "runtime/Artifact.h"
#include "runtime/CpuFeatures.h"
#include "runtime/Instance.h"
#include "tools/tenon/Bench.h"
#include "tools/tenon/DevicePeaks.h"
#include "tools/tenon/Diagnostics.h"

#include <CLI/CLI.hpp>

using namespace tenon;

namespace {
struct ExplainCommand {
  SourceOptions source;
  RecordsView view;
  std::string shape;
  bool json = false, costs = false;

  int run();
  Result<std::shared_ptr<runtime::Artifact>> openArtifact() const;
  Result<std::string> costTable(int &exitStatus);
  Result<std::string> records(int &exitStatus);
};
} // namespace

/// The source as an artifact; of several targets, that of --target.
Result<std::shared_ptr<runtime::Artifact>>
ExplainCommand::openArtifact() const {
  TENON_ASSIGN_OR_RETURN(auto artifact,
                         runtime::Artifact::open(source.frontend.source));
  for (uint32_t i = 0; i < artifact->targets().size(); ++i)
    if (artifact->targets()[i].name == source.compilation.backend)
      artifact->select(i);
  return artifact;
}

Result<std::string> ExplainCommand::records(int &exitStatus) {
  if (isArtifact(source.frontend.source)) {
    TENON_ASSIGN_OR_RETURN(auto artifact, openArtifact());
    return std::string(artifact->records());
  }
  auto compilation = source.load(exitStatus);
  if (!compilation)
    return std::string();
  TENON_RETURN_IF_ERROR(compilation->runTo(Phase::Fused));
  return makeRecords(compilation->module());
}

/// What this machine reaches with the best code that it runs of these variants.
static Result<tool::MachinePeak>
measurePeak(const std::string &target,
            const std::vector<VariantInfo> &variants) {
  TENON_ASSIGN_OR_RETURN(auto instance, runtime::Instance::create({}));
  runtime::Device *device = instance->findDevice(target);
  if (!device)
    return Status::invalid("--target", "there is no device for it here");
  if (auto found = device->units(); !found)
    return found.takeStatus();
  auto runs = [](const VariantInfo &variant) {
    return runtime::missingFeatures(variant.features).empty();
  };
  auto best = llvm::find_if(variants, runs);
  if (auto peak = tool::peakFor(device->measurePeak(0),
                                best == variants.end() ? "" : best->features))
    return peak;
  Status why = Status::invalid(target, "has no probes");
  for (const VariantInfo &variant : variants) {
    auto peak = tool::probePeak(instance, *device, runtime::unitName(target, 0),
                                variant.name, writeProbes);
    if (peak)
      return peak;
    why = peak.takeStatus();
  }
  return why;
}

Result<std::string> ExplainCommand::costTable(int &exitStatus) {
  TENON_ASSIGN_OR_RETURN(auto sizes, tool::parseShape(shape));
  std::vector<EntryCosts> entries;
  std::string target;
  std::vector<VariantInfo> variants;
  if (isArtifact(source.frontend.source)) {
    TENON_ASSIGN_OR_RETURN(auto artifact, openArtifact());
    target = artifact->target().name;
    for (const format::Variant &variant : artifact->plan().variants())
      variants.push_back(
          {std::string(artifact->plan().text(variant.name)),
           std::string(artifact->plan().text(variant.features))});
    TENON_ASSIGN_OR_RETURN(entries, costsOf(*artifact, sizes));
  } else {
    auto compilation = source.load(exitStatus);
    if (!compilation)
      return std::string();
    target = compilation->backend().name().str();
    TENON_RETURN_IF_ERROR(compilation->runTo(Phase::Kernels));
    TENON_ASSIGN_OR_RETURN(entries, costsOf(compilation->module(), sizes));
    TENON_ASSIGN_OR_RETURN(variants, compilation->backend().variants(
                                         compilation->backendOptions()));
  }
  TENON_ASSIGN_OR_RETURN(auto peak, measurePeak(target, variants));
  return renderCosts(entries, peak);
}

int ExplainCommand::run() {
  int exitStatus = 0;
  if (costs) {
    auto table = costTable(exitStatus);
    if (!table)
      return tool::reportError(table.status());
    return exitStatus ? exitStatus : tool::finish(tool::print(*table));
  }
  auto text = records(exitStatus);
  if (!text)
    return tool::reportError(text.status());
  if (exitStatus != 0)
    return exitStatus;
  if (json)
    return tool::finish(tool::print(*text + "\n"));
  auto rendered = renderRecords(*text, view);
  if (!rendered)
    return tool::reportError(rendered.status());
  return tool::finish(tool::print(*rendered));
}

void tenon::addExplainCommand(CLI::App &app, CommandAction &action) {
  CLI::App *command = app.add_subcommand(
      "explain", "Say of every op which kernel it is in, by which rule");
  auto state = std::make_shared<ExplainCommand>();
  state->source.addTo(*command);
  command->add_option("--op", state->view.filter,
                      "only kernels with an op whose id matches (* and ?)");
  command->add_flag("--all", state->view.all,
                    "list repeated layers one by one");
  command->add_flag("--json", state->json, "the records as they are stored");
  command->add_flag("--costs", state->costs,
                    "instead: what each kernel computes and moves, and the "
                    "time that this machine needs for it at least");
  command->add_option("--shape", state->shape,
                      "sizes for --costs, like B=1,S=128; else the typical "
                      "ones");
  command->callback(
      [state, &action] { action = [state] { return state->run(); }; });
}
