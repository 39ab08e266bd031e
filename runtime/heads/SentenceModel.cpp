//===- SentenceModel.cpp - texts as vectors -------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/SentenceModel.h"

#include "runtime/heads/Parameters.h"
#include "runtime/heads/PythonText.h"
#include "runtime/heads/TextOptions.h"
#include "runtime/tokenizers/Unicode.h"

#include "support/EditDistance.h"
#include "support/Text.h"

#include <algorithm>
#include <cmath>

namespace tenon::heads {

using tokenizers::Encoding;

//===----------------------------------------------------------------------===//
// Settings
//===----------------------------------------------------------------------===//

/// 1_Pooling/config.json, in the form with one flag for each way, or the newer
/// one with `pooling_mode`.
static Status readPooling(ModelFiles &files, const std::string &folder,
                          SentenceSettings &settings) {
  std::string name = (folder.empty() ? "" : folder + "/") + "config.json";
  TENON_ASSIGN_OR_RETURN(Json config, files.json(name));
  if (config.is_null())
    return Status::invalid(name, "is missing; modules.json names it");
  JsonMembers members(config, name);
  TENON_RETURN_IF_ERROR(members.checkObject());
  struct Way {
    std::string_view flag, mode;
    Pooling pooling;
    bool byDefault;
  };
  constexpr Way ways[] = {
      {"pooling_mode_cls_token", "cls", Pooling::Cls, false},
      {"pooling_mode_max_tokens", "max", Pooling::Max, false},
      {"pooling_mode_mean_tokens", "mean", Pooling::Mean, true},
      {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens",
       Pooling::MeanSqrtLength, false},
      {"pooling_mode_weightedmean_tokens", "weightedmean",
       Pooling::WeightedMean, false},
      {"pooling_mode_lasttoken", "lasttoken", Pooling::LastToken, false}};
  TENON_ASSIGN_OR_RETURN(std::string mode, members.string("pooling_mode", ""));
  settings.poolings.clear();
  for (const Way &way : ways) {
    TENON_ASSIGN_OR_RETURN(bool flag, members.boolean(way.flag, way.byDefault));
    if (mode.empty() ? flag : mode == way.mode)
      settings.poolings.push_back(way.pooling);
  }
  if (settings.poolings.empty())
    return Status::invalid(
        name, mode.empty()
                  ? "chooses no way of pooling"
                  : concat("pooling_mode ", quote(mode), " isn't supported"));
  TENON_ASSIGN_OR_RETURN(settings.poolPrompt,
                         members.boolean("include_prompt", true));
  return Status::ok();
}

/// max_seq_length and do_lower_case, from the file that sentence-transformers
/// takes.
static Status readTransformer(ModelFiles &files, const std::string &folder,
                              const tokenizers::Tokenizer &tokenizer,
                              SentenceSettings &settings) {
  std::string prefix = folder.empty() ? "" : folder + "/";
  Json config;
  std::string name;
  for (const char *kind : {"bert", "roberta", "distilbert", "camembert",
                           "albert", "xlm-roberta", "xlnet"}) {
    name = concat(prefix, "sentence_", kind, "_config.json");
    TENON_ASSIGN_OR_RETURN(config, files.json(name));
    if (!config.is_null())
      break;
  }
  if (config.is_null())
    config = Json::object();
  JsonMembers members(config, name);
  TENON_RETURN_IF_ERROR(members.checkObject());
  TENON_ASSIGN_OR_RETURN(settings.lowerCase,
                         members.boolean("do_lower_case", false));
  TENON_ASSIGN_OR_RETURN(int64_t maxTokens,
                         members.integer("max_seq_length", 1, INT32_MAX, 0));
  if (maxTokens) {
    settings.maxTokens = static_cast<size_t>(maxTokens);
    return Status::ok();
  }
  TENON_ASSIGN_OR_RETURN(const Json *model, files.config());
  TENON_ASSIGN_OR_RETURN(
      int64_t positions,
      JsonMembers(*model, "config.json")
          .integer("max_position_embeddings", 1, INT32_MAX, INT32_MAX));
  settings.maxTokens =
      std::min(tokenizer.modelMaxLength(), static_cast<size_t>(positions));
  return Status::ok();
}

static Status readPrompts(ModelFiles &files, SentenceSettings &settings) {
  const char *name = "config_sentence_transformers.json";
  TENON_ASSIGN_OR_RETURN(Json config, files.json(name));
  if (config.is_null())
    return Status::ok();
  JsonMembers members(config, name);
  TENON_RETURN_IF_ERROR(members.checkObject());
  TENON_ASSIGN_OR_RETURN(settings.defaultPrompt,
                         members.string("default_prompt_name", ""));
  const Json *prompts = members.find("prompts");
  if (prompts && !prompts->is_object())
    return members.wrong("prompts", "an object");
  if (prompts)
    for (const auto &[key, prompt] : prompts->items()) {
      if (!prompt.is_string())
        return Status::invalid(
            name, concat("prompt ", quote(key), " must be a string"));
      settings.prompts[key] = prompt.get<std::string>();
    }
  if (!settings.defaultPrompt.empty() &&
      !settings.prompts.count(settings.defaultPrompt))
    return members.wrong("default_prompt_name", "one of the prompts");
  return Status::ok();
}

Result<SentenceSettings>
SentenceSettings::read(ModelFiles &files,
                       const tokenizers::Tokenizer &tokenizer) {
  SentenceSettings settings;
  TENON_RETURN_IF_ERROR(readPrompts(files, settings));
  TENON_ASSIGN_OR_RETURN(Json modules, files.json("modules.json"));
  if (modules.is_null()) {
    TENON_RETURN_IF_ERROR(readTransformer(files, "", tokenizer, settings));
    return settings;
  }
  if (!modules.is_array())
    return Status::invalid("modules.json", "must be an array");
  bool hasPooling = false;
  for (const Json &module : modules) {
    JsonMembers members(module, "modules.json", "module");
    TENON_RETURN_IF_ERROR(members.checkObject());
    TENON_ASSIGN_OR_RETURN(std::string type, members.string("type"));
    TENON_ASSIGN_OR_RETURN(std::string path, members.string("path", ""));
    std::string kind = type.substr(type.rfind('.') + 1);
    if (kind == "Transformer" && !hasPooling) {
      TENON_RETURN_IF_ERROR(readTransformer(files, path, tokenizer, settings));
    } else if (kind == "Pooling" && !hasPooling) {
      TENON_RETURN_IF_ERROR(readPooling(files, path, settings));
      hasPooling = true;
    } else if (kind == "Normalize" && hasPooling) {
      settings.normalize = true;
    } else {
      return Status::invalid(
          "modules.json",
          concat("a module of type ", quote(type), " isn't supported there"));
    }
  }
  if (!hasPooling)
    return Status::invalid("modules.json", "has no pooling");
  return settings;
}

//===----------------------------------------------------------------------===//
// Texts
//===----------------------------------------------------------------------===//

Result<std::string> SentenceModel::prompt(const Json &parameters) const {
  std::string prompt;
  const Json *given = findParameter(parameters, "prompt");
  const Json *named = findParameter(parameters, "prompt_name");
  if (given) {
    prompt = given->get<std::string>();
  } else if (named) {
    std::string name = named->get<std::string>();
    auto found = settings_.prompts.find(name);
    if (found == settings_.prompts.end()) {
      std::vector<std::string> names;
      for (const auto &[known, text] : settings_.prompts)
        names.push_back(known);
      return withSuggestion(
          Status::usage("prompt_name",
                        concat("the model has no prompt ", quote(name))),
          name, names, "its prompts");
    }
    prompt = found->second;
  } else if (!settings_.defaultPrompt.empty()) {
    prompt = settings_.prompts.at(settings_.defaultPrompt);
  }
  if (!prompt.empty() && !settings_.poolPrompt)
    return Status::invalid("prompt", "pooling without the prompt's tokens "
                                     "(include_prompt: false) isn't supported");
  return prompt;
}

Status SentenceModel::encode(std::string_view text, const std::string &prompt,
                             size_t item,
                             tokenizers::BatchEncoding &batch) const {
  size_t invalid = tokenizers::findInvalidUtf8(text);
  if (invalid != text.npos)
    return Status::invalid("text", concat("byte ", invalid, ": invalid UTF-8"));
  std::string whole = prompt + std::string(text);
  std::string prepared(pythonStrip(whole));
  if (settings_.lowerCase)
    prepared = pythonLower(prepared);
  tokenizers::EncodeOptions options;
  if (settings_.maxTokens != SIZE_MAX)
    options.truncation = {settings_.maxTokens, 0,
                          tokenizers::TruncationStrategy::LongestFirst,
                          runner_.tokenizer().truncationSide()};
  return runner_.encode(textOrPair(prepared), options, item, batch);
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

/// A weighted sum of token vectors, divided by `divisor`.
template <typename Weight>
static void addMean(const Encoding &encoding, const RowView &row,
                    double divisor, Weight weight, std::vector<float> &out) {
  int64_t width = row.shape[1];
  std::vector<double> sum(width);
  for (size_t t = 0; t < encoding.size(); ++t)
    if (double w = encoding.attentionMask[t] ? weight(t) : 0.0)
      for (int64_t i = 0; i < width; ++i)
        sum[i] += w * row.data[int64_t(t) * width + i];
  for (double value : sum)
    out.push_back(static_cast<float>(value / std::max(divisor, 1e-9)));
}

static void addMax(const Encoding &encoding, const RowView &row,
                   std::vector<float> &out) {
  int64_t width = row.shape[1];
  size_t first = out.size();
  out.resize(first + width, -1e9f);
  for (size_t t = 0; t < encoding.size(); ++t)
    if (encoding.attentionMask[t])
      for (int64_t i = 0; i < width; ++i)
        out[first + i] =
            std::max(out[first + i], row.data[int64_t(t) * width + i]);
}

std::vector<float> SentenceModel::pool(const Encoding &encoding,
                                       const RowView &row) const {
  int64_t width = row.shape[1];
  double tokens = 0, weights = 0;
  size_t last = 0;
  for (size_t t = 0; t < encoding.size(); ++t)
    if (encoding.attentionMask[t]) {
      tokens += 1;
      weights += double(t + 1);
      last = t;
    }
  auto one = [](size_t) { return 1.0; };
  auto position = [](size_t t) { return double(t + 1); };
  auto addToken = [&](size_t t, std::vector<float> &out) {
    const float *vector = row.data + int64_t(t) * width;
    out.insert(out.end(), vector, vector + width);
  };
  std::vector<float> out;
  for (Pooling pooling : settings_.poolings) {
    switch (pooling) {
    case Pooling::Cls:
      addToken(0, out);
      break;
    case Pooling::Max:
      addMax(encoding, row, out);
      break;
    case Pooling::Mean:
      addMean(encoding, row, tokens, one, out);
      break;
    case Pooling::MeanSqrtLength:
      addMean(encoding, row, std::sqrt(tokens), one, out);
      break;
    case Pooling::WeightedMean:
      addMean(encoding, row, weights, position, out);
      break;
    case Pooling::LastToken:
      addToken(last, out);
      break;
    }
  }
  if (settings_.normalize)
    normalize(out);
  return out;
}

void normalize(std::span<float> vector) {
  double squares = 0;
  for (float value : vector)
    squares += double(value) * value;
  double length = std::max(std::sqrt(squares), 1e-12);
  for (float &value : vector)
    value = static_cast<float>(value / length);
}

Result<SentenceModel> SentenceModel::create(ModelFiles &files) {
  const OutputSpec hiddenOutput[] = {{{"last_hidden_state"}, 3, true}};
  TENON_ASSIGN_OR_RETURN(TextRunner runner,
                         TextRunner::create(files, hiddenOutput));
  TENON_ASSIGN_OR_RETURN(SentenceSettings settings,
                         SentenceSettings::read(files, runner.tokenizer()));
  return SentenceModel(std::move(runner), std::move(settings));
}

} // namespace tenon::heads
