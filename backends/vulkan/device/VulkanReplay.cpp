//===- VulkanReplay.cpp - an instance as recorded commands ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/device/VulkanReplay.h"

#include "runtime/ArenaPacking.h"

#include "support/Text.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tenon::vulkan {

using namespace runtime;
using format::ArgKind;

static_assert(arenaAlignment % bindingAlignment == 0,
              "buffers of the arena are bound where they are");

VulkanReplay::~VulkanReplay() {
  VkDevice device = program_.context()->device();
  destroyTexels();
  vkDestroyQueryPool(device, times_, nullptr);
  vkDestroyCommandPool(device, pool_, nullptr);
  vkDestroyDescriptorPool(device, descriptors_, nullptr);
}

Status VulkanReplay::create() {
  const Context &context = *program_.context();
  VkDevice device = context.device();
  const Plan &plan = instance_.plan();
  uint32_t texels = 0, pieces = 0;
  for (const format::Launch &launch : plan.launches(instance_.entry())) {
    texels += program_.kernel(launch.kernel).texels.size();
    pieces += program_.kernel(launch.kernel).pieces.size();
    launches_.push_back({&program_.kernel(launch.kernel),
                         launch.waitBefore != 0, 0, 0, 0, VK_NULL_HANDLE,
                         args_.size(), dims_.size()});
    args_.resize(args_.size() + launch.args.count);
    dims_.resize(dims_.size() + launch.dims.count);
  }

  VkCommandBuffer *const buffers[] = {&all_, &one_};
  TENON_RETURN_IF_ERROR(context.createCommands(pool_, buffers));
  if (launches_.empty())
    return Status::ok();

  VkDescriptorPoolSize sizes[] = {
      {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, std::max(pieces, 1U)},
      {VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER, texels}};
  VkDescriptorPoolCreateInfo descriptors = {
      VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO};
  descriptors.maxSets = static_cast<uint32_t>(launches_.size());
  descriptors.poolSizeCount = texels ? 2 : 1;
  descriptors.pPoolSizes = sizes;
  TENON_RETURN_IF_ERROR(checkResult(
      vkCreateDescriptorPool(device, &descriptors, nullptr, &descriptors_),
      "bind buffers"));
  for (Launch &launch : launches_) {
    VkDescriptorSetAllocateInfo set = {
        VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO};
    set.descriptorPool = descriptors_;
    set.descriptorSetCount = 1;
    set.pSetLayouts = &launch.kernel->buffers;
    TENON_RETURN_IF_ERROR(
        checkResult(vkAllocateDescriptorSets(device, &set, &launch.buffers),
                    "bind buffers"));
  }
  return Status::ok();
}

Status VulkanReplay::refresh() {
  if (instanceRevision_ == instance_.revision())
    return Status::ok();
  const Plan &plan = instance_.plan();
  const VkPhysicalDeviceLimits &limits = program_.context()->limits();
  size_t index = 0, dim = 0;
  for (const format::Launch &from : plan.launches(instance_.entry())) {
    Launch &launch = launches_[index++];
    int64_t grid = instance_.dim(plan.shapes(from)[instance_.variant()].grid);
    if (std::exchange(launch.grid, grid) != grid)
      isRecorded_ = false;
    // A rectangle of at least as many workgroups; they find their number in it.
    int64_t width =
        std::min<int64_t>(launch.grid, limits.maxComputeWorkGroupCount[0]);
    int64_t height = width ? (launch.grid + width - 1) / width : 0;
    std::string_view name = plan.text(plan.kernels()[from.kernel].name);
    if (height > limits.maxComputeWorkGroupCount[1] ||
        launch.grid > INT32_MAX - width)
      return Status::invalid(std::string(name),
                             "has too large a grid for this shape");
    launch.width = static_cast<uint32_t>(width);
    launch.height = static_cast<uint32_t>(height);
    for (uint32_t node : plan.dimList(from.dims)) {
      int64_t value = instance_.dim(node);
      if (std::exchange(dims_[dim++], value) != value)
        isRecorded_ = false;
      if (value < INT32_MIN || value > INT32_MAX)
        return Status::invalid(std::string(name),
                               "has a size beyond 32 bits for this shape");
    }
  }

  workSize_ = alignBinding(instance_.arenaSize());
  stagingSize_ = 0;
  placePorts(instance_.inputs(), instance_.key().inputsGiven, inputs_);
  placePorts(instance_.outputs(), instance_.key().outputsGiven, outputs_);
  // Even an empty tensor at the end is bound to something.
  workSize_ += bindingAlignment;
  stagingSize_ += bindingAlignment;
  TENON_RETURN_IF_ERROR(checkSizes());
  instanceRevision_ = instance_.revision();

  // Nothing moves; what has the size that it had stays bound.
  std::vector<uint64_t> sizes;
  for (const format::Buffer &buffer : plan.buffers(instance_.entry()))
    sizes.push_back(static_cast<uint64_t>(instance_.dim(buffer.size)));
  for (const std::vector<Port> *ports : {&inputs_, &outputs_})
    for (const Port &port : *ports)
      sizes.push_back(port.bytes);
  if (sizes != sizes_) {
    sizes_ = std::move(sizes);
    isBound_ = false;
  }
  return Status::ok();
}

void VulkanReplay::placePorts(std::span<const PortMemory> ports,
                              const std::vector<bool> &given,
                              std::vector<Port> &places) {
  places.clear();
  for (size_t i = 0; i < ports.size(); ++i) {
    places.push_back({given[i] ? workSize_ : ports[i].arenaOffset, stagingSize_,
                      ports[i].bytes});
    stagingSize_ += alignBinding(ports[i].bytes);
    if (given[i])
      workSize_ += alignBinding(ports[i].bytes);
  }
}

//===----------------------------------------------------------------------===//
// Commands
//===----------------------------------------------------------------------===//

Status VulkanReplay::begin(VkCommandBuffer commands) {
  VkCommandBufferBeginInfo info = {VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
  return checkResult(vkBeginCommandBuffer(commands, &info), "record commands");
}

/// What kernels wrote becomes visible to those that follow.
static void addKernelBarrier(VkCommandBuffer commands) {
  VkMemoryBarrier memory = {VK_STRUCTURE_TYPE_MEMORY_BARRIER};
  memory.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT;
  memory.dstAccessMask = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT;
  vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                       VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, 0, 1, &memory, 0,
                       nullptr, 0, nullptr);
}

static void recordCopies(VkCommandBuffer commands, const Memory &from,
                         const Memory &to,
                         const std::vector<VkBufferCopy> &regions) {
  if (!regions.empty())
    vkCmdCopyBuffer(commands, from.buffer(), to.buffer(),
                    static_cast<uint32_t>(regions.size()), regions.data());
}

void VulkanReplay::recordInputs(VkCommandBuffer commands,
                                const SessionMemory &memory) const {
  if (!memory.isStaged)
    return;
  std::vector<VkBufferCopy> regions;
  for (const Port &port : inputs_)
    if (port.bytes)
      regions.push_back({port.staging, port.work, port.bytes});
  recordCopies(commands, memory.staging, memory.work, regions);
  if (memory.placesSize)
    recordCopies(commands, memory.stagedPlaces, memory.places,
                 {{0, 0, memory.places.size()}});
  addBarrier(commands);
}

void VulkanReplay::recordOutputs(VkCommandBuffer commands,
                                 const SessionMemory &memory) const {
  if (!memory.isStaged)
    return;
  addBarrier(commands);
  std::vector<VkBufferCopy> regions;
  for (const Port &port : outputs_)
    if (port.bytes)
      regions.push_back({port.work, port.staging, port.bytes});
  recordCopies(commands, memory.work, memory.staging, regions);
}

void VulkanReplay::record(VkCommandBuffer commands,
                          const Launch &launch) const {
  if (!launch.grid)
    return;
  const Kernel &kernel = *launch.kernel;
  vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, kernel.pipeline);
  vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE,
                          kernel.layout, 0, 1, &launch.buffers, 0, nullptr);
  size_t next = &launch - launches_.data() + 1;
  size_t endDim =
      next < launches_.size() ? launches_[next].firstDim : dims_.size();
  std::vector<int32_t> values(dims_.begin() + launch.firstDim,
                              dims_.begin() + endDim);
  if (!values.empty())
    vkCmdPushConstants(commands, kernel.layout, VK_SHADER_STAGE_COMPUTE_BIT, 0,
                       static_cast<uint32_t>(values.size() * sizeof(int32_t)),
                       values.data());
  vkCmdDispatch(commands, launch.width, launch.height, 1);
}

Status VulkanReplay::end(VkCommandBuffer commands) {
  addBarrier(commands);
  return checkResult(vkEndCommandBuffer(commands), "record commands");
}

template <typename Record> Status VulkanReplay::runNow(const Record &record) {
  TENON_RETURN_IF_ERROR(begin(one_));
  record();
  TENON_RETURN_IF_ERROR(end(one_));
  return program_.context()->run(one_);
}

Status VulkanReplay::copyInputs(const SessionMemory &memory) {
  if (!memory.isStaged)
    return Status::ok();
  return runNow([&] { recordInputs(one_, memory); });
}

Status VulkanReplay::copyOutputs(const SessionMemory &memory) {
  if (!memory.isStaged)
    return Status::ok();
  return runNow([&] { recordOutputs(one_, memory); });
}

Status VulkanReplay::run(const SessionMemory &memory) {
  if (!isRecorded_) {
    TENON_RETURN_IF_ERROR(begin(all_));
    recordInputs(all_, memory);
    for (const Launch &launch : launches_) {
      if (launch.waitBefore)
        addKernelBarrier(all_);
      record(all_, launch);
    }
    recordOutputs(all_, memory);
    TENON_RETURN_IF_ERROR(end(all_));
    isRecorded_ = true;
  }
  return program_.context()->run(all_);
}

Result<uint64_t> VulkanReplay::runLaunch(size_t i) {
  const Context &context = *program_.context();
  if (context.hasClock() && !times_) {
    VkQueryPoolCreateInfo info = {VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO};
    info.queryType = VK_QUERY_TYPE_TIMESTAMP;
    info.queryCount = 2;
    TENON_RETURN_IF_ERROR(checkResult(
        vkCreateQueryPool(context.device(), &info, nullptr, &times_),
        "measure times"));
  }
  TENON_RETURN_IF_ERROR(begin(one_));
  if (times_) {
    vkCmdResetQueryPool(one_, times_, 0, 2);
    vkCmdWriteTimestamp(one_, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, times_, 0);
  }
  record(one_, launches_[i]);
  if (times_)
    vkCmdWriteTimestamp(one_, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, times_, 1);
  TENON_RETURN_IF_ERROR(end(one_));
  auto before = std::chrono::steady_clock::now();
  TENON_RETURN_IF_ERROR(program_.context()->run(one_));
  if (!times_)
    return static_cast<uint64_t>(
        std::chrono::nanoseconds(std::chrono::steady_clock::now() - before)
            .count());
  uint64_t times[2];
  TENON_RETURN_IF_ERROR(checkResult(
      vkGetQueryPoolResults(context.device(), times_, 0, 2, sizeof(times),
                            times, sizeof(uint64_t),
                            VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT),
      "measure times"));
  return context.nanoseconds(times[0], times[1]);
}

LaunchEvent VulkanReplay::event(size_t i, std::span<const StatePlaces> places) {
  const Launch &launch = launches_[i];
  const format::Launch &from = instance_.plan().launches(instance_.entry())[i];
  size_t at = launch.firstArg;
  for (const format::Arg &arg : instance_.plan().args(from)) {
    if (arg.kind == ArgKind::StateBefore)
      args_[at] = places[arg.index].before.data();
    else if (arg.kind == ArgKind::StateAfter)
      args_[at] = places[arg.index].after.data();
    ++at;
  }
  return {instance_, static_cast<uint32_t>(i),
          std::span(args_).subspan(launch.firstArg, from.args.count),
          std::span(dims_).subspan(launch.firstDim, from.dims.count),
          launch.grid};
}

} // namespace tenon::vulkan
