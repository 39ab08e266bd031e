//===- VulkanSession.h - the memory of a session on Vulkan ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_DEVICE_VULKANSESSION_H
#define TENON_BACKENDS_VULKAN_DEVICE_VULKANSESSION_H

#include "backends/vulkan/device/VulkanReplay.h"

namespace tenon::vulkan {

class VulkanSession : public runtime::DeviceSession {
public:
  explicit VulkanSession(const VulkanProgram &program);

  Result<std::unique_ptr<runtime::PreparedReplay>>
  prepare(const runtime::PlanInstance &instance) override;
  Status replay(const runtime::PlanInstance &instance,
                runtime::PreparedReplay &prepared,
                const runtime::ReplayMemory &memory,
                const runtime::ReplayHooks &hooks) override;

  Status reserveStates(uint32_t group, uint64_t bytes) override;
  Status copyStates(uint32_t group, uint64_t from, uint64_t to,
                    uint64_t bytes) override;
  Status readStates(uint32_t group, uint64_t from,
                    std::span<char> into) override;
  Status writeStates(uint32_t group, uint64_t to,
                     std::span<const char> data) override;

private:
  Result<Memory> allocate(uint64_t size) const;
  /// Sees to it that the memory to work in is large enough.
  Status reserve(const VulkanReplay &replay);
  Status runObserved(VulkanReplay &replay,
                     std::span<const runtime::StatePlaces> places,
                     const runtime::ReplayHooks &hooks);
  /// Goes on in memory that the host sees, for whoever wants to look at it.
  Status showToHost();
  /// Writes the places of a call's states.
  Status writePlaces(std::span<const runtime::StatePlaces> places);

  const VulkanProgram &program_;
  SessionMemory memory_;
  Copier copier_;
};

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_DEVICE_VULKANSESSION_H
