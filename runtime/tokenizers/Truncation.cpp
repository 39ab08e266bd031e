//===- Truncation.cpp - cutting texts to a length ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Follows utils/truncation.rs and Encoding::truncate of `tokenizers` 0.22.2.
// Where that would panic, this fails.
//
//===----------------------------------------------------------------------===//

#include "Truncation.h"

#include <algorithm>

namespace tenon::tokenizers {

namespace {

/// Lengths of two texts that are shortened from the longer one first.
std::array<size_t, 2> longestFirst(const size_t sizes[2], size_t room) {
  size_t shorter = std::min(sizes[0], sizes[1]);
  size_t longer = shorter > room ? shorter : std::max(shorter, room - shorter);
  if (shorter + longer > room) {
    shorter = room / 2;
    longer = shorter + room % 2;
  }
  if (sizes[0] > sizes[1])
    return {longer, shorter};
  return {shorter, longer};
}

} // namespace

Result<std::vector<TokenWindow>> makeWindows(size_t size, size_t maxLength,
                                             size_t stride, Side side) {
  std::vector<TokenWindow> windows;
  if (maxLength >= size) {
    windows.push_back({0, size});
    return windows;
  }
  if (maxLength == 0) {
    windows.push_back({0, 0});
    windows.push_back({0, size});
    return windows;
  }
  if (stride >= maxLength)
    return Status::invalid("stride", "a stride of " + std::to_string(stride) +
                                         " tokens needs windows of more, but " +
                                         std::to_string(maxLength) +
                                         " are left for the text");
  size_t step = maxLength - stride;
  for (size_t at = 0;; at += step) {
    if (side == Side::Right) {
      windows.push_back({at, std::min(at + maxLength, size)});
      if (windows.back().end == size)
        return windows;
    } else {
      size_t end = size - at;
      windows.push_back({end > maxLength ? end - maxLength : 0, end});
      if (windows.back().begin == 0)
        return windows;
    }
  }
}

Result<TextWindows> truncate(const Truncation &cut, const size_t sizes[2],
                             bool pair, SpecialCounts special) {
  // A length below that of the special tokens alone wraps around, for the
  // library too: nothing is cut then.
  if (cut.maxLength - special.single < cut.stride)
    return Status::invalid(
        "stride", "a maximum length of " + std::to_string(cut.maxLength) +
                      " has no room for " + std::to_string(special.single) +
                      " special tokens and a stride of " +
                      std::to_string(cut.stride));

  size_t room = cut.maxLength - special.added, total = sizes[0] + sizes[1];
  std::array<size_t, 2> target = {sizes[0], sizes[1]};
  if (room == 0) {
    target = {0, 0};
  } else if (total > room && cut.strategy == TruncationStrategy::LongestFirst) {
    if (pair)
      target = longestFirst(sizes, room);
    else
      target[0] = room;
  } else if (total > room) {
    size_t text = cut.strategy == TruncationStrategy::OnlySecond;
    size_t excess = total - room;
    if (text == 1 && !pair)
      return Status::invalid("truncation", "only_second needs a second text");
    if (sizes[text] <= excess)
      return Status::invalid(
          "truncation", "the text to shorten has " +
                            std::to_string(sizes[text]) + " tokens, and " +
                            std::to_string(excess) +
                            " are too many: even cutting all of it doesn't "
                            "reach the maximum length");
    target[text] = sizes[text] - excess;
  }

  TextWindows windows;
  for (size_t text = 0; text < 2; ++text) {
    TENON_ASSIGN_OR_RETURN(windows[text], makeWindows(sizes[text], target[text],
                                                      cut.stride, cut.side));
  }
  return windows;
}

} // namespace tenon::tokenizers
