//===- ByteLevelTest.cpp - bytes as visible characters ----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include "runtime/tokenizers/ByteLevel.h"

namespace tenon::tokenizers {
namespace {

std::string byteLevel(const char *prefix, const char *more = "") {
  return std::string(R"({"type":"ByteLevel","trim_offsets":true,)") +
         R"("add_prefix_space":)" + prefix + more + "}";
}

TEST(ByteLevel, Characters) {
  const ByteCharacters &characters = byteCharacters();
  auto of = [&](unsigned char byte) {
    return std::string(characters[byte].bytes, characters[byte].size);
  };
  EXPECT_EQ(of('!'), "!");
  EXPECT_EQ(of('~'), "~");
  EXPECT_EQ(of(0), "\u0100");
  EXPECT_EQ(of('\n'), "\u010a");
  EXPECT_EQ(of(' '), "\u0120");
  EXPECT_EQ(of(0x7F), "\u0121");
  EXPECT_EQ(of(0x80), "\u0122");
  EXPECT_EQ(of(0xA0), "\u0142");
  EXPECT_EQ(of(0xA1), "\u00a1");
  EXPECT_EQ(of(0xAD), "\u0143");
  EXPECT_EQ(of(0xFF), "\u00ff");
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::string bytes;
    appendBytesOf(of(static_cast<unsigned char>(byte)), bytes);
    EXPECT_EQ(bytes, std::string(1, static_cast<char>(byte)));
  }
}

TEST(ByteLevel, WordsOfTheExpression) {
  auto words = [](const char *text) { return split(byteLevel("false"), text); };
  EXPECT_EQ(words("Hello my friend"),
            (Words{"Hello", "\u0120my", "\u0120friend"}));
  EXPECT_EQ(words("it's 's 'S 'll'x"),
            (Words{"it", "'s", "\u0120'", "s", "\u0120'", "S", "\u0120'", "ll",
                   "'", "x"}));
  EXPECT_EQ(words("we've'd'm'r"), (Words{"we", "'ve", "'d", "'m", "'", "r"}));
  EXPECT_EQ(words("a  b"), (Words{"a", "\u0120", "\u0120b"}));
  EXPECT_EQ(words("a   "), (Words{"a", "\u0120\u0120\u0120"}));
  EXPECT_EQ(words("a \n b"), (Words{"a", "\u0120\u010a", "\u0120b"}));
  EXPECT_EQ(words("a\nb"), (Words{"a", "\u010a", "b"}));
  EXPECT_EQ(words("x1y22!?3"), (Words{"x", "1", "y", "22", "!?", "3"}));
  // A no-break space is white space, but doesn't join a word; marks and digits
  // are no letters.
  EXPECT_EQ(words("a\u00a0b"), (Words{"a", "\u00c2\u0142", "b"}));
  EXPECT_EQ(words("e\u0301s"), (Words{"e", "\u00cc\u0123", "s"}));
  EXPECT_EQ(words("a\u00b2"), (Words{"a", "\u00c2\u00b2"}));
}

TEST(ByteLevel, PrefixSpaceAndWholeTexts) {
  EXPECT_EQ(split(byteLevel("true"), "a b"), (Words{"\u0120a", "\u0120b"}));
  EXPECT_EQ(split(byteLevel("true"), " a"), (Words{"\u0120a"}));
  EXPECT_EQ(split(byteLevel("true"), "\na"), (Words{"\u0120", "\u010a", "a"}));
  EXPECT_EQ(split(byteLevel("false", R"(,"use_regex":false)"), "a b!"),
            (Words{"a\u0120b!"}));
  std::string sequence =
      R"({"type":"Sequence","pretokenizers":[{"type":"Digits",)"
      R"("individual_digits":true},)" +
      byteLevel("true") + "]}";
  EXPECT_EQ(split(sequence, "a12"), (Words{"\u0120a", "\u01201", "\u01202"}));
  EXPECT_EQ(split(R"({"type":"ByteLevel"})", "a"),
            (Words{"tokenizer.json: pre_tokenizer ByteLevel needs "
                   "'add_prefix_space', true or false"}));
}

TEST(ByteLevel, Sources) {
  Normalized text = normalize(R"({"type":"ByteLevel"})", "a\u00e9 ");
  EXPECT_EQ(text.text, "a\u00c3\u00a9\u0120");
  EXPECT_EQ(text.sources, (std::vector<uint32_t>{0, 1, 1, 1, 1, 2, 2}));
}

std::string lossily(std::string_view bytes, bool final = true) {
  std::string text;
  size_t read = appendLossily(bytes, final, text);
  return text + "|" + std::to_string(read);
}

TEST(ByteLevel, WhatIsNotUtf8) {
  EXPECT_EQ(lossily("abc"), "abc|3");
  EXPECT_EQ(lossily("\xff\xfe"), "\uFFFD\uFFFD|2");
  EXPECT_EQ(lossily("a\xe4\xb8z"), "a\uFFFDz|4"); // One for the beginning.
  EXPECT_EQ(lossily("\xe4\xb8\xe4\xb8\xad"), "\uFFFD\u4e2d|5");
  EXPECT_EQ(lossily("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD|3"); // A surrogate.
  EXPECT_EQ(lossily("\xe0\x80"), "\uFFFD\uFFFD|2");           // Overlong.
  EXPECT_EQ(lossily("\xf0\x9f\x98"), "\uFFFD|3");
  EXPECT_EQ(lossily("\xf0\x9f\x98", false), "|0");
  EXPECT_EQ(lossily("ab\xc3", false), "ab|2");
  EXPECT_EQ(lossily("\xff\xc3", false), "\uFFFD|1");
  EXPECT_EQ(lossily("\xf4\x90", false), "\uFFFD\uFFFD|2");
}

} // namespace
} // namespace tenon::tokenizers
