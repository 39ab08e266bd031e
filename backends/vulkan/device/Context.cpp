//===- Context.cpp - a Vulkan device and its queue ------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/device/Context.h"

#include "support/Text.h"

#include <algorithm>

namespace tenon::vulkan {

static constexpr uint32_t apiVersion = VK_API_VERSION_1_2;

Status checkResult(VkResult result, std::string_view what) {
  if (result == VK_SUCCESS)
    return Status::ok();
  std::string reason;
  switch (result) {
  case VK_ERROR_OUT_OF_HOST_MEMORY:
  case VK_ERROR_OUT_OF_DEVICE_MEMORY:
  case VK_ERROR_OUT_OF_POOL_MEMORY:
    reason = "not enough memory";
    break;
  case VK_ERROR_DEVICE_LOST:
    reason = "the device stopped answering";
    break;
  case VK_ERROR_INCOMPATIBLE_DRIVER:
    reason = "there is no driver";
    break;
  default:
    reason = concat("VkResult ", static_cast<int>(result));
  }
  return Status::invalid("vulkan", concat("can't ", what, ": ", reason));
}

Result<std::shared_ptr<Context>> Context::get() {
  // The functions are the process's, and from one instance.
  static std::mutex mutex;
  static std::weak_ptr<Context> current;
  std::lock_guard lock(mutex);
  if (auto context = current.lock())
    return context;
  auto context = std::make_shared<Context>();
  TENON_RETURN_IF_ERROR(context->open());
  current = context;
  return context;
}

Context::~Context() {
  if (device_) {
    pipelineCache_.close();
    vkDestroyDevice(device_, nullptr);
  }
  if (instance_ && vkDestroyInstance)
    vkDestroyInstance(instance_, nullptr);
}

Status Context::choose() {
  uint32_t count = 0;
  TENON_RETURN_IF_ERROR(
      checkResult(vkEnumeratePhysicalDevices(instance_, &count, nullptr),
                  "list the devices"));
  std::vector<VkPhysicalDevice> devices(count);
  TENON_RETURN_IF_ERROR(
      checkResult(vkEnumeratePhysicalDevices(instance_, &count, devices.data()),
                  "list the devices"));
  // Among equals, the driver's order counts.
  auto rank = [](VkPhysicalDeviceType type) {
    switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
      return 4;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
      return 3;
    case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
      return 2;
    default:
      return 1;
    }
  };
  int best = 0;
  for (VkPhysicalDevice device : devices) {
    VkPhysicalDeviceProperties properties;
    vkGetPhysicalDeviceProperties(device, &properties);
    if (properties.apiVersion < apiVersion ||
        rank(properties.deviceType) <= best)
      continue;
    uint32_t families = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(device, &families, nullptr);
    std::vector<VkQueueFamilyProperties> queues(families);
    vkGetPhysicalDeviceQueueFamilyProperties(device, &families, queues.data());
    auto queue = std::ranges::find_if(queues, [](const auto &family) {
      return (family.queueFlags & VK_QUEUE_COMPUTE_BIT) != 0;
    });
    if (queue == queues.end())
      continue;
    best = rank(properties.deviceType);
    physical_ = device;
    properties_ = properties;
    queueFamily_ = static_cast<uint32_t>(queue - queues.begin());
    clockStep_ = queue->timestampValidBits == 64
                     ? double(properties.limits.timestampPeriod)
                     : 0;
  }
  if (!physical_)
    return Status::invalid("vulkan", "this machine has no device with a driver "
                                     "for Vulkan 1.2");
  return Status::ok();
}

Status Context::open() {
  if (!loadGlobalFunctions())
    return Status::invalid("vulkan", "this machine has no Vulkan: "
                                     "libvulkan.so.1 can't be loaded");
  uint32_t version = 0;
  if (vkEnumerateInstanceVersion(&version) != VK_SUCCESS ||
      version < apiVersion)
    return Status::invalid("vulkan", "libvulkan.so.1 is older than Vulkan 1.2");
  VkApplicationInfo application = {VK_STRUCTURE_TYPE_APPLICATION_INFO};
  application.pApplicationName = "tenon";
  application.apiVersion = apiVersion;
  VkInstanceCreateInfo instance = {VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
  instance.pApplicationInfo = &application;
  TENON_RETURN_IF_ERROR(checkResult(
      vkCreateInstance(&instance, nullptr, &instance_), "start Vulkan"));
  if (!loadFunctions(instance_))
    return Status::invalid("vulkan", "libvulkan.so.1 lacks functions");
  TENON_RETURN_IF_ERROR(choose());

  VkPhysicalDeviceVulkan12Features in12 = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES};
  VkPhysicalDeviceVulkan11Features in11 = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES, &in12};
  VkPhysicalDeviceFeatures2 present = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, &in11};
  vkGetPhysicalDeviceFeatures2(physical_, &present);
  int64_ = present.features.shaderInt64;
  int16_ = present.features.shaderInt16;
  int8_ = in12.shaderInt8;
  float16_ = in12.shaderFloat16;
  storage16_ = in11.storageBuffer16BitAccess;
  storage8_ = in12.storageBuffer8BitAccess;
  subgroup_.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES;
  VkPhysicalDeviceProperties2 properties = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, &subgroup_};
  vkGetPhysicalDeviceProperties2(physical_, &properties);
  if (!(subgroup_.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT))
    subgroup_.supportedOperations = 0;

  // Only what kernels use: some features cost time.
  VkPhysicalDeviceVulkan12Features use12 = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES};
  use12.shaderInt8 = int8_;
  use12.shaderFloat16 = float16_;
  use12.storageBuffer8BitAccess = storage8_;
  VkPhysicalDeviceVulkan11Features use11 = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES, &use12};
  use11.storageBuffer16BitAccess = storage16_;
  VkPhysicalDeviceFeatures2 used = {
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, &use11};
  used.features.shaderInt64 = int64_;
  used.features.shaderInt16 = int16_;

  float priority = 1;
  VkDeviceQueueCreateInfo queue = {VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
  queue.queueFamilyIndex = queueFamily_;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;
  VkDeviceCreateInfo device = {VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, &used};
  device.queueCreateInfoCount = 1;
  device.pQueueCreateInfos = &queue;
  TENON_RETURN_IF_ERROR(
      checkResult(vkCreateDevice(physical_, &device, nullptr, &device_),
                  concat("open ", name())));
  vkGetDeviceQueue(device_, queueFamily_, 0, &queue_);
  pipelineCache_.open(device_, properties_);
  return Status::ok();
}

bool Context::hasFeature(std::string_view feature) const {
  if (size_t relation = feature.find_first_of("<>");
      relation != std::string_view::npos) {
    const std::pair<std::string_view, uint32_t> numbers[] = {
        {"maxComputeWorkGroupInvocations",
         std::min(limits().maxComputeWorkGroupInvocations,
                  limits().maxComputeWorkGroupSize[0])},
        {"maxComputeSharedMemorySize", limits().maxComputeSharedMemorySize},
        {"maxTexelBufferElements", limits().maxTexelBufferElements},
        {"subgroupSize", subgroup_.subgroupSize}};
    auto bound = parseInteger(feature.substr(relation + 2));
    return bound && std::ranges::any_of(numbers, [&](const auto &entry) {
             return entry.first == feature.substr(0, relation) &&
                    (feature[relation] == '<' ? entry.second <= *bound
                                              : entry.second >= *bound);
           });
  }
  const std::pair<std::string_view, bool> known[] = {
      {"shaderInt64", int64_},
      {"shaderInt16", int16_},
      {"shaderInt8", int8_},
      {"shaderFloat16", float16_},
      {"storageBuffer16BitAccess", storage16_},
      {"storageBuffer8BitAccess", storage8_},
      {"VK_PHYSICAL_DEVICE_TYPE_CPU",
       properties_.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU},
      {"VK_SUBGROUP_FEATURE_ARITHMETIC_BIT",
       subgroup_.supportedOperations & VK_SUBGROUP_FEATURE_ARITHMETIC_BIT}};
  return std::ranges::any_of(known, [&](const auto &entry) {
    return entry.first == feature && entry.second;
  });
}

std::vector<std::string>
Context::missingFeatures(std::string_view features) const {
  std::vector<std::string> missing;
  for (std::string_view feature : split(features, ','))
    if (!feature.empty() && !hasFeature(feature))
      missing.emplace_back(feature);
  return missing;
}

Status
Context::createCommands(VkCommandPool &pool,
                        std::span<VkCommandBuffer *const> buffers) const {
  VkCommandPoolCreateInfo info = {VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
  info.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
  info.queueFamilyIndex = queueFamily_;
  TENON_RETURN_IF_ERROR(checkResult(
      vkCreateCommandPool(device_, &info, nullptr, &pool), "record commands"));
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
  if (result == VK_SUCCESS)
    result = vkWaitForFences(device_, 1, &fence, VK_TRUE, UINT64_MAX);
  vkDestroyFence(device_, fence, nullptr);
  return checkResult(result, "run on the device");
}

} // namespace tenon::vulkan
