//===- MergeTable.h - the merges of byte-pair encoding ----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Which pairs of tokens become one, in which order.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_MERGETABLE_H
#define TENON_RUNTIME_TOKENIZERS_MERGETABLE_H

#include "support/Status.h"

#include <bit>
#include <cstdint>
#include <vector>

namespace tenon::tokenizers {

/// A hash table from pairs of ids; made once and then read by any number of
/// threads.
class MergeTable {
public:
  struct Merge {
    int32_t left, right, result;
  };

  static constexpr uint32_t kNone = UINT32_MAX;

  /// The rank of a merge is its index; of equal pairs the first or the last
  /// counts. Fails if the pairs were chosen to collide.
  Status build(std::vector<Merge> merges, bool firstCounts,
               const std::string &where);

  /// The rank of a pair, or kNone.
  uint32_t rank(int32_t left, int32_t right) const {
    for (size_t at = hash(left, right) & mask_;; at = (at + 1) & mask_) {
      const Slot &slot = slots_[at];
      if (slot.left == left && slot.right == right)
        return slot.rank;
      if (slot.left < 0)
        return kNone;
    }
  }
  const Merge &operator[](uint32_t rank) const { return merges_[rank]; }

private:
  struct Slot {
    int32_t left = -1, right = -1; ///< Left is -1 if the slot is free.
    uint32_t rank = kNone;
  };
  bool tryBuild(uint64_t seed, bool firstCounts);
  size_t hash(int32_t left, int32_t right) const {
    uint64_t key = static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 |
                   static_cast<uint32_t>(right);
    unsigned __int128 product =
        static_cast<unsigned __int128>(key ^ seed_) * 0x9FB21C651E98DF25u;
    return static_cast<size_t>(static_cast<uint64_t>(product) ^
                               static_cast<uint64_t>(product >> 64));
  }

  std::vector<Merge> merges_;
  std::vector<Slot> slots_ = std::vector<Slot>(1);
  uint64_t seed_ = 0;
  size_t mask_ = 0;
};

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_MERGETABLE_H
