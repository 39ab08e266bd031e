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
static VkResult allocateWith(const Context &context,
                             const VkMemoryRequirements &needs,
                             VkMemoryPropertyFlags properties,
                             VkDeviceMemory &memory) {
  VkResult result = VK_ERROR_FEATURE_NOT_PRESENT;
  const VkPhysicalDeviceMemoryProperties &kinds = context.memoryKinds();
  for (uint32_t i = 0; i < kinds.memoryTypeCount; ++i) {
    if (!(needs.memoryTypeBits >> i & 1) ||
        !isMemory(kinds.memoryTypes[i].propertyFlags, properties))
      continue;
    // Nobody may ask for more than there is at all.
    if (needs.size > kinds.memoryHeaps[kinds.memoryTypes[i].heapIndex].size) {
      result = VK_ERROR_OUT_OF_DEVICE_MEMORY;
      continue;
    }
    VkMemoryAllocateInfo info = {VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
    info.allocationSize = needs.size;
    info.memoryTypeIndex = i;
    result = vkAllocateMemory(context.device(), &info, nullptr, &memory);
    if (result == VK_SUCCESS)
      break;
    memory = VK_NULL_HANDLE;
  }
  return result;
}

Status Memory::create(std::initializer_list<VkMemoryPropertyFlags> kinds) {
  VkDevice device = context_->device();
  std::string what = concat("get ", humanSize(size_), " to work in");
  VkBufferCreateInfo info = {VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
  info.size = size_;
  info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
               VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
               VK_BUFFER_USAGE_TRANSFER_DST_BIT |
               VK_BUFFER_USAGE_UNIFORM_TEXEL_BUFFER_BIT;
  TENON_RETURN_IF_ERROR(
      checkResult(vkCreateBuffer(device, &info, nullptr, &buffer_), what));
  VkMemoryRequirements needs;
  vkGetBufferMemoryRequirements(device, buffer_, &needs);
  VkResult result = VK_ERROR_FEATURE_NOT_PRESENT;
  for (VkMemoryPropertyFlags kind : kinds)
    if (!memory_)
      // That there is none of a better kind says nothing.
      if (VkResult its = allocateWith(*context_, needs, kind, memory_);
          its != VK_ERROR_FEATURE_NOT_PRESENT)
        result = its;
  if (result == VK_ERROR_FEATURE_NOT_PRESENT)
    return Status::invalid("vulkan", concat(context_->name(),
                                            " has no memory of a kind that is "
                                            "needed"));
  TENON_RETURN_IF_ERROR(checkResult(result, what));
  return checkResult(vkBindBufferMemory(device, buffer_, memory_, 0), what);
}

Result<Memory>
Memory::allocateSeen(std::shared_ptr<Context> context, uint64_t size,
                     std::initializer_list<VkMemoryPropertyFlags> kinds) {
  Memory result;
  result.context_ = std::move(context);
  result.size_ = size;
  TENON_RETURN_IF_ERROR(result.create(kinds));
  void *data;
  TENON_RETURN_IF_ERROR(
      checkResult(vkMapMemory(result.context_->device(), result.memory_, 0,
                              VK_WHOLE_SIZE, 0, &data),
                  "see the device's memory"));
  result.data_ = static_cast<char *>(data);
  return result;
}

Result<Memory> Memory::allocate(std::shared_ptr<Context> context,
                                uint64_t size) {
  return allocateSeen(
      std::move(context), size,
      {cachedMemory | VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, cachedMemory,
       seenMemory | VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, seenMemory});
}

Result<Memory> Memory::allocateForStaging(std::shared_ptr<Context> context,
                                          uint64_t size) {
  return allocateSeen(std::move(context), size, {cachedMemory, seenMemory});
}

Result<Memory> Memory::allocateOnDevice(std::shared_ptr<Context> context,
                                        uint64_t size) {
  Memory result;
  result.context_ = std::move(context);
  result.size_ = size;
  TENON_RETURN_IF_ERROR(
      result.create({VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0}));
  return result;
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

void addBarrier(VkCommandBuffer commands) {
  constexpr VkPipelineStageFlags work =
      VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
  constexpr VkAccessFlags writes =
      VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
  VkMemoryBarrier memory = {VK_STRUCTURE_TYPE_MEMORY_BARRIER};
  memory.srcAccessMask = writes;
  memory.dstAccessMask = writes | VK_ACCESS_SHADER_READ_BIT |
                         VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_HOST_READ_BIT;
  vkCmdPipelineBarrier(commands, work, work | VK_PIPELINE_STAGE_HOST_BIT, 0, 1,
                       &memory, 0, nullptr, 0, nullptr);
}

Copier::~Copier() {
  if (pool_)
    vkDestroyCommandPool(context_->device(), pool_, nullptr);
}

Status Copier::createStaging() {
  constexpr uint64_t size = uint64_t(16) << 20;
  if (!staging_.size()) {
    TENON_ASSIGN_OR_RETURN(staging_,
                           Memory::allocateForStaging(context_, size));
  }
  return Status::ok();
}

Status Copier::copy(const Memory &from, uint64_t fromOffset, const Memory &to,
                    uint64_t toOffset, uint64_t size) {
  copyLater(from, fromOffset, to, toOffset, size);
  Status status = submit();
  // Those before wait for the next time.
  if (!status)
    waiting_.pop_back();
  return status;
}

void Copier::copyLater(const Memory &from, uint64_t fromOffset,
                       const Memory &to, uint64_t toOffset, uint64_t size) {
  waiting_.push_back(
      {from.buffer(), to.buffer(), {fromOffset, toOffset, size}});
}

Status Copier::submit() {
  if (waiting_.empty())
    return Status::ok();
  if (!commands_) {
    VkCommandBuffer *const buffers[] = {&commands_};
    TENON_RETURN_IF_ERROR(context_->createCommands(pool_, buffers));
  }
  VkCommandBufferBeginInfo info = {VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  TENON_RETURN_IF_ERROR(
      checkResult(vkBeginCommandBuffer(commands_, &info), "record commands"));
  for (const Copy &copy : waiting_) {
    // One may read what the one before wrote.
    addBarrier(commands_);
    vkCmdCopyBuffer(commands_, copy.from, copy.to, 1, &copy.region);
  }
  addBarrier(commands_);
  TENON_RETURN_IF_ERROR(
      checkResult(vkEndCommandBuffer(commands_), "record commands"));
  TENON_RETURN_IF_ERROR(context_->run(commands_));
  waiting_.clear();
  staged_ = 0;
  return Status::ok();
}

Status Copier::writeLater(std::span<const char> from, const Memory &to,
                          uint64_t offset) {
  TENON_RETURN_IF_ERROR(createStaging());
  while (!from.empty()) {
    if (staged_ == staging_.size())
      TENON_RETURN_IF_ERROR(submit());
    uint64_t size = std::min<uint64_t>(staging_.size() - staged_, from.size());
    std::memcpy(staging_.data() + staged_, from.data(), size);
    copyLater(staging_, staged_, to, offset, size);
    staged_ += size;
    offset += size;
    from = from.subspan(size);
  }
  return Status::ok();
}

Status Copier::write(std::span<const char> from, const Memory &to,
                     uint64_t offset) {
  TENON_RETURN_IF_ERROR(submit());
  if (to.data()) {
    std::memcpy(to.data() + offset, from.data(), from.size());
    return Status::ok();
  }
  TENON_RETURN_IF_ERROR(writeLater(from, to, offset));
  return submit();
}

Status Copier::read(const Memory &from, uint64_t offset, std::span<char> to) {
  TENON_RETURN_IF_ERROR(submit());
  if (from.data()) {
    std::memcpy(to.data(), from.data() + offset, to.size());
    return Status::ok();
  }
  TENON_RETURN_IF_ERROR(createStaging());
  for (uint64_t at = 0; at < to.size(); at += staging_.size()) {
    uint64_t size = std::min<uint64_t>(staging_.size(), to.size() - at);
    TENON_RETURN_IF_ERROR(copy(from, offset + at, staging_, 0, size));
    std::memcpy(to.data() + at, staging_.data(), size);
  }
  return Status::ok();
}

} // namespace tenon::vulkan
