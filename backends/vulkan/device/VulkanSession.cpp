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

VulkanSession::VulkanSession(const VulkanProgram &program)
    : program_(program), copier_(program.context()) {
  memory_.isStaged = program.context()->hasOwnMemory();
  memory_.states.resize(program.artifact().plan().stateGroups().size());
}

Result<std::unique_ptr<PreparedReplay>>
VulkanSession::prepare(const PlanInstance &instance) {
  auto replay = std::make_unique<VulkanReplay>(program_, instance);
  TENON_RETURN_IF_ERROR(replay->create());
  return std::unique_ptr<PreparedReplay>(std::move(replay));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Result<Memory> VulkanSession::allocate(uint64_t size) const {
  return memory_.isStaged ? Memory::allocateOnDevice(program_.context(), size)
                          : Memory::allocate(program_.context(), size);
}

Status VulkanSession::reserve(const VulkanReplay &replay) {
  if (replay.workSize() > memory_.work.size()) {
    memory_.work = Memory();
    ++memory_.revision;
    TENON_ASSIGN_OR_RETURN(memory_.work, allocate(replay.workSize()));
  }
  if (memory_.isStaged && replay.stagingSize() > memory_.staging.size()) {
    memory_.staging = Memory();
    ++memory_.revision;
    TENON_ASSIGN_OR_RETURN(
        memory_.staging,
        Memory::allocateForStaging(program_.context(), replay.stagingSize()));
  }
  return Status::ok();
}

Status VulkanSession::showToHost() {
  if (!memory_.isStaged)
    return Status::ok();
  std::vector<Memory> states(memory_.states.size());
  for (size_t i = 0; i < states.size(); ++i) {
    const Memory &from = memory_.states[i];
    if (!from.size())
      continue;
    TENON_ASSIGN_OR_RETURN(states[i],
                           Memory::allocate(program_.context(), from.size()));
    TENON_RETURN_IF_ERROR(copier_.copy(from, 0, states[i], 0, from.size()));
  }
  uint64_t revision = memory_.revision + 1;
  memory_ = SessionMemory();
  memory_.revision = revision;
  memory_.states = std::move(states);
  return Status::ok();
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

Status VulkanSession::runObserved(VulkanReplay &replay,
                                  std::span<const StatePlaces> places,
                                  const ReplayHooks &hooks) {
  TENON_RETURN_IF_ERROR(replay.copyInputs(memory_));
  for (size_t i = 0; i < replay.launchCount(); ++i) {
    TENON_ASSIGN_OR_RETURN(uint64_t time, replay.runLaunch(i));
    if (!hooks.launchTimes.empty())
      hooks.launchTimes[i] += time;
    if (hooks.observer)
      hooks.observer->afterLaunch(replay.event(i, places));
  }
  return replay.copyOutputs(memory_);
}

Status VulkanSession::replay(const PlanInstance &instance,
                             PreparedReplay &prepared,
                             const ReplayMemory &memory,
                             const ReplayHooks &hooks) {
  auto &replay = static_cast<VulkanReplay &>(prepared);
  if (hooks.observer)
    TENON_RETURN_IF_ERROR(showToHost());
  TENON_RETURN_IF_ERROR(copier_.submit());
  TENON_RETURN_IF_ERROR(replay.refresh());
  TENON_RETURN_IF_ERROR(reserve(replay));
  TENON_RETURN_IF_ERROR(writePlaces(memory.states));
  TENON_RETURN_IF_ERROR(replay.bind(memory_));

  std::span<const format::Port> ports =
      instance.plan().inputs(instance.entry());
  for (size_t i = 0; i < ports.size(); ++i) {
    char *to = replay.input(memory_, i);
    if (memory.inputs[i])
      std::memcpy(to, memory.inputs[i], instance.inputs()[i].bytes);
    else
      writeDefault(ports[i], instance.inputs()[i].shape, to);
  }
  bool isObserved = hooks.observer || !hooks.launchTimes.empty();
  TENON_RETURN_IF_ERROR(isObserved ? runObserved(replay, memory.states, hooks)
                                   : replay.run(memory_));
  for (size_t i = 0; i < memory.outputs.size(); ++i) {
    char *from = replay.output(memory_, i);
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
    TENON_ASSIGN_OR_RETURN(memory_.places, allocate(2 * places.size() * size));
    if (memory_.isStaged) {
      TENON_ASSIGN_OR_RETURN(memory_.stagedPlaces,
                             Memory::allocateForStaging(program_.context(),
                                                        memory_.places.size()));
    }
    memory_.placesSize = size;
  }
  char *data =
      (memory_.isStaged ? memory_.stagedPlaces : memory_.places).data();
  for (uint32_t group = 0; group < places.size(); ++group)
    for (bool after : {false, true}) {
      auto *to = reinterpret_cast<int32_t *>(
          data + memory_.placesOffset(group, after));
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
  // Places are bytes, of 32 bits, as are numbers of elements.
  uint64_t most = UINT32_MAX;
  for (const format::State &state : program_.artifact().plan().states())
    if (state.group == group)
      most = std::min(most, context.mostBytes(dtypeSize(state.type)));
  most = most / bindingAlignment * bindingAlignment;
  if (bytes > most)
    return Status::invalid("state",
                           concat("needs more memory than ", context.name(),
                                  " can bind: ", humanSize(bytes)));
  uint64_t size = std::min(most, std::max(bytes, 2 * memory.size()));
  TENON_ASSIGN_OR_RETURN(Memory larger, allocate(size));
  if (memory.size())
    TENON_RETURN_IF_ERROR(
        memory_.isStaged
            ? copier_.copy(memory, 0, larger, 0, memory.size())
            : copier_.read(memory, 0, {larger.data(), memory.size()}));
  memory = std::move(larger);
  ++memory_.revision;
  return Status::ok();
}

Status VulkanSession::copyStates(uint32_t group, uint64_t from, uint64_t to,
                                 uint64_t bytes) {
  const Memory &memory = memory_.states[group];
  if (memory_.isStaged)
    copier_.copyLater(memory, from, memory, to, bytes);
  else
    std::memcpy(memory.data() + to, memory.data() + from, bytes);
  return Status::ok();
}

Status VulkanSession::readStates(uint32_t group, uint64_t from,
                                 std::span<char> into) {
  return copier_.read(memory_.states[group], from, into);
}

Status VulkanSession::writeStates(uint32_t group, uint64_t to,
                                  std::span<const char> data) {
  return copier_.write(data, memory_.states[group], to);
}

} // namespace tenon::vulkan
