//===- PreTokenizerTest.cpp - pre-tokenizers --------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

namespace tenon::tokenizers {
namespace {

TEST(PreTokenizer, Bert) {
  const char *bert = R"({"type":"BertPreTokenizer"})";
  EXPECT_EQ(split(bert, "Hey friend!  How?!"),
            (Words{"Hey", "friend", "!", "How", "?", "!"}));
  EXPECT_EQ(split(bert, "a\u3000b\u3001c$d"),
            (Words{"a", "b", "\u3001", "c", "$", "d"}));
  EXPECT_EQ(split(bert, " \t\n"), Words{});
  EXPECT_EQ(split(bert, "."), Words{"."});
}

TEST(PreTokenizer, Whitespace) {
  const char *words = R"({"type":"Whitespace"})";
  EXPECT_EQ(split(words, "Hey friend!?  it's 1.5"),
            (Words{"Hey", "friend", "!?", "it", "'", "s", "1", ".", "5"}));
  EXPECT_EQ(split(words, "\u4e2d\u6587\u3002\u00e9_a"),
            (Words{"\u4e2d\u6587", "\u3002", "\u00e9_a"}));
  EXPECT_EQ(split(R"({"type":"WhitespaceSplit"})", " a, b\u00a0c "),
            (Words{"a,", "b", "c"}));
  EXPECT_EQ(split(words, "  "), Words{});
}

TEST(PreTokenizer, Behaviors) {
  auto punctuation = [](const char *behavior) {
    return split(std::string(R"({"type":"Punctuation","behavior":")") +
                     behavior + "\"}",
                 "the-final--countdown");
  };
  EXPECT_EQ(punctuation("Removed"), (Words{"the", "final", "countdown"}));
  EXPECT_EQ(punctuation("Isolated"),
            (Words{"the", "-", "final", "-", "-", "countdown"}));
  EXPECT_EQ(punctuation("MergedWithPrevious"),
            (Words{"the-", "final-", "-", "countdown"}));
  EXPECT_EQ(punctuation("MergedWithNext"),
            (Words{"the", "-final", "-", "-countdown"}));
  EXPECT_EQ(punctuation("Contiguous"),
            (Words{"the", "-", "final", "--", "countdown"}));
  EXPECT_EQ(split(R"({"type":"Punctuation"})", "a-b"), (Words{"a", "-", "b"}));
  EXPECT_EQ(punctuation("Sideways"),
            Words{"tokenizer.json: pre_tokenizer Punctuation has the unknown "
                  "behavior 'Sideways'"});
}

TEST(PreTokenizer, Digits) {
  EXPECT_EQ(split(R"({"type":"Digits","individual_digits":true})", "a12b"),
            (Words{"a", "1", "2", "b"}));
  EXPECT_EQ(
      split(R"({"type":"Digits","individual_digits":false})", "a12\u00bdb"),
      (Words{"a", "12\u00bd", "b"}));
}

TEST(PreTokenizer, Split) {
  auto make = [](const char *pattern, const char *behavior, bool invert) {
    return std::string(R"({"type":"Split","pattern":{)") + pattern +
           R"(},"behavior":")" + behavior + R"(","invert":)" +
           (invert ? "true}" : "false}");
  };
  EXPECT_EQ(split(make(R"("String":"ab")", "Isolated", false), "xababy"),
            (Words{"x", "ab", "ab", "y"}));
  EXPECT_EQ(split(make(R"("String":"ab")", "Removed", true), "xababy"),
            (Words{"ab", "ab"}));
  EXPECT_EQ(
      split(make(R"("Regex":"[0-9]+")", "MergedWithNext", false), "a12b3"),
      (Words{"a", "12b", "3"}));
  EXPECT_NE(split(make(R"("Regex":"(?i)a")", "Removed", false), "a")[0].find(
                "isn't supported"),
            std::string::npos);
  EXPECT_EQ(split(R"({"type":"CharDelimiterSplit","delimiter":"\u00e9"})",
                  "a\u00e9b"),
            (Words{"a", "b"}));
  EXPECT_NE(
      split(R"({"type":"CharDelimiterSplit","delimiter":"ab"})", "")[0].find(
          "one character"),
      std::string::npos);
}

TEST(PreTokenizer, MetaspaceAndFixedLength) {
  auto metaspace = [](const char *scheme, const char *rest = "") {
    return std::string(R"({"type":"Metaspace","replacement":"_",)") +
           R"("prepend_scheme":")" + scheme + "\"" + rest + "}";
  };
  EXPECT_EQ(split(metaspace("always"), "a  b"), (Words{"_a", "_", "_b"}));
  EXPECT_EQ(split(metaspace("never"), "a b"), (Words{"a", "_b"}));
  EXPECT_EQ(split(metaspace("first"), " a b"), (Words{"_a", "_b"}));
  EXPECT_EQ(split(metaspace("always", R"(,"split":false)"), "a b"),
            Words{"_a_b"});
  EXPECT_EQ(split(R"({"type":"Sequence","pretokenizers":[
                      {"type":"WhitespaceSplit"},)" +
                      metaspace("first") + "]}",
                  "a b"),
            (Words{"_a", "b"}));
  EXPECT_NE(
      split(metaspace("always", R"(,"add_prefix_space":false)"), "")[0].find(
          "contradicts"),
      std::string::npos);
  EXPECT_EQ(split(R"({"type":"FixedLength","length":2})", "ab\u00e9de"),
            (Words{"ab", "\u00e9d", "e"}));
}

TEST(PreTokenizer, Errors) {
  EXPECT_EQ(split(R"({"type":"UnicodeScripts"})", ""),
            Words{"tokenizer.json: pre_tokenizer of type 'UnicodeScripts' "
                  "isn't supported"});
  EXPECT_EQ(split(R"({"type":"Sequence","pretokenizers":7})", ""),
            Words{"tokenizer.json: pre_tokenizer Sequence needs "
                  "'pretokenizers', an array"});
  EXPECT_EQ(split(R"({"type":"FixedLength","length":0})", ""),
            Words{"tokenizer.json: pre_tokenizer FixedLength needs 'length', a "
                  "whole number from 1 to 2147483647"});
  EXPECT_EQ(split(R"({"type":"Digits"})", ""),
            Words{"tokenizer.json: pre_tokenizer Digits needs "
                  "'individual_digits', true or false"});
}

} // namespace
} // namespace tenon::tokenizers
