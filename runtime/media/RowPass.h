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
#include "runtime/media/PairedWeights.h"
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
  /// Of rows that stay as they are.
  RowPass(Pixels from, const Kernels &use);

  bool hasMemory() const { return !use || (packed && result); }
  int width() const { return outputs; }
  int height() const { return from.height; }
  /// The bytes of a pair of rows that makeStrip() may write.
  int pairBytes() const { return 2 * ((3 * width() + 63) / 64 * 64); }

  /// Sixteen rows from row `top` on, in pairs that are `pitch` bytes apart:
  /// [pair][byte][first, second]. There are none behind the last: it stands for
  /// them.
  void makeStrip(int top, uint8_t *to, int pitch);

private:
  /// Outputs `begin` to `end` - 1 of a row, and the pairs that they read.
  struct Piece {
    int begin, end, firstPair, pairs;
  };

  static std::vector<Piece> cutRow(PairedWeights &axis);
  void scalePiece(const Piece &piece, const StripRows &rows);

  Pixels from;
  int outputs; ///< Of a row.
  PairedWeights paired;
  std::vector<Piece> pieces;
  const Kernels *use = nullptr; ///< Null if rows stay as they are.
  StripFunctions strip;
  int group = 0; ///< Outputs that are computed at once.
  Scratch::Memory packed, result;
};

} // namespace tenon::media

#endif // TENON_RUNTIME_MEDIA_ROWPASS_H
