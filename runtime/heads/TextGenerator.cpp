//===- TextGenerator.cpp - texts that go on -------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/TextGenerator.h"

#include "runtime/heads/Parameters.h"
#include "runtime/heads/PythonText.h"
#include "runtime/heads/TextOptions.h"

#include "support/JsonWriter.h"
#include "support/Text.h"

#include <random>

namespace tenon::heads {

using generation::Continuation;
using generation::GenerationConfig;
using generation::OptionType;
using generation::Search;

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

std::span<const ParameterSpec> TextGenerator::parameters() {
  static const std::vector<ParameterSpec> all = [] {
    std::vector<ParameterSpec> made(std::begin(pipelineParameters),
                                    std::end(pipelineParameters));
    for (const generation::OptionInfo &option : generation::generationOptions())
      made.push_back({option.name, kindOf(option.type), option.help});
    return made;
  }();
  return all;
}

/// The head that parameters are checked for.
static HeadInfo checkedHead() {
  return {"text-generation",           {},      "",
          TextGenerator::parameters(), nullptr, nullptr};
}

/// One text of a request and what became of it.
struct TextGenerator::Text {
  std::string prompt;
  /// Of the prompt and its prefix; empty if the text is, and then it begins
  /// with the token for that.
  std::vector<int32_t> ids;
  std::vector<Continuation> continuations;
};

enum class Shape { Tensors, NewText, FullText };

/// A request that is being answered.
struct TextGenerator::Call {
  GenerationConfig config;
  std::string prefix;
  tokenizers::EncodeOptions encoding;
  tokenizers::DecodeOptions decoding;
  Shape shape = Shape::FullText;
  const Json *parameters = nullptr;
  bool isList = false;
  std::vector<Text> texts;
  std::vector<std::unique_ptr<Search>> searches;
};

Result<TextGenerator> TextGenerator::create(tokenizers::Tokenizer tokenizer,
                                            const Json *generationConfig,
                                            const Json &config) {
  generation::DefaultSources sources;
  sources.generationConfig = generationConfig;
  sources.config = &config;
  sources.pipeline = {
      {"max_new_tokens", 256}, {"do_sample", true}, {"temperature", 0.7}};
  sources.task = "text-generation";
  sources.tokenizerPad =
      tokenizer.specialTokenId(tokenizers::SpecialToken::Pad);
  TENON_ASSIGN_OR_RETURN(auto defaults,
                         generation::GenerationDefaults::create(sources));
  return TextGenerator(std::move(tokenizer), std::move(defaults));
}

/// What to answer with. The reference looks at whether parameters are there,
/// not at their values.
static Result<Shape> readShape(const Json &parameters) {
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
               ? Shape::FullText
               : Shape::NewText;
  }
  if (!has("return_tensors"))
    return Shape::FullText;
  if (has("return_text"))
    return exclude("return_tensors", "return_text");
  return Shape::Tensors;
}

/// The tokenizer's options: those of the call, and over them those of
/// `tokenizer_encode_kwargs`.
static Result<tokenizers::EncodeOptions>
readEncoding(const Json &parameters, const tokenizers::Tokenizer &tokenizer) {
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

Result<TextGenerator::Call>
TextGenerator::readCall(const Json &parameters) const {
  TENON_RETURN_IF_ERROR(checkParameters(parameters, checkedHead()));
  TENON_RETURN_IF_ERROR(batchSize(parameters).takeStatus());
  Call call;
  call.parameters = &parameters;
  TENON_ASSIGN_OR_RETURN(call.shape, readShape(parameters));
  TENON_ASSIGN_OR_RETURN(call.encoding, readEncoding(parameters, tokenizer_));
  call.decoding.skipSpecialTokens =
      booleanParameter(parameters, "skip_special_tokens", true);
  call.decoding.cleanUpTokenizationSpaces =
      booleanParameter(parameters, "clean_up_tokenization_spaces", true);
  call.prefix = defaults_.prefix();
  if (const Json *prefix = findParameter(parameters, "prefix"))
    call.prefix = prefix->get<std::string>();
  TENON_ASSIGN_OR_RETURN(call.config, readConfig(parameters, call));
  if (call.config.doSample && !call.config.seed) {
    std::random_device device;
    call.config.seed = (uint64_t(device()) << 32) | device();
  }
  return call;
}

/// generate()'s options, with what prefix and stop_sequence make of them.
Result<GenerationConfig> TextGenerator::readConfig(const Json &parameters,
                                                   Call &call) const {
  Json arguments = parameters.is_null() ? Json::object() : parameters;
  tokenizers::EncodeOptions plain;
  plain.addSpecialTokens = false;
  if (const Json *stop = findParameter(parameters, "stop_sequence")) {
    const std::string &text = stop->get_ref<const std::string &>();
    TENON_ASSIGN_OR_RETURN(auto encoding,
                           tokenizer_.encode(textOrPair(text), plain));
    arguments["eos_token_id"] = encoding.ids;
  }
  size_t prefixTokens = 0;
  if (!call.prefix.empty()) {
    plain.addSpecialTokens =
        booleanParameter(parameters, "add_special_tokens", false);
    TENON_ASSIGN_OR_RETURN(auto encoding,
                           tokenizer_.encode(textOrPair(call.prefix), plain));
    prefixTokens = encoding.size();
  }
  // The prefix doesn't count, where lengths count the prompt.
  auto lengthen = [&](const char *name, int64_t length) {
    constexpr int64_t most = INT64_MAX / 2;
    arguments[name] =
        std::min(length, most) + static_cast<int64_t>(prefixTokens);
  };
  bool isAsked =
      arguments.contains("max_length") && !arguments["max_length"].is_null();
  if (prefixTokens != 0 && !arguments.contains("max_new_tokens")) {
    const Json &length =
        isAsked ? arguments["max_length"] : defaults_.option("max_length");
    if (!length.is_null())
      lengthen("max_length", length.get<int64_t>());
  }
  if (prefixTokens != 0 && !arguments.contains("min_new_tokens") &&
      arguments.contains("min_length") && !arguments["min_length"].is_null())
    lengthen("min_length", arguments["min_length"].get<int64_t>());
  TENON_ASSIGN_OR_RETURN(GenerationConfig config,
                         defaults_.withArguments(arguments));
  if (!isAsked && !config.maxNewTokens)
    config.lengthIsAsked = false; // It is the prefix that lengthened it.
  return config;
}

Result<std::vector<std::string>>
TextGenerator::warnings(const Json &parameters) const {
  TENON_ASSIGN_OR_RETURN(Call call, readCall(parameters));
  return std::move(call.config.warnings);
}

/// The token's text behind other text: some decoders treat the first token
/// differently.
generation::TokenText TextGenerator::tokenText() const {
  constexpr std::string_view before = "abcdef";
  tokenizers::EncodeOptions plain;
  plain.addSpecialTokens = false;
  std::vector<std::string> tokens;
  if (auto encoding = tokenizer_.encode(textOrPair(before), plain))
    for (int32_t id : encoding->ids)
      tokens.emplace_back(*tokenizer_.idToToken(id));
  return [tokenizer = tokenizer_, tokens, before](int32_t token) {
    auto name = tokenizer.idToToken(token);
    if (!name)
      return std::string();
    std::vector<std::string> all = tokens;
    all.emplace_back(*name);
    auto text = tokenizer.decodeTokens(std::move(all));
    size_t at = text ? text->find(before) : std::string::npos;
    return at == std::string::npos ? std::string()
                                   : text->substr(at + before.size());
  };
}

/// `handle_long_generation`: cuts a text that leaves no room in the tokenizer's
/// length for what is to come.
Status TextGenerator::leaveRoom(const Json &parameters,
                                std::vector<int32_t> &ids) const {
  const char *name = "handle_long_generation";
  const Json *way = findParameter(parameters, name);
  if (!way)
    return Status::ok();
  if (*way != "hole")
    return Status::usage(name,
                         concat("must be \"hole\", but is ", way->dump()));
  auto tokens = static_cast<int64_t>(ids.size());
  int64_t fresh = 0;
  if (const Json *given = findParameter(parameters, "max_new_tokens");
      given && !given->is_null())
    fresh = given->get<int64_t>();
  else if (const Json &length = defaults_.option("max_length");
           !length.is_null())
    fresh = length.get<int64_t>() - tokens;
  if (fresh < 0)
    return Status::invalid(name, "can't tell how many tokens are to come")
        .help("set max_new_tokens");
  if (tokenizer_.modelMaxLength() > size_t(INT64_MAX))
    return Status::ok();
  auto most = static_cast<int64_t>(tokenizer_.modelMaxLength());
  if (fresh <= most - tokens)
    return Status::ok();
  if (fresh >= most)
    return Status::invalid(name, concat(fresh,
                                        " tokens are to come, but the model "
                                        "holds ",
                                        most));
  auto keep = static_cast<size_t>(most - fresh);
  if (keep < ids.size())
    ids.erase(ids.begin(), ids.end() - static_cast<ptrdiff_t>(keep));
  return Status::ok();
}

Result<TextGenerator::Text> TextGenerator::readText(const Json &input,
                                                    const Call &call) const {
  if (input.is_object() || input.is_array())
    return Status::invalid("text", "is a chat, which this version can't format")
        .help("give the text that the model's template makes of it");
  TENON_ASSIGN_OR_RETURN(std::string_view text, textOf(input));
  std::string whole = call.prefix + std::string(text);
  TENON_ASSIGN_OR_RETURN(auto encoding,
                         tokenizer_.encode(textOrPair(whole), call.encoding));
  Text made;
  made.prompt = text;
  made.ids = std::move(encoding.ids);
  TENON_RETURN_IF_ERROR(leaveRoom(*call.parameters, made.ids));
  if (made.ids.empty() && !call.config.bos)
    return Status::invalid("text", "is empty, and the model has no "
                                   "bos_token_id to begin with");
  return made;
}

Status TextGenerator::addTexts(const TaskRequest &request,
                               const generation::TokenModel &model,
                               Call &call) const {
  call.isList = request.inputs.is_array();
  if (call.isList && request.inputs.empty())
    return Status::invalid("inputs", "is an empty list");
  // A list of messages is one chat.
  if (call.isList && request.inputs[0].is_object())
    return readText(request.inputs, call).takeStatus();
  auto add = [&](const Json &input, size_t index) -> Status {
    TENON_ASSIGN_OR_RETURN(Text text, readText(input, call));
    generation::SearchTask task;
    task.tokens =
        text.ids.empty() ? std::vector<int32_t>{*call.config.bos} : text.ids;
    task.config = call.config;
    if (!call.config.stopStrings.empty())
      task.text = tokenText();
    task.seed = call.config.seed.value_or(0);
    task.place = index;
    TENON_ASSIGN_OR_RETURN(auto search, Search::create(std::move(task),
                                                       model.vocabularySize(),
                                                       model.contextLimit()));
    call.searches.push_back(std::move(search));
    call.texts.push_back(std::move(text));
    return Status::ok();
  };
  return forEachInput(request.inputs, add);
}

/// Sequences of one length, as the reference returns them.
static std::vector<std::vector<int32_t>>
padded(const GenerationConfig &config,
       std::span<const Continuation> continuations) {
  size_t longest = 0;
  for (const Continuation &continuation : continuations)
    longest = std::max(longest, continuation.tokens.size());
  std::optional<int32_t> filler = config.filler();
  // Beam search takes a pad token of 0 for none.
  if (config.usesBeams() && config.numBeamGroups == 1 && filler == 0 &&
      !config.eos.empty())
    filler = config.eos.front();
  std::vector<std::vector<int32_t>> sequences;
  for (const Continuation &continuation : continuations) {
    sequences.push_back(continuation.tokens);
    if (filler)
      sequences.back().resize(longest, *filler);
  }
  return sequences;
}

Status TextGenerator::writeSequence(const Call &call, const Text &text,
                                    const std::vector<int32_t> &sequence,
                                    JsonWriter &json) const {
  json.beginObject();
  if (call.shape == Shape::Tensors) {
    json.key("generated_token_ids").beginArray();
    for (int32_t token : sequence)
      json.integer(token);
    json.endArray().endObject();
    return Status::ok();
  }
  TENON_ASSIGN_OR_RETURN(std::string all,
                         tokenizer_.decode(sequence, call.decoding));
  TENON_ASSIGN_OR_RETURN(std::string prompt,
                         tokenizer_.decode(text.ids, call.decoding));
  // What follows the prompt is cut off by length: the tokens after it may
  // change how its end is written.
  CodePoints points(all);
  std::string_view fresh = points.slice(pythonLength(prompt), points.size());
  json.key("generated_text");
  json.string(call.shape == Shape::FullText ? text.prompt + std::string(fresh)
                                            : fresh);
  json.endObject();
  return Status::ok();
}

Result<TaskAnswer> TextGenerator::answer(const Call &call) const {
  JsonWriter json;
  if (call.isList)
    json.beginArray();
  for (const Text &text : call.texts) {
    json.beginArray();
    for (const auto &fresh : padded(call.config, text.continuations)) {
      std::vector<int32_t> sequence = text.ids;
      if (text.ids.empty())
        sequence.push_back(*call.config.bos);
      sequence.insert(sequence.end(), fresh.begin(), fresh.end());
      TENON_RETURN_IF_ERROR(writeSequence(call, text, sequence, json));
    }
    json.endArray();
  }
  if (call.isList)
    json.endArray();
  return TaskAnswer{json.take(), {}};
}

std::vector<Result<TaskAnswer>> TextGenerator::run(
    generation::TokenModel &model, std::span<const TaskRequest> requests,
    const Progress &progress, const TokenCallback &onToken) const {
  std::vector<Call> calls(requests.size());
  std::vector<Status> statuses(requests.size());
  // Whose each search is: a request and one of its texts.
  std::vector<std::pair<size_t, size_t>> owners;
  std::vector<std::unique_ptr<Search>> searches;
  size_t total = 0;
  auto prepare = [&](size_t r) -> Status {
    TENON_ASSIGN_OR_RETURN(calls[r], readCall(requests[r].parameters));
    TENON_RETURN_IF_ERROR(addTexts(requests[r], model, calls[r]));
    for (size_t t = 0; t < calls[r].searches.size(); ++t) {
      TENON_RETURN_IF_ERROR(
          generation::checkRows(model, *calls[r].searches[t]));
      total = std::max(total, calls[r].searches[t]->maxSteps());
    }
    return Status::ok();
  };
  for (size_t r = 0; r < requests.size(); ++r) {
    statuses[r] = prepare(r);
    if (!statuses[r].isOk())
      continue;
    for (size_t t = 0; t < calls[r].searches.size(); ++t) {
      owners.emplace_back(r, t);
      searches.push_back(std::move(calls[r].searches[t]));
    }
  }

  auto generate = [&]() -> Status {
    TENON_ASSIGN_OR_RETURN(auto generator, generation::Generator::begin(
                                               model, std::move(searches)));
    bool goesOn = true;
    for (size_t done = 1; goesOn; ++done) {
      TENON_ASSIGN_OR_RETURN(goesOn, generator->next());
      bool isWanted = !progress || progress(std::min(done, total), total);
      for (const generation::TokenEvent &event : generator->events())
        if (onToken) {
          auto [request, text] = owners[event.prompt];
          isWanted = isWanted && onToken({request, text, event.sequence,
                                          event.token, event.ending});
        }
      if (!isWanted)
        return Status::invalid("task", "was cancelled");
    }
    auto results = generator->finish();
    for (size_t i = 0; i < results.size(); ++i) {
      auto [request, text] = owners[i];
      if (results[i])
        calls[request].texts[text].continuations = std::move(*results[i]);
      else if (statuses[request].isOk())
        statuses[request] = results[i].takeStatus();
    }
    return Status::ok();
  };
  Status ran = owners.empty() ? Status::ok() : generate();

  std::vector<Result<TaskAnswer>> answers;
  for (size_t r = 0; r < requests.size(); ++r) {
    Status status = statuses[r].isOk() ? ran : statuses[r];
    answers.push_back(status.isOk() ? answer(calls[r])
                                    : Result<TaskAnswer>(status));
  }
  return answers;
}

} // namespace tenon::heads
