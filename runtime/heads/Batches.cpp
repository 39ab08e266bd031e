//===- Batches.cpp - which texts run together -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/Batches.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace tenon::heads {

/// The time of a batch, in tokens of a large one. Weights of 4 bytes are read
/// in the time of 2 FLOP/s / (bytes/s) tokens, 20 to 30 on the processors
/// measured, and so are those of one byte with faster arithmetic. The launches
/// of a batch cost some tokens more.
static size_t costOf(size_t rows, size_t longest) {
  constexpr size_t reading = 32, launching = 4;
  return std::max(rows * longest, reading) + launching;
}

std::vector<std::vector<size_t>> planBatches(std::span<const size_t> lengths,
                                             size_t maxRows) {
  // Larger batches gain nothing and need more memory.
  constexpr size_t enough = 4096;
  std::vector<size_t> order(lengths.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return lengths[a] != lengths[b] ? lengths[a] > lengths[b] : a < b;
  });

  // The least cost of all from an item on, and the rows of the batch that
  // begins there. Some best division has runs of this order as its batches: to
  // exchange items for longer ones shortens the other batch.
  std::vector<size_t> cost(order.size() + 1), rowsFrom(order.size());
  for (size_t first = order.size(); first-- > 0;) {
    size_t longest = lengths[order[first]];
    size_t most = std::clamp<size_t>(enough / longest, 1, maxRows);
    most = std::min(most, order.size() - first);
    cost[first] = std::numeric_limits<size_t>::max();
    for (size_t rows = 1; rows <= most; ++rows) {
      size_t total = costOf(rows, longest) + cost[first + rows];
      // Of equals the larger batch.
      if (total <= cost[first]) {
        cost[first] = total;
        rowsFrom[first] = rows;
      }
    }
  }

  std::vector<std::vector<size_t>> batches;
  for (size_t first = 0; first < order.size(); first += rowsFrom[first]) {
    auto begin = order.begin() + static_cast<std::ptrdiff_t>(first);
    batches.emplace_back(begin,
                         begin + static_cast<std::ptrdiff_t>(rowsFrom[first]));
  }
  return batches;
}

} // namespace tenon::heads
