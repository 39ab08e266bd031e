//===- NullDevices.h - devices of a Vulkan that computes nothing -*- C++
//-*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A part of NullVulkan.cpp, which says what the settings are.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_BACKENDS_VULKAN_NULL_NULLDEVICES_H
#define TENON_TEST_BACKENDS_VULKAN_NULL_NULLDEVICES_H

#include "NullObjects.h"

#include <cstring>

namespace nullvulkan {

using tenon::vulkan::MatrixFeatures;
using tenon::vulkan::MatrixProperties;
using tenon::vulkan::MatrixStages;

/// What Vulkan's functions do that list something.
template <typename T>
static VkResult list(const std::vector<T> &all, uint32_t *count, T *items) {
  auto size = uint32_t(all.size());
  // As if the last one had come between the calls.
  bool isEarly = size > 1 && grown < setting("grows", 0);
  if (!items) {
    *count = size - isEarly;
    return VK_SUCCESS;
  }
  grown += isEarly;
  *count = std::min(*count, size);
  std::copy_n(all.begin(), *count, items);
  return *count < size ? VK_INCOMPLETE : VK_SUCCESS;
}

static VkResult VKAPI_CALL vkEnumerateInstanceVersion(uint32_t *version) {
  readSettings();
  *version = VK_MAKE_API_VERSION(0, 1, uint32_t(setting("loader", 3)), 0);
  return VK_SUCCESS;
}

/// 1.N: what a program may use is what both its instance and the device have.
static uint64_t usableVersion() {
  return std::min<uint64_t>(VK_API_VERSION_MINOR(instanceVersion),
                            setting("vulkan", 2));
}

/// Structs and features that came with Vulkan 1.N end the process before.
static void requireUsable(const void *chain) {
  for (auto *next = (const VkBaseInStructure *)chain; next;
       next = next->pNext) {
    bool isOf12 =
        next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES ||
        next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
    bool isOf13 =
        next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES ||
        next->sType ==
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES;
    require(usableVersion() >= (isOf13   ? 3
                                : isOf12 ? 2
                                         : 1),
            "structs of a newer Vulkan");
  }
}

static constexpr const char *portabilityOfInstance =
    "VK_KHR_portability_enumeration";
static constexpr const char *portabilityOfDevice = "VK_KHR_portability_subset";
static constexpr const char *matrixExtension = "VK_KHR_cooperative_matrix";

static std::vector<VkExtensionProperties>
extensions(std::initializer_list<std::pair<const char *, bool>> known) {
  std::vector<VkExtensionProperties> all;
  for (auto [name, isThere] : known)
    if (isThere)
      std::strcpy(all.emplace_back().extensionName, name);
  return all;
}

static VkResult VKAPI_CALL vkEnumerateInstanceExtensionProperties(
    const char *, uint32_t *count, VkExtensionProperties *properties) {
  return list(
      extensions({{"VK_KHR_surface", true},
                  {portabilityOfInstance, setting("portable", 0) != 0}}),
      count, properties);
}

static VkResult VKAPI_CALL vkCreateInstance(const VkInstanceCreateInfo *info,
                                            const VkAllocationCallbacks *,
                                            VkInstance *instance) {
  readSettings();
  instanceVersion = info->pApplicationInfo->apiVersion;
  grown = buffers = askedBuffer = pipelines = submits = waits = 0;
  auto *made = new Instance;
  bool listsAll =
      info->flags & VK_INSTANCE_CREATE_ENUMERATE_PORTABILITY_BIT_KHR;
  require(info->enabledExtensionCount == listsAll &&
              (!listsAll || (setting("portable", 0) &&
                             !std::strcmp(*info->ppEnabledExtensionNames,
                                          portabilityOfInstance))),
          "extensions of the instance");
  for (uint32_t i = 0; i < setting("devices", 1); ++i)
    if (listsAll || !setting("portable", 0))
      made->devices.push_back({i});
  *instance = (VkInstance)made;
  return VK_SUCCESS;
}

static void VKAPI_CALL vkDestroyInstance(VkInstance instance,
                                         const VkAllocationCallbacks *) {
  delete as<Instance>(instance);
}

static VkResult VKAPI_CALL vkEnumeratePhysicalDevices(
    VkInstance instance, uint32_t *count, VkPhysicalDevice *devices) {
  std::vector<VkPhysicalDevice> all;
  for (PhysicalDevice &device : as<Instance>(instance)->devices)
    all.push_back((VkPhysicalDevice)&device);
  return list(all, count, devices);
}

static VkPhysicalDeviceLimits deviceLimits() {
  VkPhysicalDeviceLimits limits = {};
  limits.maxStorageBufferRange = uint32_t(setting("range", UINT32_MAX));
  limits.maxPushConstantsSize = uint32_t(setting("push", 128));
  limits.maxPerStageDescriptorStorageBuffers =
      uint32_t(setting("buffers", 1000));
  limits.maxDescriptorSetStorageBuffers = uint32_t(setting("setbuffers", 1000));
  limits.maxPerStageResources = uint32_t(setting("resources", 1000));
  limits.maxPerStageDescriptorSampledImages = uint32_t(setting("images", 1000));
  limits.maxDescriptorSetSampledImages = uint32_t(setting("setimages", 1000));
  limits.maxTexelBufferElements = uint32_t(setting("texels", 1 << 27));
  limits.maxComputeSharedMemorySize = uint32_t(setting("shared", 49152));
  limits.maxComputeWorkGroupInvocations =
      uint32_t(setting("invocations", 1024));
  for (int i = 0; i < 3; ++i) {
    limits.maxComputeWorkGroupCount[i] = uint32_t(setting("groups", 65535));
    limits.maxComputeWorkGroupSize[i] = uint32_t(setting("width", 1024));
  }
  limits.minStorageBufferOffsetAlignment = 256;
  limits.timestampPeriod = 2.5F;
  return limits;
}

static void VKAPI_CALL vkGetPhysicalDeviceProperties(
    VkPhysicalDevice device, VkPhysicalDeviceProperties *properties) {
  *properties = {};
  uint32_t index = as<PhysicalDevice>(device)->index;
  properties->apiVersion =
      VK_MAKE_API_VERSION(0, 1, uint32_t(setting("vulkan", 2)), 0);
  properties->deviceID = uint32_t(setting("product", 0));
  properties->deviceType = VkPhysicalDeviceType(index ? 1 : setting("type", 2));
  std::snprintf(properties->deviceName, sizeof(properties->deviceName),
                "Null %u", index);
  properties->limits = deviceLimits();
}

static void VKAPI_CALL vkGetPhysicalDeviceQueueFamilyProperties(
    VkPhysicalDevice, uint32_t *count, VkQueueFamilyProperties *families) {
  constexpr VkQueueFlags copies = VK_QUEUE_TRANSFER_BIT;
  constexpr VkQueueFlags computes = VK_QUEUE_COMPUTE_BIT | copies;
  std::vector<VkQueueFlags> all = {computes};
  if (setting("queues", 0) >= 1)
    all = {copies, computes | VK_QUEUE_GRAPHICS_BIT, copies};
  if (setting("queues", 0) >= 2)
    all.push_back(computes);
  *count = uint32_t(all.size());
  for (uint32_t i = 0; families && i < *count; ++i) {
    families[i] = {};
    families[i].queueFlags = all[i];
    families[i].queueCount = 1;
    families[i].timestampValidBits = uint32_t(setting("clock", 0));
  }
}

static void VKAPI_CALL vkGetPhysicalDeviceFeatures2(
    VkPhysicalDevice, VkPhysicalDeviceFeatures2 *features) {
  VkBool32 hasIntegers = setting("integers", 1) ? VK_TRUE : VK_FALSE;
  features->features.shaderInt64 = features->features.shaderInt16 = hasIntegers;
  requireUsable(features->pNext);
  for (auto *next = (VkBaseOutStructure *)features->pNext; next;
       next = next->pNext) {
    if (next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES)
      ((VkPhysicalDeviceVulkan11Features *)next)->storageBuffer16BitAccess =
          hasIntegers;
    if (next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES) {
      auto *in12 = (VkPhysicalDeviceVulkan12Features *)next;
      in12->shaderInt8 = in12->storageBuffer8BitAccess = hasIntegers;
      in12->shaderFloat16 = hasIntegers;
      in12->vulkanMemoryModel = in12->vulkanMemoryModelDeviceScope = VK_TRUE;
    }
    if (next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES) {
      auto *in13 = (VkPhysicalDeviceVulkan13Features *)next;
      in13->subgroupSizeControl = VK_TRUE;
      in13->computeFullSubgroups = VkBool32(hasFullSubgroups());
      in13->shaderIntegerDotProduct = hasIntegers;
    }
    if (next->sType == MatrixFeatures::type)
      ((MatrixFeatures *)next)->cooperativeMatrix = VK_TRUE;
  }
}

static void VKAPI_CALL vkGetPhysicalDeviceProperties2(
    VkPhysicalDevice device, VkPhysicalDeviceProperties2 *properties) {
  vkGetPhysicalDeviceProperties(device, &properties->properties);
  requireUsable(properties->pNext);
  for (auto *next = (VkBaseOutStructure *)properties->pNext; next;
       next = next->pNext) {
    if (next->sType ==
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FLOAT_CONTROLS_PROPERTIES) {
      require(setting("vulkan", 2) > 1, "structs of a newer Vulkan");
      auto *floats = (VkPhysicalDeviceFloatControlsProperties *)next;
      floats->shaderSignedZeroInfNanPreserveFloat32 =
          floats->shaderSignedZeroInfNanPreserveFloat16 =
              VkBool32(setting("nan", 1));
    }
    if (next->sType ==
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_PROPERTIES)
      ((VkPhysicalDeviceShaderIntegerDotProductProperties *)next)
          ->integerDotProduct4x8BitPackedSignedAccelerated =
          VkBool32(setting("dots", 1));
    if (next->sType == MatrixStages::type)
      ((MatrixStages *)next)->supportedStages = VK_SHADER_STAGE_COMPUTE_BIT;
    if (next->sType ==
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES) {
      auto *sizes = (VkPhysicalDeviceSubgroupSizeControlProperties *)next;
      sizes->maxSubgroupSize = uint32_t(setting("subgroup", 32));
      sizes->minSubgroupSize =
          uint32_t(setting("smallest", sizes->maxSubgroupSize));
      sizes->maxComputeWorkgroupSubgroups =
          uint32_t(setting("subgroups", 1024));
      sizes->requiredSubgroupSizeStages = VK_SHADER_STAGE_COMPUTE_BIT;
    }
    if (next->sType == VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES) {
      auto *subgroup = (VkPhysicalDeviceSubgroupProperties *)next;
      subgroup->subgroupSize = uint32_t(setting("subgroup", 32));
      subgroup->supportedStages = VK_SHADER_STAGE_COMPUTE_BIT;
      subgroup->supportedOperations =
          VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_ARITHMETIC_BIT;
    }
  }
}

static VkResult VKAPI_CALL vkEnumerateDeviceExtensionProperties(
    VkPhysicalDevice, const char *, uint32_t *count,
    VkExtensionProperties *properties) {
  return list(extensions({{"VK_KHR_nothing", true},
                          {portabilityOfDevice, setting("portable", 0) != 0},
                          {matrixExtension, setting("matrix", 0) != 0}}),
              count, properties);
}

static VkResult VKAPI_CALL vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR(
    VkPhysicalDevice, uint32_t *count, MatrixProperties *properties) {
  auto size = uint32_t(setting("matrix", 0));
  require(size, "a function of an extension that isn't there");
  // What isn't asked for comes first: sums in half.
  std::vector<MatrixProperties> all(2, {MatrixProperties::type});
  for (uint32_t i = 0; i < 2; ++i) {
    require(!properties || i >= *count ||
                properties[i].sType == MatrixProperties::type,
            "a struct's type");
    all[i].m = i ? size : 64;
    all[i].n = i ? uint32_t(setting("columns", size)) : 64;
    all[i].k = i ? uint32_t(setting("depth", size)) : 64;
    all[i].cType = all[i].resultType = i;
    all[i].scope = 3;
  }
  return list(all, count, properties);
}

/// Kinds that need a feature to be switched on, or that no buffer may have.
static constexpr VkMemoryPropertyFlags unusableMemory =
    VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT | VK_MEMORY_PROPERTY_PROTECTED_BIT |
    VK_MEMORY_PROPERTY_DEVICE_COHERENT_BIT_AMD |
    VK_MEMORY_PROPERTY_DEVICE_UNCACHED_BIT_AMD;

static std::vector<VkMemoryPropertyFlags> memoryKinds() {
  constexpr VkMemoryPropertyFlags local = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
  constexpr VkMemoryPropertyFlags cached = VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
  VkMemoryPropertyFlags visible =
      setting("noshared", 0) ? 0
                             : VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                   VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  std::vector<VkMemoryPropertyFlags> kinds;
  for (VkMemoryPropertyFlags flag = 1; setting("odd", 0) && flag <= 256;
       flag *= 2)
    if (flag & unusableMemory)
      kinds.push_back(flag | local | visible | cached);
  if (setting("unified", 0))
    kinds.push_back(local | visible);
  else
    kinds.insert(kinds.end(), {local, visible});
  if (setting("cached", 0))
    kinds.push_back(visible | cached);
  return kinds;
}

static void VKAPI_CALL vkGetPhysicalDeviceMemoryProperties(
    VkPhysicalDevice, VkPhysicalDeviceMemoryProperties *properties) {
  *properties = {};
  for (VkMemoryPropertyFlags kind : memoryKinds())
    properties->memoryTypes[properties->memoryTypeCount++].propertyFlags = kind;
  properties->memoryHeapCount = 1;
  properties->memoryHeaps[0].size = setting("memory", UINT64_MAX);
}

static VkResult VKAPI_CALL vkCreateDevice(VkPhysicalDevice,
                                          const VkDeviceCreateInfo *info,
                                          const VkAllocationCallbacks *,
                                          VkDevice *device) {
  if (setting("open", 0))
    return VK_ERROR_INITIALIZATION_FAILED;
  queueFamily = info->pQueueCreateInfos->queueFamilyIndex;
  bool hasMatrices = false;
  requireUsable(info->pNext);
  for (auto *next = (const VkBaseInStructure *)info->pNext; next;
       next = next->pNext)
    hasMatrices |= next->sType == MatrixFeatures::type;
  auto isOn = [&](const char *name) {
    return std::any_of(info->ppEnabledExtensionNames,
                       info->ppEnabledExtensionNames +
                           info->enabledExtensionCount,
                       [&](const char *on) { return !std::strcmp(on, name); });
  };
  require(hasMatrices == isOn(matrixExtension),
          "a feature without its extension");
  require(isOn(portabilityOfDevice) == (setting("portable", 0) != 0),
          "a device that is portable isn't taken as one");
  *device = (VkDevice) new Device;
  return VK_SUCCESS;
}

static void VKAPI_CALL vkDestroyDevice(VkDevice device,
                                       const VkAllocationCallbacks *) {
  require(as<Device>(device)->objects == 0, "objects outlive their device");
  delete as<Device>(device);
}

static void VKAPI_CALL vkGetDeviceQueue(VkDevice device, uint32_t family,
                                        uint32_t, VkQueue *queue) {
  require(family == queueFamily, "a queue of another family");
  *queue = (VkQueue)device;
}

} // namespace nullvulkan

#endif // TENON_TEST_BACKENDS_VULKAN_NULL_NULLDEVICES_H
