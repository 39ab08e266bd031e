//===- Interpolate.h - maps of numbers of other sizes -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MEDIA_INTERPOLATE_H
#define TENON_RUNTIME_MEDIA_INTERPOLATE_H

#include "runtime/media/Kernels.h"

#include <vector>

namespace tenon::media {

/// A dense map of fp32 numbers, row by row.
struct FloatMap {
  int width = 0, height = 0;
  std::vector<float> values;
};

enum class Interpolation { Bilinear, Bicubic };

/// torch.nn.functional.interpolate(mode, align_corners) of a map: no filter
/// against aliasing, the border goes on, and a = -0.75 for cubics. At least one
/// pixel in either.
FloatMap interpolate(const FloatMap &map, int width, int height,
                     Interpolation mode, bool alignCorners,
                     const Kernels &use = kernels());

} // namespace tenon::media

#endif // TENON_RUNTIME_MEDIA_INTERPOLATE_H
