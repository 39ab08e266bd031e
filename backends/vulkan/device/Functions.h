//===- Functions.h - the functions of Vulkan that are used ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// They are pointers, filled at run time, under Vulkan's own names: a program
// that doesn't use a GPU needs no driver. In a namespace, so that they don't
// meet those of a program that links with the loader itself.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_DEVICE_FUNCTIONS_H
#define TENON_BACKENDS_VULKAN_DEVICE_FUNCTIONS_H

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan_core.h>

// Before there is an instance, and from one.
#define TENON_VULKAN_GLOBAL_FUNCTIONS(F)                                       \
  F(vkEnumerateInstanceExtensionProperties)                                    \
  F(vkEnumerateInstanceVersion)                                                \
  F(vkCreateInstance)
#define TENON_VULKAN_FUNCTIONS(F)                                              \
  F(vkAllocateCommandBuffers)                                                  \
  F(vkAllocateDescriptorSets)                                                  \
  F(vkAllocateMemory)                                                          \
  F(vkBeginCommandBuffer)                                                      \
  F(vkBindBufferMemory)                                                        \
  F(vkCmdBindDescriptorSets)                                                   \
  F(vkCmdBindPipeline)                                                         \
  F(vkCmdCopyBuffer)                                                           \
  F(vkCmdDispatch)                                                             \
  F(vkCmdPipelineBarrier)                                                      \
  F(vkCmdPushConstants)                                                        \
  F(vkCmdResetQueryPool)                                                       \
  F(vkCmdWriteTimestamp)                                                       \
  F(vkCreateBuffer)                                                            \
  F(vkCreateBufferView)                                                        \
  F(vkCreateCommandPool)                                                       \
  F(vkCreateComputePipelines)                                                  \
  F(vkCreateDescriptorPool)                                                    \
  F(vkCreateDescriptorSetLayout)                                               \
  F(vkCreateDevice)                                                            \
  F(vkCreateFence)                                                             \
  F(vkCreatePipelineCache)                                                     \
  F(vkCreatePipelineLayout)                                                    \
  F(vkCreateQueryPool)                                                         \
  F(vkCreateShaderModule)                                                      \
  F(vkDestroyBuffer)                                                           \
  F(vkDestroyBufferView)                                                       \
  F(vkDestroyCommandPool)                                                      \
  F(vkDestroyDescriptorPool)                                                   \
  F(vkDestroyDescriptorSetLayout)                                              \
  F(vkDestroyDevice)                                                           \
  F(vkDestroyFence)                                                            \
  F(vkDestroyInstance)                                                         \
  F(vkDestroyPipeline)                                                         \
  F(vkDestroyPipelineCache)                                                    \
  F(vkDestroyPipelineLayout)                                                   \
  F(vkDestroyQueryPool)                                                        \
  F(vkDestroyShaderModule)                                                     \
  F(vkDeviceWaitIdle)                                                          \
  F(vkEndCommandBuffer)                                                        \
  F(vkEnumerateDeviceExtensionProperties)                                      \
  F(vkEnumeratePhysicalDevices)                                                \
  F(vkFreeMemory)                                                              \
  F(vkGetBufferMemoryRequirements)                                             \
  F(vkGetDeviceQueue)                                                          \
  F(vkGetPhysicalDeviceFeatures2)                                              \
  F(vkGetPhysicalDeviceMemoryProperties)                                       \
  F(vkGetPhysicalDeviceProperties)                                             \
  F(vkGetPhysicalDeviceProperties2)                                            \
  F(vkGetPhysicalDeviceQueueFamilyProperties)                                  \
  F(vkGetPipelineCacheData)                                                    \
  F(vkGetQueryPoolResults)                                                     \
  F(vkMapMemory)                                                               \
  F(vkQueueSubmit)                                                             \
  F(vkUpdateDescriptorSets)                                                    \
  F(vkWaitForFences)

namespace tenon::vulkan {

//===----------------------------------------------------------------------===//
// VK_KHR_cooperative_matrix, which came after the headers of some systems.
//===----------------------------------------------------------------------===//

/// VkPhysicalDeviceCooperativeMatrixFeaturesKHR
struct MatrixFeatures {
  static constexpr auto type = static_cast<VkStructureType>(1000506000);
  VkStructureType sType;
  void *pNext;
  VkBool32 cooperativeMatrix, robustBufferAccess;
};
/// VkCooperativeMatrixPropertiesKHR
struct MatrixProperties {
  static constexpr auto type = static_cast<VkStructureType>(1000506001);
  VkStructureType sType;
  void *pNext;
  uint32_t m, n, k, aType, bType, cType, resultType;
  VkBool32 saturatingAccumulation;
  uint32_t scope;
};
/// VkPhysicalDeviceCooperativeMatrixPropertiesKHR
struct MatrixStages {
  static constexpr auto type = static_cast<VkStructureType>(1000506002);
  VkStructureType sType;
  void *pNext;
  VkShaderStageFlags supportedStages;
};
/// Null where the loader doesn't know it.
extern VkResult(VKAPI_PTR *vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR)(
    VkPhysicalDevice device, uint32_t *count, MatrixProperties *properties);

#define TENON_DECLARE(name) extern PFN_##name name;
TENON_VULKAN_GLOBAL_FUNCTIONS(TENON_DECLARE)
TENON_VULKAN_FUNCTIONS(TENON_DECLARE)
#undef TENON_DECLARE

/// Loads the global functions; false if the machine has no Vulkan.
bool loadGlobalFunctions();
/// Loads the others; false if the driver lacks one.
bool loadFunctions(VkInstance instance);

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_DEVICE_FUNCTIONS_H
