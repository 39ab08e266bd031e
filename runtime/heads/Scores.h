//===- Scores.h - from logits to ranked scores ------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_SCORES_H
#define TENON_RUNTIME_HEADS_SCORES_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace tenon::heads {

/// The softmax of at least one logit, in place and in fp32, as numpy has it.
inline void softmax(std::span<float> values) {
  float most = *std::max_element(values.begin(), values.end());
  float sum = 0;
  for (float &value : values)
    sum += value = std::exp(value - most);
  for (float &value : values)
    value /= sum;
}

/// The index of the first of the largest.
inline size_t largest(std::span<const float> values) {
  return std::max_element(values.begin(), values.end()) - values.begin();
}

/// Whether a is to be listed before b: a higher score, or an equal one with a
/// lower index. Scores that are no numbers come last.
inline bool isBetter(std::span<const float> scores, size_t a, size_t b) {
  float x = scores[a], y = scores[b];
  if (std::isnan(x) || std::isnan(y))
    return std::isnan(x) == std::isnan(y) ? a < b : std::isnan(y);
  return x != y ? x > y : a < b;
}

/// Sorts indices of scores, the best first; only the first `count` if that is
/// less than all, which is faster.
inline void sortBestFirst(std::vector<size_t> &order,
                          std::span<const float> scores,
                          size_t count = SIZE_MAX) {
  auto middle =
      order.begin() + static_cast<ptrdiff_t>(std::min(count, order.size()));
  std::partial_sort(order.begin(), middle, order.end(),
                    [&](size_t a, size_t b) { return isBetter(scores, a, b); });
}

/// The length of Python's list[:k] of a list: a negative k counts from the end.
inline size_t firstOf(size_t length, int64_t k) {
  auto size = static_cast<int64_t>(length);
  return static_cast<size_t>(
      std::clamp<int64_t>(k < 0 ? size + k : k, 0, size));
}

/// std::stable_sort, which libstdc++ builds on what C++17 deprecates.
template <typename T, typename Less>
void sortStably(std::vector<T> &values, Less less) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    if (less(values[a], values[b]))
      return true;
    return !less(values[b], values[a]) && a < b;
  });
  std::vector<T> sorted;
  sorted.reserve(values.size());
  for (size_t index : order)
    sorted.push_back(std::move(values[index]));
  values = std::move(sorted);
}

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_SCORES_H
