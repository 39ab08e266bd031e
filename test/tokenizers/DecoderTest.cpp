//===- DecoderTest.cpp - decoders -------------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include "runtime/tokenizers/Decoder.h"

namespace tenon::tokenizers {
namespace {

std::string decode(std::string_view decoder, std::vector<std::string> tokens) {
  Result<JsonValue> json = parseJson(decoder, "test");
  EXPECT_TRUE(json.isOk()) << decoder;
  Result<std::unique_ptr<Decoder>> made =
      Decoder::parse(*json, "tokenizer.json");
  if (!made)
    return made.status().message();
  if (Status status = (*made)->decode(tokens); !status.isOk())
    return status.message();
  std::string text;
  for (const std::string &token : tokens)
    text += token;
  return text;
}

TEST(Decoder, WordPiece) {
  const char *clean = R"({"type":"WordPiece","prefix":"##","cleanup":true})";
  EXPECT_EQ(decode(clean, {"un", "##aff", "##able", "the", ".", "it", "'s"}),
            "unaffable the. it's");
  EXPECT_EQ(decode(clean, {"##a", "##b"}), "##ab"); // The first stays.
  EXPECT_EQ(decode(clean, {"I", "do not", "n't", "'ve"}), "I don'tn't've");
  EXPECT_EQ(decode(clean, {}), "");
  EXPECT_EQ(decode(R"({"type":"WordPiece","prefix":"##","cleanup":false})",
                   {"a", "."}),
            "a .");
  EXPECT_EQ(
      decode(R"({"type":"WordPiece","prefix":"","cleanup":false})", {"a", "b"}),
      "ab");
}

TEST(Decoder, Others) {
  EXPECT_EQ(decode(R"({"type":"Fuse"})", {"a", "b"}), "ab");
  EXPECT_EQ(decode(R"({"type":"BPEDecoder","suffix":"</w>"})",
                   {"a</w>", "b", "c</w>"}),
            "a bc");
  EXPECT_EQ(decode(R"({"type":"Metaspace","replacement":"_",
                       "prepend_scheme":"always"})",
                   {"_a", "b", "_c"}),
            "ab c");
  EXPECT_EQ(decode(R"({"type":"Metaspace","replacement":"_",
                       "prepend_scheme":"never"})",
                   {"_a"}),
            " a");
  EXPECT_EQ(decode(R"({"type":"CTC","pad_token":"_","cleanup":true,
                       "word_delimiter_token":"|"})",
                   {"h", "h", "_", "h", "|", "|", "a"}),
            "hh a");
  EXPECT_EQ(decode(R"({"type":"ByteFallback"})",
                   {"<0xE4>", "<0xB8>", "<0xAD>", "x", "<0xFF>", "<0x4>"}),
            "\u4e2dx\ufffd<0x4>");
  EXPECT_EQ(decode(R"({"type":"Strip","content":"_","start":1,"stop":2})",
                   {"__a___", "_", ""}),
            "_a_");
  EXPECT_EQ(decode(R"({"type":"Sequence","decoders":[
      {"type":"Replace","pattern":{"String":"a"},"content":"bb"},
      {"type":"Fuse"},{"type":"Strip","content":"b","start":1,"stop":0}]})",
                   {"a", "c"}),
            "bc");
}

TEST(Decoder, Errors) {
  EXPECT_EQ(decode(R"({"type":"Unknown"})", {}),
            "tokenizer.json: decoder of type 'Unknown' isn't supported");
  EXPECT_EQ(decode(R"({"type":"Strip","content":"","start":0,"stop":0})", {}),
            "tokenizer.json: decoder Strip needs 'content', a string that "
            "isn't empty");
  EXPECT_EQ(decode(R"({"type":"WordPiece","prefix":"##"})", {}),
            "tokenizer.json: decoder WordPiece needs 'cleanup', true or false");
  std::string stage =
      R"({"type":"Replace","pattern":{"String":"a"},"content":")" +
      std::string(4096, 'a') + "\"}";
  EXPECT_EQ(decode(R"({"type":"Sequence","decoders":[)" + stage + "," + stage +
                       "," + stage + "]}",
                   {"a"}),
            "decoder: the text becomes too long");
}

TEST(Decoder, CleanUpOfTransformers) {
  auto clean = [](std::string text) {
    cleanUpTokenization(text);
    return text;
  };
  EXPECT_EQ(clean("hi , it 's a test . do n't ! we 've ' ok '"),
            "hi, it's a test. don't! we've'ok '");
  EXPECT_EQ(clean("we do not"), "we do not"); // The library's alone.
}

TEST(Decoder, Tokenizer) {
  Tokenizer tokenizer = makeTokenizer();
  DecodeOptions skip;
  skip.skipSpecialTokens = true;
  Ids ids = {2, 5, 6, 7, 12, 13, 3, 500};
  EXPECT_EQ(*tokenizer.decode(ids), "[CLS] unaffable, the [SEP]");
  EXPECT_EQ(*tokenizer.decode(ids, skip), "unaffable, the");
  EXPECT_EQ(*tokenizer.decodeTokens({"un", "##able"}), "unable");
  Ids negative = {-1};
  EXPECT_EQ(tokenizer.decode(negative).status().message(),
            "ids: the id -1 is negative");
  JsonParts parts;
  parts.decoder = "null";
  EXPECT_EQ(*makeTokenizer(parts).decode(ids, skip), "un ##aff ##able , the");
}

} // namespace
} // namespace tenon::tokenizers
