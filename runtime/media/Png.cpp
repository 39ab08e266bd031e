//===- Png.cpp - PNG files ------------------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// libpng, asked for as little as can be: what it makes of a file must be what
// Pillow makes of it, so that alpha is dropped and not blended, and colour
// profiles and gamma are left alone. Of an animation there is the image that
// stands in for it.
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Decode.h"

#include "support/Text.h"

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <memory>
#include <vector>

#include <png.h>

namespace tenon::media {

namespace {

struct Reader {
  std::string_view bytes;
  char message[128] = "";
  bool ended = false; ///< More was wanted than there is.
};

[[noreturn]] void onError(png_structp png, png_const_charp message) {
  auto &reader = *static_cast<Reader *>(png_get_error_ptr(png));
  std::strncpy(reader.message, message, sizeof(reader.message) - 1);
  png_longjmp(png, 1);
}

void onWarning(png_structp, png_const_charp) {}

void onRead(png_structp png, png_bytep to, size_t size) {
  auto &reader = *static_cast<Reader *>(png_get_io_ptr(png));
  if (size > reader.bytes.size()) {
    reader.ended = true;
    png_error(png, "ends too early");
  }
  std::memcpy(to, reader.bytes.data(), size);
  reader.bytes.remove_prefix(size);
}

class Decoder {
public:
  Decoder(std::string_view bytes, const std::string &where) : where_(where) {
    reader_.bytes = bytes;
  }
  Decoder(const Decoder &) = delete;
  ~Decoder() { png_destroy_read_struct(&png_, &info_, nullptr); }

  Result<Decoded> decode();

private:
  /// Runs a step that calls the library, which jumps out of it on an error. The
  /// step may hold nothing that has a destructor.
  template <typename Step> bool attempt(Step step) {
    if (setjmp(png_jmpbuf(png_)))
      return false;
    step();
    return true;
  }
  Status failed() const {
    if (reader_.ended)
      return Status::invalid(where_, "is a truncated PNG file");
    return Status::invalid(
        where_, concat("is a broken PNG file: ", printable(reader_.message)));
  }
  void readHeader();
  void setTransforms();
  int orientation();

  std::string where_;
  Reader reader_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  int depth_ = 0, color_ = 0;
  std::vector<png_bytep> rows_;
};

void Decoder::readHeader() {
  png_set_read_fn(png_, &reader_, onRead);
  png_set_user_limits(png_, maxSide, maxSide);
  png_set_chunk_cache_max(png_, 1000);
  png_set_chunk_malloc_max(png_, 64 * 1024 * 1024);
  // Pillow reads what damaged files have, too.
  png_set_crc_action(png_, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
  png_set_benign_errors(png_, 1);
  png_read_info(png_, info_);
  depth_ = png_get_bit_depth(png_, info_);
  color_ = png_get_color_type(png_, info_);
}

/// Gray of 16 bits is kept: Pillow doesn't scale it down.
void Decoder::setTransforms() {
  if (color_ == PNG_COLOR_TYPE_PALETTE)
    png_set_palette_to_rgb(png_);
  if (color_ == PNG_COLOR_TYPE_GRAY && depth_ < 8)
    png_set_expand_gray_1_2_4_to_8(png_);
  if (color_ != PNG_COLOR_TYPE_GRAY || depth_ < 16) {
    png_set_strip_16(png_);
    png_set_strip_alpha(png_);
    png_set_gray_to_rgb(png_);
  }
  png_set_interlace_handling(png_);
  png_read_update_info(png_, info_);
}

/// Rows that begin with 16-bit gray, the high byte first, become RGB where they
/// are: more than 255 is 255.
void clipGray(Image &image) {
  for (int y = 0; y < image.height(); ++y) {
    uint8_t *row = image.row(y);
    for (int x = image.width() - 1; x >= 0; --x) {
      uint8_t gray = row[2 * x] ? 255 : row[2 * x + 1];
      std::fill_n(row + 3 * x, 3, gray);
    }
  }
}

int Decoder::orientation() {
  png_bytep exif = nullptr;
  png_uint_32 exifSize = 0;
  int found = 1;
  if (png_get_eXIf_1(png_, info_, &exifSize, &exif) && exif)
    found = exifOrientation({reinterpret_cast<const char *>(exif), exifSize});
  if (found != 1)
    return found;
  png_textp texts = nullptr;
  int count = 0;
  png_get_text(png_, info_, &texts, &count);
  for (int i = 0; i < count; ++i)
    if (std::string_view(texts[i].key) == "XML:com.adobe.xmp" && texts[i].text)
      return xmpOrientation(texts[i].text);
  return 1;
}

Result<Decoded> Decoder::decode() {
  png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader_, onError,
                                onWarning);
  info_ = png_ ? png_create_info_struct(png_) : nullptr;
  if (!info_)
    return Status::invalid(where_, "needs more memory than there is");
  if (!attempt([&] { readHeader(); }))
    return failed();
  int64_t width = png_get_image_width(png_, info_);
  int64_t height = png_get_image_height(png_, info_);
  Decoded decoded;
  TENON_ASSIGN_OR_RETURN(decoded.image, Image::create(width, height, where_));
  bool isWide = color_ == PNG_COLOR_TYPE_GRAY && depth_ == 16;
  if (!attempt([&] { setTransforms(); }))
    return failed();
  if (png_get_rowbytes(png_, info_) != size_t(width) * (isWide ? 2 : 3))
    return Status::internal(where_, "has rows of another size");
  rows_.resize(size_t(height));
  for (int y = 0; y < height; ++y)
    rows_[y] = decoded.image.row(y);
  if (!attempt([&] { png_read_image(png_, rows_.data()); }))
    return failed();
  // What follows the pixels may be damaged: Pillow doesn't mind.
  attempt([&] { png_read_end(png_, info_); });
  if (isWide)
    clipGray(decoded.image);
  decoded.orientation = orientation();
  return decoded;
}

} // namespace

Result<Decoded> decodePng(std::string_view bytes, const std::string &where) {
  return std::make_unique<Decoder>(bytes, where)->decode();
}

} // namespace tenon::media
