//===- TokenizerTest.cpp - loading, settings, bad input ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"

#include <thread>

namespace tenon::tokenizers {
namespace {

const char kVocab[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n##s\ncaf\u00e9\n"
    "cafe\nThe\n";

Tokenizer fromFiles(const TokenizerFiles &files) {
  Result<Tokenizer> tokenizer = Tokenizer::fromFiles(files);
  if (!tokenizer) {
    ADD_FAILURE() << tokenizer.status().message();
    std::abort();
  }
  return *tokenizer;
}

std::string error(const TokenizerFiles &files) {
  Result<Tokenizer> tokenizer = Tokenizer::fromFiles(files);
  return tokenizer ? "" : tokenizer.status().message();
}

TEST(Tokenizer, FromVocabTxt) {
  Tokenizer tokenizer = fromFiles({.vocabTxt = kVocab});
  EXPECT_EQ(encode(tokenizer, {"The caf\u00e9s", "[MASK]"}).ids,
            (Ids{2, 5, 8, 6, 3, 4, 3}));
  EXPECT_EQ(tokenizer.specialTokenId(SpecialToken::Mask), 4);
  EXPECT_EQ(tokenizer.specialToken(SpecialToken::Pad), "[PAD]");
  EXPECT_EQ(tokenizer.specialTokenId(SpecialToken::Bos), std::nullopt);
  EXPECT_EQ(tokenizer.modelMaxLength(), SIZE_MAX);
  EXPECT_EQ(tokenizer.continuingPrefix(), "##");
  EXPECT_EQ(tokenizer.allSpecialIds(), (Ids{1, 3, 0, 2, 4}));

  Tokenizer cased = fromFiles(
      {.vocabTxt = kVocab,
       .tokenizerConfig = R"({"do_lower_case":false,"model_max_length":128,
         "padding_side":"left","tokenizer_class":"DistilBertTokenizerFast"})"});
  EXPECT_EQ(encode(cased, TextInput("The caf\u00e9")).ids, (Ids{2, 9, 7, 3}));
  EXPECT_EQ(cased.modelMaxLength(), 128u);
  EXPECT_EQ(cased.paddingSide(), Side::Left);
  EXPECT_EQ(cased.modelInputNames(),
            (std::vector<std::string>{"input_ids", "attention_mask"}));
}

// Lines end as Python reads them; a repeated token has its last line's id.
TEST(Tokenizer, VocabTxtLines) {
  Tokenizer tokenizer = fromFiles(
      {.vocabTxt = "[PAD]\r\n[UNK]\r[CLS]\n[SEP]\n\nthe \nthe\n[MASK]\nthe"});
  EXPECT_EQ(tokenizer.tokenToId("[CLS]"), 2);
  EXPECT_EQ(tokenizer.tokenToId(""), 4);
  EXPECT_EQ(tokenizer.tokenToId("the "), 5);
  EXPECT_EQ(tokenizer.tokenToId("the"), 8);
  EXPECT_EQ(tokenizer.idToToken(6), std::nullopt);
  EXPECT_EQ(tokenizer.vocabularySize(), 8u);
}

TEST(Tokenizer, MissingSpecialTokensAreAdded) {
  Tokenizer tokenizer =
      fromFiles({.vocabTxt = "the\na\n",
                 .specialTokensMap = R"({"cls_token":"<c>","sep_token":
                   {"content":"<s>","lstrip":true},
                   "additional_special_tokens":["<e>"]})"});
  EXPECT_EQ(tokenizer.tokenToId("[UNK]"), 2);
  EXPECT_EQ(tokenizer.specialTokenId(SpecialToken::Sep), 3);
  EXPECT_EQ(tokenizer.specialTokenId(SpecialToken::Cls), 5);
  EXPECT_EQ(tokenizer.tokenToId("<e>"), 7);
  EXPECT_EQ(encode(tokenizer, TextInput("the <s>a")).ids, (Ids{5, 0, 3, 1, 3}));
}

// BertTokenizerFast puts the settings over the normalizer of tokenizer.json.
TEST(Tokenizer, ConfigReplacesTheNormalizer) {
  std::string json = JsonParts().text();
  auto first = [&](TokenizerFiles files) {
    files.tokenizerJson = json;
    return encode(fromFiles(files), TextInput("THE")).ids[1];
  };
  EXPECT_EQ(first({}), 13);
  EXPECT_EQ(first({.tokenizerConfig = R"({"tokenizer_class":"BertTokenizer",
                                          "do_lower_case":false})"}),
            1);
  EXPECT_EQ(first({.tokenizerConfig = R"({"do_lower_case":false})",
                   .modelType = "bert"}),
            1);
  EXPECT_EQ(first({.tokenizerConfig =
                       R"({"tokenizer_class":"PreTrainedTokenizerFast",
                           "do_lower_case":false})"}),
            13);
}

TEST(Tokenizer, Settings) {
  std::string json = JsonParts().text();
  Tokenizer plain = fromFiles({.tokenizerJson = json});
  EXPECT_EQ(plain.specialTokenId(SpecialToken::Pad), 0);
  EXPECT_EQ(plain.specialTokenId(SpecialToken::Eos), std::nullopt);

  Tokenizer split =
      fromFiles({.tokenizerJson = json,
                 .tokenizerConfig = R"({"split_special_tokens":true,
         "clean_up_tokenization_spaces":true,"eos_token":"[SEP]",
         "model_max_length":1000000000000000019884624838656,
         "truncation_side":"left","model_input_names":["input_ids"]})"});
  EXPECT_EQ(encode(split, TextInput("[MASK]")).ids, (Ids{2, 1, 1, 1, 3}));
  EXPECT_EQ(split.specialTokenId(SpecialToken::Eos), 3);
  EXPECT_EQ(split.modelMaxLength(), SIZE_MAX);
  EXPECT_EQ(split.truncationSide(), Side::Left);
  EXPECT_EQ(split.modelInputNames(), std::vector<std::string>{"input_ids"});
}

TEST(Tokenizer, TextErrors) {
  Tokenizer tokenizer = makeTokenizer();
  EXPECT_EQ(tokenizer.encode(TextInput("abc\xff")).status().message(),
            "text: byte 3: invalid UTF-8");
  EXPECT_EQ(tokenizer.encode({"a", "\xed\xa0\x80"}).status().message(),
            "second text: byte 0: invalid UTF-8");
  std::vector<std::string_view> words = {"a", "b\xc3"};
  EXPECT_EQ(
      tokenizer.encode(TextInput(std::span<const std::string_view>(words)))
          .status()
          .message(),
      "text word 1: byte 1: invalid UTF-8");
  JsonParts parts;
  parts.vocab = R"({"the":0})";
  parts.addedTokens = "[]";
  EXPECT_EQ(makeTokenizer(parts).encode(TextInput("x")).status().message(),
            "tokenizer.json: the unknown token '[UNK]' isn't in the "
            "vocabulary, and 'x' needs it");
}

TEST(Tokenizer, LoadErrors) {
  EXPECT_EQ(error({}), "tokenizer.json: there is neither it nor a vocab.txt "
                       "nor a vocab.json");
  EXPECT_EQ(loadError("{"), "tokenizer.json: byte 1: expected '\"'");
  EXPECT_EQ(loadError("[]"), "tokenizer.json: not an object");
  EXPECT_EQ(loadError("{}"), "tokenizer.json: there is no model");
  EXPECT_EQ(loadError(R"({"version":"2.0"})"),
            "tokenizer.json: its version isn't 1.0");
  EXPECT_EQ(loadError(R"({"model":{"type":"Unigram","vocab":[]}})"),
            "tokenizer.json: model of type 'Unigram' isn't supported");
  EXPECT_EQ(loadError(R"({"model":{"type":"WordPiece","vocab":{}}})"),
            "tokenizer.json: model WordPiece needs 'unk_token', a string");
  JsonParts parts;
  parts.vocab = "[1]";
  EXPECT_EQ(loadError(parts.text()),
            "tokenizer.json: model WordPiece needs 'vocab', an object");
  parts.vocab = R"({"a":4294967296})";
  EXPECT_EQ(loadError(parts.text()), "tokenizer.json: the id 4294967296 of "
                                     "token 'a' is out of range");
  EXPECT_EQ(error({.vocabTxt = "a\n\xff\n"}),
            "vocab.txt: byte 2: invalid UTF-8");
  EXPECT_EQ(error({.vocabTxt = "a\n",
                   .tokenizerConfig = R"({"tokenizer_class":"T5Tokenizer"})"}),
            "tokenizer_config.json: a vocab.txt for the class 'T5Tokenizer' "
            "isn't supported");
  EXPECT_EQ(error({.vocabTxt = kVocab, .tokenizerConfig = "[]"}),
            "tokenizer_config.json: not an object");
  EXPECT_EQ(error({.vocabTxt = kVocab,
                   .tokenizerConfig = R"({"model_max_length":"long"})"}),
            "tokenizer_config.json: it needs 'model_max_length', a number that "
            "isn't negative");
  EXPECT_EQ(
      error({.vocabTxt = kVocab, .tokenizerConfig = R"({"cls_token":null})"}),
      "tokenizer_config.json: there is no cls_token");
  EXPECT_EQ(
      error({.vocabTxt = kVocab, .tokenizerConfig = R"({"cls_token":7})"}),
      "tokenizer_config.json: cls_token needs 'content', a string");
  EXPECT_EQ(error({.vocabTxt = kVocab,
                   .tokenizerConfig = R"({"padding_side":"top"})"}),
            "tokenizer_config.json: it needs 'padding_side', left or right");
  EXPECT_EQ(error({.vocabTxt = kVocab,
                   .tokenizerConfig =
                       R"({"added_tokens_decoder":{"x":{"content":"a"}}})"}),
            "tokenizer_config.json: it needs 'added_tokens_decoder', an object "
            "with ids as keys");
  EXPECT_EQ(error({.vocabTxt = kVocab, .addedTokens = R"({"a":"b"})"}),
            "added_tokens.json: the id of 'a' isn't a whole number");
  EXPECT_EQ(error({.vocabTxt = kVocab, .specialTokensMap = "{"}),
            "special_tokens_map.json: byte 1: expected '\"'");
}

TEST(Tokenizer, OldModelsWithoutAType) {
  std::string json = JsonParts().text();
  size_t at = json.find(R"("type":"WordPiece","unk_token")");
  ASSERT_NE(at, std::string::npos);
  json.erase(at, std::string_view(R"("type":"WordPiece",)").size());
  EXPECT_EQ(loadError(json), "");
}

TEST(Tokenizer, IsSharedBetweenThreads) {
  Tokenizer tokenizer = makeTokenizer();
  const char *text = "The unaffable caf\u00e9 [MASK] \u4e2d\u4e2d, running.";
  Ids expected = encode(tokenizer, TextInput(text)).ids;
  std::vector<std::thread> threads;
  std::array<bool, 4> same{};
  for (bool &result : same)
    threads.emplace_back([&, copy = tokenizer] {
      result = true;
      for (int i = 0; i < 200; ++i) {
        Result<Encoding> encoding = copy.encode(TextInput(text));
        result &= encoding && encoding->ids == expected &&
                  copy.decode(encoding->ids).isOk();
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  for (bool result : same)
    EXPECT_TRUE(result);
}

} // namespace
} // namespace tenon::tokenizers
