//===- TextTest.cpp - strings for messages --------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/Text.h"

#include "support/JsonWriter.h"
#include "support/SourceText.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace tenon;

TEST(Text, ConcatJoinSplitTrim) {
  EXPECT_EQ(concat("a", 1, 'b', uint64_t(UINT64_MAX), std::string("c"), -5),
            "a1b18446744073709551615c-5");
  EXPECT_EQ(join(std::vector<std::string>{"a", "b"}, ", "), "a, b");
  EXPECT_EQ(split("a,,b", ',').size(), 3u);
  EXPECT_EQ(split("", ',').size(), 1u);
  EXPECT_EQ(trim(" \t a b\n"), "a b");
  EXPECT_EQ(trim("  "), "");
}

TEST(Text, ParsesWholeNumbersOnly) {
  EXPECT_EQ(parseInteger("-12"), -12);
  EXPECT_EQ(parseInteger("12x"), std::nullopt);
  EXPECT_EQ(parseInteger(""), std::nullopt);
  EXPECT_EQ(parseInteger("99999999999999999999"), std::nullopt);
  EXPECT_EQ(parseNumber("2.5e3"), 2500.0);
  EXPECT_EQ(parseNumber("2.5 "), std::nullopt);
}

TEST(Text, KnowsUtf8) {
  EXPECT_TRUE(isUtf8("aé€😀"));
  EXPECT_FALSE(isUtf8("\xc0\x80"));         // overlong
  EXPECT_FALSE(isUtf8("\xed\xa0\x80"));     // a surrogate
  EXPECT_FALSE(isUtf8("\xf4\x90\x80\x80")); // above U+10FFFF
  EXPECT_FALSE(isUtf8("\xe2\x82"));         // cut off
  EXPECT_FALSE(isUtf8("\x80"));
}

TEST(Text, PrintableHidesControlsAndBadBytes) {
  EXPECT_EQ(printable("é\n\x1b[2J\xff"), "é\\x0a\\x1b[2J\\xff");
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b"); // a C1 control
  EXPECT_EQ(printable("abcdef", 3), "abc…");
  EXPECT_EQ(quote("it's"), "'it's'");
}

TEST(JsonWriter, WritesAsPythonDoes) {
  JsonWriter json;
  json.beginObject().key("a").beginArray();
  json.integer(-3).number(1).number(0.1f).number(1e-7).boolean(true).null();
  json.endArray().key("b").beginObject().endObject().endObject();
  EXPECT_EQ(json.text(), "{\"a\": [-3, 1.0, 0.10000000149011612, 1e-07, true, "
                         "null], \"b\": {}}");
}

TEST(JsonWriter, EscapesStrings) {
  JsonWriter json;
  json.string("q\" b\\ \n\t\r \x01 é \xff");
  EXPECT_EQ(json.text(), "\"q\\\" b\\\\ \\n\\t\\r \\u0001 é \xef\xbf\xbd\"");
}

TEST(JsonWriter, WhatIsNotFiniteIsNull) {
  JsonWriter json;
  json.beginArray().number(NAN).number(INFINITY).endArray();
  EXPECT_EQ(json.text(), "[null, null]");
}

TEST(SourceText, ShowsTheLineAndACaret) {
  Status error = sourceError("f.toml", "one\nkéy = bad\n", {2, 7, 3}, "oops");
  EXPECT_EQ(error.render(), "f.toml:2:7: oops\n"
                            "  2 | kéy = bad\n"
                            "    |       ^~~");
}

TEST(SourceText, PlacesBehindTheEnd) {
  EXPECT_EQ(sourceError("f", "ab", {1, 9, 1}, "x").render(),
            "f:1:3: x\n  1 | ab\n    |   ^");
  EXPECT_EQ(sourceError("f", "", {4, 1, 1}, "x").render(),
            "f:4:1: x\n  4 | \n    | ^");
}
