//===- PipelineCache.cpp - what drivers made of kernels before ------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/device/PipelineCache.h"

#include "support/File.h"
#include "support/Hash.h"
#include "support/Text.h"

#include <cstdlib>
#include <optional>

namespace tenon::vulkan {

/// Drivers look at their own header only, and may trust the rest: the last
/// bytes of the file are the hash of the others.
constexpr size_t hashSize = sizeof(Hash128);
constexpr uint64_t largestCache = uint64_t(1) << 30;

static std::string hashOf(std::string_view data) {
  Hash128 hash = hash128(data);
  return std::string(reinterpret_cast<const char *>(&hash), hashSize);
}

/// The folder for these files; empty if there is none.
static std::string cacheFolder() {
  const char *cache = std::getenv("XDG_CACHE_HOME");
  const char *home = std::getenv("HOME");
  std::string folder;
  if (cache && *cache == '/')
    folder = cache;
  else if (home && *home == '/')
    folder = std::string(home) + "/.cache";
  else
    return "";
  folder += "/tenon/vulkan";
  return createFolders(folder) ? folder : "";
}

static std::optional<std::string> readCache(const std::string &path) {
  auto contents = readFile(path, largestCache);
  if (!contents || contents->size() < hashSize)
    return std::nullopt;
  std::string data = contents->substr(0, contents->size() - hashSize);
  if (contents->substr(data.size()) != hashOf(data))
    return std::nullopt;
  return data;
}

void PipelineCache::open(VkDevice device,
                         const VkPhysicalDeviceProperties &properties) {
  device_ = device;
  std::optional<std::string> data;
  if (std::string folder = cacheFolder(); !folder.empty()) {
    // The driver's identifier changes with whatever makes old data useless, for
    // each kind of device.
    path_ = concat(folder, "/", properties.vendorID, "-", properties.deviceID,
                   "-", hex(properties.pipelineCacheUUID));
    data = readCache(path_);
  }
  VkPipelineCacheCreateInfo info = {
      VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO};
  if (data) {
    info.initialDataSize = saved_ = data->size();
    info.pInitialData = data->data();
  }
  if (vkCreatePipelineCache(device, &info, nullptr, &cache_) != VK_SUCCESS)
    cache_ = VK_NULL_HANDLE;
}

void PipelineCache::close() {
  if (cache_)
    vkDestroyPipelineCache(device_, cache_, nullptr);
}

void PipelineCache::save() {
  if (!cache_ || path_.empty())
    return;
  std::lock_guard lock(mutex_);
  size_t size = 0;
  if (vkGetPipelineCacheData(device_, cache_, &size, nullptr) != VK_SUCCESS ||
      size == saved_)
    return;
  std::string data(size, '\0');
  if (vkGetPipelineCacheData(device_, cache_, &size, data.data()) != VK_SUCCESS)
    return;
  data.resize(size);
  saved_ = size;
  // A full disk costs time next time, nothing else.
  (void)writeFile(path_, data + hashOf(data)).isOk();
}

} // namespace tenon::vulkan
