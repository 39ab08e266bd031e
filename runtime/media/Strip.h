//===- Strip.h - sixteen rows, side by side ---------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A pass along rows is fastest if the lanes of a vector are rows: all of them
// take the same weights, and nothing is added across lanes. So sixteen rows at
// a time are turned to stand side by side, in pieces that stay in the cache.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MEDIA_STRIP_H
#define TENON_RUNTIME_MEDIA_STRIP_H

#include <array>
#include <cstdint>
#include <string_view>

namespace tenon::media {

inline constexpr int stripRows = 16;
/// The rows of a strip; some may be the same.
using StripRows = std::array<const uint8_t *, stripRows>;

/// Pairs of pixels that are packed at once; bytes of a row that may be.
inline constexpr int packStep = 8, unpackStep = 32;
/// The numbers that a pair has.
inline constexpr int pairSize = 6 * stripRows;

struct StripFunctions {
  /// Steps of pairs of pixels of RGB, from pair `first` of each row on, to
  /// where the generated `rows` reads them: [pair][channel][row][first,
  /// second]. What is read too much here (see Image::slack) is of no matter, as
  /// its weights are zero.
  void (*pack)(const StripRows &rows, int first, int steps, int16_t *to);
  /// The same as bytes, where the generated `rows` reads those: see
  /// multipliesBytes() in kernels/Resample.cpp. Null elsewhere.
  void (*packBytes)(const StripRows &rows, int first, int steps, uint8_t *to);

  /// From what `rows` writes, bytes of sixteen rows each, to pairs of rows,
  /// `pitch` bytes apart: [pair][byte][first, second]. Reads and writes whole
  /// steps, of unpackStep bytes of each row at most.
  void (*unpack)(const uint8_t *from, int bytes, uint8_t *to, int pitch);

  /// The same from rows, which are read beyond their end (see Image::slack).
  void (*join)(const StripRows &rows, int bytes, uint8_t *to, int pitch);
};

/// The best for a processor with these features, which are separated by commas.
StripFunctions stripFunctions(std::string_view features);

} // namespace tenon::media

#endif // TENON_RUNTIME_MEDIA_STRIP_H
