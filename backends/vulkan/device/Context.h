//===- Context.h - a Vulkan device and its queue ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_DEVICE_CONTEXT_H
#define TENON_BACKENDS_VULKAN_DEVICE_CONTEXT_H

#include "backends/vulkan/device/PipelineCache.h"

#include "support/Status.h"

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::vulkan {

/// An error if `result` is one: `what` couldn't be done.
Status checkResult(VkResult result, std::string_view what);

/// The best device of this machine, with everything on it switched on that
/// kernels may need. For any number of threads.
class Context {
public:
  /// The context of this process, made by the first call. Fails if there is no
  /// driver or no device.
  static Result<std::shared_ptr<Context>> get();

  Context() = default;
  Context(const Context &) = delete;
  ~Context();

  VkDevice device() const { return device_; }
  VkPhysicalDevice physicalDevice() const { return physical_; }
  uint32_t queueFamily() const { return queueFamily_; }
  const VkPhysicalDeviceLimits &limits() const { return properties_.limits; }
  PipelineCache &pipelineCache() { return pipelineCache_; }
  /// Nanoseconds of a step of the device's clock; 0 if it has none.
  double clockStep() const { return clockStep_; }
  /// As the driver calls the device.
  std::string name() const { return properties_.deviceName; }

  /// Those of `features` (separated by commas, see Target::features() of the
  /// compile half) that the device lacks.
  std::vector<std::string> missingFeatures(std::string_view features) const;

  /// Makes a pool, which the caller destroys, and `buffers` of it.
  Status createCommands(VkCommandPool &pool,
                        std::span<VkCommandBuffer *const> buffers) const;
  /// Runs recorded commands and waits until all is done.
  Status run(VkCommandBuffer commands);

private:
  Status open();
  Status choose();
  bool hasFeature(std::string_view feature) const;

  VkInstance instance_ = VK_NULL_HANDLE;
  VkPhysicalDevice physical_ = VK_NULL_HANDLE;
  VkDevice device_ = VK_NULL_HANDLE;
  VkQueue queue_ = VK_NULL_HANDLE;
  uint32_t queueFamily_ = 0;
  double clockStep_ = 0;
  PipelineCache pipelineCache_;
  VkPhysicalDeviceProperties properties_ = {};
  VkPhysicalDeviceSubgroupProperties subgroup_ = {};
  bool int64_ = false, int16_ = false, int8_ = false, float16_ = false;
  bool storage16_ = false, storage8_ = false;
  std::mutex queueMutex_;
};

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_DEVICE_CONTEXT_H
