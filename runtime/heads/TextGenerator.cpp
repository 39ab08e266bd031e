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
#include "runtime/heads/TextOptions.h"

#include "support/JsonWriter.h"
#include "support/Text.h"

#include <random>

namespace tenon::heads {

using generation::Continuation;
using generation::GenerationConfig;
using generation::Search;

extern const HeadInfo textGenerationHead;

/// One text of a request and what became of it.
struct TextGenerator::Text {
  std::string prompt;
  /// Of the prompt and its prefix; empty if the text is, and then it begins
  /// with the token for that.
  std::vector<int32_t> ids;
  std::vector<Continuation> continuations;
};

/// A request that is being answered.
struct TextGenerator::Call {
  GenerationConfig config;
  std::string prefix;
  tokenizers::EncodeOptions encoding;
  tokenizers::DecodeOptions decoding;
  AnswerShape shape = AnswerShape::FullText;
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

Result<TextGenerator::Call>
TextGenerator::readCall(const Json &parameters) const {
  TENON_RETURN_IF_ERROR(checkParameters(parameters, textGenerationHead));
  TENON_RETURN_IF_ERROR(batchSize(parameters).takeStatus());
  Call call;
  call.parameters = &parameters;
  TENON_ASSIGN_OR_RETURN(call.shape, readAnswerShape(parameters));
  TENON_ASSIGN_OR_RETURN(call.encoding,
                         readPromptEncoding(parameters, tokenizer_));
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
    TENON_ASSIGN_OR_RETURN(auto search, Search::create(std::move(task), model));
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
  if (call.shape == AnswerShape::Tensors) {
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
  json.string(call.shape == AnswerShape::FullText
                  ? text.prompt + std::string(fresh)
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

/// Requests on their way.
class TextGenerator::Run : public GenerationRun {
public:
  Run(const TextGenerator &owner, generation::TokenModel &model,
      std::span<const TaskRequest> requests)
      : owner_(owner), calls_(requests.size()), statuses_(requests.size()) {
    std::vector<std::unique_ptr<Search>> searches;
    for (size_t r = 0; r < requests.size(); ++r) {
      statuses_[r] = prepare(requests[r], model, calls_[r]);
      if (!statuses_[r].isOk())
        continue;
      for (size_t t = 0; t < calls_[r].searches.size(); ++t) {
        maxSteps_ = std::max(maxSteps_, calls_[r].searches[t]->maxSteps());
        owners_.emplace_back(r, t);
        searches.push_back(std::move(calls_[r].searches[t]));
      }
    }
    generator_.emplace(model, std::move(searches));
  }

  size_t maxSteps() const override { return maxSteps_; }

  Result<bool> next() override {
    tokens_.clear();
    TENON_ASSIGN_OR_RETURN(bool goesOn, generator_->next());
    for (const generation::TokenEvent &event : generator_->events()) {
      auto [request, text] = owners_[event.prompt];
      tokens_.push_back(
          {request, text, event.sequence, event.token, event.ending});
    }
    return goesOn;
  }

  std::span<const GeneratedToken> tokens() const override { return tokens_; }

  std::vector<Result<TaskAnswer>> finish() override {
    auto results = generator_->finish();
    for (size_t i = 0; i < results.size(); ++i) {
      auto [request, text] = owners_[i];
      if (results[i])
        calls_[request].texts[text].continuations = std::move(*results[i]);
      else if (statuses_[request].isOk())
        statuses_[request] = results[i].takeStatus();
    }
    std::vector<Result<TaskAnswer>> answers;
    for (size_t r = 0; r < calls_.size(); ++r)
      answers.push_back(statuses_[r].isOk() ? owner_.answer(calls_[r])
                                            : Result<TaskAnswer>(statuses_[r]));
    return answers;
  }

private:
  Status prepare(const TaskRequest &request,
                 const generation::TokenModel &model, Call &call) const {
    TENON_ASSIGN_OR_RETURN(call, owner_.readCall(request.parameters));
    return owner_.addTexts(request, model, call);
  }

  const TextGenerator &owner_;
  std::vector<Call> calls_;
  std::vector<Status> statuses_;
  /// Whose each search is: a request and one of its texts.
  std::vector<std::pair<size_t, size_t>> owners_;
  std::optional<generation::Generator> generator_;
  std::vector<GeneratedToken> tokens_;
  size_t maxSteps_ = 0;
};

std::unique_ptr<GenerationRun>
TextGenerator::begin(generation::TokenModel &model,
                     std::span<const TaskRequest> requests) const {
  return std::make_unique<Run>(*this, model, requests);
}

std::vector<Result<TaskAnswer>> TextGenerator::run(
    generation::TokenModel &model, std::span<const TaskRequest> requests,
    const Progress &progress, const TokenCallback &onToken) const {
  auto generation = begin(model, requests);
  size_t total = generation->maxSteps();
  auto generate = [&]() -> Status {
    bool goesOn = total != 0;
    for (size_t done = 1; goesOn; ++done) {
      TENON_ASSIGN_OR_RETURN(goesOn, generation->next());
      bool isWanted = !progress || progress(std::min(done, total), total);
      for (const GeneratedToken &token : generation->tokens())
        isWanted = isWanted && (!onToken || onToken(token));
      if (!isWanted)
        return Status::invalid("task", "was cancelled");
    }
    return Status::ok();
  };
  Status ran = generate();
  std::vector<Result<TaskAnswer>> answers = generation->finish();
  for (Result<TaskAnswer> &answer : answers)
    if (answer && !ran.isOk())
      answer = ran;
  return answers;
}

} // namespace tenon::heads
