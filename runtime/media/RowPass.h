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

namespace tenon::media {

/// A part of an image, which may have its rows further apart.
struct Pixels {
  const uint8_t *data;
  int width, height, pitch;
};

class RowPass {
public:
  RowPass(Pixels from, AxisWeights axis, Scratch &scratch, const Kernels &use);
  /// Of rows that stay as they are.
  RowPass(Pixels from, const Kernels &use);

  bool hasMemory() const {
    return !use || (packed && result && (!coarse || unsure));
  }
  int width() const { return outputs; }
  int height() const { return from.height; }
  /// The bytes of a pair of rows that makeStrip() may write.
  int pairBytes() const { return 2 * ((3 * width() + 63) / 64 * 64); }

  /// Sixteen rows from row `top` on, in pairs that are `pitch` bytes apart:
  /// [pair][byte][first, second]. There are none behind the last: it stands for
  /// them.
  void makeStrip(int top, uint8_t *to, int pitch);

private:
  const PairedAxis &paired() const {
    return coarse ? static_cast<const PairedAxis &>(*coarse) : *exact;
  }
  int pairsTo(int end) const;
  /// See StripFunctions.
  bool readsBytes() const { return !coarse && strip.packBytes; }
  size_t packedSize() const; ///< Of a pair, in bytes.
  void packPairs(int end, const StripRows &rows, int &done);
  void scalePiece(int begin, int end, const StripRows &rows, int &packedTo);
  void makeSure(int begin, int end, const StripRows &rows);

  Pixels from;
  int outputs; ///< Of a row.
  AxisWeights weights;
  std::optional<CoarseWeights> coarse; ///< If these pay;
  std::optional<PairedWeights> exact;  ///< else these.
  const Kernels *use = nullptr;        ///< Null if rows stay as they are.
  StripFunctions strip;
  int group = 0; ///< Outputs that are computed at once.
  int ring = 0;  ///< Pairs for which there is memory, a power of two.
  Scratch::Memory packed, result, unsure;
};

} // namespace tenon::media

#endif // TENON_RUNTIME_MEDIA_ROWPASS_H
