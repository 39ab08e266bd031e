//===- Context.h - a Vulkan device and its queue ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_DEVICE_CONTEXT_H
#define TENON_BACKENDS_VULKAN_DEVICE_CONTEXT_H

#include "backends/vulkan/device/Features.h"
#include "backends/vulkan/device/PipelineCache.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::vulkan {

/// What the host sees without doing anything for it.
inline constexpr VkMemoryPropertyFlags seenMemory =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
/// And reads fast: what isn't cached it reads a word at a time.
inline constexpr VkMemoryPropertyFlags cachedMemory =
    seenMemory | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;

/// Whether memory of this kind has such properties, and none that takes a
/// feature which isn't switched on.
constexpr bool isMemory(VkMemoryPropertyFlags kind,
                        VkMemoryPropertyFlags properties) {
  constexpr VkMemoryPropertyFlags unusable =
      VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT |
      VK_MEMORY_PROPERTY_PROTECTED_BIT |
      VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD |
      VK_MEMORY_PROPERTY_DEVICE_UNCACHED_BIT_AMD;
  return (kind & (properties | unusable)) == properties;
}

/// What kernels reach: indices have 32 bits and a sign. 0 is an unknown size.
constexpr uint64_t mostIndexedBytes(uint64_t elementSize) {
  return INT32_MAX * std::max<uint64_t>(elementSize, 1);
}

/// An open device, with everything on it switched on that kernels may need. For
/// any number of threads.
class Context {
public:
  /// This process's context of one of the driver's devices, made by the first
  /// call.
  static Result<std::shared_ptr<Context>>
  get(const std::shared_ptr<const Driver> &driver, uint32_t device);

  Context(std::shared_ptr<const Driver> driver, uint32_t device)
      : driver_(std::move(driver)), info_(driver_->devices()[device]) {}
  Context(const Context &) = delete;
  ~Context();

  VkDevice device() const { return device_; }
  VkPhysicalDevice physicalDevice() const { return info_.handle; }
  const VkPhysicalDeviceLimits &limits() const {
    return info_.properties.limits;
  }
  /// The most bytes of a tensor that can be bound at once.
  uint64_t mostBytes(uint64_t elementSize) const {
    // Kernels may read bytes by words of four.
    return std::min<uint64_t>(limits().maxStorageBufferRange / 4 * 4,
                              mostIndexedBytes(elementSize));
  }
  PipelineCache &pipelineCache() { return pipelineCache_; }
  /// Whether the device has a clock; how long it was between two of its times.
  bool hasClock() const { return info_.clockStep > 0; }
  uint64_t nanoseconds(uint64_t begin, uint64_t end) const {
    return static_cast<uint64_t>(double((end - begin) & info_.clockMask) *
                                 info_.clockStep);
  }
  /// Whether the device has memory that it works in best and that the host
  /// doesn't see, or reads slowly. The environment variable
  /// TENON_VULKAN_STAGING says otherwise with 0 or 1, for tests.
  bool hasOwnMemory() const { return hasOwnMemory_; }
  const VkPhysicalDeviceMemoryProperties &memoryKinds() const {
    return memoryKinds_;
  }
  /// As the driver calls the device.
  std::string name() const { return info_.properties.deviceName; }

  const Features &features() const { return features_; }
  /// Those of `features` (separated by commas, see Target::features() of the
  /// compile half) that the device lacks.
  std::vector<std::string> missingFeatures(std::string_view features) const;

  /// Makes a pool, if it is null, which the caller destroys, and `buffers` of
  /// it.
  Status createCommands(VkCommandPool &pool,
                        std::span<VkCommandBuffer *const> buffers) const;
  /// Runs recorded commands and waits until all is done. If this fails nothing
  /// was done, and it may be tried again, or the device isLost(): then it fails
  /// from now on.
  Status run(VkCommandBuffer commands);
  bool isLost() const { return isLost_; }

private:
  Status open();
  bool hasMemory(VkMemoryPropertyFlags with,
                 VkMemoryPropertyFlags without = 0) const;
  bool keepsMemory() const;

  std::shared_ptr<const Driver> driver_;
  const DriverDevice &info_;
  VkDevice device_ = VK_NULL_HANDLE;
  VkQueue queue_ = VK_NULL_HANDLE;
  PipelineCache pipelineCache_;
  Features features_;
  bool hasOwnMemory_ = false;
  VkPhysicalDeviceMemoryProperties memoryKinds_ = {};
  std::mutex queueMutex_;
  std::atomic<bool> isLost_ = false;
};

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_DEVICE_CONTEXT_H
