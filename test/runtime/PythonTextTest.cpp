//===- PythonTextTest.cpp - Python's string methods -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What CPython 3.11 gives for the same calls.
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/PythonText.h"

#include <gtest/gtest.h>

using namespace tenon;
using namespace tenon::heads;

namespace {

TEST(PythonTextTest, Strips) {
  EXPECT_EQ(pythonStrip(""), "");
  EXPECT_EQ(pythonStrip(" \t\n"), "");
  EXPECT_EQ(pythonStrip("\x1f a b\xc2\xa0\xe3\x80\x80"), "a b");
  EXPECT_EQ(pythonStrip("\xe2\x80\x8b"), "\xe2\x80\x8b"); // no space to Python
  EXPECT_EQ(pythonStrip("ä"), "ä");
}

TEST(PythonTextTest, Lowers) {
  EXPECT_EQ(pythonLower("AbÄ"), "abä");
  EXPECT_EQ(pythonLower("İX"), "i\u0307x");
  EXPECT_EQ(pythonLower("ẞ"), "ß");
  // A sigma at the end of a word, whatever marks stand around it.
  EXPECT_EQ(pythonLower("ΑΣ"), "ας");
  EXPECT_EQ(pythonLower("ΑΣ."), "ας.");
  EXPECT_EQ(pythonLower("ΑΣ'Α"), "ασ'α");
  EXPECT_EQ(pythonLower("Σ"), "σ");
  EXPECT_EQ(pythonLower("Α\u0301Σ\u0301"), "α\u0301ς\u0301");
}

TEST(PythonTextTest, Slices) {
  CodePoints points("aä€\U0001f600z");
  EXPECT_EQ(points.size(), 5u);
  EXPECT_EQ(pythonLength("aä€\U0001f600z"), 5u);
  EXPECT_EQ(points.slice(1, 3), "ä€");
  EXPECT_EQ(points.slice(3, 99), "\U0001f600z");
  EXPECT_EQ(points.slice(2, 2), "");
  EXPECT_EQ(points.slice(7, 9), "");
  EXPECT_EQ(CodePoints("").slice(0, 1), "");
}

std::string format(std::string_view format, std::string_view value) {
  Result<std::string> text = pythonFormat(format, value, "f");
  return text ? *text : "error: " + text.status().what();
}

TEST(PythonTextTest, Formats) {
  EXPECT_EQ(format("about {}!", "x"), "about x!");
  EXPECT_EQ(format("{0} {0}", "a"), "a a");
  EXPECT_EQ(format("{{}} {}", "x"), "{} x");
  EXPECT_EQ(format("{:>8}|{{", "ab"), "      ab|{");
  EXPECT_EQ(format("{0:*^7}", "äb"), "**äb***");
  EXPECT_EQ(format("{:€<3}", "a"), "a€€");
  EXPECT_EQ(format("{:.1}", "äb"), "ä");
  EXPECT_EQ(format("{:5}|", "ab"), "ab   |");
  EXPECT_EQ(format("{:05}", "ab"), "ab000");
  EXPECT_EQ(format("{:>05}", "ab"), "000ab");
  EXPECT_EQ(format("{!s:>4}", "ab"), "  ab");
  EXPECT_EQ(format("no field", "ab"), "no field");
}

TEST(PythonTextTest, RefusesOtherFormats) {
  EXPECT_EQ(format("{", "a"), "error: a single brace in '{'");
  EXPECT_EQ(format("a}", "a"), "error: a single brace in 'a}'");
  EXPECT_EQ(format("{} {}", "a"), "error: a second {} in '{} {}'");
  EXPECT_EQ(format("{} {0}", "a"), "error: a second {} in '{} {0}'");
  EXPECT_EQ(format("{1}", "a"), "error: a field '{1}' in '{1}'");
  EXPECT_EQ(format("{label}", "a"), "error: a field '{label}' in '{label}'");
  EXPECT_EQ(format("{:d}", "a"), "error: a field '{:d}' in '{:d}'");
  EXPECT_EQ(format("{:99999999999999999999}", "a").substr(0, 6), "error:");
  std::string many;
  for (int i = 0; i < 7000; ++i)
    many += "{0:10000}";
  EXPECT_EQ(format(many, "a"), "error: gives more than 64 MB");
}

} // namespace
