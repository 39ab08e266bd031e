//===- VulkanSession.cpp - the memory of a session on Vulkan --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/device/VulkanSession.h"

#include "runtime/PortDefaults.h"

#include <chrono>
#include <cstring>

namespace tenon::vulkan {

using namespace runtime;

Result<std::unique_ptr<PreparedReplay>>
VulkanSession::prepare(const PlanInstance &instance) {
  auto replay = std::make_unique<VulkanReplay>(program_, instance);
  TENON_RETURN_IF_ERROR(replay->create());
  return std::unique_ptr<PreparedReplay>(std::move(replay));
}

Status VulkanSession::reserve(uint64_t size) {
  if (size <= memory_.size())
    return Status::ok();
  memory_ = Memory();
  ++revision_;
  TENON_ASSIGN_OR_RETURN(memory_, Memory::allocate(program_.context(), size));
  return Status::ok();
}

static Status runObserved(VulkanReplay &replay, const ReplayHooks &hooks) {
  using Clock = std::chrono::steady_clock;
  for (size_t i = 0; i < replay.launchCount(); ++i) {
    auto begin = Clock::now();
    TENON_RETURN_IF_ERROR(replay.runLaunch(i));
    if (!hooks.launchTimes.empty())
      hooks.launchTimes[i] += static_cast<uint64_t>(
          std::chrono::nanoseconds(Clock::now() - begin).count());
    if (hooks.observer)
      hooks.observer->afterLaunch(replay.event(i));
  }
  return Status::ok();
}

Status VulkanSession::replay(const PlanInstance &instance,
                             PreparedReplay &prepared,
                             const ReplayMemory &memory,
                             const ReplayHooks &hooks) {
  auto &replay = static_cast<VulkanReplay &>(prepared);
  TENON_RETURN_IF_ERROR(replay.refresh());
  TENON_RETURN_IF_ERROR(reserve(replay.memorySize()));
  TENON_RETURN_IF_ERROR(replay.bind(memory_, revision_));

  std::span<const format::Port> ports =
      instance.plan().inputs(instance.entry());
  for (size_t i = 0; i < ports.size(); ++i) {
    char *to = memory_.data() + replay.inputOffset(i);
    if (memory.inputs[i])
      std::memcpy(to, memory.inputs[i], instance.inputs()[i].bytes);
    else
      writeDefault(ports[i], instance.inputs()[i].shape, to);
  }
  bool isObserved = hooks.observer || !hooks.launchTimes.empty();
  TENON_RETURN_IF_ERROR(isObserved ? runObserved(replay, hooks) : replay.run());
  for (size_t i = 0; i < memory.outputs.size(); ++i) {
    char *from = memory_.data() + replay.outputOffset(i);
    if (memory.outputs[i])
      std::memcpy(memory.outputs[i], from, instance.outputs()[i].bytes);
    else
      memory.outputs[i] = from;
  }
  return Status::ok();
}

} // namespace tenon::vulkan
