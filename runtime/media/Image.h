//===- Image.h - pixels in memory -------------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MEDIA_IMAGE_H
#define TENON_RUNTIME_MEDIA_IMAGE_H

#include "support/Status.h"

#include <cstdint>
#include <memory>

namespace tenon::media {

/// What an image may have at most. Pillow refuses more pixels than this, twice
/// its limit for a warning; the limit of a side bounds the tables of weights.
inline constexpr int64_t maxPixels = 178'956'970;
inline constexpr int64_t maxSide = 1'000'000;

/// Fails for sizes of no image, or beyond the limits.
Status checkSize(int64_t width, int64_t height, const std::string &where);

/// An image in RGB, a byte a channel, rows from top to bottom without gaps.
class Image {
public:
  /// The bytes that can be read behind the pixels, of no meaning.
  static constexpr size_t slack = 256;

  Image() = default;
  /// With pixels of no meaning yet. Fails beyond the limits or for want of
  /// memory, with `where` as the place.
  static Result<Image> create(int64_t width, int64_t height,
                              const std::string &where);

  int width() const { return width_; }
  int height() const { return height_; }
  int64_t pixels() const { return int64_t(width_) * height_; }
  /// Bytes from row to row.
  int pitch() const { return 3 * width_; }
  uint8_t *row(int y) { return data_.get() + int64_t(y) * pitch(); }
  const uint8_t *row(int y) const { return data_.get() + int64_t(y) * pitch(); }

private:
  int width_ = 0, height_ = 0;
  std::unique_ptr<uint8_t[]> data_;
};

/// Turns an image as the EXIF orientation says, 1 to 8; others mean 1.
Result<Image> orient(Image image, int orientation, const std::string &where);

} // namespace tenon::media

#endif // TENON_RUNTIME_MEDIA_IMAGE_H
