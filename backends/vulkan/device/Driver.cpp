//===- Driver.cpp - Vulkan's driver and its devices -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/device/Driver.h"

#include "support/Text.h"

#include <algorithm>
#include <mutex>

namespace tenon::vulkan {

static constexpr uint32_t leastVersion = VK_API_VERSION_1_1;

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

bool hasExtension(const std::vector<VkExtensionProperties> &all,
                  std::string_view name) {
  return std::ranges::any_of(
      all, [&](const auto &known) { return name == known.extensionName; });
}

Result<std::shared_ptr<const Driver>> Driver::get() {
  // The functions are the process's, and from one instance.
  static std::mutex mutex;
  static std::weak_ptr<const Driver> current;
  std::lock_guard lock(mutex);
  if (auto driver = current.lock())
    return driver;
  auto driver = std::make_shared<Driver>();
  TENON_RETURN_IF_ERROR(driver->start());
  current = driver;
  return std::shared_ptr<const Driver>(std::move(driver));
}

Driver::~Driver() {
  if (instance_ && vkDestroyInstance)
    vkDestroyInstance(instance_, nullptr);
}

Status Driver::start() {
  if (!loadGlobalFunctions())
    return Status::invalid("vulkan", "this machine has no Vulkan: "
                                     "libvulkan.so.1 can't be loaded");
  uint32_t version = 0;
  if (vkEnumerateInstanceVersion(&version) != VK_SUCCESS ||
      version < leastVersion)
    return Status::invalid("vulkan", "libvulkan.so.1 is older than Vulkan 1.1");
  VkApplicationInfo application = {VK_STRUCTURE_TYPE_APPLICATION_INFO};
  application.pApplicationName = "tenon";
  // What is newer is used where it is there.
  application.apiVersion = apiVersion_ = std::min(version, VK_API_VERSION_1_3);
  VkInstanceCreateInfo instance = {VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
  instance.pApplicationInfo = &application;
  // Devices that stand on another interface are listed for whoever asks.
  constexpr const char *portability = "VK_KHR_portability_enumeration";
  std::vector<VkExtensionProperties> extensions;
  TENON_RETURN_IF_ERROR(listAll(
      extensions, "list what Vulkan has",
      [](uint32_t *count, VkExtensionProperties *all) {
        return vkEnumerateInstanceExtensionProperties(nullptr, count, all);
      }));
  if (hasExtension(extensions, portability)) {
    instance.flags = VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR;
    instance.enabledExtensionCount = 1;
    instance.ppEnabledExtensionNames = &portability;
  }
  TENON_RETURN_IF_ERROR(checkResult(
      vkCreateInstance(&instance, nullptr, &instance_), "start Vulkan"));
  if (!loadFunctions(instance_))
    return Status::invalid("vulkan", "libvulkan.so.1 lacks functions");
  return findDevices();
}

static int rankOf(const DriverDevice &device) {
  switch (device.properties.deviceType) {
  case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
    return 0;
  case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
    return 1;
  case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
    return 2;
  default:
    return device.isSoftware() ? 4 : 3;
  }
}

/// The queues that kernels run in, best those that don't draw: what takes long
/// keeps no screen waiting there, and isn't ended for it.
static bool findQueue(DriverDevice &device) {
  uint32_t count = 0;
  vkGetPhysicalDeviceQueueFamilyProperties(device.handle, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  vkGetPhysicalDeviceQueueFamilyProperties(device.handle, &count,
                                           families.data());
  for (VkQueueFlags unwanted :
       {VkQueueFlags(VK_QUEUE_GRAPHICS_BIT), VkQueueFlags(0)})
    for (uint32_t i = 0; i < count; ++i) {
      if ((families[i].queueFlags & (VK_QUEUE_COMPUTE_BIT | unwanted)) !=
          VK_QUEUE_COMPUTE_BIT)
        continue;
      device.queueFamily = i;
      if (uint32_t bits = families[i].timestampValidBits) {
        device.clockStep = double(device.properties.limits.timestampPeriod);
        device.clockMask = UINT64_MAX >> (64 - bits);
      }
      return true;
    }
  return false;
}

Status Driver::findDevices() {
  std::vector<VkPhysicalDevice> handles;
  TENON_RETURN_IF_ERROR(listAll(
      handles, "list the devices", [&](uint32_t *count, VkPhysicalDevice *all) {
        return vkEnumeratePhysicalDevices(instance_, count, all);
      }));
  for (VkPhysicalDevice handle : handles) {
    DriverDevice device = {handle};
    vkGetPhysicalDeviceProperties(handle, &device.properties);
    device.apiVersion = std::min(apiVersion_, device.properties.apiVersion);
    if (device.apiVersion < leastVersion || !findQueue(device))
      continue;
    // Among equals, the driver's order counts.
    devices_.insert(
        std::ranges::upper_bound(devices_, rankOf(device), {}, rankOf), device);
  }
  if (devices_.empty())
    return Status::invalid("vulkan", "this machine has no device with a driver "
                                     "for Vulkan 1.1");
  return Status::ok();
}

} // namespace tenon::vulkan
