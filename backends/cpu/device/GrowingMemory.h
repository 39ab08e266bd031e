//===- GrowingMemory.h - memory that keeps what it holds --------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_DEVICE_GROWINGMEMORY_H
#define TENON_BACKENDS_CPU_DEVICE_GROWINGMEMORY_H

#include "support/Status.h"

#include <cstdint>
#include <utility>

namespace tenon::cpu {

/// One piece of memory that grows without being copied. Only what was written
/// takes memory of the machine; the rest reads as zero.
class GrowingMemory {
public:
  GrowingMemory() = default;
  GrowingMemory(GrowingMemory &&other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  GrowingMemory &operator=(GrowingMemory &&) = delete;
  ~GrowingMemory();

  /// Makes room for `size` bytes; may move what is there.
  Status reserve(uint64_t size);
  /// Aligned to a page.
  char *data() const { return data_; }

private:
  char *data_ = nullptr;
  uint64_t size_ = 0;
};

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_DEVICE_GROWINGMEMORY_H
