//===- VocabularyFilesTest.cpp - vocab.json and merges.txt ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include "runtime/tokenizers/VocabularyFiles.h"

namespace tenon::tokenizers {
namespace {

constexpr const char *kVocabJson =
    R"({"t":0,"h":1,"e":2,"\u0120":3,"th":4,"the":5,"\u0120the":6,
        "<s>":7,"</s>":8,"<unk>":9,"<pad>":10,"<mask>":11,"a":12})";
constexpr const char *kMerges = "#version: 0.2\nt h\nth e\n\u0120 the\n";

Tokenizer load(const char *config, const char *modelType = "gpt2",
               const char *merges = kMerges) {
  auto tokenizer = Tokenizer::fromFiles({.vocabJson = kVocabJson,
                                         .mergesTxt = merges,
                                         .tokenizerConfig = config,
                                         .modelType = modelType});
  EXPECT_TRUE(tokenizer.isOk()) << tokenizer.status().message();
  return *tokenizer;
}

std::string filesError(const TokenizerFiles &files) {
  auto tokenizer = Tokenizer::fromFiles(files);
  return tokenizer ? "" : tokenizer.status().message();
}

std::string merges(std::string_view text) {
  VocabularyBuilder builder("vocab.json");
  Status status = readMergesTxt(text, "merges.txt", builder);
  if (!status)
    return status.message();
  std::string out;
  for (const VocabularyBuilder::Merge &merge : builder.merges)
    out += builder.mergeArena.substr(merge.offset, merge.leftSize) + "+" +
           builder.mergeArena.substr(merge.offset + merge.leftSize,
                                     merge.rightSize) +
           " ";
  return out;
}

TEST(VocabularyFiles, Merges) {
  EXPECT_EQ(merges("#version: 0.2\na b\n\u0120 c\n"), "a+b \u0120+c ");
  // As the reference: no first line, and nothing behind the last end.
  EXPECT_EQ(merges("a b\nc d\ne f"), "c+d ");
  EXPECT_EQ(merges("\r\na b\r\nc d\r"), "a+b c+d ");
  EXPECT_EQ(merges("#\n a \t b \n"), "a+b ");
  EXPECT_EQ(merges(""), "");
  EXPECT_EQ(merges("#\na b\n\nc d\n"),
            "merges.txt: line 3: a merge is two tokens, not 0");
  EXPECT_EQ(merges("#\na b c\n"),
            "merges.txt: line 2: a merge is two tokens, not 3");
  EXPECT_EQ(merges("#\n\xff x\n"), "merges.txt: byte 2: invalid UTF-8");
}

TEST(VocabularyFiles, Gpt2) {
  Tokenizer plain = load("{}");
  EXPECT_EQ(encode(plain, TextInput("the the")).ids, (Ids{5, 6}));
  EXPECT_EQ(offsets(encode(plain, TextInput("the the"))),
            (Offsets{{0, 3}, {3, 7}}));
  // The default special token isn't in this vocabulary: it is added.
  EXPECT_EQ(encode(plain, TextInput("the<|endoftext|>")).ids, (Ids{5, 13}));
  EXPECT_EQ(plain.specialTokenId(SpecialToken::Eos), 13);
  EXPECT_EQ(plain.specialToken(SpecialToken::Pad), std::nullopt);
  EXPECT_EQ(plain.modelInputNames(),
            (std::vector<std::string>{"input_ids", "attention_mask"}));
  EXPECT_EQ(*plain.decode(Ids{5, 6, 13}), "the the<|endoftext|>");
  EncodeOptions padded;
  padded.padding.emplace();
  EXPECT_EQ(plain.encode(TextInput("a"), padded).status().message(),
            "padding: the tokenizer has no pad token");

  Tokenizer bos = load(R"({"add_bos_token":true,"bos_token":"<s>",
                           "add_prefix_space":true})");
  EXPECT_EQ(encode(bos, TextInput("the")).ids, (Ids{7, 6}));
  EXPECT_EQ(encode(bos, {"the", "the"}).ids, (Ids{7, 6, 6}));
  EXPECT_EQ(encode(bos, {"the", "the"}).typeIds, (Ids{0, 0, 1}));
}

TEST(VocabularyFiles, WordsNeedAPrefixSpace) {
  std::vector<std::string_view> words = {"the", "the"};
  TextInput input{std::span<const std::string_view>(words)};
  Status status = load("{}").encode(input).status();
  EXPECT_EQ(status.message(),
            "text: a text in words needs a tokenizer with add_prefix_space");
  EXPECT_EQ(status.notes().size(), 1u);
  Tokenizer spaced = load(R"({"add_prefix_space":true})");
  EXPECT_EQ(encode(spaced, input).ids, (Ids{6, 6}));
}

TEST(VocabularyFiles, Roberta) {
  Tokenizer roberta = load("{}", "roberta");
  EXPECT_EQ(encode(roberta, TextInput("the the")).ids, (Ids{7, 5, 6, 8}));
  EXPECT_EQ(offsets(encode(roberta, TextInput("the the"))),
            (Offsets{{0, 0}, {0, 3}, {4, 7}, {0, 0}}));
  EXPECT_EQ(encode(roberta, {"the", "a"}).ids, (Ids{7, 5, 8, 8, 12, 8}));
  EXPECT_EQ(encode(roberta, TextInput("the <mask>")).ids, (Ids{7, 5, 11, 8}));
  Tokenizer untrimmed = load(R"({"trim_offsets":false})", "bart");
  EXPECT_EQ(offsets(encode(untrimmed, TextInput("the the"))),
            (Offsets{{0, 0}, {0, 3}, {3, 7}, {0, 0}}));
}

TEST(VocabularyFiles, SettingsOverTokenizerJson) {
  const std::string json = R"({"added_tokens":[],"model":{"type":"BPE",
    "vocab":{"a":0,"\u0120":1,"\u0120a":2},"merges":["\u0120 a"]},
    "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true},
    "post_processor":{"type":"ByteLevel","add_prefix_space":true,
                      "trim_offsets":false}})";
  auto ids = [&](const char *config) {
    auto tokenizer = Tokenizer::fromFiles(
        {.tokenizerJson = json, .tokenizerConfig = config});
    EXPECT_TRUE(tokenizer.isOk()) << tokenizer.status().message();
    return encode(*tokenizer, TextInput("a")).ids;
  };
  EXPECT_EQ(ids(""), (Ids{2}));
  EXPECT_EQ(ids("{}"), (Ids{0})); // transformers takes false for granted.
  EXPECT_EQ(ids(R"({"add_prefix_space":true})"), (Ids{2}));
}

TEST(VocabularyFiles, Errors) {
  EXPECT_EQ(filesError({.vocabJson = kVocabJson}),
            "merges.txt: it is missing or empty, and vocab.json needs it");
  EXPECT_EQ(filesError({.vocabJson = "[]", .mergesTxt = "#\n"}),
            "vocab.json: not an object");
  EXPECT_EQ(filesError({.vocabJson = R"({"a":-1})", .mergesTxt = "#\n"}),
            "vocab.json: the id -1 of token 'a' is out of range");
  EXPECT_EQ(filesError({.vocabJson = R"({"a":0})", .mergesTxt = "#\na b\n"}),
            "merges.txt: merge 1 of 'a' and 'b': 'b' isn't in the vocabulary");
  EXPECT_EQ(
      filesError({.vocabJson = kVocabJson,
                  .mergesTxt = kMerges,
                  .tokenizerConfig = R"({"tokenizer_class":"CLIPTokenizer"})"}),
      "tokenizer_config.json: a vocab.json for the class 'CLIPTokenizer' "
      "isn't supported");
  EXPECT_EQ(
      filesError({.vocabTxt = "a\n",
                  .tokenizerConfig = R"({"tokenizer_class":"GPT2Tokenizer"})"}),
      "tokenizer_config.json: a vocab.txt for the class 'GPT2Tokenizer' "
      "isn't supported");
  EXPECT_EQ(filesError({.vocabJson = kVocabJson,
                        .mergesTxt = kMerges,
                        .tokenizerConfig =
                            R"({"bos_token":null,"add_bos_token":true})"}),
            "tokenizer_config.json: there is no bos_token");
}

} // namespace
} // namespace tenon::tokenizers
