//===- Strip.cpp - sixteen rows, side by side -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Strip.h"

#include <cstring>

namespace tenon::media {

namespace {

using Vector [[gnu::vector_size(stripRows)]] = uint8_t;

Vector load(const uint8_t *from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof(vector));
  return vector;
}
void store(Vector vector, uint8_t *to) {
  std::memcpy(to, &vector, sizeof(vector));
}

/// Bytes of two vectors in turn: of their first halves, and of the second ones.
Vector firstHalves(Vector a, Vector b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21,
                                 6, 22, 7, 23);
}
Vector secondHalves(Vector a, Vector b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13,
                                 29, 14, 30, 15, 31);
}

/// Makes rows columns: four times, the first half of all bytes is shuffled with
/// the second like cards.
[[gnu::always_inline]] inline void turn(Vector (&vectors)[stripRows]) {
  for (int round = 0; round < 4; ++round) {
    Vector shuffled[stripRows];
    for (int i = 0; i < stripRows / 2; ++i) {
      Vector a = vectors[i], b = vectors[i + stripRows / 2];
      shuffled[2 * i] = firstHalves(a, b);
      shuffled[2 * i + 1] = secondHalves(a, b);
    }
    std::memcpy(vectors, shuffled, sizeof(shuffled));
  }
}

} // namespace

void packStrip(StripRows rows, int pairs, uint8_t *to) {
  constexpr int bytes = 6 * packedPairs, blocks = bytes / stripRows;
  for (; pairs > 0; pairs -= packedPairs) {
    Vector columns[blocks][stripRows];
    for (int block = 0; block < blocks; ++block) {
      Vector part[stripRows];
      for (int row = 0; row < stripRows; ++row)
        part[row] = load(rows[row] + block * stripRows);
      turn(part);
      std::memcpy(columns[block], part, sizeof(part));
    }
    const Vector *column = columns[0];
    for (int pair = 0; pair < packedPairs; ++pair, column += 6)
      for (int c = 0; c < 3; ++c, to += 2 * stripRows) {
        store(firstHalves(column[c], column[3 + c]), to);
        store(secondHalves(column[c], column[3 + c]), to + stripRows);
      }
    for (const uint8_t *&row : rows)
      row += bytes;
  }
}

void unpackStrip(const uint8_t *from, int bytes, uint8_t *to, int pitch,
                 int rows) {
  for (int begin = 0; begin < bytes; begin += stripRows) {
    Vector part[stripRows];
    for (int i = 0; i < stripRows; ++i)
      part[i] = load(from + (begin + i) * stripRows);
    turn(part);
    for (int row = 0; row < rows; ++row)
      store(part[row], to + int64_t(row) * pitch + begin);
  }
}

} // namespace tenon::media
