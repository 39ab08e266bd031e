//===- Resample.cpp - images of other sizes -------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// As in Pillow: rows first, then columns, with bytes between the passes. An
// axis that keeps its size has the weight one.
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Resample.h"

#include "runtime/media/Strip.h"
#include "runtime/media/View.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tenon::media {

namespace {

/// A part of an image, which may have its rows further apart.
struct Pixels {
  const uint8_t *data;
  int width, height, pitch;
};

Pixels pixelsOf(const Image &image) {
  return {image.row(0), image.width(), image.height(), image.pitch()};
}

struct Bytes {
  std::unique_ptr<uint8_t[]> data;
  Pixels pixels{};
};

Status noMemory(const std::string &where) {
  return Status::invalid(where, "needs more memory than there is");
}

/// Columns of pixels, resampled into memory with `pitch` bytes from row to row.
void columnPass(Pixels from, const AxisWeights &axis, const Kernels &use,
                uint8_t *to, int pitch) {
  auto height = static_cast<int64_t>(axis.first.size());
  View<uint8_t, 2> source(from.data,
                          {{3 * from.width, 1}, {from.height, from.pitch}});
  View<int32_t, 1> firsts(axis.first.data(), {{height, 1}});
  View<int32_t, 2> weights(axis.weight.data(),
                           {{axis.taps, 1}, {height, axis.taps}});
  View<uint8_t, 2> output(to, {{3 * from.width, 1}, {height, pitch}});
  use.columns(source, firsts, weights, output);
}

/// An axis for the generated `rows`: what it reads begins with pair first[i].
struct PairedWeights {
  int pairs = 0; ///< For each output.
  std::vector<int32_t> first;
  std::vector<int16_t> weight; ///< [output][pair][low, high][of the pair]
};

PairedWeights pairUp(const AxisWeights &axis) {
  PairedWeights paired;
  for (int32_t first : axis.first) {
    paired.first.push_back(first / 2);
    paired.pairs = std::max(paired.pairs, (first % 2 + axis.taps + 1) / 2);
  }
  paired.weight.assign(4 * size_t(paired.pairs) * axis.first.size(), 0);
  for (size_t i = 0; i < axis.first.size(); ++i)
    for (int t = 0; t < axis.taps; ++t) {
      int32_t weight = axis.weight[i * size_t(axis.taps) + size_t(t)];
      auto low = static_cast<int16_t>(weight);
      int place = axis.first[i] % 2 + t;
      int16_t *pair =
          &paired.weight[4 * (i * size_t(paired.pairs) + size_t(place / 2))];
      pair[place % 2] = low;
      pair[2 + place % 2] = static_cast<int16_t>((weight - low) >> 16);
    }
  return paired;
}

/// Outputs `begin` to `end` - 1 of a row, and the pairs that they read.
struct Piece {
  int begin, end, firstPair, pairs;
};

/// Pieces of a row that stay in the second cache, packed, for sixteen rows.
/// What they read overlaps, so they aren't small beside the taps of an output.
/// Outputs then count pairs from their piece's first on.
std::vector<Piece> cutRow(PairedWeights &axis) {
  constexpr int step = 32, maxOutputs = 1024, maxPairs = 2048;
  auto width = static_cast<int>(axis.first.size());
  std::vector<Piece> pieces;
  for (int begin = 0; begin < width;) {
    int first = axis.first[begin];
    auto pairsTo = [&](int end) {
      return axis.first[end - 1] + axis.pairs - first;
    };
    int end = std::min(begin + step, width);
    while (end < width && end - begin < maxOutputs &&
           pairsTo(std::min(end + step, width)) <= maxPairs)
      end = std::min(end + step, width);
    pieces.push_back({begin, end, first, pairsTo(end)});
    for (; begin < end; ++begin)
      axis.first[begin] -= first;
  }
  return pieces;
}

/// All rows, resampled along each.
Status scaleRows(Pixels from, const AxisWeights &axis, const Kernels &use,
                 const std::string &where, Bytes &to) {
  int width = static_cast<int>(axis.first.size()), height = from.height;
  if (int64_t(width) * height > maxPixels)
    return noMemory(where);
  PairedWeights paired = pairUp(axis);
  std::vector<Piece> pieces = cutRow(paired);
  // Whole steps.
  size_t packedSize = 0, resultSize = 0;
  for (const Piece &piece : pieces) {
    packedSize = std::max(packedSize, size_t(piece.pairs) + packStep);
    resultSize = std::max(resultSize,
                          size_t(3) * (piece.end - piece.begin) + unpackStep);
  }
  std::vector<uint8_t> packed(packedSize * pairBytes);
  std::vector<uint8_t> result(resultSize * stripRows);
  StripFunctions strip = stripFunctions(use.needs);
  int rowBytes = (3 * width + 63) / 64 * 64;
  size_t size = size_t(rowBytes) * height + Image::slack;
  to.data.reset(new (std::nothrow) uint8_t[size]);
  if (!to.data)
    return noMemory(where);
  to.pixels = {to.data.get(), width, height, rowBytes};
  for (int top = 0; top < height; top += stripRows)
    for (const Piece &piece : pieces) {
      StripRows rows; // The last strip has its last row several times.
      for (int i = 0; i < stripRows; ++i)
        rows[i] = from.data +
                  int64_t(from.pitch) * std::min(top + i, height - 1) +
                  int64_t(6) * piece.firstPair;
      strip.pack(rows, piece.pairs, packed.data());
      int count = piece.end - piece.begin;
      View<uint8_t, 4> source(packed.data(), {{2, 1},
                                              {stripRows, 2},
                                              {3, 2 * stripRows},
                                              {piece.pairs, pairBytes}});
      View<int32_t, 1> firsts(paired.first.data() + piece.begin, {{count, 1}});
      int64_t step = 4 * int64_t(paired.pairs);
      View<int16_t, 4> weights(
          paired.weight.data() + step * piece.begin,
          {{2, 1}, {2, 2}, {paired.pairs, 4}, {count, step}});
      View<uint8_t, 3> output(
          result.data(),
          {{stripRows, 1}, {3, stripRows}, {count, 3 * stripRows}});
      use.rows(source, firsts, weights, output);
      strip.unpack(result.data(), 3 * count,
                   to.data.get() + int64_t(rowBytes) * top + 3 * piece.begin,
                   rowBytes, std::min(stripRows, height - top));
    }
  return Status::ok();
}

/// All columns, resampled along each.
Status scaleColumns(Pixels from, const AxisWeights &axis, const Kernels &use,
                    const std::string &where, Bytes &to) {
  auto height = static_cast<int>(axis.first.size());
  if (int64_t(from.width) * height > maxPixels)
    return noMemory(where);
  int rowBytes = 3 * from.width;
  size_t size = size_t(rowBytes) * height + Image::slack;
  to.data.reset(new (std::nothrow) uint8_t[size]);
  if (!to.data)
    return noMemory(where);
  to.pixels = {to.data.get(), from.width, height, rowBytes};
  columnPass(from, axis, use, to.data.get(), rowBytes);
  return Status::ok();
}

/// The pixels that two axes of one tap each name: without arithmetic, and
/// without a look at the rest.
Status pickPixels(Pixels from, const AxisWeights &x, const AxisWeights &y,
                  const std::string &where, Bytes &to) {
  int width = static_cast<int>(x.first.size());
  int height = static_cast<int>(y.first.size());
  if (int64_t(width) * height > maxPixels)
    return noMemory(where);
  to.data.reset(new (std::nothrow)
                    uint8_t[size_t(3) * width * height + Image::slack]);
  if (!to.data)
    return noMemory(where);
  to.pixels = {to.data.get(), width, height, 3 * width};
  uint8_t *out = to.data.get();
  for (int32_t row : y.first) {
    const uint8_t *begin = from.data + int64_t(from.pitch) * row;
    for (int32_t column : x.first) {
      const uint8_t *pixel = begin + 3 * int64_t(column);
      out[0] = pixel[0], out[1] = pixel[1], out[2] = pixel[2];
      out += 3;
    }
  }
  return Status::ok();
}

/// The rows that an axis of columns reads: moves them to begin at 0.
std::pair<int, int> neededRows(AxisWeights &axis) {
  auto [low, high] = std::minmax_element(axis.first.begin(), axis.first.end());
  int top = *low, bottom = *high + axis.taps;
  for (int32_t &first : axis.first)
    first -= top;
  return {top, bottom};
}

/// Whether Pillow (from 13.0 on) resamples columns before rows: where that
/// takes away far more than rows first. Rounding makes the difference visible.
bool columnsGoFirst(const Image &image, int64_t width, int64_t height) {
  return height < image.height() &&
         image.height() - height > 2 * (image.width() - width);
}

/// One axis of a scaled image, of which outputs `begin` to `end` - 1 are asked
/// for. An axis that keeps its size isn't resampled.
struct Axis {
  int from;
  double low, high;
  int64_t size, begin, end;

  bool isSame() const {
    return size == from && low == 0 && high == double(from);
  }
  AxisWeights weights(Filter filter) const {
    return isSame() ? sameWeights(begin, end)
                    : axisWeights(from, float(low), float(high), size, begin,
                                  end, filter);
  }
};

/// A scaled image but for its last pass: an axis of columns, maybe one that
/// changes nothing, over pixels.
struct Unfinished {
  Bytes memory;
  Pixels pixels{}; ///< Of the image or of `memory`.
  AxisWeights columns;
};

Status scaleUnlessColumns(const Image &image, const Axis &x, const Axis &y,
                          Filter filter, const std::string &where,
                          const Kernels &use, Unfinished &out) {
  out.columns = y.weights(filter);
  auto [top, bottom] = neededRows(out.columns);
  Pixels all = pixelsOf(image);
  Pixels rows = {image.row(top), all.width, bottom - top, all.pitch};
  if (x.isSame()) {
    out.pixels = rows;
    out.pixels.data += 3 * x.begin;
    out.pixels.width = static_cast<int>(x.end - x.begin);
    return Status::ok();
  }
  AxisWeights weights = x.weights(filter);
  if (filter == Filter::Nearest) {
    TENON_RETURN_IF_ERROR(
        pickPixels(rows, weights, out.columns, where, out.memory));
    out.columns = sameWeights(0, y.end - y.begin);
  } else if (columnsGoFirst(image, x.size, y.size) && !y.isSame()) {
    Bytes between;
    TENON_RETURN_IF_ERROR(scaleColumns(rows, out.columns, use, where, between));
    out.columns = sameWeights(0, y.end - y.begin);
    TENON_RETURN_IF_ERROR(
        scaleRows(between.pixels, weights, use, where, out.memory));
  } else {
    TENON_RETURN_IF_ERROR(scaleRows(rows, weights, use, where, out.memory));
  }
  out.pixels = out.memory.pixels;
  return Status::ok();
}

} // namespace

Status makePlanes(const Image &image, const Plan &plan,
                  const ChannelTables &tables, float *planes,
                  const std::string &where, const Kernels &use) {
  int64_t left = std::max<int64_t>(plan.left, 0);
  int64_t top = std::max<int64_t>(plan.top, 0);
  int64_t right = std::min<int64_t>(plan.left + plan.windowWidth, plan.width);
  int64_t bottom = std::min<int64_t>(plan.top + plan.windowHeight, plan.height);
  int64_t width = right - left, height = bottom - top;
  int64_t planeSize = int64_t(plan.windowWidth) * plan.windowHeight;
  if (width != plan.windowWidth || height != plan.windowHeight)
    for (int c = 0; c < 3; ++c)
      std::fill_n(planes + c * planeSize, planeSize, tables[size_t(256) * c]);
  if (width < 1 || height < 1)
    return Status::ok();

  Axis x = {image.width(), 0, double(image.width()), plan.width, left, right};
  Axis y = {image.height(), 0,   double(image.height()),
            plan.height,    top, bottom};
  Unfinished from;
  TENON_RETURN_IF_ERROR(
      scaleUnlessColumns(image, x, y, plan.filter, where, use, from));
  View<uint8_t, 2> source(
      from.pixels.data,
      {{3 * width, 1}, {from.pixels.height, from.pixels.pitch}});
  View<int32_t, 1> firsts(from.columns.first.data(), {{height, 1}});
  View<int32_t, 2> weights(
      from.columns.weight.data(),
      {{from.columns.taps, 1}, {height, from.columns.taps}});
  View<float, 2> table(tables.data(), {{256, 1}, {3, 256}});
  View<float, 3> output(
      planes + (top - plan.top) * plan.windowWidth + (left - plan.left),
      {{width, 1}, {height, plan.windowWidth}, {3, planeSize}});
  use.planes(source, firsts, weights, table, output);
  return Status::ok();
}

namespace {

Result<Image> scale(const Image &image, int width, int height, Filter filter,
                    Box box, const std::string &where, const Kernels &use) {
  TENON_ASSIGN_OR_RETURN(Image scaled, Image::create(width, height, where));
  Axis x = {image.width(), box.left, box.right, width, 0, width};
  Axis y = {image.height(), box.top, box.bottom, height, 0, height};
  Unfinished from;
  TENON_RETURN_IF_ERROR(
      scaleUnlessColumns(image, x, y, filter, where, use, from));
  columnPass(from.pixels, from.columns, use, scaled.row(0), scaled.pitch());
  return scaled;
}

/// The part of an image that may matter to the box, in whole pixels.
struct WholeBox {
  int left, top, right, bottom;
};

Result<Image> reduceBox(const Image &image, int factorX, int factorY,
                        WholeBox box, const std::string &where,
                        const Kernels &use) {
  int width = box.right - box.left, height = box.bottom - box.top;
  int columns = width / factorX, rows = height / factorY;
  int restX = width % factorX, restY = height % factorY;
  TENON_ASSIGN_OR_RETURN(
      Image reduced,
      Image::create(columns + (restX > 0), rows + (restY > 0), where));
  // Blocks of a size, so many of them, from a block on.
  auto part = [&](int x, int y, int sizeX, int sizeY, int countX, int countY) {
    if (countX < 1 || countY < 1 || sizeX < 1 || sizeY < 1)
      return;
    // As Pillow finds it, in fp32.
    float blocks = 256 * float(sizeX * sizeY);
    auto multiplier = static_cast<uint32_t>(4294967296.0f / blocks);
    const uint8_t *begin =
        image.row(box.top + y * factorY) + 3 * (box.left + x * factorX);
    const uint8_t *end = image.row(0) + int64_t(image.pitch()) * image.height();
    View<uint8_t, 1> source(begin, {{end - begin, 1}});
    View<uint8_t, 3> output(reduced.row(y) + 3 * x,
                            {{3, 1}, {countX, 3}, {countY, reduced.pitch()}});
    use.reduce(source, image.pitch(), sizeX, sizeY, multiplier, output);
  };
  part(0, 0, factorX, factorY, columns, rows);
  part(columns, 0, restX, factorY, 1, rows);
  part(0, rows, factorX, restY, columns, 1);
  part(columns, rows, restX, restY, 1, 1);
  return reduced;
}

} // namespace

Result<Image> reduce(const Image &image, int factorX, int factorY,
                     const std::string &where, const Kernels &use) {
  return reduceBox(image, factorX, factorY,
                   {0, 0, image.width(), image.height()}, where, use);
}

Result<Image> resize(const Image &image, int width, int height, Filter filter,
                     std::optional<Box> box, std::optional<double> reducingGap,
                     const std::string &where, const Kernels &use) {
  TENON_RETURN_IF_ERROR(checkSize(width, height, where));
  Box whole = {0, 0, double(image.width()), double(image.height())};
  Box part = box.value_or(whole);
  if (part.left < 0 || part.top < 0 || part.right > whole.right ||
      part.bottom > whole.bottom || !(part.left < part.right) ||
      !(part.top < part.bottom))
    return Status::invalid(where, "has nothing in the box to be scaled");
  if (!reducingGap || filter == Filter::Nearest)
    return scale(image, width, height, filter, part, where, use);
  double scaleX = (part.right - part.left) / width;
  double scaleY = (part.bottom - part.top) / height;
  int factorX = std::max(static_cast<int>(scaleX / *reducingGap), 1);
  int factorY = std::max(static_cast<int>(scaleY / *reducingGap), 1);
  if (factorX == 1 && factorY == 1)
    return scale(image, width, height, filter, part, where, use);
  double support = supportOf(filter) - 0.5;
  WholeBox safe = {
      std::max(0, static_cast<int>(part.left - support * scaleX)),
      std::max(0, static_cast<int>(part.top - support * scaleY)),
      static_cast<int>(
          std::min(whole.right, std::ceil(part.right + support * scaleX))),
      static_cast<int>(
          std::min(whole.bottom, std::ceil(part.bottom + support * scaleY)))};
  TENON_ASSIGN_OR_RETURN(Image reduced,
                         reduceBox(image, factorX, factorY, safe, where, use));
  Box rest = {
      (part.left - safe.left) / factorX, (part.top - safe.top) / factorY,
      (part.right - safe.left) / factorX, (part.bottom - safe.top) / factorY};
  return scale(reduced, width, height, filter, rest, where, use);
}

} // namespace tenon::media
