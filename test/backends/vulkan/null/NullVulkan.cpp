//===- NullVulkan.cpp - a Vulkan that computes nothing --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A libvulkan.so.1 for tests: it has what backends/vulkan/device calls, copies
// between buffers, and executes kernels if it is told to. It fails when it is
// told to, by settings in the environment variable TENON_NULL_VULKAN,
// `name=number` with commas between them, which are read whenever an instance
// is made:
//
//   devices=1     so many devices; the second and all further are integrated
//   type=2        of the first: 1 integrated, 2 discrete, 4 software
//   unified=0     1: all memory is the device's and the host's
//   noshared=0    1: the host sees no memory
//   cached=0      1: there is memory that the host caches, as well
//   odd=0         1: and other kinds, which nobody may use
//   memory=BYTES  so much there is
//   allocation=N  there is no memory for the N-th buffer, counted from 1
//   open=0        1: devices can't be opened
//   pipeline=N    the N-th pipeline can't be made, nor those after it
//   submit=N      the device is lost with the N-th submission
//   wait=N        the device is lost in the N-th wait
//   full=N        there is no memory for the N-th submission
//   waitfull=N    nor for the N-th wait, while what was submitted runs
//   subgroup=32   threads of a subgroup, unless a kernel requires others,
//   smallest=N    of which the device has these at least
//   subgroups=N   in a workgroup, at most, if their size is required
//   vulkan=2      1, 3: devices of Vulkan 1.1, Vulkan 1.3
//   loader=3      0, 1, 2: a loader of Vulkan 1.0, 1.1, 1.2
//   integers=1    0: it computes with integers of 32 bits only
//   nan=1         0: kernels can't say that NaN and infinities matter
//   dots=1        0: a sum of four products of bytes takes several instructions
//   requires=0    pipelines require subgroups of so many threads; 0: of any
//   whole=1       0: pipelines can't ask for subgroups that lack no thread
//   matrix=0      N: matrices of N x N x N halves, with sums in floats,
//   columns=N     or of so many columns,
//   depth=N       or of such a depth
//   compute=0     1: kernels are executed (see machine/Workgroup.h)
//   idle=0        kernels with so many threads in a workgroup do nothing
//   loose=0       1: with floats as inexact as Vulkan allows
//   forgetful=0   1: without the barriers between them
//   scattered=0   1: with neighbouring threads in different subgroups
//   holes=0       1: in subgroups that lack their first lane, where pipelines
//                 don't ask for others
//   portable=0    1: devices stand on another interface, and are listed for
//                 instances that ask for such
//   grows=0       so many lists have one more at the second call
//   product=0     which of its maker's devices it is
//   queues=0      1: those of family 1 compute and draw, others only copy;
//                 2: those of family 3 compute
//   clock=0       bits of its times, with steps of 2.5 ns
//   range, invocations, width, shared, buffers, setbuffers, images, setimages,
//   resources, groups, push, texels
//                 limits: maxStorageBufferRange, ...WorkGroupInvocations,
//                 ...WorkGroupSize, ...SharedMemorySize, ...StorageBuffers of a
//                 stage and of a set, ...SampledImages, maxPerStageResources,
//                 ...WorkGroupCount, maxPushConstantsSize,
//                 maxTexelBufferElements
//
// What a driver would let pass ends the process here, with a line: uses out of
// bounds, maps of what the host can't see, objects that outlive their device.
//
//===----------------------------------------------------------------------===//

#include "NullCommands.h"
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
  return make(device, view,
              new View{as<Buffer>(info->buffer), info->offset, info->range});
}

static void VKAPI_CALL vkDestroyBufferView(VkDevice device, VkBufferView view,
                                           const VkAllocationCallbacks *) {
  destroy<View>(device, view);
}

static void VKAPI_CALL vkGetBufferMemoryRequirements(
    VkDevice, VkBuffer buffer, VkMemoryRequirements *requirements) {
  askedBuffer = as<Buffer>(buffer)->number;
  *requirements = {(as<Buffer>(buffer)->size + 255) / 256 * 256, 256,
                   (1U << memoryKinds().size()) - 1};
}

static VkResult VKAPI_CALL vkAllocateMemory(VkDevice device,
                                            const VkMemoryAllocateInfo *info,
                                            const VkAllocationCallbacks *,
                                            VkDeviceMemory *memory) {
  auto *owner = as<Device>(device);
  require(info->allocationSize <= setting("memory", UINT64_MAX),
          "more memory than there is");
  if (askedBuffer == setting("allocation", 0) ||
      owner->used + info->allocationSize > setting("memory", UINT64_MAX))
    return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  owner->used += info->allocationSize;
  VkMemoryPropertyFlags kind = memoryKinds()[info->memoryTypeIndex];
  require(!(kind & unusableMemory), "memory that needs a feature");
  bool isVisible = kind & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT;
  // What nobody writes is no number.
  return make(device, memory,
              new Memory{std::vector<char>(info->allocationSize, char(0xff)),
                         isVisible,
                         {}});
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
TENON_NULL_THING(PipelineLayout, VkPipelineLayoutCreateInfo)
TENON_NULL_THING(QueryPool, VkQueryPoolCreateInfo)
TENON_NULL_THING(Fence, VkFenceCreateInfo)
#undef TENON_NULL_THING

static VkResult VKAPI_CALL
vkCreateShaderModule(VkDevice device, const VkShaderModuleCreateInfo *info,
                     const VkAllocationCallbacks *, VkShaderModule *module) {
  return make(
      device, module,
      new ShaderModule{{info->pCode, info->pCode + info->codeSize / 4}});
}

static void VKAPI_CALL vkDestroyShaderModule(VkDevice device,
                                             VkShaderModule module,
                                             const VkAllocationCallbacks *) {
  destroy<ShaderModule>(device, module);
}

static std::map<int64_t, uint32_t>
constantsOf(const VkSpecializationInfo *info) {
  std::map<int64_t, uint32_t> constants;
  for (uint32_t i = 0; info && i < info->mapEntryCount; ++i) {
    const VkSpecializationMapEntry &entry = info->pMapEntries[i];
    require(entry.size == sizeof(uint32_t) &&
                entry.offset + entry.size <= info->dataSize,
            "a constant beyond what is given");
    std::memcpy(&constants[entry.constantID],
                static_cast<const char *>(info->pData) + entry.offset,
                entry.size);
  }
  return constants;
}

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
  require(setting("compute", 0) || setting("requires", 0) == requiredSubgroup,
          "a pipeline requires other subgroups");
  if (++pipelines >= setting("pipeline", UINT64_MAX))
    return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  auto *made = new Pipeline;
  made->isFull = info->stage.flags &
                 VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT;
  require(!made->isFull || hasFullSubgroups(),
          "a feature that the device lacks");
  if (setting("compute", 0)) {
    uint32_t subgroup =
        requiredSubgroup ? requiredSubgroup : uint32_t(setting("subgroup", 32));
    made->module = std::make_unique<machine::Module>(
        as<ShaderModule>(info->stage.module)->words, subgroup,
        constantsOf(info->stage.pSpecializationInfo));
    require(!made->isFull || made->module->threads % subgroup == 0,
            "full subgroups of another number of threads");
    const VkPhysicalDeviceLimits limits = deviceLimits();
    require(made->module->sharedBytes <= limits.maxComputeSharedMemorySize,
            "a kernel with more shared memory than a workgroup has");
    require(made->module->threads <= limits.maxComputeWorkGroupInvocations &&
                made->module->threads <= limits.maxComputeWorkGroupSize[0],
            "a kernel with more threads than a workgroup has");
    if (made->module->threads == setting("idle", 0))
      made->module.reset();
  }
  return make(device, pipeline, made);
}

static void VKAPI_CALL vkDestroyPipeline(VkDevice device, VkPipeline pipeline,
                                         const VkAllocationCallbacks *) {
  destroy<Pipeline>(device, pipeline);
}

/// What any pipeline was compiled to, as this driver has it.
static constexpr char pipelineData[] = "nothing";

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

static VkResult VKAPI_CALL
vkCreateDescriptorPool(VkDevice device, const VkDescriptorPoolCreateInfo *,
                       const VkAllocationCallbacks *, VkDescriptorPool *pool) {
  return make(device, pool, new DescriptorPool);
}

/// Sets go with their pool.
static void VKAPI_CALL vkDestroyDescriptorPool(VkDevice device,
                                               VkDescriptorPool pool,
                                               const VkAllocationCallbacks *) {
  destroy<DescriptorPool>(device, pool);
}

static VkResult VKAPI_CALL vkAllocateDescriptorSets(
    VkDevice, const VkDescriptorSetAllocateInfo *info, VkDescriptorSet *sets) {
  auto &all = as<DescriptorPool>(info->descriptorPool)->sets;
  for (uint32_t i = 0; i < info->descriptorSetCount; ++i)
    sets[i] =
        (VkDescriptorSet)all.emplace_back(std::make_unique<DescriptorSet>())
            .get();
  return VK_SUCCESS;
}

static void VKAPI_CALL vkUpdateDescriptorSets(
    VkDevice, uint32_t count, const VkWriteDescriptorSet *writes, uint32_t,
    const VkCopyDescriptorSet *) {
  for (uint32_t i = 0; i < count; ++i)
    for (uint32_t k = 0; k < writes[i].descriptorCount; ++k) {
      View &place =
          (*as<DescriptorSet>(writes[i].dstSet))[writes[i].dstBinding + k];
      if (writes[i].pTexelBufferView) {
        place = *as<View>(writes[i].pTexelBufferView[k]);
        continue;
      }
      const VkDescriptorBufferInfo &info = writes[i].pBufferInfo[k];
      place = {as<Buffer>(info.buffer), info.offset, info.range};
      require(info.offset % 256 == 0 && info.range &&
                  info.range <= setting("range", UINT32_MAX),
              "a binding that can't be");
      require(info.offset + info.range <= place.buffer->size,
              "a binding beyond its buffer");
    }
}

static VkResult VKAPI_CALL vkGetQueryPoolResults(VkDevice, VkQueryPool,
                                                 uint32_t, uint32_t,
                                                 size_t size, void *data,
                                                 VkDeviceSize,
                                                 VkQueryResultFlags) {
  // From just before its clock begins anew to 10 steps later. What is above its
  // bits says nothing.
  uint64_t bits = setting("clock", 0);
  uint64_t times[] = {UINT64_MAX - 3,
                      6 | (bits < 64 ? uint64_t(7) << bits : 0)};
  require(bits && size == sizeof(times), "times that aren't taken");
  std::memcpy(data, times, size);
  return VK_SUCCESS;
}

} // namespace nullvulkan

/// How often work was submitted since an instance was made.
extern "C" __attribute__((visibility("default"))) uint64_t
nullVulkanSubmissions() {
  return nullvulkan::submits;
}

/// Of the device that was opened last.
extern "C" __attribute__((visibility("default"))) uint64_t
nullVulkanQueueFamily() {
  return nullvulkan::queueFamily;
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
