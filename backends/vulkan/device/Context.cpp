//===- Context.cpp - a Vulkan device and its queue ------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/device/Context.h"

#include "support/Text.h"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace tenon::vulkan {

Result<std::shared_ptr<Context>>
Context::get(const std::shared_ptr<const Driver> &driver, uint32_t device) {
  static std::mutex mutex;
  static std::map<const DriverDevice *, std::weak_ptr<Context>> current;
  std::lock_guard lock(mutex);
  std::weak_ptr<Context> &known = current[&driver->devices()[device]];
  if (auto context = known.lock(); context && !context->isLost())
    return context;
  auto context = std::make_shared<Context>(driver, device);
  TENON_RETURN_IF_ERROR(context->open());
  known = context;
  return context;
}

Context::~Context() {
  if (!device_)
    return;
  pipelineCache_.close();
  vkDestroyDevice(device_, nullptr);
}

bool Context::hasMemory(VkMemoryPropertyFlags with,
                        VkMemoryPropertyFlags without) const {
  return std::ranges::any_of(
      std::span(memoryKinds_.memoryTypes, memoryKinds_.memoryTypeCount),
      [&](const VkMemoryType &kind) {
        return isMemory(kind.propertyFlags, with) &&
               !(kind.propertyFlags & without);
      });
}

bool Context::keepsMemory() const {
  if (const char *given = std::getenv("TENON_VULKAN_STAGING"))
    return *given == '1';
  if (hasMemory(cachedMemory) &&
      !hasMemory(cachedMemory | VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT))
    return true;
  return info_.properties.deviceType !=
             VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU &&
         !info_.isSoftware() &&
         hasMemory(VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT,
                   VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT);
}

Status Context::open() {
  TENON_RETURN_IF_ERROR(features_.query(info_));
  float priority = 1;
  VkDeviceQueueCreateInfo queue = {VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
  queue.queueFamilyIndex = info_.queueFamily;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;
  VkDeviceCreateInfo device = {VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                               features_.switchedOn()};
  device.enabledExtensionCount =
      static_cast<uint32_t>(features_.extensions().size());
  device.ppEnabledExtensionNames = features_.extensions().data();
  device.queueCreateInfoCount = 1;
  device.pQueueCreateInfos = &queue;
  TENON_RETURN_IF_ERROR(
      checkResult(vkCreateDevice(info_.handle, &device, nullptr, &device_),
                  concat("open ", name())));
  vkGetDeviceQueue(device_, info_.queueFamily, 0, &queue_);
  vkGetPhysicalDeviceMemoryProperties(info_.handle, &memoryKinds_);
  hasOwnMemory_ = keepsMemory();
  pipelineCache_.open(device_, info_.properties);
  return Status::ok();
}

std::vector<std::string>
Context::missingFeatures(std::string_view features) const {
  std::vector<std::string> missing;
  for (std::string_view feature : split(features, ','))
    if (!feature.empty() && !features_.has(feature))
      missing.emplace_back(feature);
  return missing;
}

Status
Context::createCommands(VkCommandPool &pool,
                        std::span<VkCommandBuffer *const> buffers) const {
  VkCommandPoolCreateInfo info = {VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
  info.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
  info.queueFamilyIndex = info_.queueFamily;
  if (!pool)
    TENON_RETURN_IF_ERROR(
        checkResult(vkCreateCommandPool(device_, &info, nullptr, &pool),
                    "record commands"));
  VkCommandBufferAllocateInfo commands = {
      VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO};
  commands.commandPool = pool;
  commands.commandBufferCount = 1;
  for (VkCommandBuffer *buffer : buffers)
    TENON_RETURN_IF_ERROR(
        checkResult(vkAllocateCommandBuffers(device_, &commands, buffer),
                    "record commands"));
  return Status::ok();
}

Status Context::run(VkCommandBuffer commands) {
  if (isLost_)
    return checkResult(VK_ERROR_DEVICE_LOST, "run on the device");
  VkFenceCreateInfo fenceInfo = {VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
  VkFence fence;
  TENON_RETURN_IF_ERROR(
      checkResult(vkCreateFence(device_, &fenceInfo, nullptr, &fence),
                  "start work on the device"));
  VkSubmitInfo submit = {VK_STRUCTURE_TYPE_SUBMIT_INFO};
  submit.commandBufferCount = 1;
  submit.pCommandBuffers = &commands;
  VkResult result;
  {
    std::lock_guard lock(queueMutex_);
    result = vkQueueSubmit(queue_, 1, &submit, fence);
  }
  // What can't be submitted leaves everything as it was, or the device is lost.
  bool isRunning = result == VK_SUCCESS;
  if (isRunning)
    result = vkWaitForFences(device_, 1, &fence, VK_TRUE, UINT64_MAX);
  if (isRunning && result != VK_SUCCESS && result != VK_ERROR_DEVICE_LOST) {
    // Nothing that is in use may be destroyed. The queue may not be used
    // meanwhile.
    std::lock_guard lock(queueMutex_);
    result = vkDeviceWaitIdle(device_);
  }
  // Where this failed, too, nobody knows what is still running.
  if (result == VK_ERROR_DEVICE_LOST || (isRunning && result != VK_SUCCESS))
    isLost_ = true;
  vkDestroyFence(device_, fence, nullptr);
  return checkResult(result, "run on the device");
}

} // namespace tenon::vulkan
