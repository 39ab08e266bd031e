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

namespace tenon::media {

inline constexpr int stripRows = 16;
/// The rows of a strip; some may be the same.
using StripRows = std::array<const uint8_t *, stripRows>;

/// Pairs of pixels that are packed at once.
inline constexpr int packedPairs = 8;
/// What a pair takes once packed.
inline constexpr int pairBytes = 6 * stripRows;

/// Pixels of RGB, from the start of each row on, to where the generated `rows`
/// reads them: [pair][channel][row][first, second]. Takes whole steps of
/// packedPairs, so that up to 15 more pixels than asked for are read in each
/// row (see Image::slack) and written. Their weights are zero.
void packStrip(StripRows rows, int pairs, uint8_t *to);

/// The other way, for what `rows` writes: bytes, each of sixteen rows, to the
/// first `rows` rows, which are `pitch` bytes apart. Up to 15 more bytes than
/// asked for are read and written, in each row.
void unpackStrip(const uint8_t *from, int bytes, uint8_t *to, int pitch,
                 int rows);

} // namespace tenon::media

#endif // TENON_RUNTIME_MEDIA_STRIP_H
