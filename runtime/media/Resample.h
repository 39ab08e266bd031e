//===- Resample.h - images of other sizes -----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

//
// Results equal those of Pillow's Image.resize and Image.reduce for images in
// RGB, bit by bit.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MEDIA_RESAMPLE_H
#define TENON_RUNTIME_MEDIA_RESAMPLE_H

#include "runtime/media/Image.h"
#include "runtime/media/Kernels.h"
#include "runtime/media/Scratch.h"

#include <optional>
#include <vector>

namespace tenon::media {

/// With Pillow's numbers.
enum class Filter {
  Nearest = 0,
  Lanczos = 1,
  Bilinear = 2,
  Bicubic = 3,
  Box = 4,
  Hamming = 5
};
inline constexpr int filterCount = 6;

/// A part of an image, in pixels and parts of them.
struct Box {
  double left, top, right, bottom;
};

/// The bits of a weight that are behind its point: Pillow's.
inline constexpr int weightBits = 22;

/// Outputs `begin` to `end` - 1 of `size` that an axis is resampled to: each is
/// a sum of `taps` inputs, from first[i] on, times weights with `weightBits`
/// bits behind the point.
struct AxisWeights {
  int taps = 0;
  std::vector<int32_t> first;
  std::vector<int32_t> weight; ///< taps for each output
};

/// From an axis of `from` inputs, of which low .. high are scaled to `size`.
/// The inputs that taps see lie within the axis.
AxisWeights axisWeights(int from, float low, float high, int64_t size,
                        int64_t begin, int64_t end, Filter filter);

/// Every output is its input, `begin` the first.
AxisWeights sameWeights(int64_t begin, int64_t end);

/// How many inputs a filter sees on either side, unscaled.
double supportOf(Filter filter);

/// What becomes of an image on its way to a tensor.
struct Plan {
  /// The size it is scaled to, before the window is cut out.
  int64_t width = 0, height = 0;
  Filter filter = Filter::Bilinear;
  /// The window of the scaled image; what lies outside the image is black.
  int64_t left = 0, top = 0;
  int windowWidth = 0, windowHeight = 0;
};

/// The numbers that the bytes of each channel become: 3 times 256.
using ChannelTables = std::vector<float>;

/// Fills three planes of windowHeight rows of windowWidth numbers. Fails for
/// want of memory.
Status makePlanes(const Image &image, const Plan &plan,
                  const ChannelTables &tables, float *planes, Scratch &scratch,
                  const std::string &where, const Kernels &use = kernels());

/// Image.resize(size, filter, box, reducingGap): `box` is the whole image if
/// not given; with a gap, which must be at least 1, the image is first reduced
/// by whole factors.
Result<Image> resize(const Image &image, int width, int height, Filter filter,
                     Scratch &scratch, std::optional<Box> box = std::nullopt,
                     std::optional<double> reducingGap = std::nullopt,
                     const std::string &where = "image",
                     const Kernels &use = kernels());

/// Image.reduce((factorX, factorY), box): each pixel the mean of a block; the
/// blocks of the last column and row may be smaller.
Result<Image> reduce(const Image &image, int factorX, int factorY,
                     const std::string &where = "image",
                     const Kernels &use = kernels());

} // namespace tenon::media

#endif // TENON_RUNTIME_MEDIA_RESAMPLE_H
