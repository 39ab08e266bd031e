//===- Interpolate.cpp - maps of numbers of other sizes -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Interpolate.h"

#include "runtime/media/View.h"

#include <algorithm>
#include <cmath>

namespace tenon::media {

namespace {

/// The inputs that each output of an axis is made of, and their shares.
struct Taps {
  int count = 0;
  /// [output][tap], or the other way round if they are asked for by tap.
  std::vector<int32_t> index;
  std::vector<float> weight;
};

float near1(float x) { // Within 1 of the center.
  constexpr float a = -0.75f;
  return ((a + 2) * x - (a + 3)) * x * x + 1;
}
float near2(float x) { // Within 2.
  constexpr float a = -0.75f;
  return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
}

Taps makeTaps(int from, int to, Interpolation mode, bool alignCorners,
              bool byTap) {
  bool isCubic = mode == Interpolation::Bicubic;
  Taps taps;
  taps.count = isCubic ? 4 : 2;
  taps.index.resize(size_t(taps.count) * to);
  taps.weight.resize(taps.index.size());
  float scale = alignCorners ? (to > 1 ? float(from - 1) / float(to - 1) : 0.0f)
                             : float(from) / float(to);
  for (int i = 0; i < to; ++i) {
    float at =
        alignCorners ? scale * float(i) : scale * (float(i) + 0.5f) - 0.5f;
    if (!isCubic)
      at = std::max(at, 0.0f);
    int base = std::min(static_cast<int>(std::floor(at)), from - 1);
    float rest = isCubic ? at - std::floor(at)
                         : std::clamp(at - float(base), 0.0f, 1.0f);
    float weights[4] = {1 - rest, rest, 0, 0};
    if (isCubic) {
      weights[0] = near2(rest + 1);
      weights[1] = near1(rest);
      weights[2] = near1(1 - rest);
      weights[3] = near2(2 - rest);
    }
    for (int t = 0; t < taps.count; ++t) {
      size_t place = byTap ? size_t(t) * to + i : size_t(taps.count) * i + t;
      taps.index[place] = std::clamp(base + t - (isCubic ? 1 : 0), 0, from - 1);
      taps.weight[place] = weights[t];
    }
  }
  return taps;
}

} // namespace

FloatMap interpolate(const FloatMap &map, int width, int height,
                     Interpolation mode, bool alignCorners,
                     const Kernels &use) {
  bool isCubic = mode == Interpolation::Bicubic;
  Taps rows = makeTaps(map.height, height, mode, alignCorners, false);
  Taps columns = makeTaps(map.width, width, mode, alignCorners, true);
  std::vector<float> between(size_t(map.width) * height);
  FloatMap result{width, height, std::vector<float>(size_t(width) * height)};

  View<float, 2> source(map.values.data(),
                        {{map.width, 1}, {map.height, map.width}});
  View<float, 2> middle(between.data(), {{map.width, 1}, {height, map.width}});
  View<float, 2> output(result.values.data(), {{width, 1}, {height, width}});
  View<int32_t, 2> rowIndex(rows.index.data(),
                            {{rows.count, 1}, {height, rows.count}});
  View<float, 2> rowWeight(rows.weight.data(),
                           {{rows.count, 1}, {height, rows.count}});
  View<int32_t, 2> columnIndex(columns.index.data(),
                               {{width, 1}, {columns.count, width}});
  View<float, 2> columnWeight(columns.weight.data(),
                              {{width, 1}, {columns.count, width}});
  (isCubic ? use.cubicColumns : use.linearColumns)(source, rowIndex, rowWeight,
                                                   middle);
  (isCubic ? use.cubicRows : use.linearRows)(middle, columnIndex, columnWeight,
                                             output);
  return result;
}

} // namespace tenon::media
