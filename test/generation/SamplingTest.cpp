//===- SamplingTest.cpp - frequencies of draws ----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TableModel.h"

#include <cmath>
#include <map>

namespace tenon::generation {
namespace {

/// Pearson's statistic is a chi-square of `freedom` degrees if the counts are
/// drawn from the expected ones; this is its value in standard deviations, by
/// the approximation of Wilson and Hilferty.
double deviations(double statistic, double freedom) {
  double a = 2 / (9 * freedom);
  return (std::cbrt(statistic / freedom) - (1 - a)) / std::sqrt(a);
}

double deviationsOf(const std::vector<double> &expected,
                    const std::vector<double> &counted) {
  double statistic = 0, freedom = -1;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] <= 0) {
      EXPECT_EQ(counted[i], 0) << i;
      continue;
    }
    double off = counted[i] - expected[i];
    statistic += off * off / expected[i];
    ++freedom;
  }
  return deviations(statistic, freedom);
}

SearchTask taskOf(Json options, uint64_t seed) {
  options["do_sample"] = true;
  SearchTask task;
  task.tokens = {1, 2};
  task.config = configOf(options);
  task.seed = seed;
  return task;
}

TEST(Sampling, UniformNumbers) {
  CounterRandom random(3);
  std::vector<double> counted(200), expected(200, 500);
  for (size_t i = 0; i < 100000; ++i)
    ++counted[static_cast<size_t>(random.uniform(i % 10, i / 10) * 200)];
  EXPECT_LT(std::fabs(deviationsOf(expected, counted)), 4);
  // Neighbours know nothing of each other.
  std::vector<double> pairs(100), expectedPairs(100, 1000);
  for (size_t i = 0; i < 100000; ++i)
    ++pairs[static_cast<size_t>(random.uniform(7, i) * 10) * 10 +
            static_cast<size_t>(random.uniform(7, i + 1) * 10)];
  EXPECT_LT(std::fabs(deviationsOf(expectedPairs, pairs)), 4);
  EXPECT_NE(random.uniform(1, 2), random.uniform(2, 1));
  EXPECT_NE(random.uniform(1, 2, 0), random.uniform(1, 2, 1));
  EXPECT_NE(CounterRandom(1).uniform(0, 0), CounterRandom(2).uniform(0, 0));
}

/// The first token has the probabilities that the processed scores stand for.
TEST(Sampling, DrawsByProbability) {
  for (const Json &options :
       {Json{{"max_new_tokens", 1}, {"top_k", 0}},
        Json{{"max_new_tokens", 1}, {"top_k", 5}, {"temperature", 1.7}},
        Json{{"max_new_tokens", 1}, {"top_p", 0.8}, {"temperature", 0.6}}}) {
    Table table = {16, 9, 0.7f};
    TableModel model(table);
    std::vector<double> counted(16), expected(16);
    constexpr size_t kDraws = 20000;
    for (size_t seed = 0; seed < kDraws; ++seed) {
      std::vector<std::unique_ptr<Search>> searches;
      searches.push_back(makeSearch(model, taskOf(options, seed)));
      ++counted[static_cast<size_t>(
          runSearches(model, std::move(searches))[0][0].tokens[0])];
    }
    SearchTask task = taskOf(options, 0);
    auto processors = LogitsProcessors::create(
        task.config, *task.config.lengths(2, SIZE_MAX), task.tokens, 16);
    TokenScores scores;
    scores.assign({table.scores(task.tokens)});
    ASSERT_TRUE(processors->apply({task.tokens}, scores).isOk());
    SoftmaxScale scale = softmaxScale(scores.values());
    for (size_t i = 0; i < scores.size(); ++i)
      expected[static_cast<size_t>(scores.token(i))] =
          kDraws * std::exp(scale.logProbability(scores.values()[i]));
    EXPECT_LT(std::fabs(deviationsOf(expected, counted)), 4) << options;
  }
}

/// The first two draws from an urn have the probabilities of drawing without
/// putting back.
TEST(Sampling, UrnsDontPutBack) {
  std::vector<float> values = {0.5f, -0.3f, 1.1f, -1.2f};
  std::vector<double> p, expected(16), counted(16);
  double sum = 0;
  for (float value : values)
    sum += std::exp(value);
  for (float value : values)
    p.push_back(std::exp(value) / sum);
  constexpr size_t kDraws = 40000;
  for (size_t i = 0; i < 4; ++i)
    for (size_t j = 0; j < 4; ++j)
      if (i != j)
        expected[i * 4 + j] = kDraws * p[i] * p[j] / (1 - p[i]);
  CounterRandom random(17);
  for (size_t d = 0; d < kDraws; ++d) {
    UrnOfScores urn(values);
    size_t first = urn.take(random.uniform(d, 0));
    ++counted[first * 4 + urn.take(random.uniform(d, 1))];
  }
  EXPECT_LT(std::fabs(deviationsOf(expected, counted)), 4);
}

/// Beam search that draws finds sequences as often as the reference does.
TEST(Sampling, BeamsAsTheReference) {
  Json golden = readGolden("searches.json")["drawn"][0];
  TableModel model(Table::read(golden["model"]));
  std::map<std::string, double> theirs, ours;
  double total = 0;
  for (const auto &[key, count] : golden["counts"].items()) {
    theirs[key] = count.get<double>();
    total += theirs[key];
  }
  double draws = 2 * total;
  for (uint64_t seed = 0; seed < static_cast<uint64_t>(draws); ++seed) {
    SearchTask task = taskOf(golden["options"], seed);
    task.tokens = golden["prompt"].get<Tokens>();
    std::vector<std::unique_ptr<Search>> searches;
    searches.push_back(makeSearch(model, std::move(task)));
    std::string key;
    Answers answers = runSearches(model, std::move(searches));
    for (int32_t token : answers[0][0].tokens)
      key += (key.empty() ? "" : " ") + std::to_string(token);
    ++ours[key];
  }
  // Two samples of one distribution; rare outcomes are one.
  double statistic = 0, freedom = -1, rareTheirs = 0, rareOurs = 0;
  std::map<std::string, double> all = theirs;
  all.insert(ours.begin(), ours.end());
  auto add = [&](double a, double b) {
    double off = a * std::sqrt(draws / total) - b * std::sqrt(total / draws);
    if (a + b > 0)
      statistic += off * off / (a + b);
    ++freedom;
  };
  for (const auto &[key, count] : all) {
    if (theirs[key] + ours[key] >= 40) {
      add(theirs[key], ours[key]);
      continue;
    }
    rareTheirs += theirs[key];
    rareOurs += ours[key];
  }
  add(rareTheirs, rareOurs);
  ASSERT_GT(freedom, 8);
  EXPECT_LT(std::fabs(deviations(statistic, freedom)), 4);
}

TEST(Sampling, SeedsReproduce) {
  TableModel model({300, 1, 0.3f});
  Json options = {{"max_new_tokens", 12}, {"num_return_sequences", 4}};
  auto run = [&](uint64_t seed) {
    std::vector<std::unique_ptr<Search>> searches;
    searches.push_back(makeSearch(model, taskOf(options, seed)));
    std::vector<Tokens> found;
    Answers answers = runSearches(model, std::move(searches));
    for (const Continuation &continuation : answers[0])
      found.push_back(continuation.tokens);
    return found;
  };
  auto first = run(1);
  EXPECT_EQ(first, run(1));
  EXPECT_NE(first, run(2));
  // Sequences of one prompt differ.
  for (size_t i = 0; i < 4; ++i)
    for (size_t j = 0; j < i; ++j)
      EXPECT_NE(first[i], first[j]);
}

} // namespace
} // namespace tenon::generation
