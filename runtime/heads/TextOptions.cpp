//===- TextOptions.cpp - how a request wants its texts tokenized ----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/TextOptions.h"

#include "runtime/heads/Parameters.h"

#include "support/Text.h"

namespace tenon::heads {

using tokenizers::TruncationStrategy;

/// A boolean or the name of one of several ways.
template <typename T>
static Result<std::optional<T>>
booleanOrChoice(const Json &parameters, std::string_view name, T ifTrue,
                std::initializer_list<Choice<std::optional<T>>> ways) {
  const Json *value = findParameter(parameters, name);
  if (!value)
    return std::optional<T>();
  if (value->is_boolean())
    return value->get<bool>() ? std::optional<T>(ifTrue) : std::nullopt;
  return choose<std::optional<T>>(name, value->get_ref<const std::string &>(),
                                  ways);
}

namespace {
enum class PaddingWay { Longest, MaxLength };
} // namespace

static Result<std::optional<PaddingWay>> paddingWay(const Json &parameters) {
  return booleanOrChoice<PaddingWay>(parameters, "padding", PaddingWay::Longest,
                                     {{"longest", PaddingWay::Longest},
                                      {"max_length", PaddingWay::MaxLength},
                                      {"do_not_pad", std::nullopt}});
}

Status readPadding(const Json &parameters, size_t maxLength,
                   const tokenizers::Tokenizer &tokenizer,
                   tokenizers::EncodeOptions &options) {
  TENON_ASSIGN_OR_RETURN(auto way, paddingWay(parameters));
  if (!way)
    return Status::ok();
  options.padding.emplace().side = tokenizer.paddingSide();
  if (way == PaddingWay::MaxLength && maxLength != SIZE_MAX)
    options.padding->toLength = maxLength;
  return Status::ok();
}

Result<tokenizers::EncodeOptions>
textOptions(const Json &parameters, const tokenizers::Tokenizer &tokenizer) {
  tokenizers::EncodeOptions options;
  options.addSpecialTokens =
      booleanParameter(parameters, "add_special_tokens", true);
  TENON_ASSIGN_OR_RETURN(
      auto strategy,
      booleanOrChoice<TruncationStrategy>(
          parameters, "truncation", TruncationStrategy::LongestFirst,
          {{"longest_first", TruncationStrategy::LongestFirst},
           {"only_first", TruncationStrategy::OnlyFirst},
           {"only_second", TruncationStrategy::OnlySecond},
           {"do_not_truncate", std::nullopt}}));
  TENON_ASSIGN_OR_RETURN(auto padding, paddingWay(parameters));
  bool hasLength = findParameter(parameters, "max_length");
  int64_t maxLength = integerParameter(parameters, "max_length", 0);
  bool unsaid = !findParameter(parameters, "truncation");
  // A length alone asks for truncation, unless it is for padding.
  if (unsaid && hasLength && !padding)
    strategy = TruncationStrategy::LongestFirst;
  if (maxLength < 0 && (strategy || padding == PaddingWay::MaxLength))
    return Status::usage("max_length", "can't be negative");

  // Without a limit of its own, a tokenizer has nothing to cut or pad to.
  size_t limit =
      hasLength ? static_cast<size_t>(maxLength) : tokenizer.modelMaxLength();
  TENON_RETURN_IF_ERROR(readPadding(parameters, limit, tokenizer, options));
  if (strategy && limit != SIZE_MAX)
    options.truncation = {limit, 0, *strategy, tokenizer.truncationSide()};
  return options;
}

Result<tokenizers::EncodeOptions>
tokenizerOptions(const Json &parameters, std::string_view name,
                 const tokenizers::Tokenizer &tokenizer) {
  static constexpr ParameterSpec specs[] = {
      truncationParameter, maxLengthParameter, paddingParameter,
      specialTokensParameter};
  Json inner = Json::object();
  if (const Json *given = findParameter(parameters, name))
    inner = *given;
  const HeadInfo info = {name, {}, "", specs, nullptr, nullptr};
  TENON_RETURN_IF_ERROR(checkParameters(inner, info));
  if (const Json *truncation = findParameter(parameters, "truncation")) {
    if (inner.contains("truncation"))
      return Status::usage("truncation",
                           concat("is given twice, once in ", name));
    inner["truncation"] = *truncation;
  }
  return textOptions(inner, tokenizer);
}

Result<size_t> batchSize(const Json &parameters) {
  const Json *value = findParameter(parameters, "batch_size");
  if (!value)
    return size_t(0);
  if (value->get<int64_t>() < 1)
    return Status::usage("batch_size", "must be at least 1");
  return static_cast<size_t>(value->get<int64_t>());
}

Json textsOfCommandLine(const std::vector<std::string> &texts) {
  return texts.size() == 1 ? Json(texts[0]) : Json(texts);
}

Status inList(Status status, std::string_view list, size_t index) {
  if (status.isOk() || status.code() != StatusCode::Invalid)
    return status;
  std::string place = concat(list, "[", index, "]");
  bool isOfInput = status.where() == "inputs" || status.where() == "text";
  Status named =
      Status::invalid(place, isOfInput ? status.what() : status.message());
  for (const std::string &note : status.notes())
    named = std::move(named).line(note);
  return named;
}

Status refusePair(const CommandLineInputs &inputs, std::string_view task) {
  if (!inputs.pair)
    return Status::ok();
  return Status::usage("--pair", concat("isn't for ", task));
}

Result<std::string_view> textOf(const Json &input) {
  if (!input.is_string())
    return Status::invalid("inputs", "must be a string or a list of them");
  return std::string_view(input.get_ref<const std::string &>());
}

Result<tokenizers::EncodeInput> readText(const Json &input) {
  TENON_ASSIGN_OR_RETURN(std::string_view text, textOf(input));
  return textOrPair(text);
}

tokenizers::EncodeInput textOrPair(std::string_view first,
                                   std::string_view second) {
  tokenizers::EncodeInput input{tokenizers::TextInput(first)};
  if (!second.empty())
    input.second = tokenizers::TextInput(second);
  return input;
}

} // namespace tenon::heads
