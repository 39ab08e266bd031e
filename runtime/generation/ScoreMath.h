//===- ScoreMath.h - loops over a vocabulary's scores -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A step of a small model takes 20 ms, and a row has 50,000 scores: every loop
// over them is here, written so that compilers make vectors of it. What needs
// the order of scores selects the few that matter instead of sorting all.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_GENERATION_SCOREMATH_H
#define TENON_RUNTIME_GENERATION_SCOREMATH_H

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace tenon::generation {

constexpr float kImpossible = -std::numeric_limits<float>::infinity();

/// e^x for x <= 0 within 2 units in the last place; 0 below -87.
inline float expOfNegative(float x) {
  // x = n ln 2 + r: ln 2 in two parts, so that r is exact to the last place.
  float clamped = x < -87.0f ? -87.0f : x;
  float scaled = clamped * 1.44269504f + 12582912.0f; // Rounds to an integer.
  float n = scaled - 12582912.0f;
  float r = clamped - n * 0.693359375f;
  r -= n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  // 2^n through the exponent's bits; n is in -126 .. 0.
  uint32_t power = (std::bit_cast<uint32_t>(scaled) - 0x4B400000u + 127u) << 23;
  return x < -87.0f ? 0.0f : p * std::bit_cast<float>(power);
}

/// The largest value, -inf for none; NaNs are passed over.
float largest(std::span<const float> values);

bool hasNan(std::span<const float> values);

/// The first index of the largest value, 0 if there is none but NaNs.
size_t indexOfLargest(std::span<const float> values);

/// The k-th largest value, counting equal ones; k >= 1, and the smallest if
/// there are fewer.
float kthLargest(std::span<const float> values, size_t k);

/// What turns scores into logarithms of probabilities: value - max - logSum.
struct SoftmaxScale {
  float max = 0;
  float logSum = 0;
  double sum = 0; ///< Of e^(value - max).

  float logProbability(float value) const { return (value - max) - logSum; }
};

/// All of it is NaN if every value is -inf.
SoftmaxScale softmaxScale(std::span<const float> values);
SoftmaxScale softmaxScale(float max, double sum);

/// Replaces scores by the logarithms of their probabilities.
void normalizeScores(std::span<float> values);

/// The index that `uniform` of [0, 1) falls on when index i takes as much room
/// as e^values[i]. Nothing that is -inf is drawn if something isn't.
size_t drawIndex(std::span<const float> values, double uniform);

/// Draws indices without putting them back. The first drawn are as likely as
/// if only they were drawn.
class UrnOfScores {
public:
  /// Index i takes as much room as e^values[i].
  explicit UrnOfScores(std::span<const float> values);

  /// The index that `uniform` of [0, 1) falls on, and takes it out. When all
  /// that has room is out, the first of the others. There must be one left.
  size_t take(double uniform);

private:
  std::vector<float> weights_; ///< -1 for what is out.
  std::vector<double> sums_;   ///< Of blocks of weights.
};

/// The best of many candidates, kept while they are offered.
class TopCandidates {
public:
  struct Candidate {
    float score;
    size_t index;
  };

  /// Room for `count` candidates, at least 1.
  explicit TopCandidates(size_t count) : count_(count) {
    heap_.reserve(count + 1);
  }

  /// Offers scale.logProbability(values[i]) + offset as index first + i; NaNs
  /// are passed over. Later offers must have larger indices: the smaller ones
  /// win ties.
  void offer(std::span<const float> values, const SoftmaxScale &scale,
             float offset, size_t first);

  /// The candidates from the best to the worst.
  std::vector<Candidate> take();

private:
  void push(Candidate candidate);

  size_t count_;
  std::vector<Candidate> heap_; ///< The worst is at the front.
};

/// The indices of the `count` largest values (or of all), the largest first;
/// of equal ones, the smaller index is first.
std::vector<size_t> indicesOfLargest(std::span<const float> values,
                                     size_t count);

} // namespace tenon::generation

#endif // TENON_RUNTIME_GENERATION_SCOREMATH_H
