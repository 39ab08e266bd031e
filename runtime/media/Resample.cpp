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

#include "runtime/media/RowPass.h"
#include "runtime/media/View.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tenon::media {

namespace {

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

/// The pixels that two axes of one tap each name: without arithmetic, and
/// without a look at the rest.
void pickPixels(Pixels from, const AxisWeights &x, const AxisWeights &y,
                uint8_t *to) {
  for (int32_t row : y.first) {
    const uint8_t *begin = from.data + int64_t(from.pitch) * row;
    for (int32_t column : x.first) {
      const uint8_t *pixel = begin + 3 * int64_t(column);
      to[0] = pixel[0], to[1] = pixel[1], to[2] = pixel[2];
      to += 3;
    }
  }
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
/// changes nothing, over the rows that a pass makes.
struct Unfinished {
  Bytes memory; ///< What the pass reads, if not the image.
  std::optional<RowPass> rows;
  AxisWeights columns;
};

/// The weights of `count` outputs from `begin` on, for generated functions.
/// Their first pairs are given apart.
struct PairedViews {
  PairedViews(const PairedWeights &axis, const int32_t *firsts, int begin,
              int count)
      : first(firsts, {{count, 1}}),
        lows(axis.lows.data() + int64_t(2) * axis.pairs * begin,
             {{2, 1}, {axis.pairs, 2}, {count, int64_t(2) * axis.pairs}}),
        highs(axis.highs.data() + int64_t(2) * axis.pairs * begin,
              {{2, 1}, {axis.pairs, 2}, {count, int64_t(2) * axis.pairs}}),
        highBytes(axis.highBytes.data() + int64_t(2) * axis.pairs * begin,
                  {{2, 1}, {axis.pairs, 2}, {count, int64_t(2) * axis.pairs}}) {
  }

  View<int32_t, 1> first;
  View<int16_t, 3> lows, highs;
  View<int8_t, 3> highBytes;
};

/// Pairs of rows, and the weights of `count` outputs from `begin` on, which
/// read them.
struct ColumnInputs {
  View<uint8_t, 3> source;
  PairedViews weights;
  int begin, count;
};

/// Calls pass(ColumnInputs) for as many outputs at a time as the rows that were
/// just made allow.
template <typename Pass>
Status finish(Unfinished &from, Scratch &scratch, const std::string &where,
              const Pass &pass) {
  const AxisWeights &axis = from.columns;
  PairedWeights paired(axis);
  RowPass &rows = *from.rows;
  int pitch = rows.pairBytes();
  // Rows are moved to the start of the memory if it's full; rarely. Behind them
  // there may be a pair whose weights are zero, and what is read beyond its
  // end.
  int pairs = std::min(rows.height(), axis.taps + 4 * stripRows) / 2 + 1 +
              stripRows / 2;
  size_t size = size_t(pitch) * (pairs + 1) + 2 * Image::slack;
  Scratch::Memory memory = scratch.get(size);
  if (!memory || !rows.hasMemory())
    return noMemory(where);
  uint8_t *data = memory.get();
  auto outputs = static_cast<int>(axis.first.size());
  int base = 0, made = 0; // Of all pairs, those that are in memory.
  std::vector<int32_t> firsts;
  for (int next = 0; next < outputs;) {
    if (made - base + stripRows / 2 > pairs) {
      int first = std::min(paired.first[next], made);
      std::memmove(data, data + int64_t(pitch) * (first - base),
                   size_t(pitch) * (made - first));
      base = first;
    }
    rows.makeStrip(2 * made, data + int64_t(pitch) * (made - base), pitch);
    made += stripRows / 2;
    firsts.clear();
    for (int i = next; i < outputs && axis.first[i] + axis.taps <= 2 * made;
         ++i)
      firsts.push_back(paired.first[i] - base);
    auto count = static_cast<int>(firsts.size());
    if (count)
      pass(ColumnInputs{
          {data, {{2, 1}, {3 * rows.width(), 2}, {pairs + 1, pitch}}},
          {paired, firsts.data(), next, count},
          next,
          count});
    next += count;
  }
  return Status::ok();
}

/// With a pass from bytes to bytes, which are `pitch` bytes from row to row.
Status finishBytes(Unfinished &from, Scratch &scratch, const Kernels &use,
                   const std::string &where, uint8_t *to, int64_t pitch) {
  return finish(from, scratch, where, [&](ColumnInputs inputs) {
    View<uint8_t, 2> output(
        to + pitch * inputs.begin,
        {{3 * from.rows->width(), 1}, {inputs.count, pitch}});
    PairedViews &weights = inputs.weights;
    use.columns(inputs.source, weights.first, weights.lows, weights.highs,
                weights.highBytes, output);
  });
}

/// Memory for an image without gaps.
Status makeBytes(int width, int height, const std::string &where, Bytes &to) {
  if (int64_t(width) * height > maxPixels)
    return noMemory(where);
  to.data.reset(new (std::nothrow)
                    uint8_t[size_t(3) * width * height + Image::slack]);
  if (!to.data)
    return noMemory(where);
  to.pixels = {to.data.get(), width, height, 3 * width};
  return Status::ok();
}

/// All columns, resampled along each.
Status scaleColumns(Pixels from, const AxisWeights &axis, Scratch &scratch,
                    const Kernels &use, const std::string &where, Bytes &to) {
  TENON_RETURN_IF_ERROR(
      makeBytes(from.width, static_cast<int>(axis.first.size()), where, to));
  Unfinished columns;
  columns.rows.emplace(from, use);
  columns.columns = axis;
  return finishBytes(columns, scratch, use, where, to.data.get(),
                     to.pixels.pitch);
}

Status scaleUnlessColumns(const Image &image, const Axis &x, const Axis &y,
                          Filter filter, Scratch &scratch,
                          const std::string &where, const Kernels &use,
                          Unfinished &out) {
  out.columns = y.weights(filter);
  auto [top, bottom] = neededRows(out.columns);
  Pixels all = pixelsOf(image);
  Pixels rows = {image.row(top), all.width, bottom - top, all.pitch};
  if (x.isSame()) {
    rows.data += 3 * x.begin;
    rows.width = static_cast<int>(x.end - x.begin);
    out.rows.emplace(rows, use);
    return Status::ok();
  }
  AxisWeights weights = x.weights(filter);
  if (filter == Filter::Nearest) {
    TENON_RETURN_IF_ERROR(makeBytes(static_cast<int>(x.end - x.begin),
                                    static_cast<int>(y.end - y.begin), where,
                                    out.memory));
    pickPixels(rows, weights, out.columns, out.memory.data.get());
    out.columns = sameWeights(0, y.end - y.begin);
    out.rows.emplace(out.memory.pixels, use);
  } else if (columnsGoFirst(image, x.size, y.size) && !y.isSame()) {
    Bytes between;
    TENON_RETURN_IF_ERROR(
        scaleColumns(rows, out.columns, scratch, use, where, between));
    out.columns = sameWeights(0, y.end - y.begin);
    out.memory = std::move(between);
    out.rows.emplace(out.memory.pixels, weights, scratch, use);
  } else {
    out.rows.emplace(rows, weights, scratch, use);
  }
  return Status::ok();
}

} // namespace

Status makePlanes(const Image &image, const Plan &plan,
                  const ChannelTables &tables, float *planes, Scratch &scratch,
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
      scaleUnlessColumns(image, x, y, plan.filter, scratch, where, use, from));
  return finish(from, scratch, where, [&](ColumnInputs inputs) {
    View<float, 2> table(tables.data(), {{256, 1}, {3, 256}});
    View<float, 3> output(
        planes + (top - plan.top + inputs.begin) * plan.windowWidth +
            (left - plan.left),
        {{width, 1}, {inputs.count, plan.windowWidth}, {3, planeSize}});
    PairedViews &weights = inputs.weights;
    use.planes(inputs.source, weights.first, weights.lows, weights.highs,
               weights.highBytes, table, output);
  });
}

namespace {

Result<Image> scale(const Image &image, int width, int height, Filter filter,
                    Box box, Scratch &scratch, const std::string &where,
                    const Kernels &use) {
  TENON_ASSIGN_OR_RETURN(Image scaled, Image::create(width, height, where));
  Axis x = {image.width(), box.left, box.right, width, 0, width};
  Axis y = {image.height(), box.top, box.bottom, height, 0, height};
  if (filter == Filter::Nearest) {
    pickPixels(pixelsOf(image), x.weights(filter), y.weights(filter),
               scaled.row(0));
    return scaled;
  }
  Unfinished from;
  TENON_RETURN_IF_ERROR(
      scaleUnlessColumns(image, x, y, filter, scratch, where, use, from));
  TENON_RETURN_IF_ERROR(
      finishBytes(from, scratch, use, where, scaled.row(0), scaled.pitch()));
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
                     Scratch &scratch, std::optional<Box> box,
                     std::optional<double> reducingGap,
                     const std::string &where, const Kernels &use) {
  TENON_RETURN_IF_ERROR(checkSize(width, height, where));
  Box whole = {0, 0, double(image.width()), double(image.height())};
  Box part = box.value_or(whole);
  if (part.left < 0 || part.top < 0 || part.right > whole.right ||
      part.bottom > whole.bottom || !(part.left < part.right) ||
      !(part.top < part.bottom))
    return Status::invalid(where, "has nothing in the box to be scaled");
  if (!reducingGap || filter == Filter::Nearest)
    return scale(image, width, height, filter, part, scratch, where, use);
  double scaleX = (part.right - part.left) / width;
  double scaleY = (part.bottom - part.top) / height;
  int factorX = std::max(static_cast<int>(scaleX / *reducingGap), 1);
  int factorY = std::max(static_cast<int>(scaleY / *reducingGap), 1);
  if (factorX == 1 && factorY == 1)
    return scale(image, width, height, filter, part, scratch, where, use);
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
  return scale(reduced, width, height, filter, rest, scratch, where, use);
}

} // namespace tenon::media
