//===- ReplayBindings.cpp - what an instance's launches work with ---------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/Bindings.h"
#include "backends/vulkan/device/VulkanReplay.h"

#include "support/Text.h"

#include <algorithm>

namespace tenon::vulkan {

using namespace runtime;
using format::ArgKind;

void VulkanReplay::destroyTexels() {
  for (VkBufferView view : texels_)
    vkDestroyBufferView(program_.context()->device(), view, nullptr);
  texels_.clear();
}

Binding VulkanReplay::bindArg(const format::Arg &arg,
                              const SessionMemory &memory) const {
  const Plan &plan = instance_.plan();
  switch (arg.kind) {
  case ArgKind::Input:
    return memory.work.bind(inputs_[arg.index].work, inputs_[arg.index].bytes);
  case ArgKind::Output:
    return memory.work.bind(outputs_[arg.index].work,
                            outputs_[arg.index].bytes);
  case ArgKind::Buffer: {
    uint32_t size = plan.buffers(instance_.entry())[arg.index].size;
    return memory.work.bind(instance_.bufferOffset(arg.index),
                            static_cast<uint64_t>(instance_.dim(size)));
  }
  case ArgKind::Constant:
    return program_.constant(arg.index);
  case ArgKind::State: {
    const format::State &state = plan.states()[arg.index];
    const Memory &group = memory.states[state.group];
    return group.bind(state.offset, group.size() - state.offset);
  }
  case ArgKind::StateBefore:
  case ArgKind::StateAfter:
    return memory.places.bind(
        memory.placesOffset(arg.index, arg.kind == ArgKind::StateAfter),
        memory.placesSize);
  }
  __builtin_unreachable();
}

Status VulkanReplay::checkSizes() const {
  const Plan &plan = instance_.plan();
  size_t index = 0;
  for (const format::Launch &from : plan.launches(instance_.entry())) {
    const Kernel &kernel = *launches_[index++].kernel;
    uint32_t number = 0;
    for (const format::Arg &arg : plan.args(from)) {
      uint64_t size = 0, elementSize = 1;
      if (arg.kind == ArgKind::Buffer) {
        const format::Buffer &buffer =
            plan.buffers(instance_.entry())[arg.index];
        size = static_cast<uint64_t>(instance_.dim(buffer.size));
        elementSize = buffer.elementSize;
      } else if (arg.kind == ArgKind::Input) {
        size = inputs_[arg.index].bytes;
        elementSize = dtypeSize(plan.inputs(instance_.entry())[arg.index].type);
      } else if (arg.kind == ArgKind::Output) {
        size = outputs_[arg.index].bytes;
        elementSize =
            dtypeSize(plan.outputs(instance_.entry())[arg.index].type);
      }
      if (size > program_.mostBytes(kernel, number++, elementSize))
        return Status::invalid(
            std::string(plan.text(plan.kernels()[from.kernel].name)),
            concat("needs a larger tensor for this shape than ",
                   program_.context()->name(), " can bind"));
    }
  }
  return Status::ok();
}

static VkWriteDescriptorSet writeOf(VkDescriptorSet set, uint32_t binding,
                                    VkDescriptorType type) {
  VkWriteDescriptorSet write = {VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET};
  write.dstSet = set;
  write.dstBinding = binding;
  write.descriptorCount = 1;
  write.descriptorType = type;
  return write;
}

Status VulkanReplay::bindTexels(const Kernel &kernel, VkDescriptorSet set,
                                std::span<const Binding> buffers) {
  const Context &context = *program_.context();
  for (uint32_t i : kernel.texels) {
    VkBufferViewCreateInfo info = {VK_STRUCTURE_TYPE_BUFFER_VIEW_CREATE_INFO};
    info.buffer = buffers[i].buffer;
    info.format = VK_FORMAT_R32G32B32A32_SFLOAT;
    info.offset = buffers[i].offset;
    // What is bound ends at a multiple of much more.
    uint64_t texels =
        std::max<uint64_t>((buffers[i].size + texelSize - 1) / texelSize, 1);
    info.range = texels * texelSize;
    if (texels > context.limits().maxTexelBufferElements)
      return Status::invalid("vulkan",
                             concat("a tensor of this shape is larger than ",
                                    context.name(), " can read"));
    VkBufferView &view = texels_.emplace_back(VK_NULL_HANDLE);
    TENON_RETURN_IF_ERROR(
        checkResult(vkCreateBufferView(context.device(), &info, nullptr, &view),
                    "bind texels"));
    VkWriteDescriptorSet write =
        writeOf(set, texelsBinding(static_cast<uint32_t>(buffers.size()), i),
                VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER);
    write.pTexelBufferView = &view;
    vkUpdateDescriptorSets(context.device(), 1, &write, 0, nullptr);
  }
  return Status::ok();
}

Status VulkanReplay::bindPieces(const Kernel &kernel, VkDescriptorSet set,
                                std::span<const Binding> buffers) {
  for (const Kernel::Piece &piece : kernel.pieces) {
    const Binding &buffer = buffers[piece.buffer];
    uint64_t begin = piece.number * program_.range(), size = buffer.size;
    if (piece.number && begin >= size)
      return Status::invalid(program_.artifact().path(),
                             "is damaged: a kernel reads behind a tensor");
    if (!kernel.isWhole(piece.buffer))
      size = std::min(size - begin, program_.range());
    // No range is empty, and kernels may read bytes by words of four. What is
    // bound ends at a multiple of much more.
    VkDescriptorBufferInfo info = {buffer.buffer, buffer.offset + begin,
                                   std::max<uint64_t>((size + 3) / 4 * 4, 4)};
    VkWriteDescriptorSet write =
        writeOf(set,
                pieceBinding(static_cast<uint32_t>(buffers.size()),
                             piece.buffer, piece.number),
                VK_DESCRIPTOR_TYPE_STORAGE_BUFFER);
    write.pBufferInfo = &info;
    vkUpdateDescriptorSets(program_.context()->device(), 1, &write, 0, nullptr);
  }
  return Status::ok();
}

Status VulkanReplay::bind(const SessionMemory &memory) {
  if (isBound_ && memoryRevision_ == memory.revision)
    return Status::ok();
  const Plan &plan = instance_.plan();
  size_t index = 0;
  destroyTexels();
  for (const format::Launch &from : plan.launches(instance_.entry())) {
    const Launch &launch = launches_[index++];
    std::vector<Binding> buffers;
    for (const format::Arg &arg : plan.args(from)) {
      buffers.push_back(bindArg(arg, memory));
      args_[launch.firstArg + buffers.size() - 1] = buffers.back().data;
    }
    TENON_RETURN_IF_ERROR(bindPieces(*launch.kernel, launch.buffers, buffers));
    TENON_RETURN_IF_ERROR(bindTexels(*launch.kernel, launch.buffers, buffers));
  }
  memoryRevision_ = memory.revision;
  isBound_ = true;
  isRecorded_ = false;
  return Status::ok();
}

} // namespace tenon::vulkan
