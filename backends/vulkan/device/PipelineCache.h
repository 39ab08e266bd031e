//===- PipelineCache.h - what drivers made of kernels before ----*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_DEVICE_PIPELINECACHE_H
#define TENON_BACKENDS_VULKAN_DEVICE_PIPELINECACHE_H

#include "backends/vulkan/device/Functions.h"

#include <mutex>
#include <string>

namespace tenon::vulkan {

/// A driver's compiled kernels, kept in a file of the user's cache for each
/// device and version of its driver. Without one, all is compiled anew: nothing
/// here fails.
class PipelineCache {
public:
  PipelineCache() = default;
  PipelineCache(const PipelineCache &) = delete;

  void open(VkDevice device, const VkPhysicalDeviceProperties &properties);
  void close();

  /// Null without a cache, which Vulkan takes as well.
  VkPipelineCache handle() const { return cache_; }
  /// Writes the file anew if the driver has added to it.
  void save();

private:
  VkDevice device_ = VK_NULL_HANDLE;
  VkPipelineCache cache_ = VK_NULL_HANDLE;
  std::string path_;
  std::mutex mutex_;
  size_t saved_ = 0; ///< Bytes of data in the file.
};

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_DEVICE_PIPELINECACHE_H
