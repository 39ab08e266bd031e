//===- RowPass.h - rows of a strip, resampled -------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The pass along rows makes a strip at a time, so that the pass over columns
// finds it in the cache and nobody needs memory for all rows.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MEDIA_ROWPASS_H
#define TENON_RUNTIME_MEDIA_ROWPASS_H

#include "runtime/media/Kernels.h"
#include "runtime/media/Resample.h"
#include "runtime/media/Scratch.h"
#include "runtime/media/Strip.h"

#include <vector>

namespace tenon::media {

/// A part of an image, which may have its rows further apart.
struct Pixels {
  const uint8_t *data;
  int width, height, pitch;
};

class RowPass {
public:
  RowPass(Pixels from, const AxisWeights &axis, Scratch &scratch,
          const Kernels &use);

  bool hasMemory() const {
    return words && result && (bytes || !strip.packsBytes);
  }

  int width() const { return static_cast<int>(paired.first.size()); }
  int height() const { return from.height; }
  /// The bytes of a row that makeStrip() may write.
  int rowBytes() const { return (3 * width() + 63) / 64 * 64; }

  /// Rows `top` to `top` + 15, or to the last, to rows that are `pitch` bytes
  /// apart.
  void makeStrip(int top, uint8_t *to, int pitch);

private:
  /// An axis for the generated `rows`: what it reads begins with pair first[i].
  struct PairedWeights {
    int pairs = 0; ///< For each output.
    std::vector<int32_t> first;
    /// The parts of weights: [output][pair][of the pair].
    std::vector<int16_t> lows, highs;
    std::vector<int8_t> highBytes; ///< The same as `highs`.
  };

  /// Outputs `begin` to `end` - 1 of a row, and the pairs that they read.
  struct Piece {
    int begin, end, firstPair, pairs;
  };

  static PairedWeights pairUp(const AxisWeights &axis);
  static std::vector<Piece> cutRow(PairedWeights &axis);
  void scalePiece(const Piece &piece, const StripRows &rows);

  Pixels from;
  PairedWeights paired;
  std::vector<Piece> pieces;
  const Kernels &use;
  StripFunctions strip;
  int group; ///< Outputs that are computed at once.
  Scratch::Memory words, bytes, result;
};

} // namespace tenon::media

#endif // TENON_RUNTIME_MEDIA_ROWPASS_H
