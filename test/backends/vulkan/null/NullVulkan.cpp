//===- NullVulkan.cpp - a Vulkan that computes nothing --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A libvulkan.so.1 for tests: it has what backends/vulkan/device calls, copies
// between buffers, and runs no kernels. It fails when it is told to, by
// settings in the environment variable TENON_NULL_VULKAN, `name=number` with
// commas between them, which are read whenever an instance is made:
//
//   devices=1         so many devices; the second and all further are
//   integrated type=2            of the first: 1 integrated, 2 discrete, 4
//   software unified=0         1: all memory is the device's and the host's
//   noshared=0        1: the host sees no memory
//   memory=BYTES      so much can be allocated at once
//   allocation=N      there is no memory for the N-th buffer, counted from 1
//   open=0            1: devices can't be opened
//   pipeline=N        the N-th pipeline can't be made
//   submit=N          the device is lost with the N-th submission
//   wait=N            the device is lost in the N-th wait
//   subgroup=32       threads of a subgroup, unless a kernel requires others,
//   smallest=N        of which the device has these at least
//   vulkan=2          1, 3: Vulkan 1.1, Vulkan 1.3
//   integers=1        0: it computes with integers of 32 bits only
//   requires=0        pipelines require subgroups of so many threads; 0: of any
//   matrix=0          N: matrices of N x N x N halves, with sums in floats
//   range, invocations, shared, buffers, images, resources, groups, push,
//   texels            limits: maxStorageBufferRange, ...Invocations,
//                     ...SharedMemorySize, ...StorageBuffers,
//                     ...SampledImages, maxPerStageResources,
//                     ...WorkGroupCount, maxPushConstantsSize,
//                     maxTexelBufferElements
//
// What a driver would let pass ends the process here, with a line: uses out of
// bounds, maps of what the host can't see, objects that outlive their device.
//
//===----------------------------------------------------------------------===//

#include "NullDevices.h"

#include <cstring>

namespace nullvulkan {

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static VkResult VKAPI_CALL vkCreateBuffer(VkDevice device,
                                          const VkBufferCreateInfo *info,
                                          const VkAllocationCallbacks *,
                                          VkBuffer *buffer) {
  require(info->size, "an empty buffer");
  return make(device, buffer, new Buffer{info->size, ++buffers});
}

static void VKAPI_CALL vkDestroyBuffer(VkDevice device, VkBuffer buffer,
                                       const VkAllocationCallbacks *) {
  destroy<Buffer>(device, buffer);
}

static VkResult VKAPI_CALL
vkCreateBufferView(VkDevice device, const VkBufferViewCreateInfo *info,
                   const VkAllocationCallbacks *, VkBufferView *view) {
  require(info->offset + info->range <= as<Buffer>(info->buffer)->size,
          "a view beyond its buffer");
  require(info->range / 16 <= setting("texels", 1 << 27),
          "a view of too many texels");
  return make(device, view, new Thing);
}

static void VKAPI_CALL vkDestroyBufferView(VkDevice device, VkBufferView view,
                                           const VkAllocationCallbacks *) {
  destroy<Thing>(device, view);
}

static void VKAPI_CALL vkGetBufferMemoryRequirements(
    VkDevice, VkBuffer buffer, VkMemoryRequirements *requirements) {
  askedBuffer = as<Buffer>(buffer)->number;
  *requirements = {(as<Buffer>(buffer)->size + 255) / 256 * 256, 256, 3};
}

static VkResult VKAPI_CALL vkAllocateMemory(VkDevice device,
                                            const VkMemoryAllocateInfo *info,
                                            const VkAllocationCallbacks *,
                                            VkDeviceMemory *memory) {
  auto *owner = as<Device>(device);
  if (askedBuffer == setting("allocation", 0) ||
      owner->used + info->allocationSize > setting("memory", UINT64_MAX))
    return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  owner->used += info->allocationSize;
  bool isVisible =
      memoryFlags(info->memoryTypeIndex) & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT;
  return make(device, memory,
              new Memory{std::vector<char>(info->allocationSize), isVisible});
}

static void VKAPI_CALL vkFreeMemory(VkDevice device, VkDeviceMemory memory,
                                    const VkAllocationCallbacks *) {
  if (memory)
    as<Device>(device)->used -= as<Memory>(memory)->bytes.size();
  destroy<Memory>(device, memory);
}

static VkResult VKAPI_CALL vkBindBufferMemory(VkDevice, VkBuffer buffer,
                                              VkDeviceMemory memory,
                                              VkDeviceSize offset) {
  require(offset == 0 &&
              as<Buffer>(buffer)->size <= as<Memory>(memory)->bytes.size(),
          "a buffer beyond its memory");
  as<Buffer>(buffer)->memory = as<Memory>(memory);
  return VK_SUCCESS;
}

static VkResult VKAPI_CALL vkMapMemory(VkDevice, VkDeviceMemory memory,
                                       VkDeviceSize offset, VkDeviceSize,
                                       VkMemoryMapFlags, void **data) {
  require(as<Memory>(memory)->isVisible, "a map of what the host can't see");
  *data = as<Memory>(memory)->bytes.data() + offset;
  return VK_SUCCESS;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

#define TENON_NULL_THING(Kind, Info)                                           \
  static VkResult VKAPI_CALL vkCreate##Kind(VkDevice device, const Info *,     \
                                            const VkAllocationCallbacks *,     \
                                            Vk##Kind *handle) {                \
    return make(device, handle, new Thing);                                    \
  }                                                                            \
  static void VKAPI_CALL vkDestroy##Kind(VkDevice device, Vk##Kind handle,     \
                                         const VkAllocationCallbacks *) {      \
    destroy<Thing>(device, handle);                                            \
  }
TENON_NULL_THING(DescriptorSetLayout, VkDescriptorSetLayoutCreateInfo)
TENON_NULL_THING(DescriptorPool, VkDescriptorPoolCreateInfo)
TENON_NULL_THING(PipelineLayout, VkPipelineLayoutCreateInfo)
TENON_NULL_THING(ShaderModule, VkShaderModuleCreateInfo)
TENON_NULL_THING(QueryPool, VkQueryPoolCreateInfo)
TENON_NULL_THING(Fence, VkFenceCreateInfo)
#undef TENON_NULL_THING

static VkResult VKAPI_CALL
vkCreateComputePipelines(VkDevice device, VkPipelineCache, uint32_t,
                         const VkComputePipelineCreateInfo *info,
                         const VkAllocationCallbacks *, VkPipeline *pipeline) {
  *pipeline = VK_NULL_HANDLE;
  uint32_t requiredSubgroup = 0;
  if (auto *next = (const VkBaseInStructure *)info->stage.pNext)
    requiredSubgroup =
        ((const VkPipelineShaderStageRequiredSubgroupSizeCreateInfo *)next)
            ->requiredSubgroupSize;
  require(setting("requires", 0) == requiredSubgroup,
          "a pipeline requires other subgroups");
  if (isNow("pipeline", pipelines))
    return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  return make(device, pipeline, new Thing);
}

static void VKAPI_CALL vkDestroyPipeline(VkDevice device, VkPipeline pipeline,
                                         const VkAllocationCallbacks *) {
  destroy<Thing>(device, pipeline);
}

/// What any pipeline was compiled to, as this driver has it.
static constexpr char pipelineData[] = "nothing, as no kernel runs";

static VkResult VKAPI_CALL vkGetPipelineCacheData(VkDevice, VkPipelineCache,
                                                  size_t *size, void *data) {
  *size = sizeof(pipelineData);
  if (data)
    std::memcpy(data, pipelineData, *size);
  return VK_SUCCESS;
}

/// A driver may trust what it is given.
static VkResult VKAPI_CALL
vkCreatePipelineCache(VkDevice device, const VkPipelineCacheCreateInfo *info,
                      const VkAllocationCallbacks *, VkPipelineCache *cache) {
  if (info->initialDataSize) {
    require(info->initialDataSize == sizeof(pipelineData) &&
                !std::memcmp(info->pInitialData, pipelineData,
                             sizeof(pipelineData)),
            "pipelines that it never made");
    ++cachesRead;
  }
  return make(device, cache, new Thing);
}

static void VKAPI_CALL vkDestroyPipelineCache(VkDevice device,
                                              VkPipelineCache cache,
                                              const VkAllocationCallbacks *) {
  destroy<Thing>(device, cache);
}

/// Sets go with their pool.
static VkResult VKAPI_CALL vkAllocateDescriptorSets(
    VkDevice, const VkDescriptorSetAllocateInfo *info, VkDescriptorSet *sets) {
  for (uint32_t i = 0; i < info->descriptorSetCount; ++i)
    sets[i] = (VkDescriptorSet)info->descriptorPool;
  return VK_SUCCESS;
}

static void VKAPI_CALL vkUpdateDescriptorSets(
    VkDevice, uint32_t count, const VkWriteDescriptorSet *writes, uint32_t,
    const VkCopyDescriptorSet *) {
  for (uint32_t i = 0; i < count; ++i)
    for (uint32_t k = 0; k < writes[i].descriptorCount; ++k) {
      if (writes[i].pTexelBufferView)
        continue;
      const VkDescriptorBufferInfo &info = writes[i].pBufferInfo[k];
      require(info.offset % 256 == 0 && info.range &&
                  info.range <= setting("range", UINT32_MAX),
              "a binding that can't be");
      require(info.offset + info.range <= as<Buffer>(info.buffer)->size,
              "a binding beyond its buffer");
    }
}

static VkResult VKAPI_CALL vkGetQueryPoolResults(VkDevice, VkQueryPool,
                                                 uint32_t, uint32_t,
                                                 size_t size, void *data,
                                                 VkDeviceSize,
                                                 VkQueryResultFlags) {
  std::memset(data, 0, size);
  return VK_SUCCESS;
}

//===----------------------------------------------------------------------===//
// Commands
//===----------------------------------------------------------------------===//

static VkResult VKAPI_CALL vkCreateCommandPool(VkDevice device,
                                               const VkCommandPoolCreateInfo *,
                                               const VkAllocationCallbacks *,
                                               VkCommandPool *pool) {
  return make(device, pool, new Pool);
}

static void VKAPI_CALL vkDestroyCommandPool(VkDevice device, VkCommandPool pool,
                                            const VkAllocationCallbacks *) {
  if (pool)
    for (Commands *commands : as<Pool>(pool)->commands)
      delete commands;
  destroy<Pool>(device, pool);
}

static VkResult VKAPI_CALL
vkAllocateCommandBuffers(VkDevice, const VkCommandBufferAllocateInfo *info,
                         VkCommandBuffer *buffers) {
  for (uint32_t i = 0; i < info->commandBufferCount; ++i) {
    auto *commands = new Commands;
    as<Pool>(info->commandPool)->commands.push_back(commands);
    buffers[i] = (VkCommandBuffer)commands;
  }
  return VK_SUCCESS;
}

static VkResult VKAPI_CALL
vkBeginCommandBuffer(VkCommandBuffer buffer, const VkCommandBufferBeginInfo *) {
  as<Commands>(buffer)->copies.clear();
  as<Commands>(buffer)->order.clear();
  as<Commands>(buffer)->isRecording = true;
  return VK_SUCCESS;
}

static VkResult VKAPI_CALL vkEndCommandBuffer(VkCommandBuffer buffer) {
  as<Commands>(buffer)->isRecording = false;
  return VK_SUCCESS;
}

static void VKAPI_CALL vkCmdCopyBuffer(VkCommandBuffer buffer, VkBuffer from,
                                       VkBuffer to, uint32_t count,
                                       const VkBufferCopy *regions) {
  as<Commands>(buffer)->order += 'c';
  for (uint32_t i = 0; i < count; ++i) {
    const VkBufferCopy &region = regions[i];
    require(region.size &&
                region.srcOffset + region.size <= as<Buffer>(from)->size &&
                region.dstOffset + region.size <= as<Buffer>(to)->size,
            "a copy out of bounds");
    as<Commands>(buffer)->copies.push_back(
        {as<Buffer>(from), as<Buffer>(to), region});
  }
}

static void VKAPI_CALL vkCmdBindDescriptorSets(
    VkCommandBuffer, VkPipelineBindPoint, VkPipelineLayout, uint32_t, uint32_t,
    const VkDescriptorSet *, uint32_t, const uint32_t *) {}

static void VKAPI_CALL vkCmdBindPipeline(VkCommandBuffer, VkPipelineBindPoint,
                                         VkPipeline pipeline) {
  require(pipeline, "no pipeline");
}

static void VKAPI_CALL vkCmdDispatch(VkCommandBuffer buffer, uint32_t x,
                                     uint32_t y, uint32_t z) {
  require(as<Commands>(buffer)->isRecording, "a command outside of recording");
  require(std::max({x, y, z}) <= setting("groups", 65535),
          "more groups than a device takes");
  as<Commands>(buffer)->order += 'd';
}

static void VKAPI_CALL vkCmdPipelineBarrier(
    VkCommandBuffer buffer, VkPipelineStageFlags from, VkPipelineStageFlags to,
    VkDependencyFlags, uint32_t count, const VkMemoryBarrier *barriers,
    uint32_t, const VkBufferMemoryBarrier *, uint32_t,
    const VkImageMemoryBarrier *) {
  require(count == 1, "a barrier without memory");
  auto covers = [&](VkPipelineStageFlags stages, VkAccessFlags written,
                    VkAccessFlags used) {
    return (from & stages) == stages && (to & stages) == stages &&
           (barriers->srcAccessMask & written) == written &&
           (barriers->dstAccessMask & used) == used;
  };
  VkAccessFlags written = VK_ACCESS_SHADER_WRITE_BIT;
  VkAccessFlags used = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT;
  require(covers(VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, written, used),
          "a barrier that leaves kernels out");
  bool ofCopies =
      covers(VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT,
             VK_ACCESS_TRANSFER_READ_BIT);
  as<Commands>(buffer)->order += ofCopies ? '=' : '|';
}

static void VKAPI_CALL vkCmdPushConstants(VkCommandBuffer, VkPipelineLayout,
                                          VkShaderStageFlags, uint32_t,
                                          uint32_t size, const void *) {
  require(size <= setting("push", 128), "too many push constants");
}

static void VKAPI_CALL vkCmdResetQueryPool(VkCommandBuffer, VkQueryPool,
                                           uint32_t, uint32_t) {}

static void VKAPI_CALL vkCmdWriteTimestamp(VkCommandBuffer,
                                           VkPipelineStageFlagBits, VkQueryPool,
                                           uint32_t) {}

static VkResult VKAPI_CALL vkQueueSubmit(VkQueue queue, uint32_t count,
                                         const VkSubmitInfo *infos, VkFence) {
  auto *device = as<Device>(queue);
  if (isNow("submit", submits))
    device->isLost = true;
  if (device->isLost)
    return VK_ERROR_DEVICE_LOST;
  for (uint32_t i = 0; i < count; ++i)
    for (uint32_t k = 0; k < infos[i].commandBufferCount; ++k) {
      auto *commands = as<Commands>(infos[i].pCommandBuffers[k]);
      require(!commands->isRecording, "commands that are still recorded");
      lastOrder = commands->order;
      for (const Copy &copy : commands->copies)
        std::memcpy(copy.to->memory->bytes.data() + copy.region.dstOffset,
                    copy.from->memory->bytes.data() + copy.region.srcOffset,
                    copy.region.size);
    }
  return VK_SUCCESS;
}

static VkResult VKAPI_CALL vkWaitForFences(VkDevice device, uint32_t,
                                           const VkFence *, VkBool32,
                                           uint64_t) {
  if (isNow("wait", waits))
    as<Device>(device)->isLost = true;
  return as<Device>(device)->isLost ? VK_ERROR_DEVICE_LOST : VK_SUCCESS;
}

} // namespace nullvulkan

/// How often work was submitted since an instance was made.
extern "C" __attribute__((visibility("default"))) uint64_t
nullVulkanSubmissions() {
  return nullvulkan::submits;
}

/// What nullVulkanOrder says is Commands::order.
extern "C" __attribute__((visibility("default"))) const char *
nullVulkanOrder() {
  return nullvulkan::lastOrder.c_str();
}

/// Caches of pipelines that began with what was kept.
extern "C" __attribute__((visibility("default"))) uint64_t
nullVulkanCachesRead() {
  return nullvulkan::cachesRead;
}

extern "C" __attribute__((visibility("default"))) PFN_vkVoidFunction VKAPI_CALL
vkGetInstanceProcAddr(VkInstance, const char *name) {
#define TENON_FIND(function)                                                   \
  if (!std::strcmp(name, #function))                                           \
    return reinterpret_cast<PFN_vkVoidFunction>(                               \
        static_cast<PFN_##function>(nullvulkan::function));
  TENON_VULKAN_GLOBAL_FUNCTIONS(TENON_FIND)
  TENON_VULKAN_FUNCTIONS(TENON_FIND)
#undef TENON_FIND
  if (!std::strcmp(name, "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR"))
    return reinterpret_cast<PFN_vkVoidFunction>(
        nullvulkan::vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR);
  return nullptr;
}
