//===- Arena.h - working memory ---------------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_DEVICE_ARENA_H
#define TENON_BACKENDS_CPU_DEVICE_ARENA_H

#include "support/Status.h"

#include <cstdint>

namespace tenon::cpu {

/// One piece of memory, on huge pages where the system has them, that grows and
/// is used again and again.
class Arena {
public:
  Arena() = default;
  Arena(const Arena &) = delete;
  ~Arena();

  /// Makes room for `size` bytes; what was there is lost if it has to grow.
  Status reserve(uint64_t size);
  /// Aligned to 2 MiB.
  char *data() const { return data_; }

private:
  void release();

  void *mapping_ = nullptr;
  uint64_t mappingSize_ = 0;
  char *data_ = nullptr;
  uint64_t size_ = 0;
};

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_DEVICE_ARENA_H
