//===- StripTest.cpp ------------------------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Strip.h"

#include "runtime/CpuFeatures.h"
#include "runtime/media/Image.h"
#include "runtime/media/Kernels.h"

#include <gtest/gtest.h>

#include <vector>

namespace tenon::media {
namespace {

/// Those of this processor.
std::vector<StripFunctions> allFunctions() {
  std::vector<StripFunctions> all;
  for (const Kernels &kernels : allKernels())
    if (runtime::missingFeatures(kernels.needs).empty())
      all.push_back(stripFunctions(kernels.needs));
  return all;
}

uint8_t at(int row, int byte) { return static_cast<uint8_t>(37 * row + byte); }

TEST(Strip, PacksPairsOfPixelsOfAllRows) {
  constexpr int pairs = 3 * packStep;
  std::vector<uint8_t> image(size_t(stripRows) * 6 * pairs + Image::slack);
  StripRows rows;
  for (int row = 0; row < stripRows; ++row) {
    uint8_t *begin = &image[size_t(row) * 6 * pairs];
    for (int byte = 0; byte < 6 * pairs; ++byte)
      begin[byte] = at(row, byte);
    rows[size_t(row)] = begin;
  }
  for (StripFunctions strip : allFunctions()) {
    auto check = [&](auto pack, auto number) {
      if (!pack)
        return;
      std::vector<decltype(number)> to(size_t(pairs * pairSize));
      pack(rows, 0, 1, to.data());
      pack(rows, packStep, pairs / packStep - 1,
           &to[size_t(packStep * pairSize)]);
      const auto *next = to.data();
      for (int pair = 0; pair < pairs; ++pair)
        for (int c = 0; c < 3; ++c)
          for (int row = 0; row < stripRows; ++row)
            for (int pixel = 0; pixel < 2; ++pixel)
              ASSERT_EQ(*next++, at(row, 6 * pair + 3 * pixel + c))
                  << pair << " " << c << " " << row << " " << pixel;
    };
    check(strip.pack, int16_t());
    check(strip.packBytes, uint8_t());
  }
}

/// That pairs of rows are at(row, byte).
void expectPairs(const std::vector<uint8_t> &pairs, int pitch, int bytes) {
  for (int row = 0; row < stripRows; ++row)
    for (int byte = 0; byte < bytes; ++byte)
      ASSERT_EQ(pairs[size_t(row / 2 * pitch + 2 * byte + row % 2)],
                at(row, byte))
          << row << " " << byte;
}

TEST(Strip, MakesPairsOfRows) {
  constexpr int bytes = 37, written = 2 * unpackStep, pitch = 2 * written + 6;
  std::vector<uint8_t> columns, image;
  for (int byte = 0; byte < written; ++byte)
    for (int row = 0; row < stripRows; ++row)
      columns.push_back(at(row, byte));
  for (int row = 0; row < stripRows; ++row)
    for (int byte = 0; byte < written; ++byte)
      image.push_back(at(row, byte));
  image.resize(image.size() + Image::slack);
  StripRows rows;
  for (int row = 0; row < stripRows; ++row)
    rows[size_t(row)] = &image[size_t(row * written)];
  for (StripFunctions strip : allFunctions()) {
    std::vector<uint8_t> unpacked(size_t(pitch) * stripRows / 2);
    std::vector<uint8_t> joined = unpacked;
    strip.unpack(columns.data(), bytes, unpacked.data(), pitch);
    expectPairs(unpacked, pitch, bytes);
    strip.join(rows, bytes, joined.data(), pitch);
    expectPairs(joined, pitch, bytes);
  }
}

} // namespace
} // namespace tenon::media
