//===- Memory.h - memory of a device ----------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_DEVICE_MEMORY_H
#define TENON_BACKENDS_VULKAN_DEVICE_MEMORY_H

#include "backends/vulkan/device/Context.h"

#include <initializer_list>
#include <span>
#include <vector>

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
  const char *data;      ///< The same for the host; null if it sees nothing.
};

/// A storage buffer.
class Memory {
public:
  Memory() = default;
  Memory(Memory &&other) noexcept { swap(other); }
  Memory &operator=(Memory &&other) noexcept {
    swap(other);
    return *this;
  }
  ~Memory();

  /// Memory that the host can read and write: the device's own where the host
  /// sees that and reads it well, else the host's.
  static Result<Memory> allocate(std::shared_ptr<Context> context,
                                 uint64_t size);
  /// The device's own, which is filled and read through others.
  static Result<Memory> allocateOnDevice(std::shared_ptr<Context> context,
                                         uint64_t size);
  /// The host's, for what goes to the device's own and comes from there.
  static Result<Memory> allocateForStaging(std::shared_ptr<Context> context,
                                           uint64_t size);

  VkBuffer buffer() const { return buffer_; }
  uint64_t size() const { return size_; }
  /// Null if the host doesn't see it.
  char *data() const { return data_; }
  Binding bind(uint64_t offset, uint64_t size) const {
    return {buffer_, offset, size, data_ ? data_ + offset : nullptr};
  }

private:
  void swap(Memory &other) noexcept;
  Status create(std::initializer_list<VkMemoryPropertyFlags> kinds);
  static Result<Memory>
  allocateSeen(std::shared_ptr<Context> context, uint64_t size,
               std::initializer_list<VkMemoryPropertyFlags> kinds);

  std::shared_ptr<Context> context_;
  VkBuffer buffer_ = VK_NULL_HANDLE;
  VkDeviceMemory memory_ = VK_NULL_HANDLE;
  uint64_t size_ = 0;
  char *data_ = nullptr;
};

/// What was written before, by kernels and copies of this or earlier
/// submissions, becomes visible to those that follow, and to the host.
void addBarrier(VkCommandBuffer commands);

/// Copies to and from the device's own memory, each done when it returns.
class Copier {
public:
  explicit Copier(std::shared_ptr<Context> context)
      : context_(std::move(context)) {}
  Copier(const Copier &) = delete;
  ~Copier();

  /// What the host doesn't see goes through memory of this, in pieces.
  Status write(std::span<const char> from, const Memory &to, uint64_t offset);
  Status read(const Memory &from, uint64_t offset, std::span<char> to);
  /// Places within one memory may not overlap.
  Status copy(const Memory &from, uint64_t fromOffset, const Memory &to,
              uint64_t toOffset, uint64_t size);

  /// The same, but done by the next submit(), with all that waits for it, in
  /// order; whatever else this does submits first. Until then both must live.
  void copyLater(const Memory &from, uint64_t fromOffset, const Memory &to,
                 uint64_t toOffset, uint64_t size);
  /// Writes to what the host doesn't see. Much is submitted on the way.
  Status writeLater(std::span<const char> from, const Memory &to,
                    uint64_t offset);
  /// If this fails, what waits goes on waiting.
  Status submit();

private:
  struct Copy {
    VkBuffer from, to;
    VkBufferCopy region;
  };

  Status createStaging();

  std::shared_ptr<Context> context_;
  Memory staging_;
  uint64_t staged_ = 0; ///< Bytes of it that wait.
  std::vector<Copy> waiting_;
  VkCommandPool pool_ = VK_NULL_HANDLE;
  VkCommandBuffer commands_ = VK_NULL_HANDLE;
};

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_DEVICE_MEMORY_H
