//===- AddedTokensTest.cpp - tokens found in the text -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include "runtime/tokenizers/AddedTokens.h"

namespace tenon::tokenizers {
namespace {

/// A tokenizer with one more added token, which gets the id 19.
Tokenizer with(const std::string &content, const std::string &flags = "",
               bool normalized = true, bool special = false) {
  auto has = [&](const char *name) {
    return flags.find(name) == std::string::npos ? "false" : "true";
  };
  JsonParts parts;
  parts.addedTokens.pop_back();
  parts.addedTokens +=
      R"(,{"id":77,"content":")" + content + R"(","single_word":)" +
      has("single_word") + R"(,"lstrip":)" + has("lstrip") + R"(,"rstrip":)" +
      has("rstrip") + R"(,"normalized":)" + (normalized ? "true" : "false") +
      R"(,"special":)" + (special ? "true" : "false") + "}]";
  return makeTokenizer(parts);
}

Ids ids(const Tokenizer &tokenizer, std::string_view text) {
  EncodeOptions options;
  options.addSpecialTokens = false;
  return encode(tokenizer, TextInput(text), options).ids;
}

TEST(AddedTokens, AreCutOutOfTheText) {
  Tokenizer tokenizer = makeTokenizer();
  EXPECT_EQ(ids(tokenizer, "the[MASK]the"), (Ids{13, 4, 13}));
  EXPECT_EQ(ids(tokenizer, "[CLS][SEP]"), (Ids{2, 3}));
  EXPECT_EQ(ids(tokenizer, "[mask]"), (Ids{1, 1, 1})); // Not normalized.
  EXPECT_EQ(ids(tokenizer, "[MASK"), (Ids{1, 1}));
}

TEST(AddedTokens, GetTheNextIdWhateverTheFileSays) {
  Tokenizer tokenizer = with("<x>");
  EXPECT_EQ(tokenizer.tokenToId("<x>"), 19);
  EXPECT_EQ(tokenizer.idToToken(19), "<x>");
  EXPECT_EQ(tokenizer.idToToken(77), std::nullopt);
  EXPECT_EQ(tokenizer.vocabularySize(), 20u);
  EXPECT_EQ(tokenizer.largestId(), 19);
  EXPECT_EQ(with("want").tokenToId("want"), 8); // Known to the model.
}

TEST(AddedTokens, Normalized) {
  Tokenizer lower = with("<X>");
  EXPECT_EQ(ids(lower, "<x> <X>"), (Ids{19, 19}));
  Tokenizer raw = with("<X>", "", false);
  EXPECT_EQ(ids(raw, "<X>"), (Ids{19}));
  EXPECT_EQ(ids(raw, "<x>"), (Ids{1, 1, 1}));
  Tokenizer accent = with("\u00c9t\u00e9");
  Encoding encoding = encode(accent, TextInput("the e\u0301TE!"));
  EXPECT_EQ(encoding.ids, (Ids{2, 13, 19, 1, 3}));
  EXPECT_EQ(offsets(encoding),
            (Offsets{{0, 0}, {0, 3}, {4, 8}, {8, 9}, {0, 0}}));
}

TEST(AddedTokens, StripTakesSpaceAlong) {
  Encoding left = encode(with("<x>", "lstrip"), TextInput("the \t<x> the"));
  EXPECT_EQ(left.ids, (Ids{2, 13, 19, 13, 3}));
  EXPECT_EQ(offsets(left), (Offsets{{0, 0}, {0, 3}, {3, 8}, {9, 12}, {0, 0}}));
  Encoding right =
      encode(with("<x>", "rstrip"), TextInput("\u3000<x>\u2003 a"));
  EXPECT_EQ(offsets(right), (Offsets{{0, 0}, {1, 6}, {6, 7}, {0, 0}}));
  EXPECT_EQ(ids(with("<x>", "lstrip rstrip"), "  <x>  <x>  "), (Ids{19, 19}));
}

TEST(AddedTokens, SingleWord) {
  Tokenizer tokenizer = with("x", "single_word");
  EXPECT_EQ(ids(tokenizer, "x x. (x)"), (Ids{19, 19, 12 + 4, 1, 19, 1}));
  EXPECT_EQ(ids(tokenizer, "ax xa _x \u00e9x"), (Ids{1, 1, 1, 1, 1}));
}

TEST(AddedTokens, LongestAtTheLeftmostPlace) {
  StringFinder finder;
  finder.add("ab", 1);
  finder.add("abc", 2);
  finder.add("bcd", 3);
  finder.add("ab", 4);
  auto find = [&](std::string_view text, size_t from = 0) {
    StringFinder::Found found = finder.find(text, from);
    return std::array<size_t, 3>{found.begin, found.end, found.value};
  };
  EXPECT_EQ(find("xabcd"), (std::array<size_t, 3>{1, 4, 2}));
  EXPECT_EQ(find("xabd"), (std::array<size_t, 3>{1, 3, 1})); // The first "ab".
  EXPECT_EQ(find("xabcd", 2), (std::array<size_t, 3>{2, 5, 3}));
  EXPECT_EQ(find("xxa")[0], std::string_view::npos);
  EXPECT_EQ(StringFinder().find("abc", 0).begin, std::string_view::npos);
}

TEST(AddedTokens, SpecialOnesAreLeftOutOfDecoding) {
  Tokenizer tokenizer = with("<x>", "", true, true);
  DecodeOptions options;
  options.skipSpecialTokens = true;
  Ids input = {2, 13, 19, 3};
  EXPECT_EQ(*tokenizer.decode(input, options), "the");
  EXPECT_EQ(*with("<x>").decode(input, options), "the <x>");
}

TEST(AddedTokens, Errors) {
  auto load = [](const std::string &tokens) {
    JsonParts parts;
    parts.addedTokens = tokens;
    return loadError(parts.text());
  };
  EXPECT_EQ(load("7"), "tokenizer.json: added_tokens isn't an array");
  EXPECT_EQ(load(R"([{"content":"x"}])"),
            "tokenizer.json: an added token needs 'single_word', true or "
            "false");
  std::string flags = R"(","single_word":false,"lstrip":false,"rstrip":false,
                          "special":false,"normalized":)";
  EXPECT_EQ(load(R"([{"id":-1,"content":"x)" + flags + "true}]"),
            "tokenizer.json: the added token 'x' needs 'id', a whole number "
            "from 0 to 4294967295");
  EXPECT_EQ(load(R"([{"id":1,"content":"\u200b)" + flags + "true}]"),
            "tokenizer.json: nothing is left of the added token '\u200b' when "
            "it is normalized");
  EXPECT_EQ(load(R"([{"id":1,"content":"\u200b)" + flags + "false}]"), "");
  EXPECT_NE(load(R"([{"id":1,"content":")" + std::string(1025, 'x') + flags +
                 "true}]"),
            "");
  EXPECT_EQ(load(R"([{"id":1,"content":")" + flags + "true}]"), "");
}

} // namespace
} // namespace tenon::tokenizers
