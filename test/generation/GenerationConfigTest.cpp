//===- GenerationConfigTest.cpp - where options come from -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TableModel.h"

namespace tenon::generation {
namespace {

/// What a pipeline for text has instead of the library's defaults.
Json pipelineDefaults() {
  return {{"max_new_tokens", 256}, {"do_sample", true}, {"temperature", 0.7}};
}

Result<GenerationDefaults> defaultsOf(const Json &golden) {
  DefaultSources sources;
  if (!golden["generation_config"].is_null())
    sources.generationConfig = &golden["generation_config"];
  sources.config = &golden["config"];
  sources.pipeline = pipelineDefaults();
  std::string task = golden["task"];
  sources.task = task;
  if (golden.contains("tokenizer_pad"))
    sources.tokenizerPad = golden["tokenizer_pad"].get<int32_t>();
  return GenerationDefaults::create(sources);
}

Json orNull(const std::optional<int64_t> &value) {
  return value ? Json(*value) : Json();
}

/// What the reference has as one token, a list or nothing.
Json tokens(const std::vector<int32_t> &value, const Json &like) {
  if (like.is_array())
    return value;
  return value.empty() ? Json() : Json(value.front());
}

TEST(GenerationConfig, PrecedenceAsInThePipeline) {
  Json goldens = readGolden("options.json")["options"];
  ASSERT_GT(goldens.size(), 20u);
  for (const Json &golden : goldens) {
    std::string name = golden.dump();
    auto defaults = defaultsOf(golden);
    ASSERT_TRUE(defaults.isOk()) << defaults.status().message() << name;
    auto config = defaults->withArguments(golden["arguments"]);
    ASSERT_TRUE(config.isOk()) << config.status().message() << name;
    const Json &want = golden["values"];
    EXPECT_EQ(orNull(config->maxLength), want["max_length"]) << name;
    EXPECT_EQ(orNull(config->maxNewTokens), want["max_new_tokens"]) << name;
    EXPECT_EQ(orNull(config->minNewTokens), want["min_new_tokens"]) << name;
    EXPECT_EQ(config->minLength, want["min_length"]) << name;
    EXPECT_EQ(config->doSample, want["do_sample"]) << name;
    if (!want["temperature"].is_null())
      EXPECT_EQ(config->temperature, want["temperature"]) << name;
    EXPECT_EQ(config->topK,
              want["top_k"].is_null() ? 0 : want["top_k"].get<int>())
        << name;
    EXPECT_EQ(config->topP, want["top_p"]) << name;
    EXPECT_EQ(config->numBeams, want["num_beams"]) << name;
    EXPECT_EQ(config->earlyStopping == EarlyStopping::Never,
              want["early_stopping"] == "never")
        << name;
    EXPECT_EQ(config->lengthPenalty, want["length_penalty"]) << name;
    EXPECT_EQ(config->repetitionPenalty, want["repetition_penalty"]) << name;
    EXPECT_EQ(config->noRepeatNgramSize, want["no_repeat_ngram_size"]) << name;
    EXPECT_EQ(tokens(config->eos, want["eos_token_id"]), want["eos_token_id"])
        << name;
    EXPECT_EQ(config->bos ? Json(*config->bos) : Json(), want["bos_token_id"]);
    EXPECT_EQ(config->pad ? Json(*config->pad) : Json(), want["pad_token_id"])
        << name;
    EXPECT_EQ(config->filler() ? Json(*config->filler()) : Json(),
              golden["filler"])
        << name;
    EXPECT_EQ(tokens(config->forcedEos, want["forced_eos_token_id"]),
              want["forced_eos_token_id"])
        << name;
    EXPECT_EQ(defaults->prefix(), golden["prefix"].is_null()
                                      ? ""
                                      : golden["prefix"].get<std::string>())
        << name;

    size_t prompt = golden.value("prompt", size_t(3));
    size_t context =
        golden["config"].value("max_position_embeddings", size_t(1) << 40);
    auto lengths = config->lengths(prompt, context);
    ASSERT_TRUE(lengths.isOk()) << lengths.status().message() << name;
    EXPECT_EQ(lengths->max, golden["lengths"][0]) << name;
    EXPECT_EQ(lengths->min, golden["lengths"][1]) << name;
  }
}

TEST(GenerationConfig, RefusesWhatTheReferenceRefuses) {
  Json goldens = readGolden("options.json")["refused"];
  for (const Json &golden : goldens) {
    auto config = makeConfig(golden["options"]);
    if (!config)
      continue;
    SearchTask task;
    task.tokens = {1, 2, 3};
    task.config = *config;
    EXPECT_FALSE(Search::create(task, TableModel({16, 0, 1})).isOk()) << golden;
  }
}

std::string errorOf(const Json &options) {
  auto config = makeConfig(options);
  return config ? "" : config.status().message();
}

TEST(GenerationConfig, ErrorsNameTheOption) {
  EXPECT_EQ(errorOf({{"top_k", "many"}}), "top_k: must be an integer");
  EXPECT_EQ(errorOf({{"top_k", 1.5}}), "top_k: must be an integer");
  EXPECT_EQ(errorOf({{"top_p", true}}), "top_p: must be a number");
  EXPECT_EQ(errorOf({{"do_sample", 1}}), "do_sample: must be true or false");
  EXPECT_EQ(errorOf({{"eos_token_id", {1, "a"}}}),
            "eos_token_id: must be a token's id or a list of them");
  EXPECT_EQ(errorOf({{"eos_token_id", int64_t(1) << 31}}),
            "eos_token_id: must be a token's id or a list of them");
  EXPECT_EQ(errorOf({{"bad_words_ids", {1}}}),
            "bad_words_ids: must be a list of lists of token ids");
  EXPECT_EQ(errorOf({{"bad_words_ids", Json::array({Json::array()})}}),
            "bad_words_ids: has a word without tokens");
  EXPECT_EQ(errorOf({{"sequence_bias", {{{1}, "x"}}}}),
            "sequence_bias: must be a list of [token ids, number]");
  EXPECT_EQ(errorOf({{"stop_strings", {"a", 1}}}),
            "stop_strings: must be a string or a list of strings");
  EXPECT_EQ(errorOf({{"stop_strings", ""}}),
            "stop_strings: has an empty string");
  EXPECT_EQ(errorOf({{"max_new_tokens", 0}}),
            "max_new_tokens: must be at least 1, but is 0");
  EXPECT_EQ(errorOf({{"max_length", nullptr}}),
            "max_length: is null, and so is max_new_tokens");
  EXPECT_EQ(errorOf({{"seed", -1}}), "seed: must be at least 0, but is -1");
  EXPECT_EQ(errorOf({{"num_beams", 0}}),
            "num_beams: must be from 1 to the rows of the model, but is 0");
  EXPECT_EQ(errorOf({{"num_beams", 2}, {"num_return_sequences", 3}}),
            "num_return_sequences: is 3, more than num_beams, which is 2");
  EXPECT_EQ(errorOf({{"early_stopping", "soon"}}),
            "early_stopping: must be true, false or \"never\", but is "
            "\"soon\"");
  EXPECT_EQ(errorOf({{"do_sample", true}, {"top_p", 1.5}}),
            "top_p: must be from 0 to 1, but is 1.5");
  EXPECT_EQ(
      errorOf(
          {{"num_beams", 4}, {"num_beam_groups", 3}, {"diversity_penalty", 1}}),
      "num_beam_groups: is 3, which doesn't divide num_beams, 4");
  EXPECT_EQ(errorOf({{"num_beams", 4}, {"num_beam_groups", 2}}),
            "diversity_penalty: must be more than 0 with num_beam_groups, but "
            "is 0.0");
  EXPECT_EQ(errorOf({{"num_beams", 4}, {"diversity_penalty", 0.5}}),
            "diversity_penalty: sets groups of beams apart, but "
            "num_beam_groups is 1");
  EXPECT_EQ(errorOf({{"num_beams", 4},
                     {"num_beam_groups", 2},
                     {"diversity_penalty", 1},
                     {"do_sample", true}}),
            "num_beam_groups: groups of beams are searched without do_sample");
  EXPECT_EQ(errorOf({{"exponential_decay_length_penalty", {1, 1.5}}}),
            "exponential_decay_length_penalty: needs an eos_token_id");
  EXPECT_EQ(errorOf({{"penalty_alpha", 0.6}}),
            "penalty_alpha: this version has no contrastive search");
  EXPECT_EQ(errorOf({{"force_words_ids", {{1}}}}),
            "force_words_ids: this version has no constrained beam search");
  EXPECT_EQ(errorOf({{"guidance_scale", 1}}), "");
  EXPECT_EQ(errorOf({{"guidance_scale", 1.5}}),
            "guidance_scale: this version has no classifier-free guidance");
}

TEST(GenerationConfig, WarnsOfOptionsWithoutEffect) {
  EXPECT_EQ(
      configOf({{"num_beams", 4}, {"top_k", 5}}).warnings,
      (std::vector<std::string>{"top_k: 5 has no effect without do_sample"}));
  EXPECT_EQ(
      configOf({{"length_penalty", 2}, {"early_stopping", true}}).warnings,
      (std::vector<std::string>{
          "early_stopping: true has no effect without num_beams",
          "length_penalty: 2 has no effect without num_beams"}));
  EXPECT_TRUE(configOf({{"do_sample", true}, {"top_k", 5}}).warnings.empty());
  EXPECT_EQ(
      configOf({{"max_length", 9}, {"max_new_tokens", 5}}).warnings,
      (std::vector<std::string>{
          "max_length: 9 has no effect beside max_new_tokens, which is 5"}));
  EXPECT_EQ(configOf({{"min_new_tokens", 9}, {"max_new_tokens", 5}}).warnings,
            (std::vector<std::string>{"min_new_tokens: 9 can't be reached with "
                                      "max_new_tokens, which is 5"}));
  EXPECT_TRUE(configOf({{"min_new_tokens", 5}, {"max_new_tokens", 5}})
                  .warnings.empty());
  EXPECT_EQ(configOf({{"min_length", 9}, {"max_length", 7}}).warnings,
            (std::vector<std::string>{
                "min_length: 9 can't be reached with max_length, which is 7"}));
  EXPECT_TRUE(
      configOf({{"min_length", 7}, {"max_length", 7}}).warnings.empty());
  // How long these get depends on the prompt.
  EXPECT_TRUE(configOf({{"min_length", 21}}).warnings.empty());
  EXPECT_TRUE(
      configOf({{"min_length", 9}, {"max_new_tokens", 7}}).warnings.empty());
}

TEST(GenerationConfig, FilesWithWrongTypes) {
  Json file = {{"top_k", "5"}}, list = Json::array();
  auto error = [](const Json *generation, const Json *config) {
    DefaultSources sources;
    sources.generationConfig = generation;
    sources.config = config;
    sources.task = "t";
    auto made = GenerationDefaults::create(sources);
    return made ? "" : made.status().message();
  };
  EXPECT_EQ(error(&file, nullptr),
            "generation_config.json: 'top_k' must be an integer");
  EXPECT_EQ(error(&list, nullptr), "generation_config.json: must be an object");
  EXPECT_EQ(error(nullptr, &file), "config.json: 'top_k' must be an integer");
  Json params = {{"task_specific_params", {{"t", file}}}};
  EXPECT_EQ(error(nullptr, &params),
            "config.json: task_specific_params.t: 'top_k' must be an integer");
  params = {{"task_specific_params", 5}};
  EXPECT_EQ(error(nullptr, &params),
            "config.json: 'task_specific_params' must be an object");
}

TEST(GenerationConfig, NegativeTokensAreNone) {
  GenerationConfig config =
      configOf({{"eos_token_id", {-1, 4}}, {"pad_token_id", -1}});
  EXPECT_EQ(config.eos, (std::vector<int32_t>{4}));
  EXPECT_FALSE(config.pad);
  EXPECT_EQ(config.filler(), 4);
}

TEST(GenerationConfig, HugeLengths) {
  GenerationConfig config =
      configOf({{"max_new_tokens", INT64_MAX}, {"min_new_tokens", INT64_MAX}});
  config.lengthIsAsked = false;
  EXPECT_EQ(config.lengths(5, 100)->max, 101u);
  EXPECT_TRUE(config.lengths(5, SIZE_MAX).isOk());
}

} // namespace
} // namespace tenon::generation
