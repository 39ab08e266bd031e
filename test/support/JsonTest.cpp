//===- JsonTest.cpp - reading JSON from outside ---------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/Json.h"

#include <gtest/gtest.h>

using namespace tenon;

static std::string failure(std::string_view text, JsonLimits limits = {}) {
  return parseJson(text, "f.json", limits).status().message();
}

TEST(Json, Parses) {
  auto value =
      parseJson(R"({"a": [1, -2, 2.5, "x", null, true], "a2": {}})", "f.json");
  ASSERT_TRUE(value);
  EXPECT_EQ((*value)["a"].size(), 6u);
  EXPECT_EQ((*value)["a"][1], -2);
  EXPECT_TRUE((*value)["a2"].is_object());
}

TEST(Json, TheLastOfEqualKeysCounts) {
  EXPECT_EQ((*parseJson(R"({"a": 1, "a": 2})", "f"))["a"], 2);
}

TEST(Json, ErrorsSayWhere) {
  EXPECT_EQ(failure("{\n  \"a\": tru\n}"),
            "f.json:2:11: parsing value - invalid literal; last read: "
            "'\"a\": tru<U+000A>'");
  EXPECT_TRUE(failure("{\"a\" 1}").starts_with("f.json:1:6: "));
  EXPECT_TRUE(failure("").starts_with("f.json:1:1: "));
  EXPECT_TRUE(failure("[1] x").starts_with("f.json:1:5: "));
  EXPECT_TRUE(failure("\"\xff\"").starts_with("f.json:1:2: "));
}

TEST(Json, LimitsHold) {
  std::string deep(100, '[');
  EXPECT_EQ(failure(deep + std::string(100, ']')),
            "f.json: nests deeper than 64 levels");
  EXPECT_EQ(failure("[1, 2, 3]", {64, 3}), "f.json: has more than 3 values");
  EXPECT_EQ(failure("[1, 2]", {64, 3}), "");
}

TEST(Json, Members) {
  Json object = *parseJson(
      R"({"i": 7, "s": "x", "b": true, "n": null, "f": 2.5, "u": 18446744073709551615})",
      "f");
  JsonMembers members(object, "config.json");
  EXPECT_EQ(*members.integer("i", 0, 10), 7);
  EXPECT_EQ(*members.integer("n", 0, 10, 3), 3);
  EXPECT_EQ(*members.string("s"), "x");
  EXPECT_EQ(*members.boolean("b", false), true);
  EXPECT_EQ(*members.number("f", 0), 2.5);
  EXPECT_FALSE(members.has("n"));
  EXPECT_EQ(members.integer("i", 8, 10).status().message(),
            "config.json: 'i' must be an integer from 8 to 10, but is 7");
  EXPECT_EQ(members.integer("u", 0, INT64_MAX).status().message(),
            "config.json: 'u' must be an integer of at least 0, but is "
            "18446744073709551615");
  EXPECT_EQ(members.string("i").status().message(),
            "config.json: 'i' must be a string, but is 7");
  EXPECT_EQ(members.string("z").status().message(),
            "config.json: 'z' is missing; it must be a string");
}

TEST(Json, MembersOfSomethingElse) {
  Json array = Json::array();
  JsonMembers members(array, "config.json");
  EXPECT_EQ(members.checkObject().message(),
            "config.json: it must be an object, but is array");
  EXPECT_FALSE(members.has("a"));
}
