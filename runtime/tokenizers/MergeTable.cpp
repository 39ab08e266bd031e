//===- MergeTable.cpp - the merges of byte-pair encoding --------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "MergeTable.h"

namespace tenon::tokenizers {

/// Tables are half full at most: longer runs than this need pairs that were
/// chosen to collide.
static constexpr size_t kLongestProbe = 512;

bool MergeTable::tryBuild(uint64_t seed, bool firstCounts) {
  seed_ = seed;
  slots_.assign(std::bit_ceil(merges_.size() * 2 + 2), Slot());
  mask_ = slots_.size() - 1;
  for (size_t i = 0; i < merges_.size(); ++i) {
    auto [left, right, result] = merges_[i];
    size_t at = hash(left, right) & mask_;
    for (size_t probes = 0; slots_[at].left >= 0; at = (at + 1) & mask_) {
      if (++probes > kLongestProbe)
        return false;
      if (slots_[at].left == left && slots_[at].right == right)
        break;
    }
    if (slots_[at].left < 0 || !firstCounts)
      slots_[at] = {left, right, static_cast<uint32_t>(i)};
  }
  return true;
}

Status MergeTable::build(std::vector<Merge> merges, bool firstCounts,
                         const std::string &where) {
  merges_ = std::move(merges);
  for (uint64_t seed : {0x589965CC75374CC3u, 0x1D8E4E27C47D124Fu,
                        0xEB44ACCAB455D165u, 0x9E3779B97F4A7C15u})
    if (tryBuild(seed, firstCounts))
      return Status::ok();
  return Status::invalid(where, "the pairs of the merges collide");
}

} // namespace tenon::tokenizers
