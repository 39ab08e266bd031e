//===- TextGenerator.cpp - texts that go on -------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/TextGenerator.h"

#include "runtime/heads/GenerationParameters.h"
#include "runtime/heads/Parameters.h"
#include "runtime/heads/PythonText.h"
#include "runtime/heads/TextGeneratorCall.h"
#include "runtime/heads/TextOptions.h"

#include "support/JsonWriter.h"
#include "support/Text.h"

#include <random>

namespace tenon::heads {

using generation::Continuation;
using generation::GenerationConfig;
using generation::Search;

extern const HeadInfo textGenerationHead;

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

Result<TextGenerator::Call>
TextGenerator::readCall(const Json &parameters) const {
  TENON_RETURN_IF_ERROR(checkParameters(parameters, textGenerationHead));
  TENON_RETURN_IF_ERROR(batchSize(parameters).takeStatus());
  Call call;
  call.parameters = &parameters;
  TENON_ASSIGN_OR_RETURN(call.shape, readAnswerShape(parameters));
  TENON_ASSIGN_OR_RETURN(call.encoding,
                         readPromptEncoding(parameters, tokenizer_));
  call.decoding = readAnswerDecoding(parameters);
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

Result<TextGenerator::Text>
TextGenerator::readText(const Json &input, const TextBeginning *beginning,
                        const Call &call) const {
  if (input.is_object() || input.is_array())
    return Status::invalid("text", "is a chat, which this version can't format")
        .help("give the text that the model's template makes of it");
  TENON_ASSIGN_OR_RETURN(std::string_view text, textOf(input));
  Text made;
  tokenizers::EncodeOptions encoding = call.encoding;
  std::string whole(text);
  if (beginning) {
    made.prompt = beginning->text;
    made.ids = beginning->ids;
    encoding.addSpecialTokens = false;
  } else {
    whole.insert(0, call.prefix);
  }
  made.prompt += text;
  TENON_ASSIGN_OR_RETURN(auto encoded,
                         tokenizer_.encode(textOrPair(whole), encoding));
  made.ids.insert(made.ids.end(), encoded.ids.begin(), encoded.ids.end());
  TENON_RETURN_IF_ERROR(leaveRoom(*call.parameters, made.ids));
  if (made.ids.empty() && !call.config.bos)
    return Status::invalid("text", "is empty, and the model has no "
                                   "bos_token_id to begin with");
  return made;
}

Status TextGenerator::addTexts(const TaskRequest &request,
                               const GenerationStart &start,
                               const generation::TokenModel &model,
                               Call &call) const {
  call.isList = request.inputs.is_array();
  if (call.isList && request.inputs.empty())
    return Status::invalid("inputs", "is an empty list");
  // A list of messages is one chat.
  if (call.isList && request.inputs[0].is_object())
    return readText(request.inputs, nullptr, call).takeStatus();
  size_t count = call.isList ? request.inputs.size() : 1;
  if (!start.beginnings.empty() && start.beginnings.size() != count)
    return Status::invalid("inputs",
                           concat("are ", count, ", but there are ",
                                  start.beginnings.size(), " texts to go on"));
  auto add = [&](const Json &input, size_t index) -> Status {
    const TextBeginning *beginning =
        start.beginnings.empty() ? nullptr : &start.beginnings[index];
    TENON_ASSIGN_OR_RETURN(Text text, readText(input, beginning, call));
    generation::SearchTask task;
    task.tokens = promptIds(call, text);
    task.config = call.config;
    if (!call.config.stopStrings.empty())
      task.text = tokenText();
    task.seed = call.config.seed.value_or(0);
    task.place = index;
    task.wantsProbabilities = start.wantsProbabilities;
    TENON_ASSIGN_OR_RETURN(auto search, Search::create(std::move(task), model));
    call.searches.push_back(std::move(search));
    call.texts.push_back(std::move(text));
    return Status::ok();
  };
  return forEachInput(request.inputs, add);
}

/// Sequences of one length, as the reference returns them.
static std::vector<std::vector<int32_t>>
padded(const GenerationConfig &config, AnswerShape shape,
       std::span<const Continuation> continuations) {
  size_t longest = 0;
  for (const Continuation &continuation : continuations)
    longest = std::max(longest, continuation.tokens.size());
  std::optional<int32_t> filler = config.filler();
  // Beam search takes a pad token of 0 for none, and has -1 behind sequences
  // that no token ends, which is no text.
  if (config.usesBeams() && config.numBeamGroups == 1) {
    if (config.eos.empty())
      filler = shape == AnswerShape::Tensors ? std::optional(-1) : std::nullopt;
    else if (filler == 0)
      filler = config.eos.front();
  }
  std::vector<std::vector<int32_t>> sequences;
  for (const Continuation &continuation : continuations) {
    sequences.push_back(continuation.tokens);
    if (filler)
      sequences.back().resize(longest, *filler);
  }
  return sequences;
}

/// What `sequence` has more than its prompt.
Result<std::string>
TextGenerator::freshText(const Call &call, const Text &text,
                         const std::vector<int32_t> &sequence) const {
  TENON_ASSIGN_OR_RETURN(std::string all,
                         tokenizer_.decode(sequence, call.decoding));
  TENON_ASSIGN_OR_RETURN(std::string prompt,
                         tokenizer_.decode(text.ids, call.decoding));
  // What follows the prompt is cut off by length: the tokens after it may
  // change how its end is written.
  CodePoints points(all);
  return std::string(points.slice(pythonLength(prompt), points.size()));
}

Status TextGenerator::writeSequence(const Call &call, const Text &text,
                                    const std::vector<int32_t> &sequence,
                                    JsonWriter &json) const {
  json.beginObject();
  if (call.shape == AnswerShape::Tensors) {
    json.key("generated_token_ids").beginArray();
    for (int32_t token : sequence)
      json.integer(token);
    json.endArray().endObject();
    return Status::ok();
  }
  TENON_ASSIGN_OR_RETURN(std::string fresh, freshText(call, text, sequence));
  json.key("generated_text");
  json.string(call.shape == AnswerShape::FullText ? text.prompt + fresh
                                                  : fresh);
  json.endObject();
  return Status::ok();
}

/// The tokens that a text's sequences begin with.
std::vector<int32_t> TextGenerator::promptIds(const Call &call,
                                              const Text &text) {
  return text.ids.empty() ? std::vector<int32_t>{*call.config.bos} : text.ids;
}

Result<TaskAnswer> TextGenerator::answer(const Call &call) const {
  JsonWriter json;
  if (call.isList)
    json.beginArray();
  for (const Text &text : call.texts) {
    json.beginArray();
    for (const auto &fresh :
         padded(call.config, call.shape, text.continuations)) {
      std::vector<int32_t> sequence = promptIds(call, text);
      sequence.insert(sequence.end(), fresh.begin(), fresh.end());
      TENON_RETURN_IF_ERROR(writeSequence(call, text, sequence, json));
    }
    json.endArray();
  }
  if (call.isList)
    json.endArray();
  return TaskAnswer{json.take(), {}};
}

} // namespace tenon::heads
