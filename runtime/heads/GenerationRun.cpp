//===- GenerationRun.cpp - requests on their way through a model ----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/TextGeneratorCall.h"
#include "runtime/tokenizers/TextStream.h"

#include <map>

namespace tenon::heads {

using generation::Continuation;

/// Requests on their way.
class TextGenerator::Run : public GenerationRun {
public:
  Run(const TextGenerator &owner, generation::TokenModel &model,
      std::span<const TaskRequest> requests, const GenerationStart &start)
      : owner_(owner), wantsText_(start.wantsText), calls_(requests.size()),
        statuses_(requests.size()) {
    std::vector<std::unique_ptr<generation::Search>> searches;
    for (size_t r = 0; r < requests.size(); ++r) {
      statuses_[r] = prepare(requests[r], start, model, calls_[r]);
      if (!statuses_[r].isOk())
        continue;
      for (size_t t = 0; t < calls_[r].searches.size(); ++t) {
        maxSteps_ = std::max(maxSteps_, calls_[r].searches[t]->maxSteps());
        owners_.emplace_back(r, t);
        searches.push_back(std::move(calls_[r].searches[t]));
      }
    }
    wasTold_.resize(searches.size());
    generator_.emplace(model, std::move(searches));
  }

  size_t maxSteps() const override { return maxSteps_; }

  Result<bool> next() override {
    tokens_.clear();
    TENON_ASSIGN_OR_RETURN(bool goesOn, generator_->next());
    for (const generation::TokenEvent &event : generator_->events()) {
      wasTold_[event.prompt] = true;
      tokens_.push_back(tell(event));
    }
    return goesOn;
  }

  std::vector<GeneratedToken> settled() override {
    std::vector<GeneratedToken> made;
    for (size_t i = 0; i < owners_.size(); ++i) {
      auto [request, text] = owners_[i];
      auto sequences = this->sequences(request, text);
      for (size_t s = 0; s < sequences.size() && !wasTold_[i]; ++s) {
        const Continuation &sequence = sequences[s];
        for (const int32_t &token : sequence.tokens) {
          bool isLast = &token == &sequence.tokens.back();
          made.push_back(
              tell({i, s, token,
                    isLast ? sequence.ending : generation::Ending::Open}));
        }
      }
    }
    return made;
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

  const generation::GenerationTimes &times() const override {
    return generator_->times();
  }

  size_t inputs(size_t request) const override {
    return calls_[request].texts.size();
  }

  std::span<const Continuation> sequences(size_t request,
                                          size_t input) const override {
    return calls_[request].texts[input].continuations;
  }

  Result<TextBeginning> beginning(size_t request, size_t input) const override {
    const Call &call = calls_[request];
    const Text &text = call.texts[input];
    const Continuation &best = text.continuations[0];
    TextBeginning made = {text.prompt, promptIds(call, text)};
    size_t ended = best.ending == generation::Ending::EndOfSequence;
    made.ids.insert(made.ids.end(), best.tokens.begin(),
                    best.tokens.end() - static_cast<ptrdiff_t>(ended));
    TENON_ASSIGN_OR_RETURN(std::string fresh,
                           owner_.freshText(call, text, made.ids));
    made.text += fresh;
    return made;
  }

private:
  Status prepare(const TaskRequest &request, const GenerationStart &start,
                 const generation::TokenModel &model, Call &call) const {
    TENON_ASSIGN_OR_RETURN(call, owner_.readCall(request.parameters));
    return owner_.addTexts(request, start, model, call);
  }

  GeneratedToken tell(const generation::TokenEvent &event) {
    auto [request, text] = owners_[event.prompt];
    return {request,
            text,
            event.sequence,
            event.token,
            event.ending,
            static_cast<size_t>(calls_[request].config.numReturnSequences),
            event.logProbability,
            wantsText_ ? textOf(event) : std::string()};
  }

  /// What a token adds to the text of its sequence.
  std::string textOf(const generation::TokenEvent &event) {
    auto [request, text] = owners_[event.prompt];
    const Call &call = calls_[request];
    auto [found, isNew] =
        streams_.try_emplace(std::pair(event.prompt, event.sequence),
                             owner_.tokenizer_, call.decoding);
    tokenizers::TextStream &stream = found->second;
    // What can't be decoded is an error of the answer, at the end.
    auto take = [](const Result<std::string> &piece) {
      return piece ? *piece : std::string();
    };
    if (isNew) {
      // Some decoders write a token differently behind others.
      constexpr size_t enough = 32;
      std::vector<int32_t> prompt = promptIds(call, call.texts[text]);
      for (int32_t id : std::span(prompt).last(std::min(enough, prompt.size())))
        (void)take(stream.push(id));
    }
    std::string made = take(stream.push(event.token));
    if (event.ending != generation::Ending::Open)
      made += take(stream.finish());
    return made;
  }

  const TextGenerator &owner_;
  bool wantsText_;
  std::vector<Call> calls_;
  std::vector<Status> statuses_;
  /// Whose each search is: a request and one of its texts.
  std::vector<std::pair<size_t, size_t>> owners_;
  std::optional<generation::Generator> generator_;
  std::vector<GeneratedToken> tokens_;
  std::vector<bool> wasTold_; ///< Of each search, whether tokens were.
  /// Of the sequences of each prompt.
  std::map<std::pair<size_t, size_t>, tokenizers::TextStream> streams_;
  size_t maxSteps_ = 0;
};

std::unique_ptr<GenerationRun>
TextGenerator::begin(generation::TokenModel &model,
                     std::span<const TaskRequest> requests,
                     const GenerationStart &start) const {
  return std::make_unique<Run>(*this, model, requests, start);
}

std::vector<Result<TaskAnswer>>
TextGenerator::run(generation::TokenModel &model,
                   std::span<const TaskRequest> requests,
                   const Progress &progress, const TokenCallback &onToken,
                   const TimesCallback &onTimes) const {
  GenerationStart start;
  start.wantsText = onToken != nullptr;
  auto generation = begin(model, requests, start);
  size_t total = generation->maxSteps();
  auto generate = [&]() -> Status {
    bool goesOn = total != 0;
    for (size_t done = 1; goesOn; ++done) {
      TENON_ASSIGN_OR_RETURN(goesOn, generation->next());
      bool isWanted = !progress || progress(std::min(done, total), total);
      for (const GeneratedToken &token : generation->tokens())
        isWanted = isWanted && (!onToken || onToken(token));
      if (!isWanted)
        return runtime::cancelledStatus();
    }
    return Status::ok();
  };
  Status ran = generate();
  std::vector<Result<TaskAnswer>> answers = generation->finish();
  if (onTimes)
    onTimes(generation->times());
  for (Result<TaskAnswer> &answer : answers)
    if (answer && !ran.isOk())
      answer = ran;
  return answers;
}

} // namespace tenon::heads
