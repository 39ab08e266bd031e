//===- ScoreMath.cpp - loops over a vocabulary's scores -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/ScoreMath.h"

#include <algorithm>
#include <cmath>

namespace tenon::generation {

/// Independent partial results: what lets a compiler use vectors for a maximum
/// or a sum without changing the order of anything.
constexpr size_t kLanes = 16;
/// Values whose maximum is looked at before they are, one by one.
constexpr size_t kBlock = 256;

float largest(std::span<const float> values) {
  float lanes[kLanes];
  std::fill(lanes, lanes + kLanes, kImpossible);
  size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes)
    for (size_t l = 0; l < kLanes; ++l)
      lanes[l] = values[i + l] > lanes[l] ? values[i + l] : lanes[l];
  for (; i < values.size(); ++i)
    lanes[0] = std::max(lanes[0], values[i] > lanes[0] ? values[i] : lanes[0]);
  return *std::max_element(lanes, lanes + kLanes);
}

bool hasNan(std::span<const float> values) {
  uint32_t lanes[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes)
    for (size_t l = 0; l < kLanes; ++l)
      lanes[l] |= uint32_t(std::isnan(values[i + l]));
  uint32_t any = 0;
  for (; i < values.size(); ++i)
    any |= uint32_t(std::isnan(values[i]));
  for (uint32_t lane : lanes)
    any |= lane;
  return any != 0;
}

size_t indexOfLargest(std::span<const float> values) {
  auto found = std::find(values.begin(), values.end(), largest(values));
  return found == values.end() ? 0
                               : static_cast<size_t>(found - values.begin());
}

float kthLargest(std::span<const float> values, size_t k) {
  TopCandidates top(k);
  top.offer(values, SoftmaxScale(), 0, 0);
  auto best = top.take();
  return best.empty() ? kImpossible : best.back().score;
}

/// The sum of e^(value - max), each lane in float over a block at most, blocks
/// in double.
static double sumOfExp(std::span<const float> values, float max) {
  double sum = 0;
  while (!values.empty()) {
    auto block = values.first(std::min(values.size(), kBlock));
    values = values.subspan(block.size());
    float lanes[kLanes] = {};
    size_t i = 0;
    for (; i + kLanes <= block.size(); i += kLanes)
      for (size_t l = 0; l < kLanes; ++l)
        lanes[l] += expOfNegative(block[i + l] - max);
    for (; i < block.size(); ++i)
      lanes[0] += expOfNegative(block[i] - max);
    for (float lane : lanes)
      sum += lane;
  }
  return sum;
}

SoftmaxScale softmaxScale(float max, double sum) {
  return {max, static_cast<float>(std::log(sum)), sum};
}

SoftmaxScale softmaxScale(std::span<const float> values) {
  float max = largest(values);
  if (max == kImpossible)
    max = std::numeric_limits<float>::quiet_NaN();
  return softmaxScale(max, sumOfExp(values, max));
}

void normalizeScores(std::span<float> values) {
  SoftmaxScale scale = softmaxScale(values);
  for (float &value : values)
    value = scale.logProbability(value);
}

size_t drawIndex(std::span<const float> values, double uniform) {
  float max = largest(values);
  double rest = uniform * sumOfExp(values, max);
  size_t last = 0; // The last one that can be drawn: where rounding ends up.
  for (size_t begin = 0; begin < values.size(); begin += kBlock) {
    auto block = values.subspan(begin, std::min(kBlock, values.size() - begin));
    double sum = sumOfExp(block, max);
    if (rest >= sum) {
      rest -= sum;
      if (sum > 0)
        last = begin + indexOfLargest(block);
      continue;
    }
    for (size_t i = 0; i < block.size(); ++i) {
      double weight = expOfNegative(block[i] - max);
      if (weight <= 0)
        continue;
      last = begin + i;
      if (rest < weight)
        return last;
      rest -= weight;
    }
    // The block's sum was rounded up: its last one it is.
    return last;
  }
  return last;
}

UrnOfScores::UrnOfScores(std::span<const float> values)
    : weights_(values.size()) {
  float max = largest(values);
  for (size_t i = 0; i < values.size(); ++i)
    weights_[i] = expOfNegative(values[i] - max);
  for (size_t begin = 0; begin < values.size(); begin += kBlock) {
    double sum = 0;
    for (size_t i = begin; i < std::min(begin + kBlock, values.size()); ++i)
      sum += weights_[i];
    sums_.push_back(sum);
  }
}

size_t UrnOfScores::take(double uniform) {
  double total = 0;
  for (double sum : sums_)
    total += sum;
  double rest = uniform * total;
  // Where it falls; rounding at a block's end leads to the last one before it.
  size_t found = weights_.size();
  for (size_t b = 0; b < sums_.size() && total > 0; ++b) {
    if (sums_[b] <= 0)
      continue;
    bool isHere = rest < sums_[b];
    size_t end = std::min((b + 1) * kBlock, weights_.size());
    for (size_t i = b * kBlock; i < end; ++i) {
      if (weights_[i] <= 0)
        continue;
      found = i;
      if (isHere && rest < weights_[i])
        break;
      if (isHere)
        rest -= weights_[i];
    }
    if (isHere)
      break;
    rest -= sums_[b];
  }
  if (found == weights_.size())
    found = static_cast<size_t>(std::find_if(weights_.begin(), weights_.end(),
                                             [](float w) { return w >= 0; }) -
                                weights_.begin());
  // The sum anew: subtracting would leave rounding behind.
  weights_[found] = -1;
  size_t block = found / kBlock;
  double sum = 0;
  for (size_t i = block * kBlock;
       i < std::min((block + 1) * kBlock, weights_.size()); ++i)
    sum += std::max(weights_[i], 0.0f);
  sums_[block] = sum;
  return found;
}

/// Whether `a` goes before `b`.
static bool better(const TopCandidates::Candidate &a,
                   const TopCandidates::Candidate &b) {
  return a.score != b.score ? a.score > b.score : a.index < b.index;
}

void TopCandidates::push(Candidate candidate) {
  heap_.push_back(candidate);
  std::push_heap(heap_.begin(), heap_.end(), better);
  if (heap_.size() > count_) {
    std::pop_heap(heap_.begin(), heap_.end(), better);
    heap_.pop_back();
  }
}

void TopCandidates::offer(std::span<const float> values,
                          const SoftmaxScale &scale, float offset,
                          size_t first) {
  for (size_t begin = 0; begin < values.size(); begin += kBlock) {
    auto block = values.subspan(begin, std::min(kBlock, values.size() - begin));
    // Sums keep the order, so that a block's maximum speaks for all of it.
    if (heap_.size() == count_ &&
        !(scale.logProbability(largest(block)) + offset > heap_.front().score))
      continue;
    for (size_t i = 0; i < block.size(); ++i) {
      Candidate candidate = {scale.logProbability(block[i]) + offset,
                             first + begin + i};
      if (std::isnan(candidate.score))
        continue;
      if (heap_.size() < count_ || better(candidate, heap_.front()))
        push(candidate);
    }
  }
}

std::vector<TopCandidates::Candidate> TopCandidates::take() {
  std::sort(heap_.begin(), heap_.end(), better);
  return std::move(heap_);
}

std::vector<size_t> indicesOfLargest(std::span<const float> values,
                                     size_t count) {
  TopCandidates top(count);
  top.offer(values, SoftmaxScale(), 0, 0);
  std::vector<size_t> indices;
  for (auto [score, index] : top.take())
    indices.push_back(index);
  return indices;
}

} // namespace tenon::generation
