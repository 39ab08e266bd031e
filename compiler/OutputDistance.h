//===- OutputDistance.h - how far two outputs lie apart ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_OUTPUTDISTANCE_H
#define TENON_COMPILER_OUTPUTDISTANCE_H

#include <cstddef>
#include <span>
#include <string>

namespace tenon {

/// What the numbers along an output's last axis are.
enum class RowKind {
  Numbers,   ///< Anything.
  Logits,    ///< Of a distribution, or what is ranked otherwise.
  OneLabel,  ///< The same, a label each: the largest is the answer.
  EachLabel, ///< A label each, which is given or not.
};

/// How far an output lies from what is expected, over all samples.
class OutputDistance {
public:
  void add(std::span<const float> expected, std::span<const float> actual,
           size_t row, RowKind kind);

  /// The largest difference, of the largest number that is expected.
  double relative() const;
  /// A line of the table.
  std::string render(const std::string &name) const;
  /// How often labels agree; empty if there are none.
  std::string renderLabels() const;

private:
  void addRow(std::span<const float> expected, std::span<const float> actual);

  double largest = 0, sum = 0;           ///< Of the expected magnitudes.
  double largestError = 0, errorSum = 0; ///< Of the differences.
  size_t rows = 0, agreeing = 0;
  double divergence = 0;
  size_t answers = 0, sameAnswers = 0; ///< Of labels.
};

} // namespace tenon

#endif // TENON_COMPILER_OUTPUTDISTANCE_H
