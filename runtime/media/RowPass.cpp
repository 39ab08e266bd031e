//===- RowPass.cpp - rows of a strip, resampled ---------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What the generated `rows` reads is packed just before it is read, and stays
// in the first cache: memory is fetched ahead while outputs are computed, in
// turn with them.
//
//===----------------------------------------------------------------------===//

#include "runtime/media/RowPass.h"

#include "runtime/media/View.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace tenon::media {

/// Outputs whose bytes are in memory at once; whole steps of unpacking.
static constexpr int pieceOutputs = 1024;

RowPass::RowPass(Pixels from, AxisWeights axis, Scratch &scratch,
                 const Kernels &use)
    : from(from), outputs(static_cast<int>(axis.first.size())),
      weights(std::move(axis)), use(&use), strip(stripFunctions(use.needs)) {
  coarse.emplace(weights);
  if (!coarse->pay()) {
    coarse.reset();
    exact.emplace(weights);
  }
  // As many as read so many new pairs.
  constexpr int groupPairs = 32;
  group = std::max(2 * groupPairs * width() / from.width, 1);
  // All that a group reads, and what is packed too early.
  int pairs = 0;
  for (int begin = 0; begin < outputs; begin += group)
    pairs = std::max(pairs, pairsTo(std::min(begin + group, outputs)) -
                                paired().first[begin]);
  ring = static_cast<int>(std::bit_ceil(unsigned(pairs + packStep)));
  size_t resultSize = size_t(3) * std::min(outputs, pieceOutputs) + unpackStep;
  packed = scratch.get(size_t(ring) * packedSize());
  result = scratch.get(resultSize * stripRows);
  if (coarse)
    unsure = scratch.get(resultSize * stripRows);
}

/// The end of all pairs that outputs before `end` read.
int RowPass::pairsTo(int end) const {
  return paired().first[end - 1] + paired().pairs;
}

RowPass::RowPass(Pixels from, const Kernels &use)
    : from(from), outputs(from.width), strip(stripFunctions(use.needs)) {}

size_t RowPass::packedSize() const {
  return size_t(pairSize) * (readsBytes() ? 1 : sizeof(int16_t));
}

/// Packs the pairs before `end`, in whole steps; those before `done` are.
void RowPass::packPairs(int end, const StripRows &rows, int &done) {
  while (done < end) {
    int at = done & (ring - 1);
    int steps = std::min((end - done + packStep - 1) / packStep,
                         (ring - at) / packStep);
    uint8_t *to = packed.get() + size_t(at) * packedSize();
    if (readsBytes())
      strip.packBytes(rows, done, steps, to);
    else
      strip.pack(rows, done, steps, reinterpret_cast<int16_t *>(to));
    done += steps * packStep;
  }
}

void RowPass::scalePiece(int begin, int end, const StripRows &rows,
                         int &packedTo) {
  // One of them is what this is.
  auto viewPacked = [&]<typename T>(const T *pixels) {
    return View<T, 4>(
        pixels, {{2, 1}, {stripRows, 2}, {3, 2 * stripRows}, {ring, pairSize}});
  };
  auto words = viewPacked(reinterpret_cast<const int16_t *>(packed.get()));
  auto asBytes = viewPacked(packed.get());
  halide_buffer_t *pixels = words;
  if (readsBytes())
    pixels = asBytes;
  View<int32_t, 1> first(paired().first.data(), {{outputs, 1}});
  auto weightsOf = [&]<typename T>(const std::vector<T> &all) {
    return View<T, 3>(
        all.data(),
        {{2, 1}, {paired().pairs, 2}, {outputs, int64_t(2) * paired().pairs}});
  };
  auto resultOf = [&](const Scratch::Memory &memory) {
    constexpr int row = 3 * stripRows;
    return View<uint8_t, 3>(memory.get(),
                            {{stripRows, 1}, {3, stripRows}, {outputs, row}});
  };
  View<uint8_t, 3> bytes = resultOf(result);
  // In groups, each packed before it is computed.
  auto scale = [&](const auto &compute) {
    for (int next = begin; next < end; next += group) {
      int count = std::min(group, end - next);
      packPairs(pairsTo(next + count), rows, packedTo);
      bytes.select(2, next, count, next - begin);
      compute(next, count);
    }
  };
  if (!coarse) {
    auto lows = weightsOf(exact->lows), highs = weightsOf(exact->highs);
    auto highBytes = weightsOf(exact->highBytes);
    return scale([&](int, int) {
      use->rows(ring - 1, first, lows, highs, highBytes, pixels, bytes);
    });
  }
  auto rounded = weightsOf(coarse->coarse);
  View<int32_t, 1> start(coarse->start.data(), {{outputs, 1}});
  View<int32_t, 1> slack(coarse->slack.data(), {{outputs, 1}});
  View<uint8_t, 3> marks = resultOf(unsure);
  scale([&](int next, int count) {
    marks.select(2, next, count, next - begin);
    use->coarseRows(ring - 1, first, rounded, start, slack, coarse->bits,
                    pixels, bytes, marks);
  });
  makeSure(begin, end, rows);
}

/// The bytes that coarse weights leave open.
void RowPass::makeSure(int begin, int end, const StripRows &rows) {
  int64_t size = int64_t(3 * stripRows) * (end - begin);
  for (int64_t next = 0; next < size; next += sizeof(uint64_t)) {
    uint64_t marks;
    std::memcpy(&marks, unsure.get() + next, sizeof(marks));
    for (; marks; marks &= marks - 1) {
      int64_t at = next + std::countr_zero(marks) / 8;
      int64_t output = begin + at / (3 * stripRows);
      int64_t channel = at / stripRows % 3;
      const int32_t *weight = &weights.weight[output * weights.taps];
      const uint8_t *bytes =
          rows[at % stripRows] + int64_t(3) * weights.first[output] + channel;
      int32_t sum = 1 << (weightBits - 1);
#pragma clang loop vectorize(disable) // Bytes that are apart.
      for (int t = 0; t < weights.taps; ++t)
        sum += weight[t] * bytes[3 * int64_t(t)];
      result.get()[at] =
          static_cast<uint8_t>(std::clamp(sum >> weightBits, 0, 255));
    }
  }
}

void RowPass::makeStrip(int top, uint8_t *to, int pitch) {
  StripRows rows; // The last strip has its last row several times.
  for (int i = 0; i < stripRows; ++i)
    rows[i] =
        from.data + int64_t(from.pitch) * std::min(top + i, from.height - 1);
  if (!use)
    return strip.join(rows, 3 * outputs, to, pitch);
  int packedTo = paired().first[0] / packStep * packStep;
  for (int begin = 0; begin < outputs; begin += pieceOutputs) {
    int end = std::min(begin + pieceOutputs, outputs);
    scalePiece(begin, end, rows, packedTo);
    strip.unpack(result.get(), 3 * (end - begin), to + 6 * begin, pitch);
  }
}

} // namespace tenon::media
