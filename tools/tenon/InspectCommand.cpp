//===- InspectCommand.cpp - tenon inspect ---------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Commands.h"

#include "runtime/Artifact.h"
#include "runtime/Pool.h"

#include "support/JsonWriter.h"
#include "support/Text.h"
#include "support/Units.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <set>

namespace tenon::tool {

using runtime::Artifact;
using runtime::Plan;

namespace {

/// In bytes; the rest of the file is padding between sections.
struct Sizes {
  uint64_t code = 0, metadata = 0, assets = 0, weights = 0;
};

} // namespace

static Sizes sizesOf(const Artifact &artifact) {
  Sizes sizes;
  for (const runtime::ElfSection &section : artifact.elf().sections)
    (section.isLoaded ? sizes.code : sizes.metadata) += section.size;
  for (const runtime::AssetView &asset : artifact.assets())
    sizes.assets += asset.contents.size();
  for (const runtime::TargetView &target : artifact.targets())
    for (const runtime::AssetView &module : target.modules) {
      sizes.code += module.contents.size();
      sizes.metadata -= module.contents.size();
    }
  sizes.weights = artifact.header().weightsSize;
  sizes.metadata -= sizes.assets + sizes.weights;
  return sizes;
}

static std::vector<std::string> variantNames(const Plan &plan) {
  std::vector<std::string> names;
  for (const format::Variant &variant : plan.variants())
    names.emplace_back(plan.text(variant.name));
  return names;
}

/// Bytes of a target's weights that none before it has.
static uint64_t ownWeights(const Artifact &artifact, size_t target) {
  std::set<uint64_t> known;
  for (const runtime::TargetView &earlier : artifact.targets().first(target))
    for (const format::Constant &constant : earlier.plan.constants())
      known.insert(constant.offset);
  uint64_t bytes = 0;
  for (const format::Constant &constant :
       artifact.targets()[target].plan.constants())
    if (known.insert(constant.offset).second)
      bytes += constant.size;
  return bytes;
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static void writePorts(const Plan &plan, std::span<const format::Port> ports,
                       bool inputs, JsonWriter &json) {
  json.beginArray();
  for (const format::Port &port : ports) {
    json.beginObject().key("name").string(plan.text(port.name));
    json.key("dtype").string(runtime::dtypeName(port.type));
    json.key("dims").string(plan.dimsText(port.dims));
    if (inputs)
      json.key("optional")
          .boolean(port.defaultKind != format::DefaultKind::Required);
    if (port.checked)
      json.key("values")
          .beginArray()
          .integer(port.valueMin)
          .integer(port.valueMax)
          .endArray();
    json.endObject();
  }
  json.endArray();
}

/// The dim along which a group of states grows.
static std::string_view groupName(const Plan &plan,
                                  const format::StateGroup &group) {
  return plan.text(plan.symbols()[group.symbol].name);
}

static void writePlan(const Plan &plan, JsonWriter &json) {
  json.key("symbols").beginArray();
  for (const format::Symbol &symbol : plan.symbols()) {
    json.beginObject().key("name").string(plan.text(symbol.name));
    json.key("min").integer(symbol.min).key("max").integer(symbol.max);
    json.key("typical").integer(symbol.typical);
    json.key("late").boolean(symbol.late).endObject();
  }
  json.endArray().key("entries").beginArray();
  for (const format::Entry &entry : plan.entries()) {
    json.beginObject().key("name").string(plan.text(entry.name));
    json.key("inputs");
    writePorts(plan, plan.inputs(entry), true, json);
    json.key("outputs");
    writePorts(plan, plan.outputs(entry), false, json);
    json.key("launches").integer(entry.launches.count);
    json.key("buffers").integer(entry.buffers.count);
    json.key("states").beginArray();
    for (const format::StateUse &use : plan.states(entry))
      json.string(groupName(plan, plan.stateGroups()[use.group]));
    json.endArray().endObject();
  }
  json.endArray().key("states").beginArray();
  for (const format::State &state : plan.states()) {
    json.beginObject().key("name").string(plan.text(state.name));
    json.key("type").string(runtime::dtypeName(state.type));
    json.key("grows").string(groupName(plan, plan.stateGroups()[state.group]));
    json.endObject();
  }
  json.endArray().key("variants").beginArray();
  for (const format::Variant &variant : plan.variants()) {
    json.beginObject().key("name").string(plan.text(variant.name));
    json.key("features").string(plan.text(variant.features)).endObject();
  }
  json.endArray().key("kernels").beginArray();
  for (const format::Kernel &kernel : plan.kernels())
    json.string(plan.text(kernel.name));
  json.endArray();
}

static std::string describeAsJson(const Artifact &artifact, bool checked) {
  const runtime::Manifest &manifest = artifact.manifest();
  Sizes sizes = sizesOf(artifact);
  JsonWriter json;
  json.beginObject().key("path").string(artifact.path());
  json.key("format_version").integer(artifact.header().version);
  for (auto [key, value] : {std::pair{"target", &manifest.target},
                            {"compiler", &manifest.compiler},
                            {"family", &manifest.family},
                            {"architecture", &manifest.architecture},
                            {"task", &manifest.task},
                            {"entry", &manifest.entry}})
    json.key(key).string(*value);
  json.key("targets").beginArray();
  for (size_t i = 0; i < artifact.targets().size(); ++i) {
    const runtime::TargetView &target = artifact.targets()[i];
    json.beginObject().key("name").string(target.name);
    json.key("variants").beginArray();
    for (const std::string &name : variantNames(target.plan))
      json.string(name);
    json.endArray();
    json.key("kernels").integer(
        static_cast<int64_t>(target.plan.kernels().size()));
    json.key("own_weights")
        .integer(static_cast<int64_t>(ownWeights(artifact, i)));
    json.endObject();
  }
  json.endArray();
  writePlan(artifact.plan(), json);
  json.key("constants").integer(artifact.plan().constants().size());
  json.key("bytes").beginObject();
  for (auto [key, bytes] : {std::pair{"total", artifact.size()},
                            {"code", sizes.code},
                            {"metadata", sizes.metadata},
                            {"assets", sizes.assets},
                            {"weights", sizes.weights}})
    json.key(key).integer(static_cast<int64_t>(bytes));
  json.endObject().key("assets").beginArray();
  for (const runtime::AssetView &asset : artifact.assets())
    json.string(asset.name);
  json.endArray().key("weights_checked").boolean(checked).endObject();
  return json.take() + "\n";
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static std::string portText(const Plan &plan, const format::Port &port) {
  std::string text =
      concat(plan.text(port.name), ": ", runtime::dtypeName(port.type),
             plan.dimsText(port.dims));
  if (port.checked)
    text += concat(", ", port.valueMin, " to ", port.valueMax);
  if (port.defaultKind == format::DefaultKind::Fill) {
    JsonWriter number;
    number.number(port.defaultValue);
    bool isWhole = runtime::isInteger(port.type);
    text += ", else " + (isWhole ? fixed(port.defaultValue, 0) : number.take());
  }
  if (port.defaultKind == format::DefaultKind::Iota)
    text += ", else 0, 1, 2, …";
  return text;
}

/// `24 states along P: up to 1024 positions of 73.7 kB`.
static std::string stateText(const Plan &plan, uint32_t number) {
  const format::StateGroup &group = plan.stateGroups()[number];
  auto states = std::count_if(
      plan.states().begin(), plan.states().end(),
      [&](const format::State &state) { return state.group == number; });
  return concat(plural(static_cast<uint64_t>(states), "state"), " along ",
                groupName(plan, group), ": up to ", plan.capacity(group),
                " positions of ",
                humanSize(group.blockBytes / group.positions));
}

static std::string describe(const Artifact &artifact, bool checked) {
  const runtime::Manifest &manifest = artifact.manifest();
  const Plan &plan = artifact.plan();
  Sizes sizes = sizesOf(artifact);
  std::string out;
  auto line = [&](std::string_view name, const std::string &value) {
    if (!value.empty())
      out += concat(name, std::string(12 - name.size(), ' '), value, "\n");
  };
  line("family", manifest.family);
  line("model", manifest.architecture);
  line("task", manifest.task);
  std::vector<std::string> symbols;
  for (size_t i = 0; i < artifact.targets().size(); ++i) {
    const runtime::TargetView &target = artifact.targets()[i];
    std::vector<std::string> variants = variantNames(target.plan);
    std::string text =
        concat(target.name, variants.empty() ? "" : ": ", join(variants, ", "));
    if (uint64_t own = i ? ownWeights(artifact, i) : 0)
      text += concat("; ", humanSize(own), " of weights of its own");
    else if (i)
      text += "; shares all weights";
    line("target", text);
  }
  line("compiler", manifest.compiler);
  for (const format::Symbol &symbol : plan.symbols())
    symbols.push_back(
        concat(plan.text(symbol.name), " in ", symbol.min, "..", symbol.max));
  line("sizes", join(symbols, ", "));
  for (const format::Entry &entry : plan.entries()) {
    line("entry",
         concat(plan.text(entry.name), ", ", entry.launches.count,
                " launches of ", plural(plan.kernels().size(), "kernel")));
    for (const format::Port &port : plan.inputs(entry))
      line("  in", portText(plan, port));
    for (const format::Port &port : plan.outputs(entry))
      line("  out", portText(plan, port));
    for (const format::StateUse &use : plan.states(entry))
      line("  state", stateText(plan, use.group));
  }
  std::vector<std::string> assets;
  for (const runtime::AssetView &asset : artifact.assets())
    assets.emplace_back(asset.name);
  line("files", join(assets, ", "));
  line("bytes",
       concat(humanSize(artifact.size()), ": weights ",
              humanSize(sizes.weights), ", code ", humanSize(sizes.code),
              ", files ", humanSize(sizes.assets), ", metadata ",
              humanSize(sizes.metadata)));
  if (checked)
    line("weights", "match their hashes");
  return out;
}

static Status inspect(const std::string &path, bool check, bool asJson) {
  TENON_ASSIGN_OR_RETURN(auto artifact, Artifact::open(path));
  if (check)
    TENON_RETURN_IF_ERROR(artifact->checkWeights(runtime::availableThreads()));
  std::string text =
      asJson ? describeAsJson(*artifact, check) : describe(*artifact, check);
  std::fputs(text.c_str(), stdout);
  return Status::ok();
}

void addInspectCommand(CLI::App &app, Action &action) {
  struct Options {
    std::string path;
    bool check = false, json = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App *command = app.add_subcommand(
      "inspect", "What an artifact holds; runs nothing of it");
  command->add_option("FILE", options->path, "an artifact")->required();
  command->add_flag("--check", options->check,
                    "read all weights and compare their hashes");
  command->add_flag("--json", options->json, "one JSON value on stdout");
  command->callback([options, &action] {
    action = [options] {
      return finish(inspect(options->path, options->check, options->json));
    };
  });
}

} // namespace tenon::tool
