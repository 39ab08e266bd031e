//===- image_fuzz.cpp - hostile images ------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"

#include "runtime/media/Decode.h"

#include <numeric>

using namespace tenon;
using namespace tenon::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char *>(data), size);
  (void)media::exifOrientation(bytes);
  (void)media::xmpOrientation(bytes);
  auto image = media::decodeImage(bytes, "f.jpg");
  if (!image) {
    require(image.status().message().starts_with("f.jpg: "));
    return 0;
  }
  // Every pixel is there to be read.
  require(image->width() > 0 && image->height() > 0);
  const uint8_t *first = image->row(0);
  size_t count = size_t(3) * static_cast<size_t>(image->pixels());
  volatile size_t sum = std::accumulate(first, first + count, size_t(0));
  (void)sum;
  return 0;
}
