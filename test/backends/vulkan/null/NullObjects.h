//===- NullObjects.h - what a Vulkan that computes nothing has --*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_BACKENDS_VULKAN_NULL_NULLOBJECTS_H
#define TENON_TEST_BACKENDS_VULKAN_NULL_NULLOBJECTS_H

#include "backends/vulkan/device/Functions.h"
#include "test/backends/vulkan/machine/Workgroup.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace nullvulkan {

inline void require(bool condition, const char *what) {
  if (condition)
    return;
  std::fprintf(stderr, "null vulkan: %s\n", what);
  std::abort();
}

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

inline std::map<std::string, uint64_t> settings;

inline uint64_t setting(const char *name, uint64_t otherwise) {
  auto found = settings.find(name);
  return found == settings.end() ? otherwise : found->second;
}

inline void readSettings() {
  settings.clear();
  const char *text = std::getenv("TENON_NULL_VULKAN");
  std::string rest = text ? text : "";
  while (!rest.empty()) {
    size_t end = std::min(rest.find(','), rest.size());
    size_t equals = rest.find('=');
    require(equals < end, "TENON_NULL_VULKAN has no name=number");
    settings[rest.substr(0, equals)] =
        std::stoull(rest.substr(equals + 1, end - equals - 1));
    rest.erase(0, end + 1);
  }
}

/// Whether pipelines can ask for subgroups that lack no thread.
inline bool hasFullSubgroups() {
  return setting("vulkan", 2) > 2 && setting("whole", 1);
}

/// Whether this is the call that a setting says.
inline bool isNow(const char *name, std::atomic<uint64_t> &calls) {
  return ++calls == setting(name, 0);
}

struct PhysicalDevice {
  uint32_t index;
};
struct Instance {
  std::vector<PhysicalDevice> devices;
};
struct Memory {
  std::vector<char> bytes;
  bool isVisible;
  machine::Shadow shadow;
};
struct Buffer {
  uint64_t size, number;
  Memory *memory = nullptr;
};
/// A part of a buffer.
struct View {
  Buffer *buffer;
  uint64_t offset, range;
};
using DescriptorSet = std::map<uint32_t, View>;
struct DescriptorPool {
  std::vector<std::unique_ptr<DescriptorSet>> sets;
};
struct ShaderModule {
  std::vector<uint32_t> words;
};
struct Pipeline {
  /// If kernels are executed.
  std::unique_ptr<machine::Module> module;
  bool isFull = false; ///< Whether its subgroups lack no thread.
};
struct Device {
  bool isLost = false;
  /// Something may be running that nobody waits for.
  std::atomic<bool> isLeftRunning = false;
  /// Of commands, and when barriers were last: any, and of copies, too.
  uint32_t time = 0, barrier = 0, barrierOfCopies = 0;
  std::atomic<uint64_t> used = 0;
  std::atomic<int64_t> objects = 0;
};
/// Calls of all devices since there is an instance.
inline std::atomic<uint64_t> buffers, pipelines, submits, waits;
/// That the instance was made for.
inline uint32_t instanceVersion = 0;
/// Lists that grew between two calls.
inline uint64_t grown = 0;
/// Of the device that was opened last.
inline uint32_t queueFamily = 0;
/// Of the process.
inline std::atomic<uint64_t> cachesRead;
/// The number of the buffer that was asked last for what it needs.
inline std::atomic<uint64_t> askedBuffer;
struct Copy {
  Buffer *from, *to;
  VkBufferCopy region;
};
struct Launch {
  const Pipeline *pipeline;
  const DescriptorSet *set;
  std::vector<uint8_t> push;
  std::array<uint32_t, 3> groups;
};
struct Barrier {
  bool isOfCopies;
};
struct Commands {
  std::vector<std::variant<Copy, Launch, Barrier>> list;
  /// What the next kernel is run with.
  Launch next;
  /// A letter for each: c, a copy; d, a kernel; |, a barrier between kernels;
  /// =, one between all that is done.
  std::string order;
  bool isRecording = false;
};
/// Of the commands that were submitted last.
inline std::string lastOrder;
struct Pool {
  std::vector<Commands *> commands;
};

template <typename T, typename Handle> T *as(Handle handle) {
  return (T *)handle;
}

template <typename T, typename Handle>
VkResult make(VkDevice device, Handle *handle, T *object) {
  ++as<Device>(device)->objects;
  *handle = (Handle)object;
  return VK_SUCCESS;
}

template <typename T, typename Handle>
void destroy(VkDevice device, Handle handle) {
  if (!handle)
    return;
  require(!as<Device>(device)->isLeftRunning, "what is in use is destroyed");
  --as<Device>(device)->objects;
  delete as<T>(handle);
}

/// An object that has nothing.
struct Thing {};

} // namespace nullvulkan

#endif // TENON_TEST_BACKENDS_VULKAN_NULL_NULLOBJECTS_H
