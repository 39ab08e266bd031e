//===- Shadow.h - who read and wrote memory last ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Finds accesses that nothing orders: two of a byte by different threads, one
// of them a write, without a barrier between them. Times are numbers that grow;
// a barrier says from which time on accesses are still unordered.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_BACKENDS_VULKAN_MACHINE_SHADOW_H
#define TENON_TEST_BACKENDS_VULKAN_MACHINE_SHADOW_H

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace machine {

struct Access {
  enum Kind { Read, Write, Atomic };
  /// Who copies memory outside of all kernels.
  static constexpr uint32_t copier = ~0u - 1;

  Kind kind;
  uint32_t who;  ///< A thread, or `copier`.
  uint32_t time; ///< From one on.
  /// Accesses since this time aren't ordered before this one, of threads and
  /// of copies.
  uint32_t since, sinceOfCopies;
};

/// What an access meets.
struct Conflict {
  uint64_t byte;
  bool isWrite;
  uint32_t who, time;
};

class Shadow {
public:
  /// Notes an access of some bytes.
  std::optional<Conflict> note(uint64_t offset, uint64_t size,
                               const Access &access);
  /// Whether somebody has written the byte since a time.
  bool isWritten(uint64_t byte, uint32_t since) const;

private:
  static constexpr uint32_t many = ~0u;
  struct Byte {
    uint32_t writer = 0, written = 0, reader = 0, read = 0;
    bool isAtomic = false;
  };
  static constexpr uint64_t pageBytes = 4096;
  using Page = std::array<Byte, pageBytes>;

  std::vector<std::unique_ptr<Page>> pages;
};

} // namespace machine

#endif // TENON_TEST_BACKENDS_VULKAN_MACHINE_SHADOW_H
