//===- VulkanProgram.h - an artifact on a Vulkan device ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_DEVICE_VULKANPROGRAM_H
#define TENON_BACKENDS_VULKAN_DEVICE_VULKANPROGRAM_H

#include "backends/vulkan/device/Memory.h"

#include "runtime/Device.h"

#include <algorithm>

namespace tenon::vulkan {

/// A kernel, ready to be dispatched: what its code has of its buffers is bound
/// in descriptor set 0, its dims are push constants of 32 bits each.
struct Kernel {
  VkDescriptorSetLayout buffers = VK_NULL_HANDLE;
  VkPipelineLayout layout = VK_NULL_HANDLE;
  VkPipeline pipeline = VK_NULL_HANDLE;
  /// A buffer, or a piece of one that can't be bound at once.
  struct Piece {
    uint32_t buffer, number;
  };
  std::vector<Piece> pieces;
  std::vector<uint32_t> texels; ///< Buffers that it reads as texels.

  /// Whether more of a buffer than its first piece has a place.
  bool isInPieces(uint32_t buffer) const {
    return std::ranges::any_of(pieces, [&](const Piece &piece) {
      return piece.buffer == buffer && piece.number;
    });
  }
  /// Whether a buffer is a storage buffer as a whole.
  bool isWhole(uint32_t buffer) const {
    return !isInPieces(buffer) &&
           std::ranges::any_of(pieces, [&](const Piece &piece) {
             return piece.buffer == buffer;
           });
  }
};

class VulkanProgram : public runtime::DeviceProgram {
public:
  static Result<std::shared_ptr<runtime::DeviceProgram>>
  load(std::shared_ptr<Context> context,
       std::shared_ptr<const runtime::Artifact> artifact,
       const std::string &variant);

  VulkanProgram(std::shared_ptr<Context> context,
                std::shared_ptr<const runtime::Artifact> artifact)
      : context_(std::move(context)), artifact_(std::move(artifact)) {}
  ~VulkanProgram() override;

  uint32_t variant() const override { return variant_; }
  Result<std::unique_ptr<runtime::DeviceSession>>
  createSession(unsigned threads) override;

  const std::shared_ptr<Context> &context() const { return context_; }
  const runtime::Artifact &artifact() const { return *artifact_; }
  const Kernel &kernel(uint32_t index) const { return kernels_[index]; }
  const Binding &constant(uint32_t index) const { return constants_[index]; }
  /// Bytes of a piece.
  uint64_t range() const { return range_; }
  /// The most bytes of a tensor that a kernel can take as its buffer of this
  /// number.
  uint64_t mostBytes(const Kernel &kernel, uint32_t buffer,
                     uint64_t elementSize) const;

private:
  Status prepare(const std::string &variant);
  Status selectVariant(const std::string &name);
  /// What the code of a variant binds beyond the device's limits.
  std::vector<std::string> missingLimits(std::string_view variant) const;
  Status createKernels();
  /// For any number of threads.
  Status createKernel(const format::Kernel &kernel, Kernel &out);
  /// Makes the layout of what a kernel's code of these bindings is bound to.
  Status createBindings(const format::Kernel &kernel,
                        const std::vector<uint32_t> &bindings, Kernel &out);
  /// Whether constants that kernels bind at once can be.
  Status checkConstants() const;
  Status uploadConstants();

  std::shared_ptr<Context> context_;
  std::shared_ptr<const runtime::Artifact> artifact_;
  uint32_t variant_ = 0;
  uint32_t subgroupSize_ = 0; ///< That kernels require; 0: any.
  uint32_t range_ = 0;
  std::vector<Kernel> kernels_;
  std::vector<Memory> weights_;
  std::vector<Binding> constants_;
};

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_DEVICE_VULKANPROGRAM_H
