//===- Memory.cpp - memory of a device ------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/device/Memory.h"

#include "support/Text.h"
#include "support/Units.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tenon::vulkan {

void Memory::swap(Memory &other) noexcept {
  std::swap(context_, other.context_);
  std::swap(buffer_, other.buffer_);
  std::swap(memory_, other.memory_);
  std::swap(size_, other.size_);
  std::swap(data_, other.data_);
}

Memory::~Memory() {
  if (!context_)
    return;
  vkDestroyBuffer(context_->device(), buffer_, nullptr);
  // This unmaps it, too.
  vkFreeMemory(context_->device(), memory_, nullptr);
}

/// Gives the buffer memory of a kind with these properties, if there is one
/// with room for it.
static VkDeviceMemory allocateWith(const Context &context,
                                   const VkMemoryRequirements &needs,
                                   VkMemoryPropertyFlags properties) {
  VkPhysicalDeviceMemoryProperties kinds;
  vkGetPhysicalDeviceMemoryProperties(context.physicalDevice(), &kinds);
  for (uint32_t i = 0; i < kinds.memoryTypeCount; ++i) {
    if (!(needs.memoryTypeBits >> i & 1) ||
        (kinds.memoryTypes[i].propertyFlags & properties) != properties)
      continue;
    VkMemoryAllocateInfo info = {VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
    info.allocationSize = needs.size;
    info.memoryTypeIndex = i;
    VkDeviceMemory memory;
    if (vkAllocateMemory(context.device(), &info, nullptr, &memory) ==
        VK_SUCCESS)
      return memory;
  }
  return VK_NULL_HANDLE;
}

Status Memory::create(VkBufferUsageFlags usage,
                      std::initializer_list<VkMemoryPropertyFlags> kinds) {
  VkDevice device = context_->device();
  std::string what = concat("get ", humanSize(size_), " to work in");
  VkBufferCreateInfo info = {VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
  info.size = size_;
  info.usage = usage | VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
               VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT;
  TENON_RETURN_IF_ERROR(
      checkResult(vkCreateBuffer(device, &info, nullptr, &buffer_), what));
  VkMemoryRequirements needs;
  vkGetBufferMemoryRequirements(device, buffer_, &needs);
  for (VkMemoryPropertyFlags kind : kinds)
    if (!memory_)
      memory_ = allocateWith(*context_, needs, kind);
  if (!memory_)
    return checkResult(VK_ERROR_OUT_OF_DEVICE_MEMORY, what);
  return checkResult(vkBindBufferMemory(device, buffer_, memory_, 0), what);
}

Result<Memory> Memory::allocate(std::shared_ptr<Context> context,
                                uint64_t size) {
  Memory result;
  result.context_ = std::move(context);
  result.size_ = size;
  constexpr VkMemoryPropertyFlags shared = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                           VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  TENON_RETURN_IF_ERROR(
      result.create(VK_BUFFER_USAGE_TRANSFER_SRC_BIT,
                    {shared | VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, shared}));
  void *data;
  TENON_RETURN_IF_ERROR(
      checkResult(vkMapMemory(result.context_->device(), result.memory_, 0,
                              VK_WHOLE_SIZE, 0, &data),
                  "see the device's memory"));
  result.data_ = static_cast<char *>(data);
  return result;
}

Result<Memory> Memory::allocateOnDevice(std::shared_ptr<Context> context,
                                        uint64_t size) {
  Memory result;
  result.context_ = std::move(context);
  result.size_ = size;
  TENON_RETURN_IF_ERROR(
      result.create(VK_BUFFER_USAGE_TRANSFER_DST_BIT,
                    {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0}));
  return result;
}

//===----------------------------------------------------------------------===//
// Staging
//===----------------------------------------------------------------------===//

Staging::~Staging() {
  vkDestroyCommandPool(context_->device(), pool_, nullptr);
}

Status Staging::create() {
  constexpr uint64_t pieceSize = uint64_t(16) << 20;
  TENON_ASSIGN_OR_RETURN(memory_, Memory::allocate(context_, pieceSize));
  VkCommandBuffer *const buffers[] = {&commands_};
  return context_->createCommands(pool_, buffers);
}

Status Staging::copyPiece(const Memory &to, uint64_t offset, uint64_t size) {
  VkCommandBufferBeginInfo info = {VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  TENON_RETURN_IF_ERROR(
      checkResult(vkBeginCommandBuffer(commands_, &info), "record commands"));
  VkBufferCopy copy = {0, offset, size};
  vkCmdCopyBuffer(commands_, memory_.buffer(), to.buffer(), 1, &copy);
  // Kernels of later submissions read it.
  VkMemoryBarrier barrier = {VK_STRUCTURE_TYPE_MEMORY_BARRIER};
  barrier.srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT;
  barrier.dstAccessMask = VK_ACCESS_SHADER_READ_BIT;
  vkCmdPipelineBarrier(commands_, VK_PIPELINE_STAGE_TRANSFER_BIT,
                       VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 1, &barrier, 0,
                       nullptr, 0, nullptr);
  TENON_RETURN_IF_ERROR(
      checkResult(vkEndCommandBuffer(commands_), "record commands"));
  return context_->run(commands_);
}

Status Staging::copy(std::span<const uint8_t> from, const Memory &to,
                     uint64_t offset) {
  if (!commands_)
    TENON_RETURN_IF_ERROR(create());
  for (uint64_t at = 0; at < from.size(); at += memory_.size()) {
    uint64_t size = std::min<uint64_t>(memory_.size(), from.size() - at);
    std::memcpy(memory_.data(), from.data() + at, size);
    TENON_RETURN_IF_ERROR(copyPiece(to, offset + at, size));
  }
  return Status::ok();
}

} // namespace tenon::vulkan
