//===- DecodeTest.cpp - images of every kind, and broken ones -------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Decode.h"

#include "support/File.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace tenon;
using namespace tenon::media;

static std::string contents(const std::string &name) {
  auto read = readFile(TENON_IMAGES "/" + name, 1 << 20);
  return read ? *read : std::string();
}

static std::string decodingFailure(const std::string &name) {
  auto image = decodeImage(contents(name), name);
  return image ? "no error" : image.status().render();
}

/// Pixels are as Pillow reads them: see make_images.py.
static void expectPixels(const std::string &name) {
  std::string expected = contents(name + ".rgb");
  ASSERT_GT(expected.size(), 8u) << name;
  auto image = decodeImage(contents(name), name);
  ASSERT_TRUE(image) << image.status().render();
  uint32_t size[2];
  std::memcpy(size, expected.data(), sizeof(size));
  ASSERT_EQ(uint32_t(image->width()), size[0]) << name;
  ASSERT_EQ(uint32_t(image->height()), size[1]) << name;
  ASSERT_EQ(expected.size(), 8 + size_t(3) * size[0] * size[1]);
  EXPECT_EQ(
      std::memcmp(image->row(0), expected.data() + 8, expected.size() - 8), 0)
      << name;
}

TEST(Decode, JpegFiles) {
  for (const char *name : {"color.jpg", "progressive.jpg", "gray.jpg",
                           "cmyk.jpg", "turned.jpg", "really_jpeg.png"})
    expectPixels(name);
}

TEST(Decode, PngFiles) {
  for (const char *name :
       {"color.png", "turned.png", "gray.png", "bits.png", "palette.png",
        "alpha.png", "gray_alpha.png", "deep.png", "animated.png"})
    expectPixels(name);
}

TEST(Decode, BrokenFilesSayWhat) {
  EXPECT_EQ(decodingFailure("truncated.jpg"),
            "truncated.jpg: is a truncated JPEG file");
  EXPECT_EQ(decodingFailure("head_only.jpg"),
            "head_only.jpg: is a truncated JPEG file");
  EXPECT_EQ(decodingFailure("truncated.png"),
            "truncated.png: is a truncated PNG file");
  EXPECT_EQ(decodingFailure("too_few.png"),
            "too_few.png: is a broken PNG file: Not enough image data");
  EXPECT_EQ(decodingFailure("zero.jpg"),
            "zero.jpg: is a broken JPEG file: Empty JPEG "
            "image (DNL not supported)");
  EXPECT_EQ(decodingFailure("zero.png"),
            "zero.png: is a broken PNG file: Invalid IHDR data");
  EXPECT_EQ(decodingFailure("empty.jpg"), "empty.jpg: is empty, so no image");
  EXPECT_EQ(decodingFailure("text.jpg"),
            "text.jpg: is no image\nhelp: give a JPEG or PNG file");
}

TEST(Decode, SizesAreCheckedFirst) {
  constexpr char limits[] = "note: images have at most 178956970 pixels, and "
                            "1000000 a side";
  EXPECT_EQ(decodingFailure("huge.jpg"),
            std::string("huge.jpg: is too large an image: 65500 x 65500\n") +
                limits);
  EXPECT_EQ(decodingFailure("huge.png"),
            std::string("huge.png: is too large an image: 60000 x 60000\n") +
                limits);
  EXPECT_EQ(decodingFailure("wide.png"),
            "wide.png: is a broken PNG file: Invalid IHDR data");
}

TEST(Decode, OtherFormatsAreNamed) {
  EXPECT_EQ(decodingFailure("animated.gif"),
            "animated.gif: has the format GIF\n"
            "help: give a JPEG or PNG file");
  EXPECT_EQ(decodingFailure("color.bmp"),
            "color.bmp: has the format BMP\nhelp: give a JPEG or PNG file");
  EXPECT_EQ(decodingFailure("color.webp"),
            "color.webp: has the format WebP\nhelp: give a JPEG or PNG file");
}

TEST(Decode, EveryPrefixIsAnImageOrAnError) {
  for (const char *name : {"progressive.jpg", "cmyk.jpg", "turned.png",
                           "palette.png", "deep.png"}) {
    std::string whole = contents(name);
    for (size_t size = 0; size < whole.size(); ++size) {
      // Of its own size, so that a sanitizer sees what is read beyond.
      std::string part = whole.substr(0, size);
      auto image = decodeImage(part, name);
      EXPECT_TRUE(image || image.status().code() == StatusCode::Invalid);
    }
  }
}

TEST(Decode, DamagedBytesAreAnImageOrAnError) {
  for (const char *name : {"progressive.jpg", "turned.jpg", "turned.png",
                           "palette.png", "deep.png"}) {
    std::string whole = contents(name);
    for (size_t at = 0; at < whole.size(); ++at) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(~damaged[at]);
      auto image = decodeImage(damaged, name);
      EXPECT_TRUE(image || image.status().code() == StatusCode::Invalid);
    }
  }
}

TEST(Decode, Orientation) {
  std::string exif("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0",
                   22);
  EXPECT_EQ(exifOrientation(exif), 6);
  EXPECT_EQ(exifOrientation(std::string("Exif\0\0", 6) + exif), 6);
  std::string big("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0",
                  22);
  EXPECT_EQ(exifOrientation(big), 3);
  for (size_t size = 0; size < exif.size(); ++size)
    EXPECT_EQ(exifOrientation(exif.substr(0, size)), 1);
  // A directory that lies nowhere.
  exif[4] = exif[5] = exif[6] = exif[7] = '\xff';
  EXPECT_EQ(exifOrientation(exif), 1);
  EXPECT_EQ(xmpOrientation("<a tiff:Orientation=\"8\"/>"), 8);
  EXPECT_EQ(xmpOrientation("<tiff:Orientation>5</tiff:Orientation>"), 5);
  EXPECT_EQ(xmpOrientation("tiff:Orientation=x tiff:Orientation=\""), 1);
}
