//===- SearchTest.cpp - whole searches ------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TableModel.h"

namespace tenon::generation {
namespace {

std::vector<SearchTask> tasksOf(const Json &golden) {
  std::vector<SearchTask> tasks;
  for (const Json &prompt : golden["prompts"]) {
    SearchTask task;
    task.tokens = prompt.get<Tokens>();
    if (golden.contains("source"))
      task.source = golden["source"].get<Tokens>();
    task.config = configOf(golden["options"]);
    task.place = tasks.size();
    tasks.push_back(std::move(task));
  }
  return tasks;
}

void expectAnswers(const Json &golden, const Answers &answers) {
  std::string name = golden["options"].dump();
  ASSERT_EQ(answers.size(), golden["answers"].size()) << name;
  for (size_t p = 0; p < answers.size(); ++p) {
    const Json &expected = golden["answers"][p];
    ASSERT_EQ(answers[p].size(), expected["tokens"].size()) << name;
    for (size_t s = 0; s < answers[p].size(); ++s) {
      EXPECT_EQ(answers[p][s].tokens, expected["tokens"][s].get<Tokens>())
          << name << " prompt " << p << " sequence " << s;
      if (!expected["scores"].is_null())
        EXPECT_NEAR(answers[p][s].score, expected["scores"][s].get<float>(),
                    2e-5)
            << name << " prompt " << p << " sequence " << s;
      EXPECT_NE(answers[p][s].ending, Ending::Open) << name;
    }
  }
}

TEST(Searches, AsTheReference) {
  Json goldens = readGolden("searches.json")["searches"];
  ASSERT_GT(goldens.size(), 30u);
  for (const Json &golden : goldens) {
    Table table = Table::read(golden["model"]);
    // All prompts in one batch, and each by itself.
    TableModel model(table);
    std::vector<std::unique_ptr<Search>> searches;
    for (SearchTask &task : tasksOf(golden))
      searches.push_back(makeSearch(model, std::move(task)));
    expectAnswers(golden, runSearches(model, std::move(searches)));
    EXPECT_EQ(model.prefills, 1u);

    TableModel single(table);
    Answers answers;
    for (SearchTask &task : tasksOf(golden)) {
      std::vector<std::unique_ptr<Search>> one;
      one.push_back(makeSearch(single, std::move(task)));
      answers.push_back(runSearches(single, std::move(one)).front());
    }
    expectAnswers(golden, answers);
  }
}

SearchTask smallTask(const Json &options, Tokens prompt = {1, 2}) {
  SearchTask task;
  task.tokens = std::move(prompt);
  task.config = configOf(options);
  return task;
}

std::string createError(const Json &options, Tokens prompt = {1, 2},
                        size_t vocabulary = 16, size_t context = 20) {
  auto search = Search::create(smallTask(options, std::move(prompt)),
                               TableModel({vocabulary, 0, 1}, 4, context));
  return search ? "" : search.status().message();
}

TEST(Searches, PromptsThatDontFit) {
  EXPECT_EQ(createError({}, {}), "prompt: is empty");
  EXPECT_EQ(createError({}, {1, 16}),
            "prompt: has the token 16, but the model's are 0 to 15");
  EXPECT_EQ(createError({}, {-1}),
            "prompt: has the token -1, but the model's are 0 to 15");
  EXPECT_EQ(createError({}, Tokens(21, 1)),
            "prompt: has 21 tokens, but the model holds 20");
  EXPECT_EQ(createError({{"max_new_tokens", 20}}),
            "prompt: with 2 tokens and 20 new ones needs room for 21, but the "
            "model holds 20");
  EXPECT_EQ(createError({{"max_new_tokens", 19}}), "");
  EXPECT_EQ(createError({{"max_length", 2}}),
            "max_length: is 2, but the prompt has 2 tokens already");
  EXPECT_EQ(createError({{"num_beams", 5}}),
            "num_beams: is 5, but the model has 4 rows");
  EXPECT_EQ(
      createError({{"num_return_sequences", 1000000}, {"do_sample", true}}),
      "num_return_sequences: is 1000000, but the model has 4 rows");
  EXPECT_EQ(createError({{"stop_strings", "x"}}),
            "stop_strings: need a tokenizer");
  EXPECT_EQ(createError({{"num_beams", 2}, {"eos_token_id", {0, 1}}}, {1}, 2),
            "num_beams: beams need more tokens than the vocabulary has");
}

/// The first search's first sequence after some options.
Continuation only(const Json &options, Tokens prompt = {1, 2},
                  size_t context = SIZE_MAX) {
  TableModel model({16, 4, 1}, 64, context);
  std::vector<std::unique_ptr<Search>> searches;
  searches.push_back(makeSearch(model, smallTask(options, std::move(prompt))));
  return runSearches(model, std::move(searches)).front().front();
}

TEST(Searches, LengthsThatNobodyAskedForGiveWay) {
  GenerationConfig config = configOf({{"max_new_tokens", 100}});
  config.lengthIsAsked = false; // It comes from a file or a pipeline.
  EXPECT_EQ(config.lengths(2, 20)->max, 21u);
  TableModel model({16, 4, 1}, 64, 20);
  SearchTask task = smallTask({});
  task.config = config;
  std::vector<std::unique_ptr<Search>> searches;
  searches.push_back(makeSearch(model, std::move(task)));
  auto answers = runSearches(model, std::move(searches));
  EXPECT_EQ(answers[0][0].tokens.size(), 19u);
  EXPECT_EQ(answers[0][0].ending, Ending::Length);
}

TEST(Searches, SayWhyTheyEnd) {
  EXPECT_EQ(only({{"max_new_tokens", 3}}).ending, Ending::Length);
  Tokens tokens = only({{"max_new_tokens", 3}}).tokens;
  Continuation ended =
      only({{"max_new_tokens", 3}, {"eos_token_id", {tokens[1]}}});
  EXPECT_EQ(ended.ending, Ending::EndOfSequence);
  EXPECT_EQ(ended.tokens, (Tokens{tokens[0], tokens[1]}));
  EXPECT_EQ(only({{"max_new_tokens", 3}, {"max_time", 0}}).ending,
            Ending::Time);
  EXPECT_EQ(only({{"max_new_tokens", 3}, {"max_time", 1e300}}).ending,
            Ending::Length);
}

TEST(Searches, StopStringsEndBeamsToo) {
  for (int beams : {1, 3}) {
    Json options = {{"max_new_tokens", 6}, {"num_beams", beams}};
    Tokens free = only(options).tokens;
    ASSERT_EQ(free.size(), 6u);
    options["stop_strings"] = {"<" + std::to_string(free[2]) + ">"};
    SearchTask task = smallTask(options);
    task.text = [](int32_t token) { return "<" + std::to_string(token) + ">"; };
    TableModel model({16, 4, 1});
    std::vector<std::unique_ptr<Search>> searches;
    searches.push_back(makeSearch(model, std::move(task)));
    auto found = runSearches(model, std::move(searches))[0][0];
    EXPECT_EQ(found.ending, Ending::StopString);
    EXPECT_EQ(found.tokens.back(), free[2]);
  }
}

TEST(Searches, NoTokenIsPossible) {
  Json every = Json::array();
  for (int i = 0; i < 16; ++i)
    every.push_back({i});
  // The reference's greedy search takes the first then, and so do we.
  EXPECT_EQ(only({{"max_new_tokens", 2}, {"bad_words_ids", every}}).tokens,
            (Tokens{0, 0}));
  for (const Json &strategy :
       {Json{{"do_sample", true}}, Json{{"num_beams", 2}},
        Json{{"num_beams", 2}, {"do_sample", true}},
        Json{{"num_beams", 4},
             {"num_beam_groups", 2},
             {"diversity_penalty", 1}}}) {
    Json options = strategy;
    options["bad_words_ids"] = every;
    TableModel model({16, 4, 1});
    std::vector<std::unique_ptr<Search>> searches;
    searches.push_back(makeSearch(model, smallTask(options)));
    Generator generator(model, std::move(searches));
    auto more = generator.next();
    ASSERT_TRUE(more.isOk());
    EXPECT_FALSE(*more);
    EXPECT_EQ(generator.finish()[0].status().message(),
              "logits: no token is possible any more");
  }
}

} // namespace
} // namespace tenon::generation
