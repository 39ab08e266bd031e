//===- Memory.h - memory that device and host see ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_DEVICE_MEMORY_H
#define TENON_BACKENDS_VULKAN_DEVICE_MEMORY_H

#include "backends/vulkan/device/Context.h"

namespace tenon::vulkan {

/// The most that a device asks the places of bindings to be multiples of.
inline constexpr uint64_t bindingAlignment = 256;

inline uint64_t alignBinding(uint64_t offset) {
  return (offset + bindingAlignment - 1) / bindingAlignment * bindingAlignment;
}

/// What a kernel's argument is bound to.
struct Binding {
  VkBuffer buffer;
  uint64_t offset, size; ///< In bytes; the offset is a binding's.
  char *data;            ///< The same for the host.
};

/// A storage buffer that the host can read and write: the device's own memory
/// where the host sees that, else the host's.
class Memory {
public:
  Memory() = default;
  Memory(Memory &&other) noexcept { swap(other); }
  Memory &operator=(Memory &&other) noexcept {
    swap(other);
    return *this;
  }
  ~Memory();

  static Result<Memory> allocate(std::shared_ptr<Context> context,
                                 uint64_t size);

  uint64_t size() const { return size_; }
  char *data() const { return data_; }
  Binding bind(uint64_t offset, uint64_t size) const {
    return {buffer_, offset, size, data_ + offset};
  }

private:
  void swap(Memory &other) noexcept;

  std::shared_ptr<Context> context_;
  VkBuffer buffer_ = VK_NULL_HANDLE;
  VkDeviceMemory memory_ = VK_NULL_HANDLE;
  uint64_t size_ = 0;
  char *data_ = nullptr;
};

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_DEVICE_MEMORY_H
