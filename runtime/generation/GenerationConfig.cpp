//===- GenerationConfig.cpp - how to generate -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/GenerationConfig.h"

#include "runtime/generation/GenerationDefaults.h"

#include "support/Text.h"

#include <algorithm>
#include <array>
#include <limits>

namespace tenon::generation {

/// More beams or sequences than any model has rows.
constexpr int64_t kMaxRows = 1 << 20;

namespace {

/// Options by name, of types that have been checked. Null is no value.
class Reader {
public:
  explicit Reader(const Json &options) : options_(options) {}

  const Json &value(std::string_view name) const {
    return *options_.find(name);
  }
  bool has(std::string_view name) const { return !value(name).is_null(); }

  void read(std::string_view name, bool &to) const {
    if (has(name))
      to = value(name).get<bool>();
  }
  void read(std::string_view name, int64_t &to) const {
    if (has(name))
      to = value(name).get<int64_t>();
  }
  void read(std::string_view name, double &to) const {
    if (has(name))
      to = value(name).get<double>();
  }
  template <typename T>
  void read(std::string_view name, std::optional<T> &to) const {
    to.reset();
    if (has(name))
      to = value(name).get<T>();
  }
  void read(std::string_view name, std::vector<int32_t> &to) const {
    if (has(name))
      to = tokens(value(name));
  }

  static std::vector<int32_t> tokens(const Json &json) {
    if (json.is_array())
      return json.get<std::vector<int32_t>>();
    return {json.get<int32_t>()};
  }

private:
  const Json &options_;
};

} // namespace

static void readValues(const Reader &from, GenerationConfig &config) {
  from.read("max_length", config.maxLength);
  from.read("max_new_tokens", config.maxNewTokens);
  from.read("min_length", config.minLength);
  from.read("min_new_tokens", config.minNewTokens);
  from.read("max_time", config.maxTime);
  from.read("do_sample", config.doSample);
  from.read("num_beams", config.numBeams);
  from.read("num_beam_groups", config.numBeamGroups);
  from.read("length_penalty", config.lengthPenalty);
  from.read("diversity_penalty", config.diversityPenalty);
  from.read("num_return_sequences", config.numReturnSequences);
  from.read("seed", config.seed);
  from.read("temperature", config.temperature);
  // No limit is not the same as the default.
  config.topK = 0;
  from.read("top_k", config.topK);
  from.read("top_p", config.topP);
  from.read("min_p", config.minP);
  from.read("typical_p", config.typicalP);
  from.read("epsilon_cutoff", config.epsilonCutoff);
  from.read("eta_cutoff", config.etaCutoff);
  from.read("encoder_repetition_penalty", config.encoderRepetitionPenalty);
  from.read("repetition_penalty", config.repetitionPenalty);
  from.read("no_repeat_ngram_size", config.noRepeatNgramSize);
  from.read("encoder_no_repeat_ngram_size", config.encoderNoRepeatNgramSize);
  from.read("forced_bos_token_id", config.forcedBos);
  from.read("forced_eos_token_id", config.forcedEos);
  from.read("remove_invalid_values", config.removeInvalidValues);
  from.read("suppress_tokens", config.suppressTokens);
  from.read("begin_suppress_tokens", config.beginSuppressTokens);
  from.read("renormalize_logits", config.renormalizeLogits);
  from.read("eos_token_id", config.eos);
  from.read("pad_token_id", config.pad);
  from.read("bos_token_id", config.bos);
  from.read("decoder_start_token_id", config.decoderStart);

  if (const Json &early = from.value("early_stopping"); early.is_string())
    config.earlyStopping = EarlyStopping::Never;
  else if (early.is_boolean() && early.get<bool>())
    config.earlyStopping = EarlyStopping::Yes;
  if (const Json &stop = from.value("stop_strings"); stop.is_string())
    config.stopStrings = {stop.get<std::string>()};
  else if (stop.is_array())
    config.stopStrings = stop.get<std::vector<std::string>>();
  if (const Json &words = from.value("bad_words_ids"); words.is_array())
    for (const Json &word : words)
      config.badWords.push_back(Reader::tokens(word));
  if (const Json &biases = from.value("sequence_bias"); biases.is_array())
    for (const Json &bias : biases)
      config.sequenceBias.push_back(
          {Reader::tokens(bias[0]), bias[1].get<float>()});
  if (const Json &decay = from.value("exponential_decay_length_penalty");
      decay.is_array())
    config.exponentialDecay = {decay[0].get<int64_t>(), decay[1].get<double>()};
}

static Status outOfRange(std::string_view name, const Reader &options,
                         std::string_view range) {
  return Status::usage(std::string(name), concat("must be ", range, ", but is ",
                                                 options.value(name).dump()));
}

static Status checkLengths(const GenerationConfig &config,
                           const Reader &options) {
  if (config.maxNewTokens && *config.maxNewTokens <= 0)
    return outOfRange("max_new_tokens", options, "at least 1");
  if (config.maxLength && *config.maxLength <= 0)
    return outOfRange("max_length", options, "at least 1");
  if (config.minLength < 0)
    return outOfRange("min_length", options, "at least 0");
  if (config.minNewTokens && *config.minNewTokens < 0)
    return outOfRange("min_new_tokens", options, "at least 0");
  if (!config.maxLength && !config.maxNewTokens)
    return Status::usage("max_length", "is null, and so is max_new_tokens")
        .help("one of them must say when to stop");
  if (config.maxTime && *config.maxTime < 0)
    return outOfRange("max_time", options, "at least 0");
  for (const std::string &text : config.stopStrings)
    if (text.empty())
      return Status::usage("stop_strings", "has an empty string");
  return Status::ok();
}

static Status checkStrategy(const GenerationConfig &config,
                            const Reader &options) {
  if (config.numBeams < 1 || config.numBeams > kMaxRows)
    return outOfRange("num_beams", options, "from 1 to the rows of the model");
  if (config.numReturnSequences < 1 || config.numReturnSequences > kMaxRows)
    return outOfRange("num_return_sequences", options,
                      "from 1 to the rows of the model");
  if (options.has("seed") && options.value("seed") < 0)
    return outOfRange("seed", options, "at least 0");
  if (config.earlyStopping == EarlyStopping::Never &&
      options.value("early_stopping") != "never")
    return outOfRange("early_stopping", options, "true, false or \"never\"");
  if (!config.usesBeams())
    return config.numReturnSequences > 1 && !config.doSample
               ? Status::usage("num_return_sequences",
                               concat("greedy search finds one sequence, not ",
                                      config.numReturnSequences))
                     .help("set do_sample, or num_beams to as many at least")
               : Status::ok();
  if (config.numReturnSequences > config.numBeams)
    return Status::usage("num_return_sequences",
                         concat("is ", config.numReturnSequences,
                                ", more than num_beams, which is ",
                                config.numBeams));
  if (config.numBeamGroups == 1 && config.diversityPenalty == 0)
    return Status::ok();
  if (config.numBeamGroups < 1 || config.numBeams % config.numBeamGroups != 0)
    return Status::usage("num_beam_groups",
                         concat("is ", config.numBeamGroups,
                                ", which doesn't divide num_beams, ",
                                config.numBeams));
  if (config.numBeamGroups == 1)
    return Status::usage("diversity_penalty",
                         "sets groups of beams apart, but num_beam_groups is 1")
        .help("set num_beam_groups to a divisor of num_beams");
  if (config.doSample)
    return Status::usage("num_beam_groups",
                         "groups of beams are searched without do_sample");
  if (config.diversityPenalty <= 0)
    return outOfRange("diversity_penalty", options,
                      "more than 0 with num_beam_groups")
        .help("without it, all groups find the same");
  return Status::ok();
}

static Status checkSampling(const GenerationConfig &config,
                            const Reader &options) {
  if (!config.doSample)
    return Status::ok();
  if (!(config.temperature > 0)) {
    Status status = outOfRange("temperature", options, "more than 0");
    return config.temperature == 0
               ? std::move(status).help(
                     "for the likeliest token at every step, set do_sample to "
                     "false")
               : status;
  }
  if (config.topK < 0)
    return outOfRange("top_k", options, "at least 0");
  if (config.topP < 0 || config.topP > 1)
    return outOfRange("top_p", options, "from 0 to 1");
  if (config.minP && (*config.minP < 0 || *config.minP > 1))
    return outOfRange("min_p", options, "from 0 to 1");
  if (config.typicalP <= 0 || config.typicalP > 1)
    return outOfRange("typical_p", options, "more than 0 and at most 1");
  if (config.epsilonCutoff < 0 || config.epsilonCutoff >= 1)
    return outOfRange("epsilon_cutoff", options, "at least 0 and less than 1");
  if (config.etaCutoff < 0 || config.etaCutoff >= 1)
    return outOfRange("eta_cutoff", options, "at least 0 and less than 1");
  return Status::ok();
}

static Status checkScores(const GenerationConfig &config,
                          const Reader &options) {
  if (!(config.repetitionPenalty > 0))
    return outOfRange("repetition_penalty", options, "more than 0");
  if (!(config.encoderRepetitionPenalty > 0))
    return outOfRange("encoder_repetition_penalty", options, "more than 0");
  if (config.noRepeatNgramSize < 0)
    return outOfRange("no_repeat_ngram_size", options, "at least 0");
  if (config.encoderNoRepeatNgramSize < 0)
    return outOfRange("encoder_no_repeat_ngram_size", options, "at least 0");
  for (std::string_view name : {"bad_words_ids", "sequence_bias"})
    if (options.has(name) && options.value(name).empty())
      return Status::usage(std::string(name), "is an empty list");
  for (const auto &word : config.badWords)
    if (word.empty())
      return Status::usage("bad_words_ids", "has a word without tokens");
  for (const SequenceBias &bias : config.sequenceBias)
    if (bias.tokens.empty())
      return Status::usage("sequence_bias", "has a sequence without tokens");
  if (config.exponentialDecay && config.eos.empty())
    return Status::usage("exponential_decay_length_penalty",
                         "needs an eos_token_id");
  return Status::ok();
}

/// The features that generate() has or had and this doesn't.
static Status checkUnsupported(const GenerationConfig &config,
                               const Reader &options) {
  auto differs = [&](std::string_view name, const Json &neutral) {
    return options.has(name) && options.value(name) != neutral;
  };
  auto refuse = [](std::string_view name, std::string_view what) {
    return Status::usage(std::string(name),
                         concat("this version has no ", what));
  };
  if (differs("guidance_scale", 1))
    return refuse("guidance_scale", "classifier-free guidance");
  if (options.has("watermarking_config"))
    return refuse("watermarking_config", "watermarks");
  if (differs("token_healing", false))
    return refuse("token_healing", "token healing");
  for (std::string_view name : {"constraints", "force_words_ids"})
    if (options.has(name))
      return refuse(name, "constrained beam search")
          .help("forced_bos_token_id and forced_eos_token_id force a token");
  if (differs("penalty_alpha", 0) && !config.doSample && !config.usesBeams() &&
      config.topK > 1)
    return refuse("penalty_alpha", "contrastive search");
  if (options.has("dola_layers") && !config.usesBeams())
    return refuse("dola_layers", "contrasting of layers");
  return Status::ok();
}

/// Options of the call that another one makes pointless.
static void findPointless(const Reader &options, const Json &asked,
                          GenerationConfig &config) {
  auto warn = [&](std::string_view name, std::string_view need) {
    const OptionInfo *found = nullptr;
    for (const OptionInfo &option : generationOptions())
      if (option.name == name)
        found = &option;
    const Json &value = options.value(name);
    if (!asked.is_object() || !asked.contains(name))
      return;
    if (value.is_null() || value == Json::parse(found->initial))
      return;
    config.warnings.push_back(
        concat(name, ": ", value.dump(), " has no effect without ", need));
  };
  if (!config.doSample)
    for (std::string_view name : {"temperature", "top_p", "min_p", "typical_p",
                                  "top_k", "epsilon_cutoff", "eta_cutoff"})
      warn(name, "do_sample");
  if (!config.usesBeams())
    for (std::string_view name : {"early_stopping", "length_penalty",
                                  "num_beam_groups", "diversity_penalty"})
      warn(name, "num_beams");
  if (config.minNewTokens && config.maxNewTokens &&
      *config.minNewTokens > *config.maxNewTokens)
    config.warnings.push_back(concat("min_new_tokens: ", *config.minNewTokens,
                                     " can't be reached with max_new_tokens, "
                                     "which is ",
                                     *config.maxNewTokens));
}

/// Negative ids stand for "none" in some checkpoints.
static void dropNegativeTokens(GenerationConfig &config) {
  std::erase_if(config.eos, [](int32_t id) { return id < 0; });
  if (config.pad && *config.pad < 0)
    config.pad.reset();
}

Result<GenerationConfig> GenerationConfig::read(const Json &options,
                                                const Json &asked) {
  for (const OptionInfo &option : generationOptions())
    TENON_RETURN_IF_ERROR(checkOption(option, options.at(option.name)));
  Reader reader(options);
  GenerationConfig config;
  readValues(reader, config);
  dropNegativeTokens(config);
  TENON_RETURN_IF_ERROR(checkLengths(config, reader));
  TENON_RETURN_IF_ERROR(checkStrategy(config, reader));
  TENON_RETURN_IF_ERROR(checkSampling(config, reader));
  TENON_RETURN_IF_ERROR(checkScores(config, reader));
  TENON_RETURN_IF_ERROR(checkUnsupported(config, reader));
  findPointless(reader, asked, config);
  return config;
}

Result<Lengths> GenerationConfig::lengths(size_t promptTokens,
                                          size_t contextLimit) const {
  auto tooLong = [&](const std::string &what) {
    return Status::invalid("prompt",
                           concat(what, ", but the model holds ", contextLimit))
        .help("shorten the text, or set handle_long_generation to \"hole\"");
  };
  if (promptTokens > contextLimit)
    return tooLong(concat("has ", plural(promptTokens, "token")));
  auto prompt = static_cast<int64_t>(promptTokens);
  int64_t context = contextLimit < size_t(INT64_MAX)
                        ? static_cast<int64_t>(contextLimit)
                        : INT64_MAX - 1;
  auto after = [&](int64_t tokens) { // The prompt's end, without overflow.
    return tokens > INT64_MAX - 1 - prompt ? INT64_MAX - 1 : tokens + prompt;
  };
  int64_t max = 0;
  if (maxNewTokens)
    max = after(*maxNewTokens);
  else if (!maxLengthIsAsked && *maxLength == 20)
    // What nobody set means 20 new tokens.
    max = std::min(after(20), context);
  else
    max = *maxLength;
  if (prompt >= max)
    return Status::invalid("max_length",
                           concat("is ", max, ", but the prompt has ",
                                  plural(promptTokens, "token"), " already"))
        .help("max_new_tokens counts without the prompt");
  // The last token is never read by the model.
  if (max - 1 > context) {
    if (lengthIsAsked)
      return tooLong(concat("with ", plural(promptTokens, "token"), " and ",
                            max - prompt, " new ones needs room for ",
                            max - 1));
    max = context + 1;
  }
  int64_t min = minNewTokens ? after(*minNewTokens) : minLength;
  return Lengths{promptTokens, static_cast<size_t>(max),
                 static_cast<size_t>(min)};
}

} // namespace tenon::generation
