//===- NullCommands.h - commands of a Vulkan for tests ----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A part of NullVulkan.cpp, which says what the settings are.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_BACKENDS_VULKAN_NULL_NULLCOMMANDS_H
#define TENON_TEST_BACKENDS_VULKAN_NULL_NULLCOMMANDS_H

#include "NullObjects.h"

#include <cstring>

namespace nullvulkan {

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
  as<Commands>(buffer)->list.clear();
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
    as<Commands>(buffer)->list.push_back(
        Copy{as<Buffer>(from), as<Buffer>(to), region});
  }
}

static void VKAPI_CALL vkCmdBindDescriptorSets(
    VkCommandBuffer buffer, VkPipelineBindPoint, VkPipelineLayout, uint32_t,
    uint32_t, const VkDescriptorSet *sets, uint32_t, const uint32_t *) {
  as<Commands>(buffer)->next.set = as<DescriptorSet>(sets[0]);
}

static void VKAPI_CALL vkCmdBindPipeline(VkCommandBuffer buffer,
                                         VkPipelineBindPoint,
                                         VkPipeline pipeline) {
  require(pipeline, "no pipeline");
  as<Commands>(buffer)->next.pipeline = as<Pipeline>(pipeline);
}

static void VKAPI_CALL vkCmdDispatch(VkCommandBuffer buffer, uint32_t x,
                                     uint32_t y, uint32_t z) {
  auto *commands = as<Commands>(buffer);
  require(commands->isRecording, "a command outside of recording");
  require(std::max({x, y, z}) <= setting("groups", 65535),
          "more groups than a device takes");
  commands->order += 'd';
  commands->next.groups = {x, y, z};
  commands->list.push_back(commands->next);
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
  as<Commands>(buffer)->list.push_back(Barrier{ofCopies});
}

static void VKAPI_CALL vkCmdPushConstants(VkCommandBuffer buffer,
                                          VkPipelineLayout, VkShaderStageFlags,
                                          uint32_t offset, uint32_t size,
                                          const void *values) {
  require(size <= setting("push", 128), "too many push constants");
  auto &push = as<Commands>(buffer)->next.push;
  push.resize(std::max<size_t>(push.size(), offset + size));
  std::memcpy(push.data() + offset, values, size);
}

static void VKAPI_CALL vkCmdResetQueryPool(VkCommandBuffer, VkQueryPool,
                                           uint32_t, uint32_t) {}

static void VKAPI_CALL vkCmdWriteTimestamp(VkCommandBuffer,
                                           VkPipelineStageFlagBits, VkQueryPool,
                                           uint32_t) {}

/// Copies, and says who reads and writes what.
static void perform(Device &device, const Copy &copy) {
  Memory &from = *copy.from->memory, &to = *copy.to->memory;
  const VkBufferCopy &region = copy.region;
  if (setting("compute", 0)) {
    auto note = [&](Memory &memory, uint64_t offset,
                    machine::Access::Kind kind) {
      require(
          !memory.shadow.note(offset, region.size,
                              {kind, machine::Access::copier, device.time,
                               device.barrierOfCopies, device.barrierOfCopies}),
          "a copy of what no barrier orders before it or after it");
    };
    note(from, region.srcOffset, machine::Access::Read);
    note(to, region.dstOffset, machine::Access::Write);
  }
  std::memcpy(to.bytes.data() + region.dstOffset,
              from.bytes.data() + region.srcOffset, region.size);
}

static void perform(Device &device, const Launch &launch) {
  if (!launch.pipeline->module)
    return;
  machine::Dispatch dispatch = {launch.pipeline->module.get(),
                                {},
                                launch.push,
                                launch.groups,
                                device.time,
                                device.barrier,
                                device.barrierOfCopies,
                                setting("loose", 0) != 0,
                                setting("scattered", 0) != 0,
                                setting("holes", 0) &&
                                    !launch.pipeline->isFull};
  for (const auto &[binding, view] : *launch.set)
    dispatch.bindings[binding] = {
        reinterpret_cast<uint8_t *>(view.buffer->memory->bytes.data()) +
            view.offset,
        view.range, &view.buffer->memory->shadow, view.offset};
  machine::execute(dispatch);
}

static void perform(Device &device, const Barrier &barrier) {
  if (!barrier.isOfCopies && setting("forgetful", 0))
    return;
  device.barrier = device.time;
  if (barrier.isOfCopies)
    device.barrierOfCopies = device.time;
}

static VkResult VKAPI_CALL vkQueueSubmit(VkQueue queue, uint32_t count,
                                         const VkSubmitInfo *infos, VkFence) {
  auto *device = as<Device>(queue);
  if (isNow("submit", submits))
    device->isLost = true;
  if (device->isLost)
    return VK_ERROR_DEVICE_LOST;
  if (submits == setting("full", 0))
    return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  for (uint32_t i = 0; i < count; ++i)
    for (uint32_t k = 0; k < infos[i].commandBufferCount; ++k) {
      auto *commands = as<Commands>(infos[i].pCommandBuffers[k]);
      require(!commands->isRecording, "commands that are still recorded");
      lastOrder = commands->order;
      for (const auto &command : commands->list) {
        ++device->time;
        std::visit([&](const auto &its) { perform(*device, its); }, command);
      }
    }
  return VK_SUCCESS;
}

static VkResult VKAPI_CALL vkWaitForFences(VkDevice device, uint32_t,
                                           const VkFence *, VkBool32,
                                           uint64_t) {
  if (isNow("wait", waits))
    as<Device>(device)->isLost = true;
  if (as<Device>(device)->isLost)
    return VK_ERROR_DEVICE_LOST;
  if (waits == setting("waitfull", 0)) {
    as<Device>(device)->isLeftRunning = true;
    return VK_ERROR_OUT_OF_HOST_MEMORY;
  }
  return VK_SUCCESS;
}

static VkResult VKAPI_CALL vkDeviceWaitIdle(VkDevice device) {
  as<Device>(device)->isLeftRunning = false;
  return VK_SUCCESS;
}

} // namespace nullvulkan

#endif // TENON_TEST_BACKENDS_VULKAN_NULL_NULLCOMMANDS_H
