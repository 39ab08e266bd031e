//===- AxisWeights.cpp - what each pixel of a row is made of --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// As in Pillow: weights are doubles, made whole numbers with 22 bits behind the
// point.
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Resample.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tenon::media {

namespace {

double sinc(double x) {
  if (x == 0)
    return 1;
  x *= std::numbers::pi;
  return std::sin(x) / x;
}

double boxFilter(double x) { return x > -0.5 && x <= 0.5 ? 1 : 0; }
double bilinearFilter(double x) {
  x = std::abs(x);
  return x < 1 ? 1 - x : 0;
}
double hammingFilter(double x) {
  x = std::abs(x);
  if (x == 0)
    return 1;
  if (x >= 1)
    return 0;
  x *= std::numbers::pi;
  return std::sin(x) / x * (0.54 + 0.46 * std::cos(x));
}
double bicubicFilter(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2)
    return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}
double lanczosFilter(double x) {
  return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

struct FilterShape {
  double (*weight)(double);
  double support;
};
/// By the filter's number; the nearest pixel has no shape.
constexpr FilterShape shapes[filterCount] = {
    {nullptr, 0},       {lanczosFilter, 3}, {bilinearFilter, 1},
    {bicubicFilter, 2}, {boxFilter, 0.5},   {hammingFilter, 1}};

AxisWeights nearestWeights(int from, float low, float high, int64_t size,
                           int64_t begin, int64_t end) {
  AxisWeights axis;
  axis.taps = 1;
  // Steps are added up, as Pillow does: their rounding is part of the result.
  double step = (double(high) - low) / double(size);
  double at = low + step * 0.5;
  for (int64_t i = 0; i < end; ++i, at += step)
    if (i >= begin)
      axis.first.push_back(std::clamp(static_cast<int>(at), 0, from - 1));
  axis.weight.assign(axis.first.size(), 1 << weightBits);
  return axis;
}

} // namespace

AxisWeights axisWeights(int from, float low, float high, int64_t size,
                        int64_t begin, int64_t end, Filter filter) {
  if (filter == Filter::Nearest)
    return nearestWeights(from, low, high, size, begin, end);
  const FilterShape &shape = shapes[static_cast<int>(filter)];
  double scale = double(high - low) / double(size);
  double filterScale = std::max(scale, 1.0);
  double support = shape.support * filterScale, inverse = 1 / filterScale;

  // All outputs get as many taps as the one with the most; where the axis ends,
  // they begin earlier.
  std::vector<int> counts;
  std::vector<double> weights;
  AxisWeights axis;
  for (int64_t i = begin; i < end; ++i) {
    double center = low + (double(i) + 0.5) * scale;
    int first = std::max(static_cast<int>(center - support + 0.5), 0);
    int last = std::min(static_cast<int>(center + support + 0.5), from);
    axis.first.push_back(first);
    counts.push_back(std::max(last - first, 0));
    axis.taps = std::max(axis.taps, counts.back());
  }
  axis.taps = std::max(axis.taps, 1);
  axis.weight.assign(axis.first.size() * size_t(axis.taps), 0);
  for (size_t i = 0; i < axis.first.size(); ++i) {
    double center = low + (double(begin + int64_t(i)) + 0.5) * scale;
    int first = axis.first[i];
    weights.resize(size_t(counts[i]));
    double sum = 0;
    for (int t = 0; t < counts[i]; ++t)
      sum += weights[t] = shape.weight((t + first - center + 0.5) * inverse);
    int moved = std::clamp(first, 0, from - axis.taps);
    int32_t *out = &axis.weight[i * size_t(axis.taps)] + (first - moved);
    axis.first[i] = moved;
    for (int t = 0; t < counts[i]; ++t) {
      double weight = sum != 0 ? weights[t] / sum : weights[t];
      weight *= 1 << weightBits;
      out[t] = static_cast<int32_t>(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
  }
  return axis;
}

AxisWeights sameWeights(int64_t begin, int64_t end) {
  AxisWeights axis;
  axis.taps = 1;
  for (int64_t i = begin; i < end; ++i)
    axis.first.push_back(static_cast<int32_t>(i));
  axis.weight.assign(axis.first.size(), 1 << weightBits);
  return axis;
}

double supportOf(Filter filter) {
  return shapes[static_cast<int>(filter)].support;
}

} // namespace tenon::media
