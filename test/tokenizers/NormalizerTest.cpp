//===- NormalizerTest.cpp - normalizers with their origins ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

namespace tenon::tokenizers {
namespace {

std::string bert(bool lower, const char *strip = "null", bool clean = true,
                 bool chinese = true) {
  auto word = [](bool value) { return value ? "true" : "false"; };
  return std::string(R"({"type":"BertNormalizer","clean_text":)") +
         word(clean) + R"(,"handle_chinese_chars":)" + word(chinese) +
         R"(,"strip_accents":)" + strip + R"(,"lowercase":)" + word(lower) +
         "}";
}

using Sources = std::vector<uint32_t>;

TEST(BertNormalizer, Ascii) {
  EXPECT_EQ(normalize(bert(true), "Hello\tWORLD\r\n").text, "hello world  ");
  EXPECT_EQ(normalize(bert(false), "Hello\tWORLD").text, "Hello WORLD");
  Normalized removed = normalize(bert(true), std::string_view("A\0B\x7f\x0b"
                                                              "C",
                                                              6));
  EXPECT_EQ(removed.text, "abc");
  EXPECT_EQ(removed.sources, (Sources{0, 2, 5}));
}

TEST(BertNormalizer, AccentsAndCase) {
  Normalized out = normalize(bert(true), "\u00c9te\u0301");
  EXPECT_EQ(out.text, "ete");
  EXPECT_EQ(out.sources, (Sources{0, 1, 2}));
  EXPECT_EQ(normalize(bert(false), "\u00c9te\u0301").text, "\u00c9te\u0301");
  EXPECT_EQ(normalize(bert(false, "true"), "\u00c9te\u0301").text, "Ete");
  EXPECT_EQ(normalize(bert(true, "false"), "\u00c9").text, "\u00e9");
  out = normalize(bert(true, "false"), "\u0130x");
  EXPECT_EQ(out.text, "i\u0307x");
  EXPECT_EQ(out.sources, (Sources{0, 0, 0, 1}));
  EXPECT_EQ(normalize(bert(true), "\u0130").text, "i");
  EXPECT_EQ(normalize(bert(true), "\u03a3\u0391\u03a3").text,
            "\u03c3\u03b1\u03c3");
}

TEST(BertNormalizer, ChineseCharactersStandAlone) {
  Normalized out = normalize(bert(true), "a\u4e2db");
  EXPECT_EQ(out.text, "a \u4e2d b");
  EXPECT_EQ(out.sources, (Sources{0, 1, 1, 1, 1, 1, 2}));
  EXPECT_EQ(normalize(bert(true, "null", true, false), "a\u4e2d").text,
            "a\u4e2d");
  // Hiragana and Hangul aren't; Hangul is decomposed.
  EXPECT_EQ(normalize(bert(true), "\u3042").text, "\u3042");
  EXPECT_EQ(normalize(bert(true), "\uac00").text, "\u1100\u1161");
}

TEST(BertNormalizer, CleaningIsOptional) {
  EXPECT_EQ(normalize(bert(true, "null", false), "A\u200b\tB").text,
            "a\u200b\tb");
  EXPECT_EQ(normalize(bert(true), "A\u200b\tB\ufffd").text, "a b");
  EXPECT_EQ(
      normalize(bert(true, "null", false), std::string_view("A\0", 2)).text,
      std::string("a\0", 2));
}

// A mark that survives because it isn't Mn, but has a combining class.
TEST(BertNormalizer, MarksThatSurviveAreSorted) {
  Normalized out = normalize(bert(true), "a\u0301\u302eb");
  EXPECT_EQ(out.text, "a\u302eb");
  // The library walks the original in step with the sorted marks.
  EXPECT_EQ(out.sources, (Sources{0, 1, 1, 1, 3}));
}

TEST(Normalizer, Forms) {
  EXPECT_EQ(normalize(R"({"type":"NFD"})", "\u00e9").text, "e\u0301");
  EXPECT_EQ(normalize(R"({"type":"NFKC"})", "\ufb01 \u2460").text, "fi 1");
  EXPECT_EQ(normalize(R"({"type":"NFKD"})", "\u00bd").text, "1\u20442");
  Normalized out = normalize(R"({"type":"NFC"})", "e\u0301x");
  EXPECT_EQ(out.text, "\u00e9x");
  EXPECT_EQ(out.sources, (Sources{0, 0, 2})); // The base's alone.
  EXPECT_EQ(normalize(R"({"type":"NFC"})", "\u1100\u1161\u11a8").text,
            "\uac01");
  EXPECT_EQ(normalize(R"({"type":"NFC"})", "q\u0307\u0323").text,
            "q\u0323\u0307");
  EXPECT_EQ(normalize(R"({"type":"NFC"})", "\u0301\u0301").text,
            "\u0301\u0301");
}

TEST(Normalizer, StripAndStripAccents) {
  std::string both = R"({"type":"Strip","strip_left":true,"strip_right":true})";
  Normalized out = normalize(both, " \u3000a b\u00a0 ");
  EXPECT_EQ(out.text, "a b");
  EXPECT_EQ(out.sources, (Sources{2, 3, 4}));
  EXPECT_EQ(normalize(both, " \t ").text, "");
  out = normalize(R"({"type":"Strip","strip_left":true,"strip_right":false})",
                  "  a ");
  EXPECT_EQ(out.text, "a ");
  EXPECT_EQ(out.sources, (Sources{2, 3}));
  EXPECT_EQ(normalize(R"({"type":"StripAccents"})", "e\u0301\u00e9").text,
            "e\u00e9");
}

TEST(Normalizer, ReplaceAndPrepend) {
  auto replace = [](std::string kind, std::string what, std::string with) {
    return R"({"type":"Replace","pattern":{")" + kind + R"(":")" + what +
           R"("},"content":")" + with + R"("})";
  };
  Normalized out = normalize(replace("String", "bc", "xyz"), "abcd");
  EXPECT_EQ(out.text, "axyzd");
  EXPECT_EQ(out.sources, (Sources{0, 2, 2, 2, 3}));
  EXPECT_EQ(normalize(replace("String", "a", ""), "banana").text, "bnn");
  EXPECT_EQ(normalize(replace("Regex", " {2,}", " "), "a   b c").text, "a b c");
  EXPECT_EQ(normalize(replace("Regex", "\\\\s+", "_"), "a \t\u3000b").text,
            "a_b");
  EXPECT_EQ(normalize(replace("Regex", "[^a-c]{2}", "-"), "axyzd").text, "a--");
  EXPECT_EQ(normalize(replace("Regex", "a\\\\.b", "-"), "a.b axb").text,
            "- axb");
  out = normalize(R"({"type":"Prepend","prepend":"\u2581"})", "ab");
  EXPECT_EQ(out.text, "\u2581ab");
  EXPECT_EQ(out.sources, (Sources{0, 0, 0, 0, 1}));
  EXPECT_EQ(normalize(R"({"type":"Prepend","prepend":"x"})", "").text, "");
}

TEST(Normalizer, SequenceNmtAndNull) {
  EXPECT_EQ(normalize(R"({"type":"Sequence","normalizers":[{"type":"NFD"},
                          {"type":"StripAccents"},{"type":"Lowercase"}]})",
                      "\u00c9A")
                .text,
            "ea");
  EXPECT_EQ(normalize(R"({"type":"Nmt"})", "a\x01\u200bb\u2581").text, "a b ");
  Result<JsonValue> null = parseJson("null", "test");
  EXPECT_EQ(*Normalizer::parse(*null, "x"), nullptr);
}

TEST(Normalizer, Errors) {
  EXPECT_EQ(normalize(R"({"type":"Precompiled"})", "").text,
            "tokenizer.json: normalizer of type 'Precompiled' isn't supported");
  EXPECT_EQ(
      normalize(R"({"type":"Sequence","normalizers":[{"type":"X"}]})", "").text,
      "tokenizer.json: normalizer of type 'X' isn't supported");
  EXPECT_EQ(normalize(R"({"type":"BertNormalizer","clean_text":1})", "").text,
            "tokenizer.json: normalizer BertNormalizer needs 'clean_text', "
            "true or false");
  EXPECT_EQ(normalize(R"({"lowercase":true})", "").text,
            "tokenizer.json: normalizer needs 'type', a string");
  EXPECT_EQ(normalize(R"({"type":"Sequence","normalizers":[null]})", "").text,
            "tokenizer.json: a normalizer of a Sequence is null");
  for (const char *expression : {"a|b", "(a)", "a*", "a+b", "^a", "a$", ".",
                                 "\\\\d", "[a", "[[:alpha:]]", "a{0,2}", "a{2",
                                 "\\\\", "[b-a]", "[a-]", "", "a{99999}"}) {
    std::string json =
        std::string(R"({"type":"Replace","pattern":{"Regex":")") + expression +
        R"("},"content":""})";
    EXPECT_NE(normalize(json, "").text.find("isn't supported"),
              std::string::npos)
        << expression;
  }
  EXPECT_NE(normalize(R"({"type":"Replace","pattern":{"String":""},
                          "content":"x"})",
                      "")
                .text.find("empty pattern"),
            std::string::npos);
}

// A replacement must not be able to use up all memory.
TEST(Normalizer, GrowthIsBounded) {
  std::string stage =
      R"({"type":"Replace","pattern":{"String":"a"},"content":")" +
      std::string(4096, 'a') + "\"}";
  std::string json = R"({"type":"Sequence","normalizers":[)" + stage + "," +
                     stage + "," + stage + "," + stage + "]}";
  EXPECT_EQ(normalize(json, "a").text, "");
}

} // namespace
} // namespace tenon::tokenizers
