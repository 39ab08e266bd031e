//===- Memory.cpp - memory that device and host see -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/device/Memory.h"

#include "support/Text.h"
#include "support/Units.h"

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

Result<Memory> Memory::allocate(std::shared_ptr<Context> context,
                                uint64_t size) {
  Memory result;
  result.context_ = std::move(context);
  VkDevice device = result.context_->device();
  std::string what = concat("get ", humanSize(size), " to work in");
  VkBufferCreateInfo info = {VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
  info.size = size;
  info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT;
  TENON_RETURN_IF_ERROR(checkResult(
      vkCreateBuffer(device, &info, nullptr, &result.buffer_), what));
  VkMemoryRequirements needs;
  vkGetBufferMemoryRequirements(device, result.buffer_, &needs);
  constexpr VkMemoryPropertyFlags shared = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                           VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
  result.memory_ = allocateWith(*result.context_, needs,
                                shared | VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
  if (!result.memory_)
    result.memory_ = allocateWith(*result.context_, needs, shared);
  if (!result.memory_)
    return checkResult(VK_ERROR_OUT_OF_DEVICE_MEMORY, what);
  TENON_RETURN_IF_ERROR(checkResult(
      vkBindBufferMemory(device, result.buffer_, result.memory_, 0), what));
  void *data;
  TENON_RETURN_IF_ERROR(checkResult(
      vkMapMemory(device, result.memory_, 0, VK_WHOLE_SIZE, 0, &data), what));
  result.data_ = static_cast<char *>(data);
  result.size_ = size;
  return result;
}

} // namespace tenon::vulkan
