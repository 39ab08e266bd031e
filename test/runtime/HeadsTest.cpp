//===- HeadsTest.cpp - answers against those of the pipelines -------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "../support/TestFiles.h"
#include "ReferenceModel.h"

#include "runtime/heads/TaskModel.h"

#include "support/Text.h"

#include <cmath>

using namespace tenon;
using heads::TaskModel;

namespace {

/// Where two JSON values differ by more than `tolerance`; empty if nowhere.
std::string difference(const Json &a, const Json &b, double tolerance,
                       const std::string &at = "") {
  if (a.is_number_float() && b.is_number_float())
    return std::fabs(a.get<double>() - b.get<double>()) <= tolerance
               ? ""
               : at + ": " + a.dump() + " and " + b.dump();
  if (a.type() != b.type() || a.size() != b.size())
    return at + ": " + a.dump().substr(0, 200) + " and " +
           b.dump().substr(0, 200);
  if (a.is_array()) {
    for (size_t i = 0; i < a.size(); ++i)
      if (auto d = difference(a[i], b[i], tolerance, concat(at, '/', i));
          !d.empty())
        return d;
    return "";
  }
  if (a.is_object()) {
    for (const auto &[key, value] : a.items())
      if (auto d = b.contains(key)
                       ? difference(value, b[key], tolerance, at + "/" + key)
                       : at + " has no " + key;
          !d.empty())
        return d;
    return "";
  }
  return a == b ? "" : at + ": " + a.dump() + " and " + b.dump();
}

struct Loaded {
  std::shared_ptr<const runtime::Model> model;
  std::unique_ptr<TaskModel> tasks;
  std::unique_ptr<runtime::Session> session;
};

class HeadsTest : public testing::TestWithParam<const char *> {
protected:
  Loaded load(const std::string &checkpoint, unsigned threads = 2) {
    Loaded loaded;
    std::string file = folder / "m.tenon";
    Status built = buildReferenceModel(checkpoint, file);
    EXPECT_TRUE(built.isOk()) << built.message();
    auto instance = *runtime::Instance::create({.threads = threads});
    auto model = runtime::Model::open(instance, file);
    EXPECT_TRUE(model) << model.status().message();
    loaded.model = *model;
    loaded.tasks = std::make_unique<TaskModel>(loaded.model);
    loaded.session = std::move(*runtime::Session::create(loaded.model));
    return loaded;
  }

  TestFolder folder;
};

std::string goldens(const std::string &name) {
  return std::string(TENON_GOLDENS) + "/checkpoints/" + name;
}

TEST_P(HeadsTest, AnswersAsThePipelines) {
  std::string checkpoint = goldens(GetParam());
  Loaded loaded = load(checkpoint);
  std::string text = *readFile(checkpoint + "/pipeline.json", 1 << 26);
  Json pipeline = *parseJson(text, "pipeline.json");
  int answered = 0;
  for (const Json &call : pipeline["calls"]) {
    if (!heads::findHead(call["task"].get<std::string>()))
      continue;
    ++answered;
    Json request = {{"task", call["task"]},
                    {"inputs", call["inputs"]},
                    {"parameters", call["options"]}};
    auto answer = loaded.tasks->run(*loaded.session, request.dump(), {}, {});
    if (call.contains("error")) {
      EXPECT_FALSE(answer) << request.dump();
      continue;
    }
    ASSERT_TRUE(answer) << answer.status().render() << "\n" << request.dump();
    auto json = parseJson(answer->json, "answer");
    ASSERT_TRUE(json) << json.status().message();
    EXPECT_EQ(difference(*json, call["answer"], 1e-4), "") << request.dump();
  }
  EXPECT_GT(answered, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Checkpoints, HeadsTest,
    testing::Values("bert-seqcls", "bert-seqcls-multilabel",
                    "bert-seqcls-regression", "bert-seqcls-single", "bert-nli",
                    "bert-head-unprefixed", "distilbert-seqcls", "bert-base",
                    "bert-base-nopooler", "bert-base-prefixed", "bert-wide",
                    "distilbert-base", "sentence-mean", "sentence-cls",
                    "sentence-max", "sentence-cls-mean", "bert-token",
                    "distilbert-token", "bert-qa", "distilbert-qa",
                    "bert-mlm-tied", "bert-mlm-untied", "distilbert-mlm",
                    "bert-nsp"),
    [](const auto &info) {
      std::string name = info.param;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST_F(HeadsTest, NumbersArePrintedAsPythonDoes) {
  Loaded loaded = load(goldens("bert-seqcls"));
  auto answer = loaded.tasks->run(
      *loaded.session,
      R"({"inputs": "", "parameters": {"function_to_apply": "softmax"}})", {},
      {});
  ASSERT_TRUE(answer);
  EXPECT_TRUE(
      answer->json.starts_with(R"([{"label": "bad", "score": 0.277684)"))
      << answer->json;
}

TEST_F(HeadsTest, BatchesAgreeWithSingles) {
  Loaded loaded = load(goldens("sentence-mean"));
  Json inputs = Json::array();
  for (int i = 0; i < 70; ++i)
    inputs.push_back(std::string(i % 23, 'a') + " the river " +
                     std::to_string(i));
  auto run = [&](const Json &in) {
    Json request = {{"task", "sentence-embedding"}, {"inputs", in}};
    auto answer = loaded.tasks->run(*loaded.session, request.dump(), {}, {});
    EXPECT_TRUE(answer) << answer.status().message();
    return *parseJson(answer->json, "answer");
  };
  Json all = run(inputs);
  ASSERT_EQ(all.size(), inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i)
    EXPECT_EQ(difference(run(inputs[i]), all[i], 1e-5), "");
  EXPECT_EQ(run(Json::array()), Json::array());
}

TEST_F(HeadsTest, RequestsFailByThemselves) {
  Loaded loaded = load(goldens("bert-seqcls"));
  std::vector<heads::TaskRequest> requests(3);
  requests[0].inputs = "The food";
  requests[1].inputs = 3;
  requests[2].inputs = Json::array({"One", "Two"});
  auto head = loaded.tasks->head("");
  ASSERT_TRUE(head);
  size_t steps = 0;
  heads::Listener listener;
  listener.progress = [&](size_t, size_t total) {
    EXPECT_EQ(total, 3u);
    ++steps;
    return true;
  };
  auto answers = (*head)->run(*loaded.session, requests, listener);
  EXPECT_TRUE(answers[0]);
  EXPECT_FALSE(answers[1]);
  EXPECT_TRUE(answers[2]);
  EXPECT_GE(steps, 1u);
}

TEST_F(HeadsTest, CallsCanBeCancelled) {
  Loaded loaded = load(goldens("bert-seqcls"));
  heads::Listener listener;
  listener.progress = [](size_t, size_t) { return false; };
  auto answer =
      loaded.tasks->run(*loaded.session, R"({"inputs": "a"})", {}, listener);
  EXPECT_EQ(answer.status().message(), "task: was cancelled");
}

TEST_F(HeadsTest, BadRequests) {
  Loaded loaded = load(goldens("bert-seqcls"));
  auto failure = [&](std::string_view request) {
    return loaded.tasks->run(*loaded.session, request, {}, {})
        .status()
        .render();
  };
  EXPECT_EQ(failure("[]"), "request: must be an object with 'inputs'");
  EXPECT_TRUE(failure("{").starts_with("request:1:"));
  EXPECT_EQ(failure(R"({"inputs": "a", "option": 1})"),
            "request: unknown key 'option'\n"
            "help: its keys: inputs, parameters, task");
  EXPECT_EQ(failure(R"({"inputs": "a", "task": "text-clasification"})"),
            "task: there is no 'text-clasification'\n"
            "help: did you mean 'text-classification'?");
  EXPECT_EQ(failure(R"({"inputs": "a", "task": "sentimnt-analysis"})"),
            "task: there is no 'sentimnt-analysis'\n"
            "help: did you mean 'sentiment-analysis'?");
  EXPECT_EQ(failure(R"({"inputs": "a", "task": "sentence-embedding"})"),
            folder / "m.tenon: can't do this task: it has no output "
                     "'last_hidden_state'\n"
                     "help: it is for text-classification; for others, compile "
                     "with --task");
  EXPECT_EQ(failure(R"({"inputs": "a", "parameters": {"topk": 2}})"),
            "topk: is no parameter of text-classification\n"
            "help: did you mean 'top_k'?");
  EXPECT_EQ(failure(R"({"inputs": "a", "parameters": {"top_k": "2"}})"),
            "top_k: must be an integer or null");
  EXPECT_EQ(failure(R"({"inputs": "a", "parameters": []})"),
            "parameters: must be an object");
  EXPECT_EQ(
      failure(
          R"({"inputs": "a", "parameters": {"function_to_apply": "tanh"}})"),
      "function_to_apply: can't be 'tanh'\n"
      "help: it may be: softmax, sigmoid, none");
  EXPECT_EQ(failure(R"({"inputs": "a", "parameters": {"truncation": "left"}})"),
            "truncation: can't be 'left'\n"
            "help: it may be: longest_first, only_first, only_second, "
            "do_not_truncate");
  EXPECT_EQ(failure(R"({"inputs": "a", "parameters": {"batch_size": 0}})"),
            "batch_size: must be at least 1");
  EXPECT_EQ(failure(R"({"inputs": {"text": "a", "pair": "b"}})"),
            "inputs: 'pair' can't be in a pair; it has 'text' and 'text_pair', "
            "two strings");
  std::string longText(200, 'x');
  std::string spaced;
  for (char c : longText)
    spaced += {c, ' '};
  EXPECT_EQ(failure(concat(R"({"inputs": ")", spaced, "\"}")),
            "text: gives 202 tokens, but the model takes at most 40\n"
            "help: cut it with --truncation --max-length 40");
  // Of a list, which.
  EXPECT_EQ(failure(concat(R"({"inputs": ["a", ")", spaced, "\"]}")),
            "inputs[1]: gives 202 tokens, but the model takes at most 40\n"
            "help: cut it with --truncation --max-length 40");
  EXPECT_EQ(failure(R"({"inputs": ["a", "b", 5]})"),
            "inputs[2]: an input must be a string, or for a pair of texts an "
            "object {\"text\": \"My text\", \"text_pair\": \"My pair\"}");
}

// numpy's order, read from its end. No golden can say it: goldens have no ties.
TEST_F(HeadsTest, EqualZeroShotScoresListTheLastLabelFirst) {
  Loaded loaded = load(goldens("bert-nli"));
  auto answer = loaded.tasks->run(
      *loaded.session,
      R"({"task": "zero-shot-classification", "inputs": "It was late.",
          "parameters": {"candidate_labels": ["☂", "a", "☃", "☄"]}})",
      {}, {});
  ASSERT_TRUE(answer) << answer.status().render();
  Json json = *parseJson(answer->json, "answer");
  std::vector<std::string> unknown;
  for (const Json &label : json["labels"])
    if (label != "a")
      unknown.push_back(label);
  EXPECT_EQ(join(unknown, " "), "☄ ☃ ☂");
}

//===----------------------------------------------------------------------===//
// Files of the model
//===----------------------------------------------------------------------===//

TEST(Labels, AsTransformersReadsThem) {
  auto parse = [](std::string_view config) {
    Json json = *parseJson(config, "config.json");
    auto labels = heads::Labels::parse(json);
    return labels ? join(labels->names, ",") : labels.status().message();
  };
  EXPECT_EQ(parse("{}"), "LABEL_0,LABEL_1");
  EXPECT_EQ(parse(R"({"num_labels": 3})"), "LABEL_0,LABEL_1,LABEL_2");
  EXPECT_EQ(parse(R"({"id2label": {"1": "b", "0": "a"}})"), "a,b");
  EXPECT_EQ(parse(R"({"id2label": {"0": "a", "2": "c"}})"),
            "config.json: id2label: key '2' leaves a gap; with 2 labels the "
            "keys must be 0 to 1");
  EXPECT_EQ(parse(R"({"id2label": {"0": "a", "x": "c"}})"),
            "config.json: id2label: key 'x' leaves a gap; with 2 labels the "
            "keys must be 0 to 1");
  EXPECT_EQ(parse(R"({"id2label": {"0": 5}})"),
            "config.json: id2label: label 0 must be a string");
}

} // namespace
