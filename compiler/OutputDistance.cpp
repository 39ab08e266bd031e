//===- OutputDistance.cpp - how far two outputs lie apart -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/OutputDistance.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

using namespace tenon;

void OutputDistance::add(std::span<const float> expected,
                         std::span<const float> actual, size_t row,
                         RowKind kind) {
  for (size_t i = 0; i < expected.size(); ++i) {
    double x = expected[i], d = std::abs(x - actual[i]);
    // Fills as large as a float gets, and what is infinite, set no scale.
    if (!(std::abs(x) < 1e37))
      continue;
    // No number where one should be is as far off as can be.
    if (std::isnan(d))
      d = HUGE_VAL;
    largest = std::max(largest, std::abs(x));
    sum += std::abs(x);
    largestError = std::max(largestError, d);
    errorSum += d;
  }
  if (kind == RowKind::Numbers || row < 2)
    return;
  size_t rowsBefore = rows, agreeingBefore = agreeing;
  for (size_t i = 0; i + row <= expected.size(); i += row)
    addRow(expected.subspan(i, row), actual.subspan(i, row));
  if (kind == RowKind::OneLabel) {
    answers += rows - rowsBefore;
    sameAnswers += agreeing - agreeingBefore;
  }
  if (kind == RowKind::EachLabel)
    for (size_t i = 0; i < expected.size(); ++i, ++answers)
      sameAnswers += (expected[i] > 0) == (actual[i] > 0) &&
                     std::isnan(expected[i]) == std::isnan(actual[i]);
}

/// log(sum(exp(x))), and where the largest is.
static std::pair<double, size_t> logSum(std::span<const float> x) {
  size_t top = std::max_element(x.begin(), x.end()) - x.begin();
  double sum = 0;
  for (float value : x)
    sum += std::exp(double(value) - x[top]);
  return {std::log(sum) + x[top], top};
}

void OutputDistance::addRow(std::span<const float> expected,
                            std::span<const float> actual) {
  auto [expectedSum, expectedTop] = logSum(expected);
  auto [actualSum, actualTop] = logSum(actual);
  if (std::isnan(expectedSum))
    return; // It ranks nothing.
  ++rows;
  if (std::isnan(actualSum)) {
    divergence = HUGE_VAL;
    return;
  }
  agreeing += expectedTop == actualTop;
  for (size_t i = 0; i < expected.size(); ++i) {
    double p = expected[i] - expectedSum, q = actual[i] - actualSum;
    if (double term = std::exp(p) * (p - q); std::isfinite(term))
      divergence += term;
  }
}

double OutputDistance::relative() const {
  return largestError ? largestError / largest : 0;
}

std::string OutputDistance::render(const std::string &name) const {
  char line[200];
  int used = std::snprintf(line, sizeof(line), "%-28s %9.2g  %9.2g",
                           name.c_str(), largest ? largestError / largest : 0,
                           sum ? errorSum / sum : 0);
  std::string text(line, used);
  if (rows) {
    std::snprintf(line, sizeof(line), "  %8.2f%%  %9.2g",
                  100.0 * double(agreeing) / double(rows),
                  divergence / double(rows));
    text += line;
  }
  return text + "\n";
}

std::string OutputDistance::renderLabels() const {
  if (!answers)
    return "";
  char line[100];
  std::snprintf(line, sizeof(line), "labels agree on %.2f%% of %zu answers\n",
                100.0 * double(sameAnswers) / double(answers), answers);
  return line;
}
