//===- Image.cpp - pixels in memory ---------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Image.h"

#include "support/Text.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace tenon::media {

Status checkSize(int64_t width, int64_t height, const std::string &where) {
  if (width < 1 || height < 1)
    return Status::invalid(
        where, concat("is an image without pixels: ", width, " x ", height));
  if (width > maxSide || height > maxSide || width * height > maxPixels)
    return Status::invalid(
               where, concat("is too large an image: ", width, " x ", height))
        .note(concat("images have at most ", maxPixels, " pixels, and ",
                     maxSide, " a side"));
  return Status::ok();
}

Result<Image> Image::create(int64_t width, int64_t height,
                            const std::string &where) {
  TENON_RETURN_IF_ERROR(checkSize(width, height, where));
  Image image;
  image.width_ = static_cast<int>(width);
  image.height_ = static_cast<int>(height);
  size_t size = size_t(3) * static_cast<size_t>(width * height) + slack;
  // Not set to anything: pages that nobody writes cost nothing.
  image.data_.reset(new (std::nothrow) uint8_t[size]);
  if (!image.data_)
    return Status::invalid(where, concat("needs more memory than there is: ",
                                         width, " x ", height, " pixels"));
  std::memset(image.data_.get() + size - slack, 0, slack);
  return image;
}

Result<Image> orient(Image image, int orientation, const std::string &where) {
  if (orientation < 2 || orientation > 8)
    return image;
  int width = image.width(), height = image.height();
  bool swapped = orientation >= 5;
  TENON_ASSIGN_OR_RETURN(
      Image turned,
      Image::create(swapped ? height : width, swapped ? width : height, where));
  // Where output (x, y) lies: first the axes are swapped, then turned round.
  bool flipX = orientation == 2 || orientation == 3 || orientation == 7 ||
               orientation == 8;
  bool flipY = orientation == 3 || orientation == 4 || orientation == 6 ||
               orientation == 7;
  constexpr int tile = 32; // Both images stay in the cache.
  for (int top = 0; top < turned.height(); top += tile)
    for (int left = 0; left < turned.width(); left += tile)
      for (int y = top; y < std::min(top + tile, turned.height()); ++y) {
        uint8_t *to = turned.row(y) + 3 * left;
        for (int x = left; x < std::min(left + tile, turned.width()); ++x) {
          int fromX = swapped ? y : x, fromY = swapped ? x : y;
          fromX = flipX ? width - 1 - fromX : fromX;
          fromY = flipY ? height - 1 - fromY : fromY;
          const uint8_t *from = image.row(fromY) + 3 * fromX;
          to[0] = from[0], to[1] = from[1], to[2] = from[2];
          to += 3;
        }
      }
  return turned;
}

} // namespace tenon::media
