//===- ArenaPacking.h - which memory each buffer gets -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_ARENAPACKING_H
#define TENON_RUNTIME_ARENAPACKING_H

#include <cstdint>
#include <span>

namespace tenon::runtime {

/// Every offset is a multiple of it: the most that a GPU asks of what is bound.
inline constexpr uint64_t arenaAlignment = 256;

/// Memory that is needed from phase `first` to phase `last`, both included.
struct ArenaItem {
  uint64_t size = 0; ///< In bytes, at most 2^48.
  uint32_t first = 0, last = 0;
  uint64_t offset = 0; ///< The result.
};

/// Gives each item an offset so that items that live at the same time don't
/// overlap, and returns the total size in bytes. Largest first, each into the
/// smallest gap that it fits into; depends on nothing but the items.
uint64_t packArena(std::span<ArenaItem> items);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_ARENAPACKING_H
