//===- Strip.cpp - sixteen rows, side by side -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Blocks of 16 rows and 16 bytes are turned in registers. A wide vector holds
// that of two blocks, which never mix: that is how processors shuffle bytes.
//
// Vectors are passed by reference: by value, functions for different sets of
// CPU features would have to agree about registers.
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Strip.h"

#include <cstring>
#include <utility>

namespace tenon::media {

namespace {

constexpr int blockBytes = 16;
static_assert(stripRows == blockBytes);

template <int blocks> struct Turning {
  static constexpr int size = blocks * blockBytes;
  using Vector [[gnu::vector_size(size)]] = uint8_t;

  /// A block each from `from` on, `distance` bytes apart.
  [[gnu::always_inline]] static void load(const uint8_t *from, int distance,
                                          Vector &to) {
    for (int i = 0; i < blocks; ++i)
      std::memcpy(reinterpret_cast<uint8_t *>(&to) + i * blockBytes,
                  from + i * distance, blockBytes);
  }

  /// The bytes of two vectors in turn: in each block, of their first halves,
  /// and of their second ones.
  [[gnu::always_inline]] static void
  interleave(const Vector &a, const Vector &b, Vector &first, Vector &second) {
    auto shuffle = [&]<int... i>(std::integer_sequence<int, i...>) {
      first = __builtin_shufflevector(
          a, b, (i / 16 * 16 + i % 16 / 2 + i % 2 * size)...);
      second = __builtin_shufflevector(
          a, b, (i / 16 * 16 + i % 16 / 2 + i % 2 * size + 8)...);
    };
    shuffle(std::make_integer_sequence<int, size>());
  }

  /// Makes rows columns: four times, the first half of all vectors is shuffled
  /// with the second like cards.
  [[gnu::always_inline]] static void turn(Vector (&vectors)[stripRows]) {
    for (int round = 0; round < 4; ++round) {
      Vector shuffled[stripRows];
      for (int i = 0; i < stripRows / 2; ++i)
        interleave(vectors[i], vectors[i + stripRows / 2], shuffled[2 * i],
                   shuffled[2 * i + 1]);
      std::memcpy(vectors, shuffled, sizeof(shuffled));
    }
  }

  [[gnu::always_inline]] static void pack(StripRows rows, int pairs,
                                          uint8_t *to) {
    // So many pairs fill whole blocks; the other blocks of a vector are those
    // of the pairs behind them, so that all begin with the same channel.
    constexpr int unit = 8, unitBytes = 6 * unit;
    for (; pairs > 0; pairs -= unit * blocks) {
      Vector columns[unitBytes];
      for (int block = 0; block < unitBytes; block += blockBytes) {
        Vector part[stripRows];
        for (int row = 0; row < stripRows; ++row)
          load(rows[row] + block, unitBytes, part[row]);
        turn(part);
        std::memcpy(&columns[block], part, sizeof(part));
      }
      for (int pair = 0; pair < unit; ++pair)
        for (int c = 0; c < 3; ++c) {
          Vector halves[2];
          const Vector *column = &columns[6 * pair + c];
          interleave(column[0], column[3], halves[0], halves[1]);
          for (int i = 0; i < blocks; ++i)
            for (int half = 0; half < 2; ++half)
              std::memcpy(to + (i * unit + pair) * pairBytes +
                              (2 * c + half) * blockBytes,
                          reinterpret_cast<const uint8_t *>(&halves[half]) +
                              i * blockBytes,
                          blockBytes);
        }
      // More rows than processors like to follow on their own.
      constexpr int ahead = 448, line = 64;
      for (const uint8_t *&row : rows) {
        row += unitBytes * blocks;
        __builtin_prefetch(row + ahead);
        __builtin_prefetch(row + ahead + line);
      }
      to += unit * blocks * pairBytes;
    }
  }

  [[gnu::always_inline]] static void unpack(const uint8_t *from, int bytes,
                                            uint8_t *to, int pitch, int rows) {
    for (int begin = 0; begin < bytes; begin += size) {
      Vector part[stripRows];
      for (int i = 0; i < stripRows; ++i)
        load(from + (begin + i) * stripRows, blockBytes * stripRows, part[i]);
      turn(part);
      for (int row = 0; row < rows; ++row)
        std::memcpy(to + int64_t(row) * pitch + begin, &part[row], size);
    }
  }
};

void packPlain(StripRows rows, int pairs, uint8_t *to) {
  Turning<1>::pack(rows, pairs, to);
}
void unpackPlain(const uint8_t *from, int bytes, uint8_t *to, int pitch,
                 int rows) {
  Turning<1>::unpack(from, bytes, to, pitch, rows);
}

#ifdef __x86_64__
[[gnu::target("avx2")]] void packAvx2(StripRows rows, int pairs, uint8_t *to) {
  Turning<2>::pack(rows, pairs, to);
}
[[gnu::target("avx2")]] void unpackAvx2(const uint8_t *from, int bytes,
                                        uint8_t *to, int pitch, int rows) {
  Turning<2>::unpack(from, bytes, to, pitch, rows);
}
#endif

} // namespace

StripFunctions stripFunctions(std::string_view features) {
#ifdef __x86_64__
  if (features.find("avx2") != features.npos)
    return {packAvx2, unpackAvx2};
#endif
  return {packPlain, unpackPlain};
}

} // namespace tenon::media
