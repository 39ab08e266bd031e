//===- TextStreamTest.cpp - text of tokens as they come ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include "runtime/tokenizers/TextStream.h"

namespace tenon::tokenizers {
namespace {

/// The text after each id, and the rest.
Words stream(const Tokenizer &tokenizer, const Ids &ids,
             const DecodeOptions &options = {}) {
  TextStream stream(tokenizer, options);
  Words out;
  std::string all;
  auto add = [&](Result<std::string> text) {
    EXPECT_TRUE(text.isOk());
    all += *text;
    out.push_back(std::move(*text));
  };
  for (int32_t id : ids)
    add(stream.push(id));
  add(stream.finish());
  EXPECT_EQ(all, *tokenizer.decode(ids, options));
  return out;
}

Tokenizer byteLevel(const std::string &vocab) {
  return *Tokenizer::fromFiles(
      {.tokenizerJson = R"({"added_tokens":[{"id":0,"content":"<s>",)"
                        R"("single_word":false,"lstrip":false,"rstrip":false,)"
                        R"("normalized":false,"special":true}],)"
                        R"("decoder":{"type":"ByteLevel"},)"
                        R"("model":{"type":"BPE","merges":[],"vocab":)" +
                        vocab + "}}"});
}

TEST(TextStream, NeverHalfACharacter) {
  Tokenizer tokenizer = byteLevel(
      R"({"<s>":0,"a":1,"\u0120b":2,"\u00e4":3,"\u00b8":4,"\u0143":5,
          "\u00b8\u0143x\u00c3":6})");
  EXPECT_EQ(stream(tokenizer, {1, 2, 1}), (Words{"a", " b", "a", ""}));
  EXPECT_EQ(stream(tokenizer, {3, 4, 5, 1}),
            (Words{"", "", "\u4e2d", "a", ""}));
  EXPECT_EQ(stream(tokenizer, {3, 6, 1}),
            (Words{"", "\u4e2dx", "\uFFFDa", ""}));
  EXPECT_EQ(stream(tokenizer, {3, 4}), (Words{"", "", "\uFFFD"}));
  EXPECT_EQ(stream(tokenizer, {4, 4, 3, 3}),
            (Words{"\uFFFD", "\uFFFD", "", "\uFFFD", "\uFFFD"}));
  // A token that isn't of bytes, and ids without one.
  EXPECT_EQ(stream(tokenizer, {1, 0, 99, 2}),
            (Words{"a", "<s>", "", " b", ""}));
  DecodeOptions skip;
  skip.skipSpecialTokens = true;
  EXPECT_EQ(stream(tokenizer, {3, 0, 4, 5}, skip),
            (Words{"", "", "", "\u4e2d", ""}));
}

TEST(TextStream, CleansUpAcrossTokens) {
  Tokenizer tokenizer = byteLevel(
      R"({"a":0,"\u0120":1,".":2,"\u0120n":3,"'":4,"t":5,"o":6,"\u0120'":7})");
  DecodeOptions options;
  options.cleanUpTokenizationSpaces = true;
  EXPECT_EQ(stream(tokenizer, {0, 1, 2, 0}, options),
            (Words{"a", "", ".", "a", ""}));
  EXPECT_EQ(stream(tokenizer, {0, 3, 4, 5}, options),
            (Words{"a", "", "", "n't", ""}));
  EXPECT_EQ(stream(tokenizer, {0, 3, 6}, options), (Words{"a", "", " no", ""}));
  EXPECT_EQ(stream(tokenizer, {0, 1}, options), (Words{"a", "", " "}));
  EXPECT_EQ(stream(tokenizer, {0, 7, 7, 1, 0}, options),
            (Words{"a", "", "''", "", " a", ""}));
}

TEST(TextStream, OtherDecoders) {
  Tokenizer tokenizer = makeTokenizer(); // WordPiece.
  EXPECT_EQ(stream(tokenizer, {5, 6, 7, 13, 12, 8, 9}),
            (Words{"un", "aff", "able", " the", ",", " want", "ed", ""}));
  JsonParts parts;
  parts.decoder = "null";
  EXPECT_EQ(stream(makeTokenizer(parts), {5, 13}), (Words{"un", " the", ""}));
  parts.decoder = R"({"type":"Replace","pattern":{"String":"the"},
                      "content":""})";
  // Tokens without text don't pile up.
  Ids ids(200, 13);
  ids.push_back(5);
  EXPECT_EQ(stream(makeTokenizer(parts), ids)[200], "un");
}

TEST(TextStream, BeginsAnew) {
  TextStream stream(byteLevel(R"({"\u00e4":0,"a":1})"));
  EXPECT_EQ(*stream.push(0), "");
  EXPECT_EQ(stream.push(-1).status().message(), "ids: the id -1 is negative");
  EXPECT_EQ(*stream.finish(), "\uFFFD");
  EXPECT_EQ(*stream.finish(), "");
  EXPECT_EQ(*stream.push(1), "a");
}

} // namespace
} // namespace tenon::tokenizers
