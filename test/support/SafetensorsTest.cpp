//===- SafetensorsTest.cpp - reading and writing .safetensors -------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestFiles.h"

#include "support/Safetensors.h"
#include "support/Text.h"

#include <cstring>

using namespace tenon;

/// A file of a header and `data` bytes.
static std::string fileOf(std::string_view header, size_t data) {
  std::string bytes(8, '\0');
  uint64_t size = header.size();
  std::memcpy(bytes.data(), &size, 8);
  return bytes + std::string(header) + std::string(data, 'd');
}

static Result<SafetensorsFile> parse(const std::string &bytes) {
  return SafetensorsFile::parse(
      {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()}, "f");
}

static std::string failure(std::string_view header, size_t data) {
  return parse(fileOf(header, data)).status().message();
}

TEST(Safetensors, Reads) {
  std::string bytes = fileOf(
      R"({"__metadata__": {"format": "pt"},
          "b": {"dtype": "F32", "shape": [2, 1], "data_offsets": [3, 11]},
          "a": {"dtype": "U8", "shape": [3], "data_offsets": [0, 3]},
          "e": {"dtype": "F64", "shape": [0], "data_offsets": [3, 3]},
          "s": {"dtype": "BF16", "shape": [], "data_offsets": [11, 13]}}  )",
      13);
  auto file = parse(bytes);
  ASSERT_TRUE(file) << file.status().message();
  ASSERT_EQ(file->tensors().size(), 4u);
  EXPECT_EQ(file->tensors()[0].name, "a");
  EXPECT_EQ(file->find("b")->shape, (std::vector<int64_t>{2, 1}));
  EXPECT_EQ(file->data(*file->find("b")).size(), 8u);
  EXPECT_EQ(file->data(*file->find("e")).size(), 0u);
  EXPECT_EQ(file->find("s")->type, SafetensorsType::BF16);
  EXPECT_EQ(file->find("zz"), nullptr);
  EXPECT_EQ(file->metadata().at("format"), "pt");
}

TEST(Safetensors, HeaderLength) {
  EXPECT_EQ(parse("1234567").status().message(),
            "f: isn't a safetensors file: it has only 7 bytes");
  EXPECT_EQ(parse(std::string(8, '\xff')).status().message(),
            "f: isn't a safetensors file: a header of "
            "18,446,744,073,709,551,615 bytes");
  EXPECT_EQ(parse(std::string("\x64\0\0\0\0\0\0\0{}", 10)).status().message(),
            "f: is truncated: its header has 100 bytes, the file 10");
}

TEST(Safetensors, LfsPointer) {
  Status status = parse("version https://git-lfs.github.com/spec/v1\n"
                        "oid sha256:4d7a\nsize 12345\n")
                      .status();
  EXPECT_EQ(status.render(), "f: is a pointer of Git LFS, not the file itself\n"
                             "help: fetch it with `git lfs pull`");
}

TEST(Safetensors, HeaderForm) {
  EXPECT_EQ(failure("[]", 0), "f: header: must be an object, but is an array");
  EXPECT_EQ(failure("3", 0), "f: header: must be an object, but is a number");
  EXPECT_EQ(failure(R"({"a": 3})", 0), "f: header: 'a' can't be a number");
  EXPECT_EQ(failure(R"({"a": {"dtype": "F32", "shape": [1]}})", 4),
            "f: tensor 'a': 'data_offsets' is missing");
  EXPECT_EQ(failure(R"({"a": {"dtype": "Q4", "shape": []}})", 4),
            "f: tensor 'a': unknown dtype 'Q4'");
  EXPECT_EQ(failure(R"({"a": {"type": "F32"}})", 4),
            "f: tensor 'a': unknown key 'type' in the header");
  EXPECT_EQ(failure(R"({"a": {"dtype": "F32", "dtype": "F32"}})", 4),
            "f: tensor 'a': key 'dtype' is there twice");
  EXPECT_EQ(failure(R"({"a": {"dtype": "F32", "shape": [-1]}})", 4),
            "f: tensor 'a': 'shape' can't be a negative number");
  EXPECT_EQ(failure(R"({"a": {"dtype": "F32", "shape": [1.5]}})", 4),
            "f: tensor 'a': 'shape' can't be a number that is no integer");
  EXPECT_EQ(failure(R"({"a": {"dtype": "F32", "shape": [[1]]}})", 4),
            "f: tensor 'a': 'shape' can't be an array");
  EXPECT_EQ(
      failure(R"({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0]}})",
              1),
      "f: tensor 'a': 'data_offsets' must have two numbers");
  EXPECT_TRUE(failure(R"({"a": {)", 4).starts_with("f: header:1:"));
  EXPECT_TRUE(failure("{\"\xff\": {}}", 4).starts_with("f: header:1:"));
}

TEST(Safetensors, Twice) {
  EXPECT_EQ(
      failure(R"({"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},
                  "a": {"dtype": "U8", "shape": [1], "data_offsets": [1, 2]}})",
              2),
      "f: tensor 'a': is there twice");
}

TEST(Safetensors, Sizes) {
  auto one = [](std::string_view shape, std::string_view offsets) {
    return concat(R"({"a": {"dtype": "F32", "shape": )", shape,
                  R"(, "data_offsets": )", offsets, "}}");
  };
  EXPECT_EQ(failure(one("[3]", "[0, 8]"), 8),
            "f: tensor 'a': shape [3] of F32 needs 12 bytes, but has 8");
  EXPECT_EQ(failure(one("[2]", "[8, 0]"), 8),
            "f: tensor 'a': data begin at byte 8 but end at byte 0");
  EXPECT_EQ(failure(one("[3]", "[0, 12]"), 8),
            "f: tensor 'a': data end at byte 12 of the data, but the file has "
            "only 8");
  EXPECT_EQ(failure(one("[4611686018427387904, 4]", "[0, 8]"), 8),
            "f: tensor 'a': shape [4611686018427387904, 4] is too large");
  EXPECT_EQ(failure(one("[18446744073709551615]", "[0, 8]"), 8),
            "f: tensor 'a': size 18446744073709551615 in the shape is too "
            "large");
}

TEST(Safetensors, HolesOverlapsAndRemains) {
  auto two = [](std::string_view a, std::string_view b) {
    return concat(R"({"a": {"dtype": "U8", "shape": [2], "data_offsets": )", a,
                  R"(}, "b": {"dtype": "U8", "shape": [2], "data_offsets": )",
                  b, "}}");
  };
  EXPECT_EQ(failure(two("[0, 2]", "[2, 4]"), 4), "");
  EXPECT_EQ(failure(two("[0, 2]", "[1, 3]"), 3),
            "f: tensor 'b': overlaps tensor 'a'");
  EXPECT_EQ(failure(two("[0, 2]", "[3, 5]"), 5),
            "f: tensor 'b': leaves 1 unused bytes before its data");
  EXPECT_EQ(failure(two("[2, 4]", "[4, 6]"), 6),
            "f: tensor 'a': leaves 2 unused bytes before its data");
  EXPECT_EQ(failure(two("[0, 2]", "[2, 4]"), 5),
            "f: has 1 bytes behind its last tensor");
}

TEST(Safetensors, WritesWhatItReads) {
  TestFolder folder;
  float floats[] = {1, 2, 3, 4, 5, 6};
  uint8_t bytes[] = {7, 8, 9};
  auto span = [](auto &array) {
    return std::span(reinterpret_cast<const uint8_t *>(array), sizeof(array));
  };
  auto write = [&](const std::string &name, bool reversed) {
    SafetensorsWriter writer;
    if (reversed)
      writer.add("z", SafetensorsType::F32, {2, 3}, span(floats));
    writer.add("a\"\n", SafetensorsType::U8, {3}, span(bytes));
    if (!reversed)
      writer.add("z", SafetensorsType::F32, {2, 3}, span(floats));
    EXPECT_TRUE(writer.write(folder / name).isOk());
    return *readFile(folder / name, 10'000);
  };
  EXPECT_EQ(write("one", false), write("two", true));
  auto file = SafetensorsFile::open(folder / "one");
  ASSERT_TRUE(file) << file.status().message();
  std::span<const uint8_t> z = file->data(*file->find("z"));
  ASSERT_EQ(z.size(), sizeof(floats));
  EXPECT_EQ(std::memcmp(z.data(), floats, sizeof(floats)), 0);
  EXPECT_EQ(file->data(*file->find("a\"\n"))[2], 9);
  // Where elements of four bytes should lie in memory.
  EXPECT_EQ(reinterpret_cast<uint64_t>(z.data()) % 4, 0u);
}

TEST(Safetensors, MissingFile) {
  EXPECT_EQ(SafetensorsFile::open("/none.safetensors").status().message(),
            "/none.safetensors: can't be opened: No such file or directory");
}
