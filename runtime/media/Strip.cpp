//===- Strip.cpp - sixteen rows, side by side -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Bytes are turned in registers, in blocks of 16. A wide vector holds several,
// which never mix: that is how processors shuffle bytes.
//
// Vectors are passed by reference: by value, functions for different sets of
// CPU features would have to agree about registers.
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Strip.h"

#include <algorithm>
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

  /// The first or last halves of each block of two vectors, in turn: so many
  /// bytes of each.
  template <int unit>
  [[gnu::always_inline]] static Vector mix(const Vector &a, const Vector &b,
                                           bool last) {
    auto shuffle = [&]<int... i>(std::integer_sequence<int, i...>) {
      constexpr auto from = [](int at, int half) {
        int part = at % 16 / unit;
        return at / 16 * 16 + part / 2 * unit + at % unit + part % 2 * size +
               half;
      };
      return last ? __builtin_shufflevector(a, b, from(i, 8)...)
                  : __builtin_shufflevector(a, b, from(i, 0)...);
    };
    return shuffle(std::make_integer_sequence<int, size>());
  }

  /// The same, first halves and last.
  template <int unit>
  [[gnu::always_inline]] static void
  interleave(const Vector &a, const Vector &b, Vector &first, Vector &last) {
    first = mix<unit>(a, b, false);
    last = mix<unit>(a, b, true);
  }

  /// Makes rows of units columns: the first half of all vectors is shuffled
  /// with the second like cards, until each unit of a block is in a vector of
  /// its own.
  template <int unit>
  [[gnu::always_inline]] static void
  turn(Vector (&vectors)[blockBytes / unit]) {
    constexpr int count = blockBytes / unit;
    for (int round = 1; round < count; round *= 2) {
      Vector shuffled[count];
      for (int i = 0; i < count / 2; ++i)
        interleave<unit>(vectors[i], vectors[i + count / 2], shuffled[2 * i],
                         shuffled[2 * i + 1]);
      std::memcpy(vectors, shuffled, sizeof(shuffled));
    }
  }

  static constexpr int partRows = 4 * blocks;
  using PartRows = std::array<const uint8_t *, partRows>;

  /// Four of the twelve pairs of bytes that four pairs of pixels have, of four
  /// rows for each block, as pairs of words.
  template <int part>
  [[gnu::always_inline]] static void packPart(const PartRows &rows, int64_t at,
                                              int16_t *to) {
    // What they need lies in sixteen bytes from here on.
    constexpr int offset = part == 0 ? 0 : 6 + part;
    Vector words[4];
    for (int i = 0; i < 4; ++i) {
      Vector bytes;
      for (int block = 0; block < blocks; ++block)
        std::memcpy(reinterpret_cast<uint8_t *>(&bytes) + block * blockBytes,
                    rows[4 * block + i] + at + offset, blockBytes);
      auto widen = [&]<int... i>(std::integer_sequence<int, i...>) {
        constexpr auto from = [](int at) {
          int pair = 4 * part + at % 16 / 4;
          return at % 2 ? size
                        : at / 16 * 16 + pair / 3 * 6 + pair % 3 +
                              at % 4 / 2 * 3 - offset;
        };
        return __builtin_shufflevector(bytes, Vector{}, from(i)...);
      };
      words[i] = widen(std::make_integer_sequence<int, size>());
    }
    Vector low[2], high[2];
    for (int i = 0; i < 2; ++i) {
      low[i] = mix<4>(words[2 * i], words[2 * i + 1], false);
      high[i] = mix<4>(words[2 * i], words[2 * i + 1], true);
    }
    Vector turned[] = {
        mix<8>(low[0], low[1], false), mix<8>(low[0], low[1], true),
        mix<8>(high[0], high[1], false), mix<8>(high[0], high[1], true)};
    for (int i = 0; i < 4; ++i)
      std::memcpy(to + (4 * part + i) * 2 * stripRows, &turned[i], size);
  }

  /// For processors that only interleave bytes.
  [[gnu::always_inline]] static void packByTurning(const StripRows &rows,
                                                   int first, int16_t *to) {
    constexpr int stepBytes = 6 * packStep;
    static_assert(blocks == 1 && stepBytes % blockBytes == 0);
    Vector columns[stepBytes];
    for (int begin = 0; begin < stepBytes; begin += blockBytes) {
      Vector part[stripRows];
      for (int row = 0; row < stripRows; ++row)
        load(rows[row] + int64_t(6) * first + begin, 0, part[row]);
      turn<1>(part);
      std::memcpy(&columns[begin], part, sizeof(part));
    }
    for (int pair = 0; pair < packStep; ++pair)
      for (int c = 0; c < 3; ++c) {
        const Vector *column = &columns[6 * pair + c];
        Vector halves[2], words[4];
        interleave<1>(column[0], column[3], halves[0], halves[1]);
        for (int i = 0; i < 2; ++i)
          interleave<1>(halves[i], Vector{}, words[2 * i], words[2 * i + 1]);
        std::memcpy(to, words, sizeof(words));
        to += 2 * stripRows;
      }
  }

  /// For processors that take bytes from anywhere in a block. Where rows begin
  /// stays in registers, for as many rows as are packed at once.
  [[gnu::always_inline]] static void
  packByShuffling(const StripRows &rows, int first, int steps, int16_t *to) {
    constexpr int unit = 4;
    static_assert(packStep == 2 * unit);
    for (int row = 0; row < stripRows; row += partRows) {
      PartRows part;
      std::copy_n(&rows[row], partRows, part.begin());
      int64_t at = int64_t(6) * first;
      int16_t *next = to + row * 2;
      for (int step = 0; step < steps; ++step) {
        fetchAhead(part, at);
        for (int i = 0; i < packStep; i += unit) {
          packPart<0>(part, at, next);
          packPart<1>(part, at, next);
          packPart<2>(part, at, next);
          at += 6 * unit;
          next += unit * pairSize;
        }
      }
    }
  }

  /// The same as bytes: the six pairs of bytes that two pairs of pixels have
  /// are turned, eight rows in a block.
  [[gnu::always_inline]] static void packBytes(const StripRows &rows, int first,
                                               int steps, uint8_t *to) {
    constexpr int unit = 2, pairs = 2, count = blockBytes / unit;
    static_assert(blocks * count == stripRows && packStep % pairs == 0);
    int64_t at = int64_t(6) * first;
    for (int i = 0; i < steps * packStep; i += pairs) {
      if (i % packStep == 0)
        fetchAhead(rows, at);
      Vector part[count];
      for (int row = 0; row < count; ++row) {
        Vector bytes;
        for (int block = 0; block < blocks; ++block)
          std::memcpy(reinterpret_cast<uint8_t *>(&bytes) + block * blockBytes,
                      rows[count * block + row] + at, blockBytes);
        auto choose = [&]<int... i>(std::integer_sequence<int, i...>) {
          constexpr auto from = [](int at) {
            int pair = at % 16 / unit;
            return pair < 3 * pairs
                       ? at / 16 * 16 + pair / 3 * 6 + pair % 3 + at % unit * 3
                       : size;
          };
          return __builtin_shufflevector(bytes, Vector{}, from(i)...);
        };
        part[row] = choose(std::make_integer_sequence<int, size>());
      }
      turn<unit>(part);
      std::memcpy(to, part, 3 * pairs * size);
      at += 6 * pairs;
      to += pairs * pairSize;
    }
  }

  /// Rows are more than processors like to follow on their own.
  [[gnu::always_inline]] static void fetchAhead(const auto &rows, int64_t at) {
    constexpr int ahead = 512;
    for (const uint8_t *row : rows)
      __builtin_prefetch(row + at + ahead);
  }

  [[gnu::always_inline]] static void unpack(const uint8_t *from, int bytes,
                                            uint8_t *to, int pitch) {
    constexpr int unit = 2, count = blockBytes / unit;
    for (int begin = 0; begin < bytes; begin += count * blocks) {
      Vector part[count];
      for (int i = 0; i < count; ++i)
        load(from + (begin + i) * stripRows, count * stripRows, part[i]);
      turn<unit>(part);
      for (int pair = 0; pair < stripRows / 2; ++pair)
        std::memcpy(to + int64_t(pair) * pitch + 2 * begin, &part[pair], size);
    }
  }

  [[gnu::always_inline]] static void join(const StripRows &rows, int bytes,
                                          uint8_t *to, int pitch) {
    constexpr int half = blockBytes / 2;
    for (int pair = 0; pair < stripRows / 2; ++pair)
      for (int begin = 0; begin < bytes; begin += half * blocks) {
        Vector first, second;
        load(rows[2 * pair] + begin, half, first);
        load(rows[2 * pair + 1] + begin, half, second);
        Vector both = mix<1>(first, second, false);
        std::memcpy(to + int64_t(pair) * pitch + 2 * begin, &both, size);
      }
  }
};

void packPlain(const StripRows &rows, int first, int steps, int16_t *to) {
  for (int step = 0; step < steps; ++step)
    Turning<1>::packByTurning(rows, first + step * packStep,
                              to + int64_t(step) * packStep * pairSize);
}
void unpackPlain(const uint8_t *from, int bytes, uint8_t *to, int pitch) {
  Turning<1>::unpack(from, bytes, to, pitch);
}
void joinPlain(const StripRows &rows, int bytes, uint8_t *to, int pitch) {
  Turning<1>::join(rows, bytes, to, pitch);
}

#ifdef __x86_64__
[[gnu::target("avx2")]] void packAvx2(const StripRows &rows, int first,
                                      int steps, int16_t *to) {
  Turning<2>::packByShuffling(rows, first, steps, to);
}
[[gnu::target("avx2")]] void packBytesAvx2(const StripRows &rows, int first,
                                           int steps, uint8_t *to) {
  Turning<2>::packBytes(rows, first, steps, to);
}
[[gnu::target("avx2")]] void unpackAvx2(const uint8_t *from, int bytes,
                                        uint8_t *to, int pitch) {
  Turning<2>::unpack(from, bytes, to, pitch);
}
[[gnu::target("avx2")]] void joinAvx2(const StripRows &rows, int bytes,
                                      uint8_t *to, int pitch) {
  Turning<2>::join(rows, bytes, to, pitch);
}

[[gnu::target("avx512bw")]] void packAvx512(const StripRows &rows, int first,
                                            int steps, int16_t *to) {
  Turning<4>::packByShuffling(rows, first, steps, to);
}
[[gnu::target("avx512bw")]] void unpackAvx512(const uint8_t *from, int bytes,
                                              uint8_t *to, int pitch) {
  Turning<4>::unpack(from, bytes, to, pitch);
}
[[gnu::target("avx512bw")]] void joinAvx512(const StripRows &rows, int bytes,
                                            uint8_t *to, int pitch) {
  Turning<4>::join(rows, bytes, to, pitch);
}
#endif

} // namespace

StripFunctions stripFunctions(std::string_view features) {
#ifdef __x86_64__
  auto have = [&](std::string_view name) {
    return features.find(name) != features.npos;
  };
  if (have("avx512bw"))
    return {packAvx512, nullptr, unpackAvx512, joinAvx512};
  if (have("avx2"))
    return {packAvx2, packBytesAvx2, unpackAvx2, joinAvx2};
#endif
  return {packPlain, nullptr, unpackPlain, joinPlain};
}

} // namespace tenon::media
