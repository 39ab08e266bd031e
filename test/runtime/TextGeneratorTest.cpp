//===- TextGeneratorTest.cpp - answers of text-generation -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "../generation/TableModel.h"

#include "runtime/heads/ModelFiles.h"
#include "runtime/heads/TextGenerator.h"

using namespace tenon;
using generation::Table;
using generation::TableModel;
using heads::TaskRequest;
using heads::TextGenerator;

namespace {

/// The tokenizer of the goldens; with a length, as if its files said so.
tokenizers::Tokenizer makeTokenizer(const Json &maxLength = nullptr) {
  std::map<std::string, std::string> files;
  std::string folder = std::string(TENON_GOLDENS) + "/tokenizers/uncased/";
  for (const char *name :
       {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"})
    files[name] = *readFile(folder + name, 1 << 20);
  if (!maxLength.is_null()) {
    Json config = *parseJson(files["tokenizer_config.json"], "config");
    config["model_max_length"] = maxLength;
    files["tokenizer_config.json"] = config.dump();
  }
  auto tokenizer = heads::readTokenizer(
      folder, [&](const std::string &name) -> std::optional<std::string_view> {
        auto found = files.find(name);
        if (found == files.end())
          return std::nullopt;
        return found->second;
      });
  EXPECT_TRUE(tokenizer.isOk()) << tokenizer.status().message();
  return *tokenizer;
}

TextGenerator makeGenerator(const Json &golden = Json::object()) {
  Json generation = golden.value("generation_config", Json::object());
  Json config = golden.value("config", Json::object());
  auto made = TextGenerator::create(
      makeTokenizer(golden.value("model_max_length", Json())), &generation,
      config);
  EXPECT_TRUE(made.isOk()) << made.status().message();
  return *made;
}

TableModel makeModel(uint32_t seed = 0, size_t contextLimit = SIZE_MAX) {
  return TableModel({makeTokenizer().vocabularySize(), seed, 2}, 64,
                    contextLimit);
}

TEST(TextGenerator, AnswersAsThePipeline) {
  Json calls = generation::readGolden("pipeline.json")["calls"];
  ASSERT_GT(calls.size(), 30u);
  for (const Json &call : calls) {
    TableModel model = makeModel(call["seed"].get<uint32_t>());
    TaskRequest request = {call["inputs"], call["options"], {}};
    auto answers = makeGenerator(call).run(model, {&request, 1}, nullptr);
    ASSERT_EQ(answers.size(), 1u);
    std::string name = call.dump().substr(0, 400);
    if (call.contains("error")) {
      EXPECT_FALSE(answers[0].isOk()) << answers[0]->json << name;
      continue;
    }
    ASSERT_TRUE(answers[0].isOk()) << answers[0].status().message() << name;
    EXPECT_EQ(*parseJson(answers[0]->json, "answer"), call["answer"]) << name;
  }
}

TEST(TextGenerator, RequestsRunTogether) {
  Json calls = generation::readGolden("pipeline.json")["calls"];
  std::vector<TaskRequest> requests;
  std::vector<const Json *> expected;
  for (const Json &call : calls)
    if (call["config"].empty() && call["generation_config"].empty() &&
        call["model_max_length"].is_null() && call["seed"] == 0) {
      requests.push_back({call["inputs"], call["options"], {}});
      expected.push_back(&call);
    }
  ASSERT_GT(requests.size(), 20u);
  TableModel model = makeModel();
  auto answers = makeGenerator().run(model, requests, nullptr);
  EXPECT_EQ(model.prefills, 1u);
  for (size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].isOk(), expected[i]->contains("answer"))
        << *expected[i];
    if (answers[i])
      EXPECT_EQ(*parseJson(answers[i]->json, "answer"),
                (*expected[i])["answer"]);
  }
}

std::string errorOf(const Json &inputs, const Json &options,
                    size_t contextLimit = SIZE_MAX) {
  TableModel model = makeModel(0, contextLimit);
  TaskRequest request = {inputs, options, {}};
  auto answers = makeGenerator().run(model, {&request, 1}, nullptr);
  return answers[0] ? "" : answers[0].status().message();
}

TEST(TextGenerator, ErrorsSayWhat) {
  EXPECT_EQ(errorOf("a", {{"top_kk", 5}}),
            "top_kk: is no parameter of text-generation");
  EXPECT_EQ(errorOf("a", {{"top_k", "x"}}),
            "top_k: must be an integer or null");
  EXPECT_EQ(errorOf("a", {{"eos_token_id", "x"}}),
            "eos_token_id: must be a token's id or a list of them");
  EXPECT_EQ(errorOf(Json::array(), {}), "inputs: is an empty list");
  EXPECT_EQ(errorOf("", {{"add_special_tokens", false}}),
            "text: is empty, and the model has no bos_token_id to begin with");
  Json chat = {{{"role", "user"}, {"content", "hi"}}};
  EXPECT_EQ(errorOf(chat, {}),
            "text: is a chat, which this version can't format");
  EXPECT_EQ(errorOf(Json::array({chat}), {}),
            "inputs[0]: is a chat, which this version can't format");
  EXPECT_EQ(errorOf("a", {{"handle_long_generation", "x"}}),
            "handle_long_generation: must be \"hole\", but is \"x\"");
  EXPECT_EQ(errorOf("a", {{"return_tensors", true}, {"return_text", true}}),
            "return_tensors: excludes return_text");
  EXPECT_EQ(errorOf("a", {{"max_new_tokens", 30}}, 20),
            "prompt: with 3 tokens and 30 new ones needs room for 32, but the "
            "model holds 20");
  // Nobody asked for the 256 tokens of the pipeline.
  EXPECT_EQ(errorOf("a", {}, 20), "");
  EXPECT_EQ(errorOf("a", {{"num_beams", 65}, {"do_sample", false}}),
            "num_beams: is 65, but the model has 64 rows");
}

TEST(TextGenerator, SamplesBySeed) {
  auto run = [](const Json &options) {
    TableModel model = makeModel();
    Json all = options;
    all["max_new_tokens"] = 9;
    TaskRequest request = {"the cat", all, {}};
    auto answers = makeGenerator().run(model, {&request, 1}, nullptr);
    EXPECT_TRUE(answers[0].isOk()) << answers[0].status().message();
    return answers[0]->json;
  };
  EXPECT_EQ(run({{"seed", 3}}), run({{"seed", 3}}));
  EXPECT_NE(run({{"seed", 3}}), run({{"seed", 4}}));
  EXPECT_NE(run({}), run({})); // Unless all bits of two seeds are the same.
}

TEST(TextGenerator, TellsTokensAndCanBeCancelled) {
  TableModel model = makeModel();
  Json options = {{"do_sample", false}, {"max_new_tokens", 6}};
  TaskRequest requests[] = {{{"a", "the cat"}, options, {}},
                            {"what", options, {}}};
  auto generator = makeGenerator();
  std::map<std::pair<size_t, size_t>, size_t> counts;
  size_t steps = 0;
  auto answers = generator.run(
      model, requests,
      [&](size_t done, size_t total) {
        EXPECT_EQ(done, ++steps);
        EXPECT_EQ(total, 6u);
        return true;
      },
      [&](const heads::GeneratedToken &token) {
        ++counts[{token.request, token.input}];
        EXPECT_EQ(token.ending != generation::Ending::Open, steps == 6);
        return true;
      });
  EXPECT_TRUE(answers[0].isOk());
  EXPECT_EQ(steps, 6u);
  EXPECT_EQ(counts, (std::map<std::pair<size_t, size_t>, size_t>{
                        {{0, 0}, 6}, {{0, 1}, 6}, {{1, 0}, 6}}));

  size_t told = 0;
  auto cancelled =
      generator.run(model, requests, nullptr,
                    [&](const heads::GeneratedToken &) { return ++told < 5; });
  EXPECT_EQ(told, 5u);
  EXPECT_EQ(cancelled[0].status().message(), "task: was cancelled");
  cancelled = generator.run(model, requests,
                            [](size_t done, size_t) { return done < 2; });
  EXPECT_EQ(cancelled[1].status().message(), "task: was cancelled");
  answers = generator.run(model, requests, nullptr);
  EXPECT_TRUE(answers[0].isOk());
}

TEST(TextGenerator, StepByStep) {
  TableModel model = makeModel();
  Json options = {{"do_sample", false}, {"max_new_tokens", 6}};
  TaskRequest requests[] = {{"the cat", options, {}},
                            {5, options, {}},
                            {Json{"a", "what"}, options, {}}};
  auto generator = makeGenerator();
  auto whole = generator.run(model, requests, nullptr);
  auto run = generator.begin(model, requests);
  EXPECT_EQ(run->maxSteps(), 6u);
  for (int step = 1; step <= 6; ++step) {
    auto more = run->next();
    ASSERT_TRUE(more.isOk());
    EXPECT_EQ(*more, step < 6);
    ASSERT_EQ(run->tokens().size(), 3u);
    EXPECT_EQ(run->tokens()[2].request, 2u);
    EXPECT_EQ(run->tokens()[2].input, 1u);
  }
  EXPECT_FALSE(*run->next());
  auto answers = run->finish();
  EXPECT_EQ(answers[0]->json, whole[0]->json);
  EXPECT_EQ(answers[1].status().message(), whole[1].status().message());
  EXPECT_EQ(answers[2]->json, whole[2]->json);

  // Ended from outside: what there is so far.
  run = generator.begin(model, requests);
  EXPECT_TRUE(*run->next());
  EXPECT_TRUE(*run->next());
  answers = run->finish();
  Json all = *parseJson(whole[0]->json, ""),
       part = *parseJson(answers[0]->json, "");
  std::string begin = part[0]["generated_text"];
  EXPECT_TRUE(all[0]["generated_text"].get<std::string>().starts_with(begin));
  EXPECT_LT(begin.size(), all[0]["generated_text"].get<std::string>().size());
}

TEST(TextGenerator, StopsAtStrings) {
  TableModel model = makeModel();
  auto generator = makeGenerator();
  auto run = [&](const Json &options) {
    TaskRequest request = {"what a day", options, {}};
    auto answers = generator.run(model, {&request, 1}, nullptr);
    EXPECT_TRUE(answers[0].isOk()) << answers[0].status().message();
    return *parseJson(answers[0]->json, "answer");
  };
  Json options = {{"do_sample", false}, {"max_new_tokens", 9}};
  EXPECT_EQ(run(options)[0]["generated_text"].get<std::string>().substr(0, 27),
            "what a day labs berlin oner");
  options["stop_strings"] = {"zzz", "in o"};
  EXPECT_EQ(run(options)[0]["generated_text"], "what a day labs berlin one");
}

TEST(TextGenerator, BeamsThatNoTokenEnds) {
  TableModel model = makeModel();
  auto generator = makeGenerator();
  auto run = [&](Json options) {
    options.update({{"do_sample", false},
                    {"num_beams", 4},
                    {"num_return_sequences", 4},
                    {"max_new_tokens", 9},
                    {"pad_token_id", 5},
                    {"stop_strings", {"a", "e"}}});
    TaskRequest request = {"what a day", options, {}};
    auto answers = generator.run(model, {&request, 1}, nullptr);
    EXPECT_TRUE(answers[0].isOk()) << answers[0].status().message();
    return *parseJson(answers[0]->json, "answer");
  };
  Json tokens = run({{"return_tensors", true}});
  size_t length = tokens[0]["generated_token_ids"].size(), padded = 0;
  for (const Json &sequence : tokens) {
    const Json &ids = sequence["generated_token_ids"];
    EXPECT_EQ(ids.size(), length);
    padded += ids.back() == -1;
    EXPECT_NE(ids.back(), 5);
  }
  EXPECT_GT(padded, 0u);
  EXPECT_EQ(run(Json::object()).size(), 4u);
}

TEST(TextGenerator, Warns) {
  auto warnings = makeGenerator().warnings(
      {{"do_sample", false}, {"temperature", 1}, {"top_k", 5}});
  ASSERT_TRUE(warnings.isOk());
  EXPECT_EQ(*warnings, (std::vector<std::string>{
                           "top_k: 5 has no effect without do_sample"}));
  // Nobody asked for the pipeline's temperature, nor for the model's length.
  Json file = {{"generation_config", {{"length_penalty", 2}}}};
  EXPECT_EQ(makeGenerator(file).warnings({{"do_sample", false}})->size(), 0u);
}

} // namespace
