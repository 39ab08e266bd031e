//===- UnicodeTest.cpp - UTF-8, classes, case, normalization ----*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/tokenizers/Unicode.h"

#include <gtest/gtest.h>
#include <utf8proc.h>

namespace tenon::tokenizers {
namespace {

constexpr size_t kValid = std::string_view::npos;

TEST(Unicode, AcceptsWellFormedUtf8) {
  EXPECT_EQ(findInvalidUtf8(""), kValid);
  EXPECT_EQ(findInvalidUtf8("plain text of some length"), kValid);
  EXPECT_EQ(findInvalidUtf8("\u00e9\u4e2d\U0001f600\U0010ffff\ud7ff\ue000"),
            kValid);
  EXPECT_EQ(findInvalidUtf8(std::string_view("\0a", 2)), kValid);
}

TEST(Unicode, FindsTheFirstInvalidByte) {
  EXPECT_EQ(findInvalidUtf8("abc\xff"), 3u);
  EXPECT_EQ(findInvalidUtf8("\x80"), 0u);
  EXPECT_EQ(findInvalidUtf8("\xc0\x80"), 0u);         // Overlong.
  EXPECT_EQ(findInvalidUtf8("a\xe0\x80\x80"), 1u);    // Overlong.
  EXPECT_EQ(findInvalidUtf8("\xf0\x8f\xbf\xbf"), 0u); // Overlong.
  EXPECT_EQ(findInvalidUtf8("\xed\xa0\x80"), 0u);     // Surrogate.
  EXPECT_EQ(findInvalidUtf8("\xf4\x90\x80\x80"), 0u); // Above U+10FFFF.
  EXPECT_EQ(findInvalidUtf8("12345678\xe4\xb8"), 8u); // Cut off.
  EXPECT_EQ(findInvalidUtf8("\u4e2d\u4e2d\xc3"), 6u);
}

TEST(Unicode, DecodesAndEncodes) {
  for (char32_t c :
       {U'a', U'\u07ff', U'\u0800', U'\uffff', U'\U00010000', U'\U0010ffff'}) {
    std::string text;
    appendUtf8(text, c);
    const char *at = text.data();
    EXPECT_EQ(decodeUtf8(at), c);
    EXPECT_EQ(at, text.data() + text.size());
    EXPECT_EQ(lastCodePoint("x" + text), c);
    EXPECT_EQ(countCodePoints("x" + text), 2u);
  }
}

TEST(Unicode, ClassesAreThoseOfTheLibrary) {
  const CharTable &table = CharTable::get();
  for (char32_t c : {0x20, 0x85, 0xA0, 0x1680, 0x2003, 0x3000})
    EXPECT_TRUE(table.is(c, Whitespace)) << static_cast<uint32_t>(c);
  for (char32_t c : {0x180E, 0x200B, 0xFEFF, 'a' + 0})
    EXPECT_FALSE(table.is(c, Whitespace)) << static_cast<uint32_t>(c);
  // clean_text removes these and keeps those.
  for (char32_t c : {0x00, 0x0B, 0x7F, 0x85, 0xAD, 0x200B, 0xE000, 0xFFFD})
    EXPECT_TRUE(table.is(c, Control)) << static_cast<uint32_t>(c);
  for (char32_t c : {'\t' + 0, '\n' + 0, '\r' + 0, 0x378, 0x8E2, 0x110CD})
    EXPECT_FALSE(table.is(c, Control)) << static_cast<uint32_t>(c);
  // U+166D is no punctuation any more, U+061D wasn't yet in Unicode 8.
  for (char32_t c : {'$' + 0, '^' + 0, '`' + 0, 0xA1, 0x166D, 0x3001, 0xFF01})
    EXPECT_TRUE(table.is(c, Punctuation)) << static_cast<uint32_t>(c);
  for (char32_t c : {0xA9, 0x20AC, 0x61D, 0x2E52})
    EXPECT_FALSE(table.is(c, Punctuation)) << static_cast<uint32_t>(c);
  EXPECT_TRUE(table.is(0x301, NonspacingMark));
  EXPECT_FALSE(table.is(0x93E, NonspacingMark));
  EXPECT_TRUE(table.is(0x93E, CombiningMark));
  EXPECT_TRUE(table.is(0x1E8D0, NonspacingMark));  // Above the direct table.
  EXPECT_FALSE(table.is(0x1E94A, NonspacingMark)); // Of Unicode 9.
  EXPECT_TRUE(table.is(0xBD, Numeric));
  EXPECT_FALSE(table.is('a', Numeric));
  EXPECT_TRUE(table.is(0x200D, Word));
  EXPECT_TRUE(table.is(0x4E2D, Word));
  EXPECT_FALSE(table.is(0x1F600, Word));
  for (char32_t c : {'a' + 0, 0xAA, 0x4E2D, 0xAC00, 0x2CEA1, 0x10D4A})
    EXPECT_TRUE(table.is(c, Letter)) << static_cast<uint32_t>(c);
  for (char32_t c : {'_' + 0, '1' + 0, 0x301, 0x2160, 0x24B6})
    EXPECT_FALSE(table.is(c, Letter)) << static_cast<uint32_t>(c);
  for (char32_t c : {'1' + 0, 0xB2, 0x2167, 0x3007})
    EXPECT_TRUE(table.is(c, Number)) << static_cast<uint32_t>(c);
  // Of Unicode 17, which the two sides of the library know differently.
  EXPECT_TRUE(table.is(0x11DE0, Numeric));
  EXPECT_FALSE(table.is(0x11DE0, Number));
}

TEST(Unicode, ExcerptsAreOfWholeCharacters) {
  EXPECT_EQ(beginning("abc", 3), "abc");
  EXPECT_EQ(beginning("abc", 2), "ab");
  EXPECT_EQ(beginning("a\u00e9b", 2), "a");
  EXPECT_EQ(beginning("a\u00e9b", 3), "a\u00e9");
  EXPECT_EQ(beginning("\U0001f600", 3), "");
}

TEST(Unicode, LowerCaseIsByLetter) {
  char32_t out[2];
  ASSERT_EQ(lowerCase(U'İ', out), 2u);
  EXPECT_EQ(out[0], U'i');
  EXPECT_EQ(out[1], 0x307u);
  ASSERT_EQ(lowerCase(U'Σ', out), 1u);
  EXPECT_EQ(out[0], U'σ'); // Never the final one.
  lowerCase(U'ẞ', out);
  EXPECT_EQ(out[0], U'ß');
  lowerCase(0x10D50, out); // Of Unicode 16.
  EXPECT_EQ(out[0], 0x10D70u);
  lowerCase(U'ß', out);
  EXPECT_EQ(out[0], U'ß');
}

TEST(Unicode, DecomposesFully) {
  char32_t out[kMaxDecomposition];
  ASSERT_EQ(decompose(U'ấ', false, out), 3u);
  EXPECT_EQ(out[0], U'a');
  EXPECT_EQ(out[2], 0x301u);
  EXPECT_EQ(decompose(U'각', false, out), 3u);
  EXPECT_EQ(decompose(U'ﬁ', false, out), 1u);
  EXPECT_EQ(decompose(U'ﬁ', true, out), 2u);
  EXPECT_EQ(decompose(0xFDFA, true, out), kMaxDecomposition);
  // The library's tables are older than these.
  EXPECT_EQ(decompose(0x11938, false, out), 1u);
  EXPECT_EQ(decompose(0x32FF, true, out), 1u);
  EXPECT_EQ(combiningClass(0x1ABF), 0);
  EXPECT_EQ(combiningClass(0x301), 230);
}

TEST(Unicode, Composes) {
  EXPECT_EQ(compose('e', 0x301), 0xE9u);
  EXPECT_EQ(compose(0x1100, 0x1161), 0xAC00u);
  EXPECT_EQ(compose(0xAC00, 0x11A8), 0xAC01u);
  EXPECT_EQ(compose(0xAC00, 0x11A7), 0u);
  EXPECT_EQ(compose('a', 'b'), 0u);
  EXPECT_EQ(compose(0x915, 0x93C), 0u); // Excluded from composition.
  EXPECT_EQ(compose(0x11935, 0x11930), 0u);
}

// The exceptions in UnicodeTables.cpp are exceptions from this version: with
// another one, run make_unicode_tables.py again.
TEST(Unicode, ExceptionsAreForTheLinkedVersion) {
  EXPECT_STREQ(utf8proc_unicode_version(), "15.0.0");
}

} // namespace
} // namespace tenon::tokenizers
