//===- GenerationDefaults.cpp - where options come from -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/GenerationDefaults.h"

#include "support/Text.h"

#include <algorithm>
#include <cmath>

namespace tenon::generation {

static constexpr OptionInfo options[] = {
    {"max_length", OptionType::Integer, "20",
     "tokens of a sequence, its prompt included"},
    {"max_new_tokens", OptionType::Integer, "null",
     "tokens after the prompt at most"},
    {"min_length", OptionType::Integer, "0",
     "tokens of a sequence at least, its prompt included"},
    {"min_new_tokens", OptionType::Integer, "null",
     "tokens after the prompt at least"},
    {"max_time", OptionType::Number, "null", "seconds after which to stop"},
    {"stop_strings", OptionType::StringOrStrings, "null",
     "texts that end a sequence"},
    {"do_sample", OptionType::Boolean, "false",
     "draw tokens instead of taking the likeliest"},
    {"num_beams", OptionType::Integer, "1", "beams of beam search"},
    {"num_beam_groups", OptionType::Integer, "1",
     "groups of beams that differ from each other"},
    {"early_stopping", OptionType::BooleanOrString, "false",
     "when beam search stops: true, false or \"never\""},
    {"length_penalty", OptionType::Number, "1.0",
     "more than 0 favours long beams"},
    {"diversity_penalty", OptionType::Number, "0.0",
     "for a token that another group of beams has"},
    {"num_return_sequences", OptionType::Integer, "1",
     "sequences for each text"},
    {"seed", OptionType::Integer, "null", "makes draws repeatable"},
    {"temperature", OptionType::Number, "1.0", "scores are divided by it"},
    {"top_k", OptionType::Integer, "50", "draw from that many tokens; 0: all"},
    {"top_p", OptionType::Number, "1.0",
     "draw from the likeliest tokens of that probability together"},
    {"min_p", OptionType::Number, "null",
     "least probability, as a part of the likeliest token's"},
    {"typical_p", OptionType::Number, "1.0",
     "draw from the most typical tokens of that probability together"},
    {"epsilon_cutoff", OptionType::Number, "0.0", "least probability"},
    {"eta_cutoff", OptionType::Number, "0.0",
     "least probability, less where much is uncertain"},
    {"sequence_bias", OptionType::Biases, "null",
     "[[tokens, bias], …]: added to the last token's score"},
    {"encoder_repetition_penalty", OptionType::Number, "1.0",
     "more than 1 favours tokens of the source"},
    {"repetition_penalty", OptionType::Number, "1.0",
     "more than 1 disfavours tokens that were there"},
    {"no_repeat_ngram_size", OptionType::Integer, "0",
     "so many tokens in a row don't come twice"},
    {"encoder_no_repeat_ngram_size", OptionType::Integer, "0",
     "so many tokens in a row don't come from the source"},
    {"bad_words_ids", OptionType::TokenLists, "null",
     "sequences of tokens that don't come"},
    {"forced_bos_token_id", OptionType::Token, "null",
     "the first token after the start token"},
    {"forced_eos_token_id", OptionType::Tokens, "null",
     "the last token where the length ends it"},
    {"remove_invalid_values", OptionType::Boolean, "false",
     "make numbers of what isn't finite"},
    {"exponential_decay_length_penalty", OptionType::DecayPenalty, "null",
     "[tokens, base]: favours the end more and more after so many tokens"},
    {"suppress_tokens", OptionType::Tokens, "null", "tokens that don't come"},
    {"begin_suppress_tokens", OptionType::Tokens, "null",
     "tokens that don't come first"},
    {"renormalize_logits", OptionType::Boolean, "false",
     "scores are made log-probabilities at the end"},
    {"eos_token_id", OptionType::Tokens, "null", "tokens that end a sequence"},
    {"pad_token_id", OptionType::Token, "null",
     "the token after a sequence's end"},
    {"bos_token_id", OptionType::Token, "null",
     "the prompt if there is no other"},
    {"decoder_start_token_id", OptionType::Token, "null",
     "where a decoder begins"},
    // Known in order to be refused.
    {"guidance_scale", OptionType::Number, "null", ""},
    {"watermarking_config", OptionType::Any, "null", ""},
    {"token_healing", OptionType::Boolean, "false", ""},
    {"constraints", OptionType::Any, "null", ""},
    {"force_words_ids", OptionType::Any, "null", ""},
    {"penalty_alpha", OptionType::Number, "null", ""},
    {"dola_layers", OptionType::Any, "null", ""},
};

std::span<const OptionInfo> generationOptions() { return options; }

static const Json &initialValues() {
  static const Json values = [] {
    Json made = Json::object();
    for (const OptionInfo &option : options)
      made[option.name] = Json::parse(option.initial);
    return made;
  }();
  return values;
}

static bool isInteger(const Json &value, int64_t low, int64_t high) {
  if (value.is_number_unsigned())
    return value.get<uint64_t>() <= static_cast<uint64_t>(high);
  return value.is_number_integer() && value.get<int64_t>() >= low &&
         value.get<int64_t>() <= high;
}

static bool isToken(const Json &value) {
  return isInteger(value, INT32_MIN, INT32_MAX);
}

static bool isFinite(const Json &value) {
  return value.is_number() && std::isfinite(value.get<double>());
}

static bool isList(const Json &value, bool (*isItem)(const Json &)) {
  return value.is_array() && std::all_of(value.begin(), value.end(), isItem);
}

static bool isTokenList(const Json &value) {
  // Unlike those that end a sequence, where -1 stands for none.
  return isList(value,
                [](const Json &item) { return isInteger(item, 0, INT32_MAX); });
}

/// What a value of this type must be; empty if it is.
static std::string_view mismatch(const Json &value, OptionType type) {
  auto unless = [](bool good, std::string_view what) {
    return good ? std::string_view() : what;
  };
  switch (type) {
  case OptionType::Boolean:
    return unless(value.is_boolean(), "true or false");
  case OptionType::Integer:
    return unless(isInteger(value, INT64_MIN, INT64_MAX), "an integer");
  case OptionType::Token:
    return unless(isToken(value), "a token's id");
  case OptionType::Number:
    return unless(isFinite(value), "a number");
  case OptionType::BooleanOrString:
    return unless(value.is_boolean() || value.is_string(),
                  "true, false or a string");
  case OptionType::StringOrStrings:
    return unless(
        value.is_string() ||
            isList(value, [](const Json &item) { return item.is_string(); }),
        "a string or a list of strings");
  case OptionType::Tokens:
    return unless(isToken(value) || isList(value, isToken),
                  "a token's id or a list of them");
  case OptionType::TokenLists:
    return unless(isList(value, isTokenList), "a list of lists of token ids");
  case OptionType::Biases:
    return unless(isList(value,
                         [](const Json &item) {
                           return item.is_array() && item.size() == 2 &&
                                  isTokenList(item[0]) && isFinite(item[1]);
                         }),
                  "a list of [token ids, number]");
  case OptionType::DecayPenalty:
    return unless(value.is_array() && value.size() == 2 &&
                      isInteger(value[0], 0, INT32_MAX) && isFinite(value[1]),
                  "[tokens, base]");
  case OptionType::Any:
    return "";
  }
  return "";
}

Status checkOption(const OptionInfo &option, const Json &value) {
  if (value.is_null())
    return Status::ok();
  std::string_view what = mismatch(value, option.type);
  return what.empty() ? Status::ok()
                      : Status::usage(std::string(option.name),
                                      concat("must be ", what));
}

/// The options among an object's members; `where` is the file. Others are
/// nothing to us.
static Result<Json> takeOptions(const Json &object, const std::string &where,
                                bool keepNull) {
  if (!object.is_object())
    return Status::invalid(where, "must be an object");
  Json taken = Json::object();
  for (const OptionInfo &option : options) {
    auto found = object.find(option.name);
    if (found == object.end() || (found->is_null() && !keepNull))
      continue;
    if (Status status = checkOption(option, *found); !status.isOk())
      return Status::invalid(where,
                             concat('\'', option.name, "' ", status.what()));
    taken[option.name] = *found;
  }
  return taken;
}

/// Whether a version is below 4.50, from which on a call falls back to the
/// model's options once more.
static bool isOld(const Json &object) {
  auto found = object.find("transformers_version");
  if (found == object.end() || !found->is_string())
    return false;
  std::string version = found->get<std::string>();
  auto parts = split(version, '.');
  auto major = parseInteger(parts[0]);
  auto minor = parts.size() > 1 ? parseInteger(parts[1]) : 0;
  return !major || !minor || *major < 4 || (*major == 4 && *minor < 50);
}

/// Takes the model's value for each option that has the library's default.
static void fillFromModel(Json &values, const Json &model) {
  for (const auto &[name, value] : model.items()) {
    const Json &initial = initialValues()[name];
    if (values[name] == initial && value != initial)
      values[name] = value;
  }
  if (const Json &temperature = values["temperature"];
      temperature.is_number() && temperature.get<double>() == 0)
    values["do_sample"] = false;
}

/// The parameters of a task in config.json, if there are any.
static Result<const Json *> findTaskParameters(const Json *config,
                                               std::string_view task) {
  if (!config || !config->is_object())
    return nullptr;
  auto all = config->find("task_specific_params");
  if (all == config->end() || all->is_null())
    return nullptr;
  if (!all->is_object())
    return Status::invalid("config.json",
                           "'task_specific_params' must be an object");
  auto found = all->find(task);
  return found == all->end() ? nullptr : &*found;
}

Result<GenerationDefaults>
GenerationDefaults::create(const DefaultSources &sources) {
  GenerationDefaults made;
  if (sources.generationConfig) {
    TENON_ASSIGN_OR_RETURN(
        made.model_,
        takeOptions(*sources.generationConfig, "generation_config.json", true));
    made.modelIsOld_ = isOld(*sources.generationConfig);
  } else if (sources.config) {
    TENON_ASSIGN_OR_RETURN(made.model_,
                           takeOptions(*sources.config, "config.json", false));
  } else {
    made.model_ = Json::object();
  }
  if (sources.config && sources.config->is_object())
    if (auto prefix = sources.config->find("prefix");
        prefix != sources.config->end() && prefix->is_string())
      made.prefix_ = prefix->get<std::string>();

  Json &values = made.values_ = initialValues();
  values.update(sources.pipeline);
  fillFromModel(values, made.model_);
  // A model that says how long its sequences are is not asked for a number of
  // new tokens by the pipeline.
  const Json &newTokens = values["max_new_tokens"];
  auto preset = sources.pipeline.find("max_new_tokens");
  if (preset != sources.pipeline.end() && newTokens == *preset &&
      !values["max_length"].is_null() && values["max_length"] != 20)
    values["max_new_tokens"] = nullptr;

  TENON_ASSIGN_OR_RETURN(const Json *forTask,
                         findTaskParameters(sources.config, sources.task));
  if (forTask) {
    TENON_ASSIGN_OR_RETURN(
        Json taken,
        takeOptions(*forTask,
                    concat("config.json: task_specific_params.", sources.task),
                    true));
    values.update(taken);
    if (auto prefix = forTask->find("prefix");
        prefix != forTask->end() && prefix->is_string())
      made.prefix_ = prefix->get<std::string>();
  }
  if (sources.tokenizerPad && values["pad_token_id"].is_null())
    values["pad_token_id"] = *sources.tokenizerPad;
  return made;
}

Result<GenerationConfig>
GenerationDefaults::withArguments(const Json &arguments) const {
  Json values = values_;
  if (!modelIsOld_)
    fillFromModel(values, model_);
  else
    for (const char *name : {"bos_token_id", "eos_token_id", "pad_token_id",
                             "decoder_start_token_id"})
      if (auto found = model_.find(name);
          values[name].is_null() && found != model_.end())
        values[name] = *found;
  auto isAsked = [&](const char *name) {
    return arguments.is_object() && arguments.contains(name) &&
           !arguments[name].is_null();
  };
  if (arguments.is_object())
    for (const OptionInfo &option : options)
      if (auto found = arguments.find(option.name); found != arguments.end())
        values[option.name] = *found;
  TENON_ASSIGN_OR_RETURN(GenerationConfig config,
                         GenerationConfig::read(values, arguments));
  config.maxLengthIsAsked = isAsked("max_length");
  config.lengthIsAsked =
      config.maxNewTokens ? isAsked("max_new_tokens") : config.maxLengthIsAsked;
  if (config.maxLengthIsAsked && config.maxNewTokens)
    config.warnings.push_back(
        concat("max_length: ", *config.maxLength,
               " has no effect beside max_new_tokens, which is ",
               *config.maxNewTokens));
  // What nobody set counts from the prompt's end.
  bool isSet =
      config.maxLength && (config.maxLengthIsAsked || *config.maxLength != 20);
  if (isSet && !config.maxNewTokens && !config.minNewTokens &&
      (isAsked("min_length") || config.maxLengthIsAsked) &&
      config.minLength > *config.maxLength)
    config.warnings.push_back(concat("min_length: ", config.minLength,
                                     " can't be reached with max_length, which "
                                     "is ",
                                     *config.maxLength));
  return config;
}

} // namespace tenon::generation
