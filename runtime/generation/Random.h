//===- Random.h - numbers that depend on where, not when --------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_GENERATION_RANDOM_H
#define TENON_RUNTIME_GENERATION_RANDOM_H

#include <cstdint>

namespace tenon::generation {

/// Random numbers by their place: a draw is a function of the seed, the
/// sequence, the step and its number in the step, so that it is the same
/// whatever else is generated beside it and by however many threads.
class CounterRandom {
public:
  explicit CounterRandom(uint64_t seed) : seed_(seed) {}

  /// A number in [0, 1), of 53 bits.
  double uniform(uint64_t sequence, uint64_t step, uint64_t draw = 0) const {
    uint64_t bits = mix(seed_ + kOdd);
    for (uint64_t part : {sequence, step, draw})
      bits = mix(bits + kOdd * (part + 1));
    return static_cast<double>(bits >> 11) * 0x1p-53;
  }

private:
  static constexpr uint64_t kOdd = 0x9E3779B97F4A7C15; // 2^64 / golden ratio.

  /// The finalizer of SplitMix64: every bit depends on every bit.
  static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  uint64_t seed_;
};

} // namespace tenon::generation

#endif // TENON_RUNTIME_GENERATION_RANDOM_H
