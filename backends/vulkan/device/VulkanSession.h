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
  explicit VulkanSession(const VulkanProgram &program) : program_(program) {}

  Result<std::unique_ptr<runtime::PreparedReplay>>
  prepare(const runtime::PlanInstance &instance) override;
  Status replay(const runtime::PlanInstance &instance,
                runtime::PreparedReplay &prepared,
                const runtime::ReplayMemory &memory,
                const runtime::ReplayHooks &hooks) override;

private:
  Status reserve(uint64_t size);

  const VulkanProgram &program_;
  Memory memory_;
  /// Counts how often the memory was replaced.
  uint64_t revision_ = 0;
};

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_DEVICE_VULKANSESSION_H
