//===- TestSupport.h - tokenizers for unit tests ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_TOKENIZERS_TESTSUPPORT_H
#define TENON_TEST_TOKENIZERS_TESTSUPPORT_H

#include "runtime/tokenizers/Normalizer.h"
#include "runtime/tokenizers/PreTokenizer.h"
#include "runtime/tokenizers/Tokenizer.h"

#include <gtest/gtest.h>

namespace tenon::tokenizers {

/// A tokenizer.json of parts; a part that isn't given is BERT's.
struct JsonParts {
  std::string addedTokens =
      R"([{"id":0,"content":"[PAD]","single_word":false,"lstrip":false,
           "rstrip":false,"normalized":false,"special":true},
          {"id":1,"content":"[UNK]","single_word":false,"lstrip":false,
           "rstrip":false,"normalized":false,"special":true},
          {"id":2,"content":"[CLS]","single_word":false,"lstrip":false,
           "rstrip":false,"normalized":false,"special":true},
          {"id":3,"content":"[SEP]","single_word":false,"lstrip":false,
           "rstrip":false,"normalized":false,"special":true},
          {"id":4,"content":"[MASK]","single_word":false,"lstrip":true,
           "rstrip":false,"normalized":false,"special":true}])";
  std::string normalizer =
      R"({"type":"BertNormalizer","clean_text":true,
          "handle_chinese_chars":true,"strip_accents":null,"lowercase":true})";
  std::string preTokenizer = R"({"type":"BertPreTokenizer"})";
  std::string postProcessor =
      R"({"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]})";
  std::string decoder = R"({"type":"WordPiece","prefix":"##","cleanup":true})";
  std::string vocab =
      R"({"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"[MASK]":4,"un":5,
          "##aff":6,"##able":7,"want":8,"##ed":9,"run":10,"##ning":11,
          ",":12,"the":13,"cafe":14,"中":15,".":16,"a":17,"##a":18})";
  std::string modelExtra;

  std::string text() const {
    return R"({"version":"1.0","truncation":null,"padding":null,)"
           R"("added_tokens":)" +
           addedTokens + R"(,"normalizer":)" + normalizer +
           R"(,"pre_tokenizer":)" + preTokenizer + R"(,"post_processor":)" +
           postProcessor + R"(,"decoder":)" + decoder +
           R"(,"model":{"type":"WordPiece","unk_token":"[UNK]",)"
           R"("continuing_subword_prefix":"##",)"
           R"("max_input_chars_per_word":100,)" +
           modelExtra + R"("vocab":)" + vocab + "}}";
  }
};

inline Tokenizer makeTokenizer(const JsonParts &parts = {}) {
  std::string text = parts.text();
  Result<Tokenizer> tokenizer = Tokenizer::fromFiles({.tokenizerJson = text});
  if (!tokenizer) {
    ADD_FAILURE() << tokenizer.status().message();
    std::abort();
  }
  return *tokenizer;
}

/// The message of loading, empty if it works.
inline std::string loadError(std::string_view tokenizerJson) {
  Result<Tokenizer> tokenizer =
      Tokenizer::fromFiles({.tokenizerJson = tokenizerJson});
  return tokenizer ? "" : tokenizer.status().message();
}

inline Encoding encode(const Tokenizer &tokenizer, const EncodeInput &input,
                       const EncodeOptions &options = {}) {
  Result<Encoding> encoding = tokenizer.encode(input, options);
  if (!encoding) {
    ADD_FAILURE() << encoding.status().message();
    return {};
  }
  return *encoding;
}

/// Offsets as pairs, for comparisons.
inline std::vector<std::pair<int, int>> offsets(const Encoding &encoding) {
  std::vector<std::pair<int, int>> out;
  for (const Encoding::Offset &offset : encoding.offsets)
    out.emplace_back(offset.begin, offset.end);
  return out;
}

using Ids = std::vector<int32_t>;
using Offsets = std::vector<std::pair<int, int>>;

/// A text after a normalizer, and the code point that each byte came from.
struct Normalized {
  std::string text;
  std::vector<uint32_t> sources;
};

inline Normalized normalize(std::string_view normalizer,
                            std::string_view text) {
  Result<JsonValue> json = parseJson(normalizer, "test");
  EXPECT_TRUE(json.isOk()) << normalizer;
  Result<std::unique_ptr<Normalizer>> made =
      Normalizer::parse(*json, "tokenizer.json");
  if (!made)
    return {made.status().message(), {}};
  NormalizedString string;
  string.assign(text, 0);
  (*made)->normalize(string);
  Normalized out{std::string(string.text()), {}};
  for (size_t i = 0; i < out.text.size(); ++i)
    out.sources.push_back(string.source(i));
  return out;
}

/// The words of a text, or the message of the error.
inline std::vector<std::string> split(std::string_view preTokenizer,
                                      std::string_view text) {
  Result<JsonValue> json = parseJson(preTokenizer, "test");
  EXPECT_TRUE(json.isOk()) << preTokenizer;
  Result<std::unique_ptr<PreTokenizer>> made =
      PreTokenizer::parse(*json, "tokenizer.json");
  if (!made)
    return {made.status().message()};
  PreTokens tokens;
  tokens.text.assign(text, 0);
  tokens.spans.push_back({0, static_cast<uint32_t>(text.size())});
  (*made)->split(tokens);
  std::vector<std::string> words;
  for (const PreTokens::Span &span : tokens.spans)
    words.emplace_back(
        tokens.text.text().substr(span.begin, span.end - span.begin));
  return words;
}

using Words = std::vector<std::string>;

} // namespace tenon::tokenizers

#endif // TENON_TEST_TOKENIZERS_TESTSUPPORT_H
