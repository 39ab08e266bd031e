//===- Processor.cpp - from images to a model's input ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Processor.h"

#include "support/Text.h"

#include <algorithm>

namespace tenon::media {

std::optional<Size> Processor::fixedSize() const {
  if (crop_)
    return crop_;
  return resize_ ? resize_->exact : std::nullopt;
}

/// The half of a difference, rounded down as Python's // does.
static int64_t floorHalf(int64_t value) {
  return value >= 0 ? value / 2 : -((1 - value) / 2);
}

Result<Plan> Processor::plan(Size image, const std::string &where) const {
  Plan plan;
  Size size = image;
  if (resize_) {
    plan.filter = resize_->filter;
    if (resize_->exact) {
      size = *resize_->exact;
    } else {
      int64_t edge = resize_->edge;
      bool isTall = image.width <= image.height;
      auto shorter = double(isTall ? image.width : image.height);
      auto longer = double(isTall ? image.height : image.width);
      auto other = static_cast<int64_t>(double(edge) * longer / shorter);
      // The reference can't make such an image either, and some filters have to
      // walk along all of it.
      if (other > INT32_MAX)
        return Status::invalid(where, concat("is too long for its width: ",
                                             image.width, " x ", image.height));
      size = isTall ? Size{other, edge} : Size{edge, other};
    }
  }
  plan.width = size.width;
  plan.height = size.height;
  // A crop that is larger than the image leaves black around it.
  Size window = crop_.value_or(size);
  plan.left = floorHalf(size.width - window.width);
  plan.top = floorHalf(size.height - window.height);
  TENON_RETURN_IF_ERROR(checkSize(window.width, window.height, where));
  plan.windowWidth = static_cast<int>(window.width);
  plan.windowHeight = static_cast<int>(window.height);
  return plan;
}

/// An image three pixels high is taken for one that has its channels first.
static Result<Image> channelsFirst(const Image &image,
                                   const std::string &where) {
  TENON_ASSIGN_OR_RETURN(Image turned, Image::create(3, image.width(), where));
  for (int y = 0; y < turned.height(); ++y)
    for (int x = 0; x < 3; ++x)
      for (int c = 0; c < 3; ++c)
        turned.row(y)[3 * x + c] = image.row(c)[3 * y + x];
  return turned;
}

Result<Processor::Planes> Processor::prepare(Image image, Scratch &scratch,
                                             const std::string &where) const {
  // transformers guesses which axis is that of the channels.
  if (image.height() == 1)
    return Status::invalid(where, "is 1 pixel high, which the reference takes "
                                  "for an image of one channel")
        .help("give an image of more rows");
  if (image.height() == 3) {
    TENON_ASSIGN_OR_RETURN(image, channelsFirst(image, where));
  }
  TENON_ASSIGN_OR_RETURN(Plan plan,
                         this->plan({image.height(), image.width()}, where));
  Planes planes;
  planes.size = {plan.windowHeight, plan.windowWidth};
  planes.values.resize(size_t(3) * plan.windowHeight * plan.windowWidth);
  TENON_RETURN_IF_ERROR(
      makePlanes(image, plan, tables_, planes.values.data(), scratch, where));
  return planes;
}

} // namespace tenon::media
