//===- VulkanReplay.h - an instance as recorded commands --------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_DEVICE_VULKANREPLAY_H
#define TENON_BACKENDS_VULKAN_DEVICE_VULKANREPLAY_H

#include "backends/vulkan/device/VulkanProgram.h"

namespace tenon::vulkan {

/// What a session's commands work in. It is replaced by larger memory where
/// needed; `revision` counts how often that was.
struct SessionMemory {
  /// Whether the memory below is the device's own, which the host doesn't see:
  /// then inputs, places and outputs go through `staging` and `stagedPlaces`.
  bool isStaged = false;
  /// The instance's arena, then a copy of each input and output that lies in
  /// the caller's memory.
  Memory work;
  /// Inputs and outputs one behind the other.
  Memory staging;
  /// Of each group of states.
  std::vector<Memory> states;
  /// For each group the places before and after a call (format::ArgKind), as
  /// int32_t: `placesSize` bytes for each of the two.
  Memory places, stagedPlaces;
  uint64_t placesSize = 0;
  uint64_t revision = 0;

  uint64_t placesOffset(uint32_t group, bool after) const {
    return (2 * group + (after ? 1 : 0)) * placesSize;
  }
};

/// The commands of an instance, recorded once and again only if a size or the
/// session's memory changes.
class VulkanReplay : public runtime::PreparedReplay {
public:
  VulkanReplay(const VulkanProgram &program,
               const runtime::PlanInstance &instance)
      : program_(program), instance_(instance) {}
  ~VulkanReplay() override;

  /// To be called once, before all else.
  Status create();
  /// Takes sizes over from the instance, if they changed.
  Status refresh();
  /// How much memory to work in bind() needs, and for staging.
  uint64_t workSize() const { return workSize_; }
  uint64_t stagingSize() const { return stagingSize_; }
  /// Lets the commands work in `memory`.
  Status bind(const SessionMemory &memory);

  /// Where the host writes an input before a run, and reads an output behind
  /// it.
  char *input(const SessionMemory &memory, size_t i) const {
    return inputs_[i].find(memory);
  }
  char *output(const SessionMemory &memory, size_t i) const {
    return outputs_[i].find(memory);
  }

  size_t launchCount() const { return launches_.size(); }
  /// Runs all launches.
  Status run(const SessionMemory &memory);
  /// For launches that are run alone: brings inputs to where they work, and
  /// outputs back.
  Status copyInputs(const SessionMemory &memory);
  Status copyOutputs(const SessionMemory &memory);
  /// Runs one launch alone; the nanoseconds that it took.
  Result<uint64_t> runLaunch(size_t i);
  /// What an observer sees of a launch, with `places` for what its commands
  /// take as int32_t.
  runtime::LaunchEvent event(size_t i,
                             std::span<const runtime::StatePlaces> places);

private:
  struct Launch {
    const Kernel *kernel;
    bool waitBefore;
    int64_t grid;
    uint32_t width, height; ///< Of the grid, as it is dispatched.
    VkDescriptorSet buffers;
    size_t firstArg, firstDim; ///< In the lists of all launches.
  };

  /// An input or output: where it lies in the memory to work in, and in
  /// staging.
  struct Port {
    uint64_t work, staging, bytes;

    char *find(const SessionMemory &memory) const {
      return memory.isStaged ? memory.staging.data() + staging
                             : memory.work.data() + work;
    }
  };

  void placePorts(std::span<const runtime::PortMemory> ports,
                  const std::vector<bool> &given, std::vector<Port> &places);
  /// Whether all tensors of this shape can be bound. What outlives calls was
  /// looked at before: constants when they were loaded, states as they grow.
  Status checkSizes() const;
  void destroyTexels();
  /// Binds the storage buffers of a launch, or pieces of what can't be bound at
  /// once.
  Status bindPieces(const Kernel &kernel, VkDescriptorSet set,
                    std::span<const Binding> buffers);
  Status bindTexels(const Kernel &kernel, VkDescriptorSet set,
                    std::span<const Binding> buffers);
  Binding bindArg(const format::Arg &arg, const SessionMemory &memory) const;
  Status begin(VkCommandBuffer commands);
  void record(VkCommandBuffer commands, const Launch &launch) const;
  void recordInputs(VkCommandBuffer commands,
                    const SessionMemory &memory) const;
  void recordOutputs(VkCommandBuffer commands,
                     const SessionMemory &memory) const;
  Status end(VkCommandBuffer commands);
  /// Runs alone what `record()` puts into one_.
  template <typename Record> Status runNow(const Record &record);

  const VulkanProgram &program_;
  const runtime::PlanInstance &instance_;
  VkDescriptorPool descriptors_ = VK_NULL_HANDLE;
  VkCommandPool pool_ = VK_NULL_HANDLE;
  /// All launches, and one of them.
  VkCommandBuffer all_ = VK_NULL_HANDLE, one_ = VK_NULL_HANDLE;
  bool isRecorded_ = false;
  /// Two times of the device's clock; null without one.
  VkQueryPool times_ = VK_NULL_HANDLE;

  std::vector<Launch> launches_;
  std::vector<VkBufferView> texels_;
  std::vector<int64_t> dims_;
  std::vector<const void *> args_;
  std::vector<Port> inputs_, outputs_;
  uint64_t workSize_ = 0, stagingSize_ = 0;
  std::vector<uint64_t> sizes_; ///< Of buffers and ports, as they are bound.
  /// What sizes and bindings are of.
  uint64_t instanceRevision_ = 0, memoryRevision_ = 0;
  bool isBound_ = false;
};

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_DEVICE_VULKANREPLAY_H
