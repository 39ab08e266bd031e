//===- ProcessorsTest.cpp - scores after processors -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TableModel.h"

#include "runtime/generation/LogitsProcessors.h"

#include <cmath>

namespace tenon::generation {
namespace {

Tokens tokensOf(const Json &json) { return json.get<Tokens>(); }

/// Processes the scores of a golden case.
TokenScores process(const Json &golden) {
  Table table = Table::read(golden);
  Tokens row = tokensOf(golden["row"]);
  size_t prompt = golden["prompt"].get<size_t>();
  Tokens source(row.begin(), row.begin() + static_cast<ptrdiff_t>(prompt));
  if (golden.contains("source"))
    source = tokensOf(golden["source"]);
  GenerationConfig config = configOf(golden["options"]);
  auto lengths = config.lengths(prompt, SIZE_MAX);
  EXPECT_TRUE(lengths.isOk()) << lengths.status().message();
  auto processors =
      LogitsProcessors::create(config, *lengths, source, table.vocabulary);
  EXPECT_TRUE(processors.isOk()) << processors.status().message();
  TokenScores scores;
  scores.assign({table.scores(row)});
  if (config.usesBeams())
    normalizeScores(scores.values());
  Status status = processors->apply({row}, scores);
  EXPECT_TRUE(status.isOk()) << status.message();
  return scores;
}

TEST(Processors, AsTheReference) {
  Json goldens = readGolden("processors.json")["processors"];
  ASSERT_GT(goldens.size(), 60u);
  for (const Json &golden : goldens) {
    TokenScores scores = process(golden);
    Tokens kept;
    std::vector<float> values;
    for (size_t i = 0; i < scores.size(); ++i)
      if (float value = scores.values()[i]; value != kImpossible) {
        kept.push_back(scores.token(i));
        values.push_back(value);
      }
    std::string name = golden["options"].dump();
    ASSERT_EQ(kept, tokensOf(golden["kept"])) << name;
    for (size_t i = 0; i < kept.size(); ++i) {
      double expected = golden["values"][i].get<double>();
      EXPECT_NEAR(values[i], expected,
                  2e-6 * std::max(1.0, std::fabs(expected)))
          << name << " token " << kept[i];
    }
  }
}

/// The tokens that are left of these scores.
Tokens keptOf(const Json &options, std::vector<float> values) {
  GenerationConfig config = configOf(options);
  auto processors = LogitsProcessors::create(
      config, *config.lengths(1, SIZE_MAX), Tokens{0}, values.size());
  TokenScores scores;
  scores.assign({values});
  EXPECT_TRUE(processors->apply({Tokens{0}}, scores).isOk());
  Tokens kept;
  for (size_t i = 0; i < scores.size(); ++i)
    if (scores.values()[i] != kImpossible)
      kept.push_back(scores.token(i));
  return kept;
}

TEST(Processors, EqualScores) {
  Json all = {{"do_sample", true}, {"top_k", 2}};
  EXPECT_EQ(keptOf(all, {1, 2, 1, 0, 1}),
            (Tokens{0, 1, 2, 4})); // Ties survive.
  // Each has a quarter: the last ones of the vocabulary stay.
  Json half = {{"do_sample", true}, {"top_k", 0}, {"top_p", 0.5}};
  EXPECT_EQ(keptOf(half, {3, 3, 3, 3}), (Tokens{2, 3}));
  Json none = {{"do_sample", true}, {"top_k", 0}, {"top_p", 0}};
  EXPECT_EQ(keptOf(none, {3, 3, 3, 3}), (Tokens{3}));
  Json typical = {{"do_sample", true}, {"top_k", 0}, {"typical_p", 0.3}};
  EXPECT_EQ(keptOf(typical, {3, 3, 3, 3}), (Tokens{0, 1, 2, 3}));
}

TEST(Processors, FarApartScores) {
  Json top = {{"do_sample", true}, {"top_k", 0}, {"top_p", 0.999}};
  EXPECT_EQ(keptOf(top, {-1e30f, 5, 1e30f, kImpossible}), (Tokens{2}));
  Json typical = {{"do_sample", true}, {"top_k", 0}, {"typical_p", 0.5}};
  EXPECT_EQ(keptOf(typical, {-1e30f, 5, 1e30f, kImpossible}), (Tokens{2}));
}

std::string failure(const Json &options, std::vector<float> values) {
  GenerationConfig config = configOf(options);
  auto processors = LogitsProcessors::create(
      config, *config.lengths(1, SIZE_MAX), Tokens{0}, values.size());
  if (!processors)
    return processors.status().message();
  TokenScores scores;
  scores.assign({values});
  return processors->apply({Tokens{0}}, scores).message();
}

TEST(Processors, ScoresThatAreNoNumbers) {
  float nan = std::nanf(""), infinity = -kImpossible;
  Json plain = Json::object(), removing = {{"remove_invalid_values", true}};
  for (const Json &options :
       {plain, Json{{"do_sample", true}, {"top_p", 0.5}, {"min_p", 0.1}},
        Json{{"do_sample", true}, {"top_k", 0}, {"typical_p", 0.5}},
        Json{{"do_sample", true}, {"eta_cutoff", 0.5}}}) {
    EXPECT_EQ(failure(options, {0, nan, 1}),
              "logits: the score of a token is not a number");
    EXPECT_EQ(failure(options, {0, infinity, 1}),
              "logits: the score of a token is infinite");
  }
  EXPECT_EQ(failure(removing, {0, nan, infinity, kImpossible}), "");
  // Samplers survive what leaves nothing over; the search says so.
  for (const char *name : {"top_p", "min_p", "typical_p", "epsilon_cutoff",
                           "eta_cutoff", "temperature"})
    EXPECT_EQ(failure({{"do_sample", true}, {"top_k", 0}, {name, 0.5}},
                      {kImpossible, kImpossible, kImpossible}),
              "")
        << name;
  EXPECT_EQ(failure({{"do_sample", true}, {"temperature", 1e-30}}, {1, 1e30f}),
            "logits: the score of a token is infinite");
}

TEST(Processors, TokensOutsideTheVocabulary) {
  std::vector<float> values(4);
  EXPECT_EQ(failure({{"forced_bos_token_id", 4}}, values),
            "forced_bos_token_id: has 4, but tokens are 0 to 3");
  EXPECT_EQ(failure({{"forced_eos_token_id", {1, 9}}}, values),
            "forced_eos_token_id: has 9, but tokens are 0 to 3");
  EXPECT_EQ(failure({{"bad_words_ids", {{1}, {2, 5}}}}, values),
            "bad_words_ids: has 5, but tokens are 0 to 3");
  EXPECT_EQ(failure({{"sequence_bias", {{{7}, 1.5}}}}, values),
            "sequence_bias: has 7, but tokens are 0 to 3");
  // Where the reference looks for them in vain, so do we.
  EXPECT_EQ(failure({{"suppress_tokens", {-1, 9}}}, values), "");
  EXPECT_EQ(failure({{"eos_token_id", {1, 9}},
                     {"min_length", 5},
                     {"exponential_decay_length_penalty", {0, 1.5}}},
                    values),
            "");
}

/// The score of token 1 of four, 1 before, behind two new tokens.
float scoreOfTheEnd(const Json &options) {
  GenerationConfig config = configOf(options);
  Tokens row = {0, 2, 3};
  auto processors =
      LogitsProcessors::create(config, *config.lengths(1, SIZE_MAX), row, 4);
  TokenScores scores;
  scores.assign({std::vector<float>{0, 1, 2, 3}});
  EXPECT_TRUE(processors->apply({row}, scores).isOk());
  return scores.values()[1];
}

TEST(Processors, DecayOfAnEndGivenTwice) {
  EXPECT_EQ(scoreOfTheEnd({{"eos_token_id", {1, 1}},
                           {"exponential_decay_length_penalty", {0, 2.0}}}),
            1 + 1 * (2 * 2 - 1));
}

TEST(Processors, DecayOfAForbiddenEnd) {
  // The reference makes NaN of -inf: the greatest for a search, of no use
  // to who draws.
  Json options = {{"eos_token_id", 1},
                  {"min_length", 9},
                  {"exponential_decay_length_penalty", {0, 1.5}}};
  options["do_sample"] = false;
  EXPECT_EQ(scoreOfTheEnd(options), std::numeric_limits<float>::max());
  options["num_beams"] = 2;
  EXPECT_EQ(scoreOfTheEnd(options), std::numeric_limits<float>::max());
  options["num_beams"] = 1;
  options["do_sample"] = true;
  EXPECT_EQ(scoreOfTheEnd(options), kImpossible);
}

} // namespace
} // namespace tenon::generation
