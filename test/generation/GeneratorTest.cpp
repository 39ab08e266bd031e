//===- GeneratorTest.cpp - batches, steps, cancelling ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TableModel.h"

#include <map>
#include <thread>

namespace tenon::generation {
namespace {

SearchTask taskOf(const Json &options, Tokens prompt, uint64_t place = 0) {
  SearchTask task;
  task.tokens = std::move(prompt);
  task.config = configOf(options);
  task.seed = 5;
  task.place = place;
  return task;
}

std::vector<std::unique_ptr<Search>>
manySearches(const TokenModel &model, const Json &options, size_t count) {
  std::vector<std::unique_ptr<Search>> searches;
  for (size_t p = 0; p < count; ++p) {
    Tokens prompt;
    for (size_t i = 0; i <= p % 5; ++i)
      prompt.push_back(static_cast<int32_t>((p * 7 + i * 3) % 16));
    searches.push_back(makeSearch(model, taskOf(options, prompt, p)));
  }
  return searches;
}

std::unique_ptr<Generator>
beginSearches(TokenModel &model,
              std::vector<std::unique_ptr<Search>> searches) {
  return std::make_unique<Generator>(model, std::move(searches));
}

const Json strategies[] = {
    {{"max_new_tokens", 7}, {"eos_token_id", {3, 9}}},
    {{"max_new_tokens", 7},
     {"eos_token_id", {3, 9}},
     {"do_sample", true},
     {"num_return_sequences", 3}},
    {{"max_new_tokens", 7}, {"eos_token_id", {3, 9}}, {"num_beams", 3}},
    {{"max_new_tokens", 7},
     {"eos_token_id", {3, 9}},
     {"num_beams", 4},
     {"num_beam_groups", 2},
     {"diversity_penalty", 0.5}},
    {{"max_new_tokens", 7},
     {"eos_token_id", {3, 9}},
     {"num_beams", 3},
     {"do_sample", true}},
};

/// A batch gives what its prompts give alone, drawn ones included, and however
/// many rows the model has.
TEST(Generator, BatchesAsSingles) {
  for (const Json &options : strategies) {
    std::vector<Answers> found;
    for (size_t rows : {4, 7, 64}) {
      TableModel model({16, 1, 1}, rows);
      found.push_back(runSearches(model, manySearches(model, options, 11)));
    }
    for (const Answers &answers : found)
      for (size_t p = 0; p < 11; ++p) {
        ASSERT_EQ(answers[p].size(), found[0][p].size());
        for (size_t s = 0; s < answers[p].size(); ++s) {
          EXPECT_EQ(answers[p][s].tokens, found[0][p][s].tokens) << options;
          EXPECT_EQ(answers[p][s].score, found[0][p][s].score);
        }
      }
  }
}

/// What a search gives for any model that finds so many of the best tokens.
void expectSame(const Answers &found, const Answers &expected,
                const Json &options) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t p = 0; p < found.size(); ++p) {
    ASSERT_EQ(found[p].size(), expected[p].size());
    for (size_t s = 0; s < found[p].size(); ++s) {
      EXPECT_EQ(found[p][s].tokens, expected[p][s].tokens) << options;
      EXPECT_NEAR(found[p][s].score, expected[p][s].score, 1e-5) << options;
    }
  }
}

/// A model that finds the best tokens itself gives no logits to searches that
/// need few tokens, and the same texts.
TEST(Generator, BestTokensWithoutLogits) {
  const std::pair<Json, size_t> needs[] = {
      {{}, 1},
      {{{"do_sample", true}, {"top_k", 5}}, 6},
      {{{"do_sample", true}, {"top_k", 60}}, 61},
      {{{"do_sample", true}, {"top_k", 99}}, 99}, // All of them.
      {{{"do_sample", true}, {"top_k", 1}, {"temperature", 0.3}}, 2},
      {{{"do_sample", true},
        {"top_k", 9},
        {"temperature", 1.7},
        {"top_p", 0.8},
        {"num_return_sequences", 3}},
       10},
      {{{"do_sample", true}, {"top_k", 9}, {"renormalize_logits", true}}, 10},
      {{{"num_beams", 3}}, 9},
      {{{"num_beams", 3}, {"num_return_sequences", 2}, {"eos_token_id", 5}}, 6},
      {{{"num_beams", 4}, {"length_penalty", 0.3}, {"eos_token_id", 5}}, 8}};
  for (auto [options, needed] : needs) {
    options["max_new_tokens"] = 7;
    if (!options.contains("eos_token_id"))
      options["eos_token_id"] = {3, 9};
    TableModel plain({99, 1, 1}), finding({99, 1, 1}), lacking({99, 1, 1});
    finding.mostBest = needed;
    lacking.mostBest = needed - 1;
    auto expected = runSearches(plain, manySearches(plain, options, 11));
    expectSame(runSearches(finding, manySearches(finding, options, 11)),
               expected, options);
    EXPECT_EQ(finding.callsWithoutLogits, finding.prefills + finding.steps)
        << options;
    EXPECT_EQ(finding.completions, 0u) << options;
    expectSame(runSearches(lacking, manySearches(lacking, options, 11)),
               expected, options);
    EXPECT_EQ(lacking.callsWithoutLogits, 0u) << options;
  }
}

/// These look at all logits.
TEST(Generator, LogitsThatAreNeeded) {
  for (Json options : std::initializer_list<Json>{
           {{"repetition_penalty", 1.5}},
           {{"do_sample", true}, {"top_k", 0}},
           {{"do_sample", true}, {"top_k", 5}, {"bad_words_ids", {{4}}}},
           {{"do_sample", true}, {"top_k", 5}, {"min_new_tokens", 3}},
           {{"num_beams", 3}, {"no_repeat_ngram_size", 2}},
           {{"num_beams", 3}, {"do_sample", true}},
           {{"num_beams", 3}, {"do_sample", true}, {"top_k", 0}},
           {{"num_beams", 4},
            {"num_beam_groups", 2},
            {"diversity_penalty", 0.5}}}) {
    options["max_new_tokens"] = 7;
    options["eos_token_id"] = {3, 9};
    TableModel plain({99, 1, 1}), finding({99, 1, 1});
    finding.mostBest = 99;
    expectSame(runSearches(finding, manySearches(finding, options, 11)),
               runSearches(plain, manySearches(plain, options, 11)), options);
    EXPECT_EQ(finding.callsWithoutLogits, 0u) << options;
  }
}

/// top_k keeps what equals the last that it keeps: if that may be more than
/// was found, all logits come.
TEST(Generator, BestTokensThatEqualOthers) {
  for (double temperature : {1.0, 0.7}) {
    Json options = {{"do_sample", true},
                    {"top_k", 5},
                    {"temperature", temperature},
                    {"max_new_tokens", 9}};
    TableModel plain({99, 1, 1}), finding({99, 1, 1});
    plain.grain = finding.grain = 0.2f;
    finding.mostBest = 99;
    expectSame(runSearches(finding, manySearches(finding, options, 11)),
               runSearches(plain, manySearches(plain, options, 11)), options);
    EXPECT_GT(finding.completions, 0u);
    EXPECT_EQ(finding.callsWithoutLogits, finding.prefills + finding.steps);
  }
  // Of beams the first win, as they do on the device.
  Json options = {{"num_beams", 3}, {"max_new_tokens", 9}};
  TableModel plain({99, 1, 1}), finding({99, 1, 1});
  plain.grain = finding.grain = 0.5f;
  finding.mostBest = 99;
  expectSame(runSearches(finding, manySearches(finding, options, 11)),
             runSearches(plain, manySearches(plain, options, 11)), options);
  EXPECT_EQ(finding.completions, 0u);
}

/// As long as one of the searches needs logits, all get them.
TEST(Generator, SomeNeedLogits) {
  const Json greedy = {{"max_new_tokens", 9}};
  const std::pair<Json, bool> others[] = {
      {{{"max_new_tokens", 4}, {"repetition_penalty", 1.5}}, false},
      {{{"max_new_tokens", 4}, {"do_sample", true}, {"top_k", 0}}, false},
      {{{"max_new_tokens", 4}}, true}};
  for (const auto &[options, wantsProbabilities] : others) {
    TableModel model({16, 1, 1});
    model.mostBest = 16;
    std::vector<std::unique_ptr<Search>> searches;
    searches.push_back(makeSearch(model, taskOf(greedy, {1, 2})));
    SearchTask other = taskOf(options, {3, 4}, 1);
    other.wantsProbabilities = wantsProbabilities;
    searches.push_back(makeSearch(model, other));
    auto found = runSearches(model, std::move(searches));
    EXPECT_EQ(model.callsWithoutLogits, 5u);
    TableModel alone({16, 1, 1});
    std::vector<std::unique_ptr<Search>> one;
    one.push_back(makeSearch(alone, taskOf(greedy, {1, 2})));
    EXPECT_EQ(found[0][0].tokens,
              runSearches(alone, std::move(one))[0][0].tokens);
  }
}

/// Searches that need few tokens get what the one needs that needs most.
TEST(Generator, SomeNeedMoreTokens) {
  const Json strategies[] = {
      {{"max_new_tokens", 9}, {"do_sample", true}, {"top_k", 4}},
      {{"max_new_tokens", 7}, {"num_beams", 5}},
      {{"max_new_tokens", 8}}};
  auto searchesFor = [&](const TableModel &model) {
    std::vector<std::unique_ptr<Search>> searches;
    for (const Json &options : strategies)
      searches.push_back(
          makeSearch(model, taskOf(options, {1, 2}, searches.size())));
    return searches;
  };
  TableModel plain({99, 1, 1}), finding({99, 1, 1});
  finding.mostBest = 10;
  expectSame(runSearches(finding, searchesFor(finding)),
             runSearches(plain, searchesFor(plain)), {});
  EXPECT_EQ(finding.callsWithoutLogits, 9u);
  EXPECT_EQ(finding.completions, 0u);
}

/// Whatever is none of the numbers that a model found, or made a total of.
TEST(Generator, BestLogitsThatAreNone) {
  struct Broken : TableModel {
    using TableModel::TableModel;
    std::span<const RowLogits> best() const override { return {&row, 1}; }
    RowLogits row;
  };
  using Limits = std::numeric_limits<float>;
  constexpr float none = Limits::quiet_NaN();
  const Tokens tokens = {3, 4, 5, 6, 7, 8};
  const float good[] = {6, 5, 4, 3, 2, 1}, bad[] = {none, 5, 4, 3, 2, 1},
              infinite[] = {Limits::infinity(), 5, 4, 3, 2, 1};
  const std::pair<RowLogits, std::string> rows[] = {
      {{bad, tokens, 1}, "logits: the score of a token is not a number"},
      {{good, tokens, none}, "logits: the score of a token is not a number"},
      // Its total is infinity minus infinity.
      {{infinite, tokens, none}, "logits: the score of a token is infinite"}};
  for (const Json &options : std::initializer_list<Json>{
           {{"max_new_tokens", 4}},
           {{"max_new_tokens", 4}, {"do_sample", true}, {"top_k", 5}},
           {{"max_new_tokens", 4}, {"num_beams", 3}}})
    for (const auto &[row, message] : rows) {
      Broken model({16, 1, 1});
      model.mostBest = 16;
      model.row = row;
      std::vector<std::unique_ptr<Search>> searches;
      searches.push_back(makeSearch(model, taskOf(options, {1})));
      Generator generator(model, std::move(searches));
      EXPECT_FALSE(*generator.next());
      EXPECT_EQ(generator.finish()[0].status().message(), message);
    }
}

TEST(Generator, ComputesNoRowThatNobodyNeeds) {
  Json options = {{"max_new_tokens", 7}, {"eos_token_id", {3, 9}}};
  TableModel model({16, 1, 1});
  auto answers = runSearches(model, manySearches(model, options, 11));
  size_t tokens = 0;
  for (const auto &answer : answers)
    tokens += answer[0].tokens.size();
  EXPECT_LT(tokens, 11 * 7u); // Some end early.
  EXPECT_EQ(model.computedRows, tokens);
}

TEST(Generator, ReordersOnlyWhenRowsChange) {
  TableModel model({16, 1, 1});
  runSearches(model, manySearches(model, {{"max_new_tokens", 7}}, 3));
  EXPECT_EQ(model.reorders, 0u);
  EXPECT_EQ(model.steps, 6u);
}

TEST(Generator, EventsMakeTheSequences) {
  for (const Json &options : strategies) {
    if (options.contains("num_beams"))
      continue;
    TableModel model({16, 1, 1}, 8);
    auto generator = beginSearches(model, manySearches(model, options, 5));
    std::map<std::pair<size_t, size_t>, Tokens> told;
    std::map<std::pair<size_t, size_t>, Ending> endings;
    bool more = true;
    while (more) {
      more = *generator->next();
      for (const TokenEvent &event : generator->events()) {
        std::pair key(event.prompt, event.sequence);
        EXPECT_EQ(endings[key], Ending::Open);
        told[key].push_back(event.token);
        endings[key] = event.ending;
      }
    }
    auto results = generator->finish();
    for (size_t p = 0; p < results.size(); ++p)
      for (size_t s = 0; s < results[p]->size(); ++s) {
        EXPECT_EQ((*results[p])[s].tokens, told[std::pair(p, s)]);
        EXPECT_EQ((*results[p])[s].ending, endings[std::pair(p, s)]);
      }
  }
}

TEST(Generator, CancelledAtEveryStep) {
  for (const Json &options : strategies)
    for (int steps = 0; steps < 7; ++steps) {
      TableModel model({16, 1, 1});
      auto generator = beginSearches(model, manySearches(model, options, 3));
      for (int i = 0; i < steps; ++i)
        ASSERT_TRUE(generator->next().isOk());
      for (auto &result : generator->finish()) {
        ASSERT_TRUE(result.isOk());
        for (const Continuation &continuation : *result)
          EXPECT_LE(continuation.tokens.size(), static_cast<size_t>(steps) + 1);
      }
      generator.reset();
      // The model serves the next one.
      auto answers = runSearches(model, manySearches(model, options, 2));
      EXPECT_FALSE(answers[0][0].tokens.empty());
    }
}

TEST(Generator, FailuresOfTheModel) {
  TableModel model({16, 1, 1});
  model.failAtStep = 2;
  auto generator =
      beginSearches(model, manySearches(model, {{"max_new_tokens", 7}}, 2));
  EXPECT_TRUE(*generator->next());
  EXPECT_TRUE(*generator->next());
  auto failed = generator->next();
  EXPECT_EQ(failed.status().message(), "model: is broken");
  EXPECT_FALSE(*generator->next());
  EXPECT_EQ((*generator->finish()[0])[0].tokens.size(), 2u);
}

TEST(Generator, OneFailureLeavesTheOthers) {
  TableModel model({16, 1, 1});
  Json every = Json::array();
  for (int i = 0; i < 16; ++i)
    every.push_back({1, i});
  std::vector<std::unique_ptr<Search>> searches;
  for (const Tokens &prompt : {Tokens{2}, Tokens{4, 1}, Tokens{3}})
    searches.push_back(makeSearch(model, taskOf({{"max_new_tokens", 2},
                                                 {"do_sample", true},
                                                 {"bad_words_ids", every},
                                                 {"suppress_tokens", {1}}},
                                                prompt)));
  auto generator = beginSearches(model, std::move(searches));
  while (*generator->next())
    ;
  auto results = generator->finish();
  EXPECT_EQ(results[0]->front().tokens.size(), 2u);
  EXPECT_EQ(results[1].status().message(),
            "logits: no token is possible any more");
  EXPECT_EQ(results[2]->front().tokens.size(), 2u);
}

/// Of thousands of prompts, those that are done keep their tokens only.
TEST(Generator, FinishedSearchesGo) {
  TableModel model({16, 1, 1}, 2);
  auto alive = std::make_shared<int>();
  std::vector<std::unique_ptr<Search>> searches;
  for (int i = 0; i < 6; ++i) {
    SearchTask task = taskOf(
        {{"max_new_tokens", 3}, {"stop_strings", {"aaaaaaaa"}}}, Tokens{i});
    task.text = [alive](int32_t) { return std::string("a"); };
    searches.push_back(makeSearch(model, std::move(task)));
  }
  long all = alive.use_count();
  auto generator = beginSearches(model, std::move(searches));
  for (int i = 0; i < 6; ++i)
    ASSERT_TRUE(*generator->next());
  EXPECT_LE(alive.use_count() - 1, (all - 1) / 3);
  while (*generator->next())
    ;
  EXPECT_EQ(alive.use_count(), 1);
  for (auto &result : generator->finish())
    EXPECT_EQ(result->front().tokens.size(), 3u);
}

/// What waits for rows doesn't lose time.
TEST(Generator, TimeCountsFromAPromptsBeginning) {
  TableModel model({16, 1, 1}, 1);
  Json options = {{"max_new_tokens", 4}, {"max_time", 0.2}};
  auto generator = beginSearches(model, manySearches(model, options, 2));
  for (int i = 0; i < 4; ++i)
    ASSERT_TRUE(*generator->next());
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  while (*generator->next())
    ;
  auto results = generator->finish();
  EXPECT_EQ(results[0]->front().ending, Ending::Length);
  EXPECT_EQ(results[1]->front().ending, Ending::Length);
}

TEST(Generator, NothingToDo) {
  TableModel model({16, 1, 1});
  auto generator = beginSearches(model, {});
  EXPECT_FALSE(*generator->next());
  EXPECT_TRUE(generator->finish().empty());
  EXPECT_EQ(model.prefills, 0u);
}

} // namespace
} // namespace tenon::generation
