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

} // namespace
} // namespace tenon::generation
