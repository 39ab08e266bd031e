//===- PostProcessorTest.cpp - special tokens and windows -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include "runtime/tokenizers/PostProcessor.h"

namespace tenon::tokenizers {
namespace {

using Bytes = std::vector<uint8_t>;
using Sequences = std::vector<int8_t>;

Truncation cut(size_t maxLength, size_t stride = 0,
               TruncationStrategy strategy = TruncationStrategy::LongestFirst,
               Side side = Side::Right) {
  return {maxLength, stride, strategy, side};
}

std::vector<Ids> windows(const Encoding &encoding) {
  std::vector<Ids> out = {encoding.ids};
  for (const Encoding &window : encoding.overflow)
    out.push_back(window.ids);
  return out;
}

std::string encodeError(const EncodeInput &input,
                        const EncodeOptions &options) {
  return makeTokenizer().encode(input, options).status().message();
}

TEST(PostProcessor, OneTextAndAPair) {
  Tokenizer tokenizer = makeTokenizer();
  Encoding one = encode(tokenizer, TextInput("unaffable, running"));
  EXPECT_EQ(one.ids, (Ids{2, 5, 6, 7, 12, 10, 11, 3}));
  EXPECT_EQ(offsets(one), (Offsets{{0, 0},
                                   {0, 2},
                                   {2, 5},
                                   {5, 9},
                                   {9, 10},
                                   {11, 14},
                                   {14, 18},
                                   {0, 0}}));
  EXPECT_EQ(one.wordIds, (Ids{-1, 0, 0, 0, 1, 2, 2, -1}));
  EXPECT_EQ(one.specialTokensMask, (Bytes{1, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(one.attentionMask, Bytes(8, 1));

  Encoding pair = encode(tokenizer, {"the", "caf\u00e9 a"});
  EXPECT_EQ(pair.ids, (Ids{2, 13, 3, 14, 17, 3}));
  EXPECT_EQ(pair.typeIds, (Ids{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(pair.sequenceIds, (Sequences{-1, 0, -1, 1, 1, -1}));
  EXPECT_EQ(pair.wordIds, (Ids{-1, 0, -1, 0, 1, -1}));
  EXPECT_EQ(tokenizer.specialTokensToAdd(false), 2u);
  EXPECT_EQ(tokenizer.specialTokensToAdd(true), 3u);

  EncodeOptions plain;
  plain.addSpecialTokens = false;
  EXPECT_EQ(encode(tokenizer, {"the", "a"}, plain).ids, (Ids{13, 17}));
  EXPECT_EQ(encode(tokenizer, TextInput("")).ids, (Ids{2, 3}));
}

TEST(PostProcessor, Words) {
  std::vector<std::string_view> words = {"unaffable", "", "the the"};
  Encoding encoding = encode(
      makeTokenizer(), TextInput(std::span<const std::string_view>(words)));
  EXPECT_EQ(encoding.ids, (Ids{2, 5, 6, 7, 13, 13, 3}));
  EXPECT_EQ(encoding.wordIds, (Ids{-1, 0, 0, 0, 2, 2, -1}));
  EXPECT_EQ(encoding.offsets[5], (Encoding::Offset{4, 7})); // Of the word.
  auto tokens = encoding.wordToTokens(0, 0);
  ASSERT_TRUE(tokens.has_value());
  EXPECT_EQ(*tokens, (std::pair<size_t, size_t>{1, 4}));
  EXPECT_EQ(encoding.wordToTokens(1, 0), std::nullopt);
  EXPECT_EQ(encoding.wordToChars(2, 0), (Encoding::Offset{0, 7}));
  EXPECT_EQ(encoding.charToToken(2, 0), 2u);
  EXPECT_EQ(encoding.charToToken(2, 1), std::nullopt);
}

TEST(PostProcessor, Windows) {
  auto make = [](size_t size, size_t length, size_t stride, Side side) {
    std::vector<std::pair<size_t, size_t>> out;
    Result<std::vector<TokenWindow>> made =
        makeWindows(size, length, stride, side);
    for (TokenWindow window : *made)
      out.emplace_back(window.begin, window.end);
    return out;
  };
  using Windows = std::vector<std::pair<size_t, size_t>>;
  EXPECT_EQ(make(5, 2, 0, Side::Right), (Windows{{0, 2}, {2, 4}, {4, 5}}));
  EXPECT_EQ(make(5, 3, 2, Side::Right), (Windows{{0, 3}, {1, 4}, {2, 5}}));
  EXPECT_EQ(make(5, 2, 0, Side::Left), (Windows{{3, 5}, {1, 3}, {0, 1}}));
  EXPECT_EQ(make(5, 3, 1, Side::Left), (Windows{{2, 5}, {0, 3}}));
  EXPECT_EQ(make(5, 5, 9, Side::Right), (Windows{{0, 5}}));
  EXPECT_EQ(make(0, 0, 0, Side::Right), (Windows{{0, 0}}));
  EXPECT_EQ(make(2, 0, 0, Side::Right), (Windows{{0, 0}, {0, 2}}));
  EXPECT_FALSE(makeWindows(5, 3, 3, Side::Right).isOk());
}

TEST(PostProcessor, TruncationOfOneText) {
  Tokenizer tokenizer = makeTokenizer();
  EncodeOptions options;
  options.truncation = cut(5, 1);
  options.returnOverflow = true;
  Encoding encoding =
      encode(tokenizer, TextInput("a the a the a the"), options);
  EXPECT_EQ(windows(encoding),
            (std::vector<Ids>{
                {2, 17, 13, 17, 3}, {2, 17, 13, 17, 3}, {2, 17, 13, 3}}));
  EXPECT_EQ(encoding.overflow[0].offsets[1], (Encoding::Offset{6, 7}));
  EXPECT_EQ(encoding.overflow[0].wordIds, (Ids{-1, 2, 3, 4, -1}));
  options.returnOverflow = false;
  EXPECT_TRUE(encode(tokenizer, TextInput("a the a the a the"), options)
                  .overflow.empty());
  options.truncation->side = Side::Left;
  EXPECT_EQ(encode(tokenizer, TextInput("a , the the"), options).ids,
            (Ids{2, 12, 13, 13, 3}));
}

TEST(PostProcessor, TruncationOfAPair) {
  Tokenizer tokenizer = makeTokenizer();
  EncodeInput input("a a a a a a", "the the the");
  EncodeOptions options;
  options.truncation = cut(9);
  EXPECT_EQ(encode(tokenizer, input, options).ids,
            (Ids{2, 17, 17, 17, 3, 13, 13, 13, 3}));
  options.truncation = cut(8);
  EXPECT_EQ(encode(tokenizer, input, options).ids,
            (Ids{2, 17, 17, 17, 3, 13, 13, 3})); // The longer has the odd one.
  options.truncation = cut(8, 0, TruncationStrategy::OnlyFirst);
  EXPECT_EQ(encode(tokenizer, input, options).ids,
            (Ids{2, 17, 17, 3, 13, 13, 13, 3}));
  options.truncation = cut(10, 0, TruncationStrategy::OnlySecond);
  options.returnOverflow = true;
  EXPECT_EQ(windows(encode(tokenizer, input, options)),
            (std::vector<Ids>{{2, 17, 17, 17, 17, 17, 17, 3, 13, 3},
                              {2, 17, 17, 17, 17, 17, 17, 3, 13, 3},
                              {2, 17, 17, 17, 17, 17, 17, 3, 13, 3}}));
}

// Every window of one text with every window of the other, as the library
// merges them.
TEST(PostProcessor, WindowsOfBothTexts) {
  EncodeOptions options;
  options.truncation = cut(5);
  options.returnOverflow = true;
  EXPECT_EQ(windows(encode(makeTokenizer(), {"a the", "cafe ,"}, options)),
            (std::vector<Ids>{{2, 17, 3, 14, 3},
                              {2, 13, 3, 14, 3},
                              {2, 13, 3, 12, 3},
                              {2, 17, 3, 12, 3}}));
}

TEST(PostProcessor, TruncationErrors) {
  EncodeOptions options;
  options.truncation = cut(8, 0, TruncationStrategy::OnlySecond);
  EXPECT_EQ(encodeError({"a a a a a a a a a", "the"}, options),
            "truncation: the text to shorten has 1 tokens, and 5 are too many: "
            "even cutting all of it doesn't reach the maximum length");
  EXPECT_EQ(encodeError(TextInput("a a a a a a a a"), options),
            "truncation: only_second needs a second text");
  options.truncation = cut(3, 2);
  EXPECT_EQ(encodeError(TextInput("a"), options),
            "stride: a maximum length of 3 has no room for 2 special tokens "
            "and a stride of 2");
  options.truncation = cut(4, 2);
  EXPECT_EQ(encodeError(TextInput("a a a"), options),
            "stride: a stride of 2 tokens needs windows of more, but 2 are "
            "left for the text");
  // A million windows of each text.
  std::string text;
  for (int i = 0; i < 3000; ++i)
    text += "a ";
  options.truncation = cut(5);
  options.returnOverflow = true;
  EXPECT_NE(encodeError({TextInput(text), TextInput(text)}, options), "");
}

// As the library has it, whose lengths wrap around there.
TEST(PostProcessor, LengthsBelowTheSpecialTokensCutNothing) {
  EncodeOptions options;
  options.truncation = cut(1);
  EXPECT_EQ(encode(makeTokenizer(), TextInput("a a"), options).ids,
            (Ids{2, 17, 17, 3}));
  options.truncation = cut(2);
  EXPECT_EQ(encode(makeTokenizer(), TextInput("a a"), options).ids,
            (Ids{2, 3}));
  EXPECT_EQ(encode(makeTokenizer(), {"a", "a a"}, options).ids,
            (Ids{2, 17, 3, 17, 17, 3}));
}

TEST(PostProcessor, Padding) {
  Tokenizer tokenizer = makeTokenizer();
  EncodeOptions options;
  options.padding = Padding();
  options.padding->toLength = 5;
  options.padding->padTypeId = 7;
  Encoding right = encode(tokenizer, TextInput("the"), options);
  EXPECT_EQ(right.ids, (Ids{2, 13, 3, 0, 0}));
  EXPECT_EQ(right.typeIds, (Ids{0, 0, 0, 7, 7}));
  EXPECT_EQ(right.attentionMask, (Bytes{1, 1, 1, 0, 0}));
  EXPECT_EQ(right.specialTokensMask, (Bytes{1, 0, 1, 1, 1}));
  EXPECT_EQ(right.wordIds, (Ids{-1, 0, -1, -1, -1}));
  EXPECT_EQ(right.sequenceIds, (Sequences{-1, 0, -1, -1, -1}));
  options.padding->side = Side::Left;
  EXPECT_EQ(encode(tokenizer, TextInput("the"), options).ids,
            (Ids{0, 0, 2, 13, 3}));
  options.padding->multipleOf = 4;
  EXPECT_EQ(encode(tokenizer, TextInput("the"), options).size(), 8u);
  options.padding->toLength = size_t(1) << 40;
  EXPECT_FALSE(tokenizer.encode(TextInput("the"), options).isOk());

  JsonParts bare;
  bare.vocab = R"({"[UNK]":0,"the":1})";
  bare.addedTokens = "[]";
  options.padding = Padding();
  EXPECT_EQ(
      makeTokenizer(bare).encode(TextInput("the"), options).status().message(),
      "padding: the tokenizer has no pad token");
}

TEST(PostProcessor, Batches) {
  EncodeOptions options;
  options.padding = Padding();
  options.truncation = cut(4);
  options.returnOverflow = true;
  std::vector<EncodeInput> inputs = {{"the"}, {"a a a a a"}, {""}};
  Result<BatchEncoding> batch = makeTokenizer().encodeBatch(inputs, options);
  ASSERT_TRUE(batch.isOk());
  EXPECT_EQ(batch->inputs, (std::vector<size_t>{0, 1, 1, 1, 2}));
  for (const Encoding &encoding : batch->encodings)
    EXPECT_EQ(encoding.size(), 4u);
  EXPECT_EQ(batch->encodings[3].ids, (Ids{2, 17, 3, 0}));
  std::vector<EncodeInput> bad = {{"the"}, {"\xff"}};
  EXPECT_EQ(makeTokenizer().encodeBatch(bad, {}).status().render(),
            "text: byte 0: invalid UTF-8\nnote: in input 1");
}

TEST(PostProcessor, Templates) {
  JsonParts parts;
  parts.postProcessor = R"({"type":"TemplateProcessing",
    "single":[{"SpecialToken":{"id":"x","type_id":4}},
              {"Sequence":{"id":"A","type_id":2}}],
    "pair":[{"Sequence":{"id":"B","type_id":3}},
            {"Sequence":{"id":"A","type_id":0}}],
    "special_tokens":{"x":{"id":"x","ids":[3,4],"tokens":["a","b"]}}})";
  Tokenizer tokenizer = makeTokenizer(parts);
  Encoding one = encode(tokenizer, TextInput("the"));
  EXPECT_EQ(one.ids, (Ids{3, 4, 13}));
  EXPECT_EQ(one.typeIds, (Ids{4, 4, 2}));
  Encoding pair = encode(tokenizer, {"the", "a"});
  EXPECT_EQ(pair.ids, (Ids{17, 13}));
  EXPECT_EQ(pair.sequenceIds, (Sequences{1, 0}));

  parts.postProcessor = "null";
  Encoding none = encode(makeTokenizer(parts), {"the", "a"});
  EXPECT_EQ(none.ids, (Ids{13, 17}));
  EXPECT_EQ(none.typeIds, (Ids{0, 1}));

  parts.postProcessor = R"({"type":"RobertaProcessing","sep":["[SEP]",3],
    "cls":["[CLS]",2],"trim_offsets":true,"add_prefix_space":true})";
  Encoding roberta = encode(makeTokenizer(parts), {"the [MASK]", "a"});
  EXPECT_EQ(roberta.ids, (Ids{2, 13, 4, 3, 3, 17, 3}));
  EXPECT_EQ(roberta.typeIds, Ids(7, 0));
  EXPECT_EQ(roberta.offsets[2], (Encoding::Offset{4, 10})); // Trimmed.
}

TEST(PostProcessor, ByteLevelTrimsOffsets) {
  JsonParts parts;
  parts.preTokenizer = R"({"type":"ByteLevel","add_prefix_space":false})";
  parts.vocab = R"({"[UNK]":1,"a":2,"\u0120a":3,"\u0120":4})";
  parts.addedTokens = "[]";
  auto places = [&](const std::string &postProcessor) {
    parts.postProcessor = postProcessor;
    return offsets(encode(makeTokenizer(parts), TextInput(" a a  a")));
  };
  std::string trimmed = R"({"type":"ByteLevel","trim_offsets":true,
                            "add_prefix_space":false})";
  EXPECT_EQ(places("null"), (Offsets{{0, 2}, {2, 4}, {4, 5}, {5, 7}}));
  EXPECT_EQ(places(trimmed), (Offsets{{1, 2}, {3, 4}, {5, 5}, {6, 7}}));
  // A space that may have been put in front of the text stays.
  std::string spaced = trimmed;
  spaced.replace(spaced.find("false"), 5, "true");
  EXPECT_EQ(places(spaced), (Offsets{{0, 2}, {3, 4}, {5, 5}, {6, 7}}));
  EXPECT_EQ(
      places(R"({"type":"Sequence","processors":[)" + spaced +
             R"(,{"type":"BertProcessing","sep":["x",1],"cls":["y",2]}]})"),
      (Offsets{{0, 0}, {0, 2}, {3, 4}, {5, 5}, {6, 7}, {0, 0}}));
}

TEST(PostProcessor, LoadErrors) {
  auto load = [](const char *postProcessor) {
    JsonParts parts;
    parts.postProcessor = postProcessor;
    return loadError(parts.text());
  };
  EXPECT_EQ(load(R"({"type":"Unknown"})"),
            "tokenizer.json: post_processor of type 'Unknown' isn't "
            "supported");
  EXPECT_EQ(load(R"({"type":"ByteLevel"})"),
            "tokenizer.json: post_processor ByteLevel needs 'trim_offsets', "
            "true or false");
  EXPECT_EQ(load(R"({"type":"Sequence","processors":[
                    {"type":"BertProcessing","sep":["x",1],"cls":["x",1]},
                    {"type":"ByteLevel","trim_offsets":true,
                     "add_prefix_space":true}]})"),
            "tokenizer.json: post_processor Sequence with 'BertProcessing' "
            "before its last place isn't supported");
  EXPECT_EQ(load(R"({"type":"BertProcessing","sep":["[SEP]"],"cls":["x",1]})"),
            "tokenizer.json: post_processor BertProcessing needs 'sep', a "
            "token and its id");
  EXPECT_EQ(load(R"({"type":"TemplateProcessing","special_tokens":{},"pair":[],
                    "single":[{"SpecialToken":{"id":"q","type_id":0}}]})"),
            "tokenizer.json: post_processor TemplateProcessing doesn't define "
            "the token 'q' that it uses");
  EXPECT_EQ(load(R"({"type":"TemplateProcessing","special_tokens":{},"pair":[],
                    "single":[{"Sequence":{"id":"A","type_id":0}},
                              {"Sequence":{"id":"A","type_id":0}}]})"),
            "tokenizer.json: post_processor TemplateProcessing that uses A "
            "twice isn't supported");
  EXPECT_EQ(load(R"({"type":"TemplateProcessing","special_tokens":{},"pair":[],
                    "single":[{"Sequence":{"id":"B","type_id":0}}]})"),
            "tokenizer.json: post_processor TemplateProcessing uses B for a "
            "single text");
  EXPECT_EQ(load(R"({"type":"TemplateProcessing","pair":[],"single":[],
                    "special_tokens":{"q":{"ids":[-1]}},
                    "pair":[{"SpecialToken":{"id":"q","type_id":0}}]})"),
            "tokenizer.json: post_processor TemplateProcessing gives the token "
            "'q' an id that isn't one");
  EXPECT_EQ(load(R"({"type":"Sequence","processors":[
                    {"type":"Sequence","processors":[]}]})"),
            "tokenizer.json: post_processor of type 'Sequence' in a Sequence "
            "isn't supported");
}

} // namespace
} // namespace tenon::tokenizers
