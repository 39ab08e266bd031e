//===- GenerationParameters.cpp - keywords of generation ------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/GenerationParameters.h"

#include "runtime/generation/GenerationDefaults.h"
#include "runtime/heads/Parameters.h"
#include "runtime/heads/TextOptions.h"

#include "support/Text.h"

namespace tenon::heads {

using generation::OptionType;

static constexpr ParameterSpec pipelineParameters[] = {
    {"return_full_text", ParameterKind::Boolean,
     "answer with the text and what follows (the default), or that alone"},
    {"return_text", ParameterKind::Boolean, "answer with text"},
    {"return_tensors", ParameterKind::Boolean, "answer with token ids"},
    {"clean_up_tokenization_spaces", ParameterKind::Boolean,
     "take out spaces that tokens leave behind"},
    {"skip_special_tokens", ParameterKind::Boolean,
     "leave special tokens out of the answer (the default)"},
    {"prefix", ParameterKind::String, "put before each text"},
    {"handle_long_generation", ParameterKind::String,
     "\"hole\": cut long texts at their beginning"},
    {"stop_sequence", ParameterKind::String,
     "text whose tokens each end a sequence"},
    truncationParameter,
    specialTokensParameter,
    batchSizeParameter,
    {"tokenizer_encode_kwargs", ParameterKind::Object,
     "options of the tokenizer"},
};

static ParameterKind kindOf(OptionType type) {
  switch (type) {
  case OptionType::Boolean:
    return ParameterKind::Boolean;
  case OptionType::Integer:
  case OptionType::Token:
    return ParameterKind::IntegerOrNull;
  case OptionType::Number:
    return ParameterKind::NumberOrNull;
  case OptionType::BooleanOrString:
    return ParameterKind::BooleanOrString;
  case OptionType::StringOrStrings:
    return ParameterKind::StringOrList;
  case OptionType::Tokens:
  case OptionType::TokenLists:
  case OptionType::Biases:
  case OptionType::DecayPenalty:
  case OptionType::Any:
    break;
  }
  return ParameterKind::Json;
}

std::span<const ParameterSpec> generationParameters() {
  static const std::vector<ParameterSpec> all = [] {
    std::vector<ParameterSpec> made(std::begin(pipelineParameters),
                                    std::end(pipelineParameters));
    for (const generation::OptionInfo &option : generation::generationOptions())
      made.push_back({option.name, kindOf(option.type), option.help});
    return made;
  }();
  return all;
}

// The reference looks at whether parameters are there, not at their values.
Result<AnswerShape> readAnswerShape(const Json &parameters) {
  auto has = [&](std::string_view name) {
    return findParameter(parameters, name) != nullptr;
  };
  auto exclude = [](const char *a, const char *b) {
    return Status::usage(a, concat("excludes ", b));
  };
  if (has("return_full_text")) {
    if (has("return_text"))
      return exclude("return_full_text", "return_text");
    if (has("return_tensors"))
      return exclude("return_full_text", "return_tensors");
    return booleanParameter(parameters, "return_full_text", true)
               ? AnswerShape::FullText
               : AnswerShape::NewText;
  }
  if (!has("return_tensors"))
    return AnswerShape::FullText;
  if (has("return_text"))
    return exclude("return_tensors", "return_text");
  return AnswerShape::Tensors;
}

Result<tokenizers::EncodeOptions>
readPromptEncoding(const Json &parameters,
                   const tokenizers::Tokenizer &tokenizer) {
  static constexpr ParameterSpec specs[] = {
      truncationParameter, maxLengthParameter, specialTokensParameter};
  Json merged = Json::object();
  for (const ParameterSpec &spec : specs)
    if (const Json *value = findParameter(parameters, spec.name);
        value && !value->is_null())
      merged[spec.name] = *value;
  if (const Json *given =
          findParameter(parameters, "tokenizer_encode_kwargs")) {
    TENON_RETURN_IF_ERROR(checkParameters(
        *given, {"tokenizer_encode_kwargs", {}, "", specs, nullptr, nullptr}));
    merged.update(*given);
  }
  return textOptions(merged, tokenizer);
}

tokenizers::DecodeOptions readAnswerDecoding(const Json &parameters) {
  tokenizers::DecodeOptions options;
  options.skipSpecialTokens =
      booleanParameter(parameters, "skip_special_tokens", true);
  options.cleanUpTokenizationSpaces =
      booleanParameter(parameters, "clean_up_tokenization_spaces", true);
  return options;
}

} // namespace tenon::heads
