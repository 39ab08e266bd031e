//===- PlanInstance.cpp - an entry's plan for one shape -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/PlanInstance.h"

#include "runtime/ArenaPacking.h"
#include "runtime/DimValues.h"

#include "support/Text.h"
#include "support/Units.h"

#include <algorithm>

namespace tenon::runtime {

using namespace format;

/// No tensor, arena or grid is larger; sums of them can't overflow.
static constexpr int64_t largest = int64_t(1) << 46;

static bool fits(int64_t value) { return value >= 0 && value <= largest; }

static Status outgrown(const std::string &path) {
  return Status::internal(path, "a buffer outgrows what was planned for it");
}

Result<std::unique_ptr<PlanInstance>>
PlanInstance::create(const Plan &plan, const InstanceKey &key, uint32_t variant,
                     std::span<const int64_t> symbols,
                     const std::string &path) {
  std::unique_ptr<PlanInstance> instance(new PlanInstance);
  instance->plan_ = &plan;
  instance->path_ = path;
  instance->key_ = key;
  instance->variant_ = variant;
  instance->values_.resize(plan.dims().size());
  instance->inputs_.resize(instance->entry().inputs.count);
  instance->outputs_.resize(instance->entry().outputs.count);

  // The layout is for the largest values that late symbols can take.
  std::vector<int64_t> atMost = key.symbols;
  for (size_t i = 0; i < atMost.size(); ++i)
    if (plan.symbols()[i].late)
      atMost[i] = plan.symbols()[i].max;
  evaluateDims(plan.dims(), atMost, instance->values_);
  TENON_RETURN_IF_ERROR(instance->layOut(instance->values_));
  instance->symbols_ = std::move(atMost);
  TENON_RETURN_IF_ERROR(instance->update(symbols));
  return instance;
}

/// The phase of each launch: launches of one phase may run at the same time.
static std::vector<uint32_t> phasesOf(std::span<const Launch> launches) {
  std::vector<uint32_t> phases;
  uint32_t phase = 0;
  for (const Launch &launch : launches) {
    phase += launch.waitBefore != 0;
    phases.push_back(phase);
  }
  return phases;
}

Status PlanInstance::layOut(std::span<const int64_t> values) {
  std::span<const Launch> launches = plan_->launches(entry());
  std::vector<uint32_t> phases = phasesOf(launches);
  uint32_t lastPhase = phases.empty() ? 0 : phases.back();
  auto tooLarge = [&](std::string_view what) {
    return Status::invalid(path_, concat(what, " is too large for this shape"));
  };

  std::vector<ArenaItem> items;
  for (const Buffer &buffer : plan_->buffers(entry())) {
    int64_t size = values[buffer.size];
    if (!fits(size))
      return tooLarge("a buffer");
    items.push_back({static_cast<uint64_t>(size), phases[buffer.first],
                     phases[buffer.last]});
  }

  // Ports without memory of the caller. Defaults are written before anything
  // runs, outputs are read after everything ran.
  size_t firstPort = items.size();
  std::vector<ArenaItem> inputs(entry().inputs.count);
  std::vector<ArenaItem> outputs(entry().outputs.count);
  for (ArenaItem &item : outputs)
    item.first = item.last = lastPhase;
  for (size_t i = 0; i < launches.size(); ++i)
    for (const Arg &arg : plan_->args(launches[i])) {
      if (arg.kind == ArgKind::Input)
        inputs[arg.index].last = phases[i];
      if (arg.kind == ArgKind::Output)
        outputs[arg.index].first =
            std::min(outputs[arg.index].first, phases[i]);
    }
  auto addPorts = [&](std::span<const Port> ports,
                      std::vector<ArenaItem> &lifetimes,
                      const std::vector<bool> &given) {
    for (size_t i = 0; i < ports.size(); ++i) {
      std::vector<int64_t> shape;
      for (uint32_t node : plan_->dimList(ports[i].dims))
        shape.push_back(values[node]);
      std::optional<uint64_t> bytes = tensorBytes(ports[i].type, shape);
      if (!bytes || *bytes > static_cast<uint64_t>(largest))
        return tooLarge(plan_->text(ports[i].name));
      lifetimes[i].size = given[i] ? 0 : *bytes;
      items.push_back(lifetimes[i]);
    }
    return Status::ok();
  };
  TENON_RETURN_IF_ERROR(
      addPorts(plan_->inputs(entry()), inputs, key_.inputsGiven));
  TENON_RETURN_IF_ERROR(
      addPorts(plan_->outputs(entry()), outputs, key_.outputsGiven));

  uint64_t sum = 0;
  for (const ArenaItem &item : items)
    if (__builtin_add_overflow(sum, item.size + arenaAlignment, &sum))
      return tooLarge("the working memory");
  arenaSize_ = packArena(items);
  if (arenaSize_ > static_cast<uint64_t>(largest))
    return tooLarge("the working memory");
  for (size_t i = 0; i < firstPort; ++i) {
    buffers_.push_back(items[i].offset);
    bufferSizes_.push_back(items[i].size);
  }
  for (size_t i = firstPort; i < items.size(); ++i) {
    size_t port = i - firstPort;
    PortMemory &memory =
        port < inputs_.size() ? inputs_[port] : outputs_[port - inputs_.size()];
    memory.arenaOffset = items[i].offset;
    memory.arenaBytes = items[i].size;
  }

  if (plan_->variants().empty())
    return Status::ok();
  for (const Launch &launch : launches) {
    int64_t scratch = values[plan_->shapes(launch)[variant_].scratch];
    if (!fits(scratch))
      return tooLarge("a kernel's scratch memory");
    scratchSize_ = std::max(scratchSize_, static_cast<uint64_t>(scratch));
  }
  return Status::ok();
}

Status PlanInstance::update(std::span<const int64_t> symbols) {
  uint64_t late = plan_->lateSymbols();
  bool changed = !isFitting_;
  for (size_t i = 0; i < symbols_.size(); ++i)
    if ((late >> i & 1) && symbols_[i] != symbols[i]) {
      symbols_[i] = symbols[i];
      changed = true;
    }
  if (!changed)
    return Status::ok();
  ++revision_;
  isFitting_ = false;
  if (late)
    evaluateDims(plan_->dims(), symbols_, values_);
  std::span<const Buffer> buffers = plan_->buffers(entry());
  for (size_t i = 0; i < buffers.size(); ++i) {
    int64_t size = values_[buffers[i].size];
    if (!fits(size) || static_cast<uint64_t>(size) > bufferSizes_[i])
      return outgrown(path_);
  }
  for (const Launch &launch : plan_->launches(entry())) {
    if (plan_->variants().empty())
      break;
    const LaunchShape &shape = plan_->shapes(launch)[variant_];
    int64_t scratch = values_[shape.scratch];
    if (!fits(scratch) || static_cast<uint64_t>(scratch) > scratchSize_)
      return outgrown(path_);
    if (!fits(values_[shape.grid]))
      return Status::invalid(path_, "a kernel's grid is too large for this "
                                    "shape");
    for (uint32_t node : plan_->dimList(launch.dims))
      if (values_[node] == unknownDim)
        return Status::invalid(path_, "a size overflows for this shape");
  }
  TENON_RETURN_IF_ERROR(shapePorts());
  isFitting_ = true;
  return Status::ok();
}

Status PlanInstance::shapePorts() {
  auto shapeAll = [&](std::span<const Port> ports,
                      std::vector<PortMemory> &memory,
                      const std::vector<bool> &given) {
    for (size_t i = 0; i < ports.size(); ++i) {
      memory[i].shape.clear();
      for (uint32_t node : plan_->dimList(ports[i].dims))
        memory[i].shape.push_back(values_[node]);
      std::optional<uint64_t> bytes =
          tensorBytes(ports[i].type, memory[i].shape);
      if (!bytes)
        return Status::invalid(
            path_, concat(plan_->text(ports[i].name),
                          " has an impossible size for this shape"));
      if (!given[i] && *bytes > memory[i].arenaBytes)
        return outgrown(path_);
      memory[i].bytes = *bytes;
    }
    return Status::ok();
  };
  TENON_RETURN_IF_ERROR(
      shapeAll(plan_->inputs(entry()), inputs_, key_.inputsGiven));
  return shapeAll(plan_->outputs(entry()), outputs_, key_.outputsGiven);
}

} // namespace tenon::runtime
