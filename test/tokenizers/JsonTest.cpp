//===- JsonTest.cpp - the JSON reader ---------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/tokenizers/Json.h"

#include <gtest/gtest.h>

namespace tenon::tokenizers {
namespace {

std::string jsonError(std::string_view text) {
  Result<JsonValue> value = parseJson(text, "f");
  return value ? "" : value.status().message();
}

TEST(Json, Values) {
  Result<JsonValue> value = parseJson(
      R"( {"a": [1, -2.5e3, true, false, null], "b": {"c": "x"}, "e": {}, "f": []} )",
      "f");
  ASSERT_TRUE(value.isOk());
  const JsonValue *a = value->find("a");
  ASSERT_TRUE(a && a->isArray());
  ASSERT_EQ(a->items.size(), 5u);
  EXPECT_EQ(a->items[0].integer, 1);
  EXPECT_EQ(a->items[1].real, -2500);
  EXPECT_FALSE(a->items[1].isInteger());
  EXPECT_TRUE(a->items[2].boolean);
  EXPECT_TRUE(a->items[3].isBoolean());
  EXPECT_TRUE(a->items[4].isNull());
  EXPECT_EQ(value->find("b")->find("c")->string, "x");
  EXPECT_EQ(value->find("missing"), nullptr);
  EXPECT_EQ(a->find("b"), nullptr);
}

TEST(Json, Strings) {
  Result<JsonValue> value = parseJson(
      R"(["\"\\\/\b\f\n\r\t", "\u00e9\ud83d\ude00", "plain é"])", "f");
  ASSERT_TRUE(value.isOk());
  EXPECT_EQ(value->items[0].string, "\"\\/\b\f\n\r\t");
  EXPECT_EQ(value->items[1].string, "\u00e9\U0001f600");
  EXPECT_EQ(value->items[2].string, "plain \u00e9");
}

TEST(Json, Numbers) {
  Result<JsonValue> value =
      parseJson("[9223372036854775807, 9223372036854775808, "
                "1000000000000000019884624838656, -0, 0.5, 1E-2]",
                "f");
  ASSERT_TRUE(value.isOk());
  EXPECT_EQ(value->items[0].integer, INT64_MAX);
  EXPECT_FALSE(value->items[1].isInteger());
  EXPECT_DOUBLE_EQ(value->items[2].real, 1e30);
  EXPECT_TRUE(value->items[3].isInteger());
  EXPECT_DOUBLE_EQ(value->items[5].real, 0.01);
}

TEST(Json, Errors) {
  EXPECT_EQ(jsonError(""),
            "f: byte 0: expected a value, not the end of the file");
  EXPECT_EQ(jsonError("{\"a\":1,}"), "f: byte 7: expected '\"'");
  EXPECT_EQ(jsonError("[1 2]"), "f: byte 3: expected ']'");
  EXPECT_EQ(jsonError("{\"a\" 1}"), "f: byte 5: expected ':'");
  EXPECT_EQ(jsonError("[1"),
            "f: byte 2: expected ']', not the end of the file");
  EXPECT_EQ(jsonError("1 x"), "f: byte 2: text after the value");
  EXPECT_EQ(jsonError("\"abc"), "f: byte 4: a string without an end");
  EXPECT_EQ(jsonError("\"a\nb\""),
            "f: byte 2: a control character in a string");
  EXPECT_EQ(jsonError("\"\\x\""), "f: byte 2: an unknown escape");
  EXPECT_EQ(jsonError("\"\\ud800\""), "f: byte 7: a lone surrogate");
  EXPECT_EQ(jsonError("\"\\ud800\\u0041\""), "f: byte 13: a lone surrogate");
  EXPECT_EQ(jsonError("\"\\udc00\""), "f: byte 7: a lone surrogate");
  EXPECT_EQ(jsonError("\"\\u12g4\""),
            "f: byte 3: \\u needs four hexadecimal digits");
  EXPECT_EQ(jsonError("\"\xff\""), "f: byte 1: invalid UTF-8");
  EXPECT_EQ(jsonError("tru"), "f: byte 0: expected a value");
  EXPECT_EQ(jsonError("01"), "f: byte 1: a number that begins with 0");
  EXPECT_EQ(jsonError("1."), "f: byte 2: expected a digit");
  EXPECT_EQ(jsonError("-"), "f: byte 0: expected a value");
  EXPECT_EQ(jsonError("1e999"), "f: byte 5: a number out of range");
  EXPECT_EQ(jsonError("nan"), "f: byte 0: expected a value");
}

TEST(Json, DepthIsBounded) {
  EXPECT_EQ(jsonError(std::string(64, '[') + std::string(64, ']')), "");
  EXPECT_EQ(jsonError(std::string(66, '[')),
            "f: byte 65: nested more than 64 deep");
  EXPECT_NE(jsonError(std::string(10000000, '[')), "");
  std::string objects;
  for (int i = 0; i < 100000; ++i)
    objects += "{\"a\":";
  EXPECT_NE(jsonError(objects), "");
}

TEST(Json, SizeOfTheTreeIsBounded) {
  std::string many = "[0";
  for (size_t i = 0; i < kMaxNodes; ++i)
    many += ",0";
  EXPECT_NE(jsonError(many + "]").find("more than 1048576 values"),
            std::string::npos);
}

struct Collected : VocabularySink {
  std::vector<std::pair<std::string, int64_t>> entries;
  void begin(size_t) override {}
  Status entry(std::string_view token, int64_t id) override {
    if (id < 0)
      return Status::invalid("sink", "negative");
    entries.emplace_back(token, id);
    return Status::ok();
  }
  std::vector<std::pair<std::string, std::string>> merges;
  Status merge(std::string_view left, std::string_view right) override {
    merges.emplace_back(left, right);
    return Status::ok();
  }
};

TEST(Json, VocabularyGoesToTheSink) {
  Collected sink;
  Result<JsonValue> value =
      parseJson(R"({"vocab":{"no":1},"model":{"vocab":{"a":0,"\u00e9\"":2},
                    "x":{"vocab":{"no":3}}}})",
                "f", &sink);
  ASSERT_TRUE(value.isOk()) << value.status().message();
  ASSERT_EQ(sink.entries.size(), 2u);
  EXPECT_EQ(sink.entries[1].first, "\u00e9\"");
  EXPECT_EQ(sink.entries[1].second, 2);
  EXPECT_TRUE(value->find("model")->find("vocab")->items.empty());
  EXPECT_EQ(value->find("vocab")->items.size(), 1u);

  auto sinkError = [](const char *text) {
    Collected sink;
    return parseJson(text, "f", &sink).status().message();
  };
  EXPECT_EQ(sinkError(R"({"model":{"vocab":{"a":-1}}})"), "sink: negative");
  EXPECT_EQ(sinkError(R"({"model":{"vocab":{"a":1.5}}})"),
            "f: byte 26: the id of a token must be a whole number");
  EXPECT_EQ(sinkError(R"({"model":{"vocab":{"a":99999999999999999999}}})"),
            "f: byte 43: the id of a token must be a whole number");
  EXPECT_EQ(sinkError(R"({"model":{"vocab":{},"vocab":{}}})"),
            "f: byte 29: a second vocabulary");
  EXPECT_EQ(sinkError(R"({"model":{"vocab":{"a":)"),
            "f: byte 23: the id of a token must be a whole number");
}

TEST(Json, MergesGoToTheSink) {
  using Merges = std::vector<std::pair<std::string, std::string>>;
  auto merges = [](const std::string &list) {
    Collected sink;
    Result<JsonValue> value = parseJson(
        R"({"merges":["x"],"model":{"merges":)" + list + "}}", "f", &sink);
    if (!value)
      return Merges{{value.status().message(), ""}};
    EXPECT_TRUE(value->find("model")->find("merges")->items.empty());
    EXPECT_EQ(value->find("merges")->items.size(), 1u);
    return sink.merges;
  };
  EXPECT_EQ(merges("[]"), Merges());
  EXPECT_EQ(merges(R"(["a b", "\u00e9 \"c"])"),
            (Merges{{"a", "b"}, {"\u00e9", "\"c"}}));
  EXPECT_EQ(merges(R"(["#version: 0.2", "a b"])"), (Merges{{"a", "b"}}));
  EXPECT_EQ(merges(R"([["\u0041", "\u0042"] , [ " ","b c" ]])"),
            (Merges{{"A", "B"}, {" ", "b c"}}));
  EXPECT_EQ(merges(R"(["ab"])")[0].first,
            "f: byte 39: a merge isn't two tokens with a space between");
  EXPECT_EQ(merges(R"(["a b c"])")[0].first,
            "f: byte 42: a merge isn't two tokens with a space between");
  EXPECT_EQ(merges(R"([["a"]])")[0].first, "f: byte 39: expected ','");
  EXPECT_EQ(merges(R"([["a","b","c"]])")[0].first, "f: byte 43: expected ']'");
  EXPECT_EQ(merges(R"([["a","b"],"c d"])")[0].first,
            "f: byte 45: expected '['");
  EXPECT_EQ(merges(R"(["a b",1])")[0].first, "f: byte 41: expected '\"'");
  EXPECT_EQ(merges(R"([["a","b"]],"merges":[])")[0].first,
            "f: byte 55: a second list of merges");
}

TEST(Json, VocabularyByItself) {
  Collected sink;
  EXPECT_TRUE(parseVocabularyJson(R"({"a":1,"b":0})", "f", sink).isOk());
  EXPECT_EQ(sink.entries.size(), 2u);
  EXPECT_EQ(parseVocabularyJson("[1]", "f", sink).message(),
            "f: not an object");
  EXPECT_EQ(parseVocabularyJson("{\"\xff\":1}", "f", sink).message(),
            "f: byte 2: invalid UTF-8");
}

} // namespace
} // namespace tenon::tokenizers
