//===- StopCriteriaTest.cpp - ends of sequences ---------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TableModel.h"

namespace tenon::generation {
namespace {

TEST(StopCriteria, StopStringsAsTheReference) {
  Json goldens = readGolden("stop_strings.json")["stop_strings"];
  for (const Json &golden : goldens) {
    auto vocabulary = golden["vocabulary"].get<std::vector<std::string>>();
    GenerationConfig config;
    config.stopStrings = golden["stop_strings"].get<std::vector<std::string>>();
    StopCriteria criteria(config, {0, 100, 0}, [&](int32_t token) {
      return vocabulary[static_cast<size_t>(token)];
    });
    for (const Json &checked : golden["checked"]) {
      Ending expected =
          checked[1].get<bool>() ? Ending::StopString : Ending::Open;
      EXPECT_EQ(criteria.check(checked[0].get<Tokens>()), expected)
          << golden["stop_strings"] << checked;
    }
  }
}

TEST(StopCriteria, TheEndCountsMost) {
  GenerationConfig config;
  config.eos = {4, 6};
  config.stopStrings = {"x"};
  StopCriteria criteria(config, {0, 3, 0}, [](int32_t token) {
    return token == 5 ? std::string("axb") : std::string("y");
  });
  EXPECT_EQ(criteria.check(Tokens{1}), Ending::Open);
  EXPECT_EQ(criteria.check(Tokens{5}), Ending::StopString);
  EXPECT_EQ(criteria.check(Tokens{5, 1}), Ending::Open);
  EXPECT_EQ(criteria.check(Tokens{1, 2, 1}), Ending::Length);
  EXPECT_EQ(criteria.check(Tokens{1, 2, 5}), Ending::StopString);
  EXPECT_EQ(criteria.check(Tokens{1, 2, 6}), Ending::EndOfSequence);
}

TEST(StopCriteria, StringsThatNoTokenEndsWith) {
  const std::string texts[] = {"a", "\uFFFD", "xyz"};
  auto text = [&](int32_t token) { return texts[token]; };
  auto check = [&](std::vector<std::string> stops) {
    return checkStopStrings(stops, text, 3).what();
  };
  EXPECT_EQ(check({}), "");
  EXPECT_EQ(check({"yz"}), "");  // in a token
  EXPECT_EQ(check({"wxy"}), ""); // the beginning of one ends it
  EXPECT_EQ(check({"\u00E9", "a"}), "");
  EXPECT_EQ(check({"\u00E9"}), "no token ends with 'é', so it can't be found");
  EXPECT_EQ(check({"yzz"}), "no token ends with 'yzz', so it can't be found");
}

} // namespace
} // namespace tenon::generation
