//===- Decode.cpp - images from files -------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Decode.h"

#include "support/Text.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

/// What the libraries' own `stderr` is; see CMakeLists.txt. Jpeg.cpp and
/// Png.cpp take their messages before any is printed.
extern "C" __attribute__((visibility("hidden"))) FILE *tenon_image_messages;
FILE *tenon_image_messages = stderr;

namespace tenon::media {

std::string_view formatOf(std::string_view bytes) {
  using namespace std::string_view_literals;
  struct Magic {
    size_t at;
    std::string_view text, format;
  };
  constexpr Magic magics[] = {
      {0, "\xff\xd8\xff"sv, "JPEG"},
      {0, "\x89PNG\r\n\x1a\n"sv, "PNG"},
      {0, "GIF8"sv, "GIF"},
      {8, "WEBP"sv, "WebP"},
      {4, "ftypavif"sv, "AVIF"},
      {4, "ftypavis"sv, "AVIF"},
      {4, "ftyphei"sv, "HEIF"},
      {4, "ftypmif1"sv, "HEIF"},
      {0, "\0\0\0\x0cjP  \r\n\x87\n"sv, "JPEG 2000"},
      {0, "\xff\x4f\xff\x51"sv, "JPEG 2000"},
      {0, "\0\0\0\x0cJXL "sv, "JPEG XL"},
      {0, "II*\0"sv, "TIFF"},
      {0, "MM\0*"sv, "TIFF"},
      {0, "BM"sv, "BMP"},
      {0, "qoif"sv, "QOI"},
      {0, "%PDF"sv, "PDF"},
      {0, "<svg"sv, "SVG"},
  };
  for (const Magic &magic : magics)
    if (bytes.size() > magic.at &&
        bytes.substr(magic.at).starts_with(magic.text))
      return magic.format;
  return {};
}

bool looksLikeImage(const std::string &path) {
  std::string ending =
      asciiLowerCase(std::filesystem::path(path).extension().string());
  if (ending == ".jpg" || ending == ".jpeg" || ending == ".png")
    return true;
  char bytes[64];
  std::ifstream file(path, std::ios::binary);
  file.read(bytes, sizeof(bytes));
  return !formatOf({bytes, static_cast<size_t>(file.gcount())}).empty();
}

Result<Image> decodeImage(std::string_view bytes, const std::string &where) {
  if (bytes.empty())
    return Status::invalid(where, "is empty, so no image");
  std::string_view format = formatOf(bytes);
  if (format != "JPEG" && format != "PNG")
    return Status::invalid(where, format.empty()
                                      ? std::string("is no image")
                                      : concat("has the format ", format))
        .help("give a JPEG or PNG file");
  Result<Decoded> decoded =
      format == "PNG" ? decodePng(bytes, where) : decodeJpeg(bytes, where);
  if (!decoded)
    return decoded.takeStatus();
  return orient(std::move(decoded->image), decoded->orientation, where);
}

int exifOrientation(std::string_view exif) {
  using namespace std::string_view_literals;
  if (exif.starts_with("Exif\0\0"sv))
    exif.remove_prefix(6);
  bool isLittle = exif.starts_with("II*\0"sv);
  if (!isLittle && !exif.starts_with("MM\0*"sv))
    return 1;
  auto read = [&](uint64_t at, int count) -> uint64_t {
    uint64_t value = 0;
    for (int i = 0; i < count; ++i) {
      uint64_t place = at + uint64_t(isLittle ? count - 1 - i : i);
      value = value << 8 | (place < exif.size() ? uint8_t(exif[place]) : 0);
    }
    return value;
  };
  uint64_t directory = read(4, 4), entries = read(directory, 2);
  int found = 1;
  for (uint64_t i = 0; i < entries; ++i) {
    uint64_t entry = directory + 2 + 12 * i;
    if (entry + 12 > exif.size())
      break;
    if (read(entry, 2) != 0x112 || read(entry + 4, 4) != 1)
      continue;
    // Integers of two or four bytes, with or without a sign; the last counts.
    uint64_t type = read(entry + 2, 2);
    if (type == 3 || type == 8)
      found = static_cast<int>(read(entry + 8, 2));
    else if (type == 4 || type == 9)
      found = static_cast<int>(std::min<uint64_t>(read(entry + 8, 4), 9));
  }
  return found;
}

int xmpOrientation(std::string_view xmp) {
  constexpr std::string_view key = "tiff:Orientation";
  for (size_t at = xmp.find(key); at != xmp.npos; at = xmp.find(key, at + 1)) {
    std::string_view rest = xmp.substr(at + key.size());
    if (rest.starts_with("=\""))
      rest.remove_prefix(2);
    else if (rest.starts_with(">"))
      rest.remove_prefix(1);
    else
      continue;
    if (!rest.empty() && rest[0] >= '0' && rest[0] <= '9')
      return rest[0] - '0';
  }
  return 1;
}

} // namespace tenon::media
