//===- TextSteps.h - generated text step by step ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_TEXTSTEPS_H
#define TENON_RUNTIME_HEADS_TEXTSTEPS_H

#include "runtime/generation/SessionModel.h"
#include "runtime/heads/AnswerSteps.h"
#include "runtime/heads/TextGenerator.h"

namespace tenon::heads {

/// AnswerSteps of a TextGenerator, which must outlive it.
class TextSteps : public AnswerSteps {
public:
  static Result<std::unique_ptr<TextSteps>>
  begin(const TextGenerator &generator, runtime::Session &session,
        const TaskRequest &request, std::span<const int32_t> tokens);

  Result<bool> next() override;
  std::span<const AnswerToken> tokens() const override { return tokens_; }
  const Result<TaskAnswer> &finish() override;
  size_t inputs() override;
  std::span<const generation::Continuation> sequences(size_t input) override;
  Status goOn(const TaskRequest &request,
              std::span<const int32_t> tokens) override;
  void cancel() override { cancel_.store(true, std::memory_order_relaxed); }

private:
  TextSteps(const TextGenerator &generator, generation::SessionModelLoan model)
      : generator_(generator), model_(std::move(model)) {
    model_->setCancel(&cancel_);
  }

  Status start(TaskRequest request, std::span<const TextBeginning> beginnings);
  void tell(std::span<const GeneratedToken> tokens);

  const TextGenerator &generator_;
  generation::SessionModelLoan model_;
  std::unique_ptr<TaskRequest> request_; ///< What run_ is about.
  std::unique_ptr<GenerationRun> run_;
  bool goesOn_ = false;
  std::vector<AnswerToken> tokens_;
  std::optional<Result<TaskAnswer>> answer_;
  std::atomic<bool> cancel_ = false;
};

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_TEXTSTEPS_H
