//===- PerplexityTest.cpp - texts scored ----------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TableModel.h"

#include "runtime/generation/Perplexity.h"

#include <cmath>

namespace tenon::generation {
namespace {

TEST(Perplexity, AsTheRecipe) {
  Json goldens = readGolden("perplexity.json")["perplexity"];
  for (const Json &golden : goldens) {
    TableModel model(Table::read(golden["model"]), 1,
                     golden["window"].get<size_t>());
    Tokens tokens = golden["tokens"].get<Tokens>();
    PerplexityOptions options;
    options.stride = golden["stride"].get<size_t>();
    auto score = scoreText(model, tokens, options);
    ASSERT_TRUE(score.isOk()) << score.status().message();
    double expected = golden["perplexity"].get<double>();
    EXPECT_NEAR(score->recipePerplexity, expected, expected * 1e-5) << golden;
    ASSERT_EQ(score->logProbabilities.size(), tokens.size() - 1);
    double sum = 0, count = 0;
    for (float value : score->logProbabilities)
      if (!std::isnan(value)) {
        sum += value;
        ++count;
      }
    EXPECT_NEAR(score->perplexity, std::exp(-sum / count), 1e-6);
    if (tokens.size() <= model.contextLimit())
      EXPECT_NEAR(score->perplexity, expected, expected * 1e-5);
  }
}

TEST(Perplexity, EachTokenSeesItsWindow) {
  // This model looks back by two: with windows that overlap by more, they make
  // no difference but for the first.
  Table table = {13, 5, 1};
  Tokens tokens;
  for (int i = 0; i < 40; ++i)
    tokens.push_back(i * i % 13);
  TableModel whole(table), windows(table, 1, 10);
  auto expected = scoreText(whole, tokens);
  auto found = scoreText(windows, tokens, {.stride = 7});
  EXPECT_EQ(found->logProbabilities, expected->logProbabilities);
  EXPECT_EQ(windows.scoredTokens, tokens.size() - 1); // Each once.
}

TEST(Perplexity, WindowsSideBySide) {
  TableModel model({13, 5, 1}, 1, 4);
  Tokens tokens = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  auto score = scoreText(model, tokens, {.stride = 4});
  ASSERT_EQ(score->logProbabilities.size(), 8u);
  for (size_t t = 1; t < 9; ++t)
    EXPECT_EQ(std::isnan(score->logProbabilities[t - 1]), t % 4 == 0) << t;
  EXPECT_TRUE(std::isfinite(score->perplexity));
  EXPECT_TRUE(std::isfinite(score->recipePerplexity));
}

TEST(Perplexity, WrongRequests) {
  TableModel model({13, 5, 1}, 1, 10);
  Tokens tokens(30, 1);
  auto error = [&](std::span<const int32_t> text, PerplexityOptions options) {
    auto score = scoreText(model, text, options);
    return score ? "" : score.status().message();
  };
  EXPECT_EQ(error({}, {.stride = 5}),
            "text: has 0 tokens, but only what follows a token has a "
            "probability");
  EXPECT_EQ(error(std::span(tokens).first(1), {.stride = 5}),
            "text: has 1 token, but only what follows a token has a "
            "probability");
  EXPECT_EQ(error(tokens, {}), "");
  EXPECT_EQ(error(tokens, {.stride = 11}),
            "stride: must be from 1 to 10, the tokens of a window, but is 11");
  EXPECT_EQ(error(tokens,
                  {.stride = 5,
                   .progress = [](size_t done, size_t) { return done < 20; }}),
            "task: was cancelled");
}

} // namespace
} // namespace tenon::generation
