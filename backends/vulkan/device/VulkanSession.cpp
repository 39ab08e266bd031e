//===- VulkanSession.cpp - the memory of a session on Vulkan --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/device/VulkanSession.h"

#include "runtime/PortDefaults.h"

#include "support/Text.h"
#include "support/Units.h"

#include <algorithm>
#include <cstring>

namespace tenon::vulkan {

using namespace runtime;

VulkanSession::VulkanSession(const VulkanProgram &program) : program_(program) {
  memory_.states.resize(program.artifact().plan().stateGroups().size());
}

Result<std::unique_ptr<PreparedReplay>>
VulkanSession::prepare(const PlanInstance &instance) {
  auto replay = std::make_unique<VulkanReplay>(program_, instance);
  TENON_RETURN_IF_ERROR(replay->create());
  return std::unique_ptr<PreparedReplay>(std::move(replay));
}

Status VulkanSession::reserve(uint64_t size) {
  if (size <= memory_.work.size())
    return Status::ok();
  memory_.work = Memory();
  ++memory_.revision;
  TENON_ASSIGN_OR_RETURN(memory_.work,
                         Memory::allocate(program_.context(), size));
  return Status::ok();
}

static Status runObserved(VulkanReplay &replay,
                          std::span<const StatePlaces> places,
                          const ReplayHooks &hooks) {
  for (size_t i = 0; i < replay.launchCount(); ++i) {
    TENON_ASSIGN_OR_RETURN(uint64_t time, replay.runLaunch(i));
    if (!hooks.launchTimes.empty())
      hooks.launchTimes[i] += time;
    if (hooks.observer)
      hooks.observer->afterLaunch(replay.event(i, places));
  }
  return Status::ok();
}

Status VulkanSession::replay(const PlanInstance &instance,
                             PreparedReplay &prepared,
                             const ReplayMemory &memory,
                             const ReplayHooks &hooks) {
  auto &replay = static_cast<VulkanReplay &>(prepared);
  TENON_RETURN_IF_ERROR(replay.refresh());
  TENON_RETURN_IF_ERROR(reserve(replay.workSize()));
  TENON_RETURN_IF_ERROR(writePlaces(memory.states));
  TENON_RETURN_IF_ERROR(replay.bind(memory_));

  std::span<const format::Port> ports =
      instance.plan().inputs(instance.entry());
  for (size_t i = 0; i < ports.size(); ++i) {
    char *to = memory_.work.data() + replay.inputOffset(i);
    if (memory.inputs[i])
      std::memcpy(to, memory.inputs[i], instance.inputs()[i].bytes);
    else
      writeDefault(ports[i], instance.inputs()[i].shape, to);
  }
  bool isObserved = hooks.observer || !hooks.launchTimes.empty();
  TENON_RETURN_IF_ERROR(isObserved ? runObserved(replay, memory.states, hooks)
                                   : replay.run());
  for (size_t i = 0; i < memory.outputs.size(); ++i) {
    char *from = memory_.work.data() + replay.outputOffset(i);
    if (memory.outputs[i])
      std::memcpy(memory.outputs[i], from, instance.outputs()[i].bytes);
    else
      memory.outputs[i] = from;
  }
  return Status::ok();
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

Status VulkanSession::writePlaces(std::span<const StatePlaces> places) {
  if (places.empty())
    return Status::ok();
  uint64_t longest = 0;
  for (const StatePlaces &group : places)
    longest = std::max(
        {longest, uint64_t(group.before.size()), uint64_t(group.after.size())});
  if (uint64_t size = alignBinding(longest * sizeof(int32_t));
      size > memory_.placesSize) {
    // Lists grow by a block now and then: not each time with them.
    size = alignBinding(std::max<uint64_t>(2 * size, 4096));
    memory_.placesSize = 0;
    ++memory_.revision;
    TENON_ASSIGN_OR_RETURN(
        memory_.places,
        Memory::allocate(program_.context(), 2 * places.size() * size));
    memory_.placesSize = size;
  }
  for (uint32_t group = 0; group < places.size(); ++group)
    for (bool after : {false, true}) {
      auto *to = reinterpret_cast<int32_t *>(
          memory_.places.data() + memory_.placesOffset(group, after));
      // reserveStates() has seen to it that all bytes have a number.
      for (int64_t place : after ? places[group].after : places[group].before)
        *to++ = static_cast<int32_t>(place);
    }
  return Status::ok();
}

Status VulkanSession::reserveStates(uint32_t group, uint64_t bytes) {
  Memory &memory = memory_.states[group];
  if (bytes <= memory.size())
    return Status::ok();
  const Context &context = *program_.context();
  // Kernels count bytes with 32 bits.
  uint64_t most =
      std::min<uint64_t>(context.limits().maxStorageBufferRange, UINT32_MAX) /
      bindingAlignment * bindingAlignment;
  if (bytes > most)
    return Status::invalid("state",
                           concat("needs more memory than ", context.name(),
                                  " can bind: ", humanSize(bytes)));
  uint64_t size = std::min(most, std::max(bytes, 2 * memory.size()));
  TENON_ASSIGN_OR_RETURN(Memory larger,
                         Memory::allocate(program_.context(), size));
  if (memory.size())
    std::memcpy(larger.data(), memory.data(), memory.size());
  memory = std::move(larger);
  ++memory_.revision;
  return Status::ok();
}

Status VulkanSession::copyStates(uint32_t group, uint64_t from, uint64_t to,
                                 uint64_t bytes) {
  char *memory = memory_.states[group].data();
  std::memcpy(memory + to, memory + from, bytes);
  return Status::ok();
}

Status VulkanSession::readStates(uint32_t group, uint64_t from,
                                 std::span<char> into) {
  std::memcpy(into.data(), memory_.states[group].data() + from, into.size());
  return Status::ok();
}

Status VulkanSession::writeStates(uint32_t group, uint64_t to,
                                  std::span<const char> data) {
  std::memcpy(memory_.states[group].data() + to, data.data(), data.size());
  return Status::ok();
}

} // namespace tenon::vulkan
