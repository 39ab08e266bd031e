//===- Decode.h - images from files -----------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Pixels as transformers' load_image gets them of Pillow: the first frame,
// turned as its EXIF or XMP data say, in RGB. The format is known by the
// content. Files are hostile: sizes are checked before memory is taken, and
// nothing that a file says is trusted.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MEDIA_DECODE_H
#define TENON_RUNTIME_MEDIA_DECODE_H

#include "runtime/media/Image.h"

#include <string>
#include <string_view>

namespace tenon::media {

/// The largest file of an image that is read, in bytes.
inline constexpr uint64_t maxFileSize = 1024 * 1024 * 1024;

/// Whether a file is called as an image or begins as one, be it one that can't
/// be read: that is for its own answer to say.
bool looksLikeImage(const std::string &path);

/// Decodes a JPEG or PNG file. Errors are at `where`.
Result<Image> decodeImage(std::string_view bytes, const std::string &where);

/// What a file's first bytes say that it is: `JPEG`, `GIF`; empty if they say
/// nothing that is known.
std::string_view formatOf(std::string_view bytes);

/// The orientation that the TIFF structure of EXIF data has, with or without
/// `Exif\0\0` before it; 1 if it has none.
int exifOrientation(std::string_view exif);
/// The same of XMP data.
int xmpOrientation(std::string_view xmp);

/// The parts of decodeImage() for each format: not yet turned.
struct Decoded {
  Image image;
  int orientation = 1;
};
Result<Decoded> decodeJpeg(std::string_view bytes, const std::string &where);
Result<Decoded> decodePng(std::string_view bytes, const std::string &where);

} // namespace tenon::media

#endif // TENON_RUNTIME_MEDIA_DECODE_H
