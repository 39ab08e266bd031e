//===- Jpeg.cpp - JPEG files ----------------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// libjpeg-turbo with the settings that Pillow uses: the accurate integer DCT
// and smooth upsampling. The whole file is in memory, and the source says that
// it has no more where Pillow's does, so that a truncated file is an error, not
// an image with a grey end.
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Decode.h"

#include "support/Text.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include <jpeglib.h>

namespace tenon::media {

namespace {

/// More scans than any encoder makes are a way to keep a reader busy.
constexpr int maxScans = 500;

struct Reader {
  jpeg_decompress_struct info;
  jpeg_error_mgr errors;
  jpeg_source_mgr source;
  jpeg_progress_mgr progress;
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

Reader &readerOf(j_common_ptr info) {
  return *static_cast<Reader *>(info->client_data);
}

[[noreturn]] void onError(j_common_ptr info) {
  Reader &reader = readerOf(info);
  info->err->format_message(info, reader.message);
  std::longjmp(reader.jump, 1);
}

void onMessage(j_common_ptr, int) {}
void onOutput(j_common_ptr) {}
void onSource(j_decompress_ptr) {}

boolean onNoMore(j_decompress_ptr) { return FALSE; }

void onSkip(j_decompress_ptr info, long count) {
  jpeg_source_mgr &source = *info->src;
  size_t size = count > 0 ? std::min(size_t(count), source.bytes_in_buffer) : 0;
  source.next_input_byte += size;
  source.bytes_in_buffer -= size;
}

void onProgress(j_common_ptr common) {
  auto *info = reinterpret_cast<j_decompress_ptr>(common);
  if (info->input_scan_number <= maxScans)
    return;
  Reader &reader = readerOf(common);
  std::snprintf(reader.message, sizeof(reader.message), "has too many scans");
  std::longjmp(reader.jump, 1);
}

/// Runs a step that calls the library, which jumps out of it on an error. The
/// step may hold nothing that has a destructor.
template <typename Step> bool attempt(Reader &reader, Step step) {
  if (setjmp(reader.jump))
    return false;
  step();
  return true;
}

void start(Reader &reader, std::string_view bytes) {
  std::memset(&reader, 0, sizeof(reader));
  reader.info.err = jpeg_std_error(&reader.errors);
  reader.errors.error_exit = onError;
  reader.errors.emit_message = onMessage;
  reader.errors.output_message = onOutput;
  reader.info.client_data = &reader;
  reader.source.init_source = onSource;
  reader.source.fill_input_buffer = onNoMore;
  reader.source.skip_input_data = onSkip;
  reader.source.resync_to_restart = jpeg_resync_to_restart;
  reader.source.term_source = onSource;
  reader.source.next_input_byte =
      reinterpret_cast<const JOCTET *>(bytes.data());
  reader.source.bytes_in_buffer = bytes.size();
  reader.progress.progress_monitor = onProgress;
}

/// Ink to light as Pillow converts it; inverted, as Adobe writes it.
void inksToRgb(const uint8_t *inks, uint8_t *rgb, int width) {
  for (int x = 0; x < width; ++x, inks += 4, rgb += 3) {
    unsigned light = inks[3];
    for (int c = 0; c < 3; ++c) {
      unsigned product = (255 - inks[c]) * light + 128;
      rgb[c] = static_cast<uint8_t>(light - (((product >> 8) + product) >> 8));
    }
  }
}

/// EXIF and XMP data of the file's head.
int orientationOf(const jpeg_decompress_struct &info) {
  using namespace std::string_view_literals;
  std::string exif;
  std::string_view xmp;
  for (jpeg_saved_marker_ptr m = info.marker_list; m; m = m->next) {
    std::string_view data(reinterpret_cast<const char *>(m->data),
                          m->data_length);
    constexpr std::string_view xmpName = "http://ns.adobe.com/xap/1.0/\0"sv;
    if (data.starts_with("Exif\0\0"sv))
      exif += exif.empty() ? data : data.substr(6); // Goes on in the next.
    else if (data.starts_with(xmpName))
      xmp = data.substr(xmpName.size());
  }
  int orientation = exifOrientation(exif);
  return orientation == 1 ? xmpOrientation(xmp) : orientation;
}

class Decoder {
public:
  Decoder(std::string_view bytes, const std::string &where) : where_(where) {
    start(reader_, bytes);
  }
  Decoder(const Decoder &) = delete;
  ~Decoder() { jpeg_destroy_decompress(&reader_.info); }

  Result<Decoded> decode();

private:
  Status failed() const {
    return Status::invalid(where_,
                           concat("is a broken JPEG file: ", reader_.message));
  }
  Status truncated() const {
    return Status::invalid(where_, "is a truncated JPEG file");
  }

  std::string where_;
  Reader reader_;
};

Result<Decoded> Decoder::decode() {
  jpeg_decompress_struct &info = reader_.info;
  int header = JPEG_SUSPENDED;
  if (!attempt(reader_, [&] {
        jpeg_create_decompress(&info);
        info.client_data = &reader_;
        info.src = &reader_.source;
        info.progress = &reader_.progress;
        jpeg_save_markers(&info, JPEG_APP0 + 1, 0xffff);
        header = jpeg_read_header(&info, TRUE);
      }))
    return failed();
  if (header != JPEG_HEADER_OK)
    return truncated();
  TENON_RETURN_IF_ERROR(checkSize(info.image_width, info.image_height, where_));
  bool isInk = info.num_components == 4;
  if (info.num_components != 1 && info.num_components != 3 && !isInk)
    return Status::invalid(where_, concat("is a JPEG file with ",
                                          info.num_components, " channels"))
        .help("give one with 1, 3 or 4");
  Decoded decoded;
  decoded.orientation = orientationOf(info);
  TENON_ASSIGN_OR_RETURN(
      decoded.image,
      Image::create(info.image_width, info.image_height, where_));
  std::vector<uint8_t> inks(isInk ? size_t(4) * info.image_width : 0);
  bool complete = false;
  auto readRows = [&] {
    info.out_color_space = isInk ? JCS_CMYK : JCS_RGB;
    info.dct_method = JDCT_ISLOW;
    if (!jpeg_start_decompress(&info))
      return;
    while (info.output_scanline < info.output_height) {
      int y = static_cast<int>(info.output_scanline);
      JSAMPROW row = isInk ? inks.data() : decoded.image.row(y);
      if (jpeg_read_scanlines(&info, &row, 1) != 1)
        return;
      if (isInk)
        inksToRgb(inks.data(), decoded.image.row(y), decoded.image.width());
    }
    complete = true;
  };
  if (!attempt(reader_, readRows))
    return failed();
  if (!complete)
    return truncated();
  return decoded;
}

} // namespace

Result<Decoded> decodeJpeg(std::string_view bytes, const std::string &where) {
  return std::make_unique<Decoder>(bytes, where)->decode();
}

} // namespace tenon::media
