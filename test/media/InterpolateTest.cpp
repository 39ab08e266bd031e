//===- InterpolateTest.cpp - maps of numbers of other sizes ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Interpolate.h"

#include <gtest/gtest.h>

using namespace tenon::media;

static void expectNear(const FloatMap &map, std::vector<float> expected) {
  ASSERT_EQ(map.values.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(map.values[i], expected[i], 1e-5) << i;
}

// The numbers are those of torch 2.8.0's interpolate.
static const FloatMap map{3, 2, {1, 2, 4, 8, 16, 32}};

TEST(Interpolate, BilinearHalfPixel) {
  expectNear(interpolate(map, 5, 3, Interpolation::Bilinear, false),
             {1.0, 1.4, 2.0, 3.2, 4.0, 4.5, 6.3, 9.0, 14.4, 18.0, 8.0, 11.2,
              16.0, 25.6, 32.0});
  expectNear(interpolate(map, 2, 1, Interpolation::Bilinear, false),
             {5.625, 15.75});
  expectNear(interpolate(map, 3, 2, Interpolation::Bilinear, false),
             {1.0, 2.0, 4.0, 8.0, 16.0, 32.0});
}

TEST(Interpolate, BilinearCorners) {
  expectNear(interpolate(map, 5, 3, Interpolation::Bilinear, true),
             {1.0, 1.5, 2.0, 3.0, 4.0, 4.5, 6.75, 9.0, 13.5, 18.0, 8.0, 12.0,
              16.0, 24.0, 32.0});
  expectNear(interpolate(map, 2, 1, Interpolation::Bilinear, true), {1.0, 4.0});
  expectNear(interpolate(map, 3, 2, Interpolation::Bilinear, true),
             {1.0, 2.0, 4.0, 8.0, 16.0, 32.0});
}

TEST(Interpolate, BicubicHalfPixel) {
  expectNear(interpolate(map, 5, 3, Interpolation::Bicubic, false),
             {0.35469, 0.4881, 0.78472, 1.29322, 1.64478, 4.068, 5.598, 9.0,
              14.832, 18.86401, 7.78131, 10.7079, 17.21528, 28.37078,
              36.08323});
  expectNear(interpolate(map, 2, 1, Interpolation::Bicubic, false),
             {5.20312, 16.11914});
  expectNear(interpolate(map, 3, 2, Interpolation::Bicubic, false),
             {1.0, 2.0, 4.0, 8.0, 16.0, 32.0});
}

TEST(Interpolate, BicubicCorners) {
  expectNear(interpolate(map, 5, 3, Interpolation::Bicubic, true),
             {1.0, 1.3125, 2.0, 3.09375, 4.0, 4.5, 5.90625, 9.0, 13.92188, 18.0,
              8.0, 10.5, 16.0, 24.75, 32.0});
  expectNear(interpolate(map, 2, 1, Interpolation::Bicubic, true), {1.0, 4.0});
  expectNear(interpolate(map, 3, 2, Interpolation::Bicubic, true),
             {1.0, 2.0, 4.0, 8.0, 16.0, 32.0});
}

TEST(Interpolate, AllSetsOfFeaturesAgree) {
  FloatMap large{37, 29, {}};
  for (int i = 0; i < 37 * 29; ++i)
    large.values.push_back(float(i * 7919 % 1009) / 100);
  for (auto mode : {Interpolation::Bilinear, Interpolation::Bicubic}) {
    FloatMap best = interpolate(large, 53, 71, mode, false);
    FloatMap plain =
        interpolate(large, 53, 71, mode, false, allKernels().front());
    for (size_t i = 0; i < best.values.size(); ++i)
      EXPECT_NEAR(best.values[i], plain.values[i], 1e-5) << i;
  }
}
