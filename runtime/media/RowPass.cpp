//===- RowPass.cpp - rows of a strip, resampled ---------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What the generated `rows` reads is packed just before it is read: memory is
// fetched ahead while outputs are computed, in turn with them.
//
//===----------------------------------------------------------------------===//

#include "runtime/media/RowPass.h"

#include <algorithm>

namespace tenon::media {

/// Pieces of a row that stay in the second cache, packed, for sixteen rows.
/// What they read overlaps, so they aren't small beside the taps of an output.
/// Outputs then count pairs from their piece's first on.
std::vector<RowPass::Piece> RowPass::cutRow(PairedWeights &axis) {
  constexpr int step = 32, maxOutputs = 1024, maxPairs = 1024;
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

RowPass::RowPass(Pixels from, const AxisWeights &axis, Scratch &scratch,
                 const Kernels &use)
    : from(from), outputs(static_cast<int>(axis.first.size())), paired(axis),
      pieces(cutRow(paired)), use(&use), strip(stripFunctions(use.needs)) {
  // As many as read so many new pairs.
  constexpr int groupPairs = 32;
  group = std::max(2 * groupPairs * width() / from.width, 1);
  // Whole steps.
  size_t packedSize = 0, resultSize = 0;
  for (const Piece &piece : pieces) {
    packedSize = std::max(packedSize, size_t(piece.pairs) + packStep);
    resultSize = std::max(resultSize,
                          size_t(3) * (piece.end - piece.begin) + unpackStep);
  }
  packed = scratch.get(packedSize * pairSize * strip.packedBytes);
  result = scratch.get(resultSize * stripRows);
}

RowPass::RowPass(Pixels from, const Kernels &use)
    : from(from), outputs(from.width), strip(stripFunctions(use.needs)) {}

void RowPass::scalePiece(const Piece &piece, const StripRows &rows) {
  // One of them is what this is, and what is read.
  auto viewPacked = [&]<typename T>(const T *numbers) {
    return View<T, 4>(
        numbers,
        {{2, 1}, {stripRows, 2}, {3, 2 * stripRows}, {piece.pairs, pairSize}});
  };
  auto words = viewPacked(reinterpret_cast<const int16_t *>(packed.get()));
  auto bytes = viewPacked(packed.get());
  int done = 0;
  for (int begin = piece.begin; begin < piece.end; begin += group) {
    int count = std::min(group, piece.end - begin);
    int needed = paired.first[begin + count - 1] + paired.pairs;
    for (; done < needed; done += packStep)
      strip.pack(rows, piece.firstPair + done,
                 packed.get() + size_t(done) * pairSize * strip.packedBytes);
    PairedViews weights(paired, paired.first.data() + begin, begin, count);
    View<uint8_t, 3> output(
        result.get() + size_t(3 * stripRows) * (begin - piece.begin),
        {{stripRows, 1}, {3, stripRows}, {count, 3 * stripRows}});
    use->rows(words, bytes, weights.first, weights.lows, weights.highs,
              weights.highBytes, output);
  }
}

void RowPass::makeStrip(int top, uint8_t *to, int pitch) {
  StripRows rows; // The last strip has its last row several times.
  for (int i = 0; i < stripRows; ++i)
    rows[i] =
        from.data + int64_t(from.pitch) * std::min(top + i, from.height - 1);
  if (!use)
    return strip.join(rows, 3 * outputs, to, pitch);
  for (const Piece &piece : pieces) {
    scalePiece(piece, rows);
    strip.unpack(result.get(), 3 * (piece.end - piece.begin),
                 to + 6 * piece.begin, pitch);
  }
}

} // namespace tenon::media
