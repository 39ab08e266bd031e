//===- TextSteps.cpp - generated text step by step ------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/TextSteps.h"

#include "support/Text.h"

namespace tenon::heads {

/// Adds a prompt that is given as tokens, beside which the request has none.
static Status append(const tokenizers::Tokenizer &tokenizer,
                     const TaskRequest &request,
                     std::span<const int32_t> tokens, TextBeginning &to) {
  if (!request.inputs.is_null())
    return Status::usage("inputs", "exclude a prompt of tokens");
  tokenizers::DecodeOptions options;
  options.skipSpecialTokens = true;
  TENON_ASSIGN_OR_RETURN(
      std::string text,
      tokenizer.decode(std::vector<int32_t>(tokens.begin(), tokens.end()),
                       options));
  to.text += text;
  to.ids.insert(to.ids.end(), tokens.begin(), tokens.end());
  return Status::ok();
}

Result<std::unique_ptr<TextSteps>>
TextSteps::begin(const TextGenerator &generator, runtime::Session &session,
                 const TaskRequest &request, std::span<const int32_t> tokens) {
  TENON_ASSIGN_OR_RETURN(auto model,
                         generation::SessionModelLoan::take(session));
  std::unique_ptr<TextSteps> steps(new TextSteps(generator, std::move(model)));
  TaskRequest own = request;
  std::vector<TextBeginning> beginnings;
  if (!tokens.empty()) {
    TENON_RETURN_IF_ERROR(
        append(generator.tokenizer(), own, tokens, beginnings.emplace_back()));
    own.inputs = "";
  }
  TENON_RETURN_IF_ERROR(steps->start(std::move(own), beginnings));
  return steps;
}

Status TextSteps::start(TaskRequest request,
                        std::span<const TextBeginning> beginnings) {
  // The run refers to its request.
  auto own = std::make_unique<TaskRequest>(std::move(request));
  GenerationStart how = {beginnings, true, true};
  auto run = generator_.begin(*model_, {own.get(), 1}, how);
  if (run->maxSteps() == 0)
    return run->finish()[0].takeStatus();
  run_ = std::move(run);
  request_ = std::move(own);
  goesOn_ = true;
  tokens_.clear();
  answer_.reset();
  cancel_.store(false, std::memory_order_relaxed);
  return Status::ok();
}

Result<bool> TextSteps::next() {
  tokens_.clear();
  if (!goesOn_)
    return false;
  goesOn_ = false;
  TENON_ASSIGN_OR_RETURN(bool goesOn, run_->next());
  goesOn_ = goesOn;
  tell(run_->tokens());
  if (!goesOn_) {
    finish();
    tell(run_->settled());
  }
  return goesOn_;
}

void TextSteps::tell(std::span<const GeneratedToken> tokens) {
  for (const GeneratedToken &t : tokens)
    tokens_.push_back(
        {t.input, t.sequence, t.token, t.ending, t.logProbability, t.text});
}

const Result<TaskAnswer> &TextSteps::finish() {
  goesOn_ = false;
  if (!answer_)
    answer_ = std::move(run_->finish()[0]);
  return *answer_;
}

size_t TextSteps::inputs() { return finish() ? run_->inputs(0) : 0; }

std::span<const generation::Continuation> TextSteps::sequences(size_t input) {
  if (input >= inputs())
    return {};
  return run_->sequences(0, input);
}

Status TextSteps::goOn(const TaskRequest &request,
                       std::span<const int32_t> tokens) {
  if (!finish())
    return answer_->status();
  std::vector<TextBeginning> beginnings(run_->inputs(0));
  for (size_t i = 0; i < beginnings.size(); ++i) {
    TENON_ASSIGN_OR_RETURN(beginnings[i], run_->beginning(0, i));
  }
  TaskRequest own = request;
  if (own.parameters.is_null())
    own.parameters = request_->parameters;
  if (!tokens.empty()) {
    if (beginnings.size() != 1)
      return Status::usage("tokens", concat("go on one text, but there are ",
                                            beginnings.size()));
    TENON_RETURN_IF_ERROR(
        append(generator_.tokenizer(), own, tokens, beginnings[0]));
  }
  if (own.inputs.is_null())
    own.inputs = request_->inputs.is_array()
                     ? Json(std::vector<std::string>(beginnings.size()))
                     : Json("");
  return start(std::move(own), beginnings);
}

} // namespace tenon::heads
