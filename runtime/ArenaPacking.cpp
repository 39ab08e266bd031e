//===- ArenaPacking.cpp - which memory each buffer gets -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/ArenaPacking.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace tenon::runtime {

static uint64_t alignUp(uint64_t size) {
  return (size + arenaAlignment - 1) / arenaAlignment * arenaAlignment;
}

/// The best offset for `item` among `placed`, which is sorted by offset.
static uint64_t bestOffset(const ArenaItem &item,
                           std::span<const ArenaItem *const> placed) {
  uint64_t size = alignUp(item.size);
  uint64_t best = 0, bestGap = UINT64_MAX, end = 0;
  for (const ArenaItem *other : placed) {
    if (other->last < item.first || item.last < other->first)
      continue;
    if (other->offset > end) {
      uint64_t gap = other->offset - end;
      if (gap >= size && gap < bestGap) {
        best = end;
        bestGap = gap;
      }
    }
    end = std::max(end, other->offset + alignUp(other->size));
  }
  return bestGap == UINT64_MAX ? end : best;
}

uint64_t packArena(std::span<ArenaItem> items) {
  std::vector<uint32_t> order(items.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return items[a].size != items[b].size ? items[a].size > items[b].size
                                          : a < b;
  });
  std::vector<const ArenaItem *> placed;
  placed.reserve(items.size());
  uint64_t total = 0;
  for (uint32_t index : order) {
    ArenaItem &item = items[index];
    item.offset = item.size ? bestOffset(item, placed) : 0;
    if (!item.size)
      continue;
    total = std::max(total, item.offset + alignUp(item.size));
    auto at = std::upper_bound(placed.begin(), placed.end(), item.offset,
                               [](uint64_t offset, const ArenaItem *other) {
                                 return offset < other->offset;
                               });
    placed.insert(at, &item);
  }
  return total;
}

} // namespace tenon::runtime
