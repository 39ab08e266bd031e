//===- AnswerSteps.h - an answer token by token -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_ANSWERSTEPS_H
#define TENON_RUNTIME_HEADS_ANSWERSTEPS_H

#include "runtime/generation/Search.h"
#include "runtime/heads/Head.h"

#include <atomic>

namespace tenon::heads {

/// A token more of an answer.
struct AnswerToken {
  size_t input, sequence;
  int32_t token;
  generation::Ending ending; ///< Open unless it is the last one.
  float logProbability;      ///< See generation::TokenEvent; NaN for beams.
  /// What it adds to the text of its sequence, in whole characters: empty while
  /// one isn't.
  std::string text;
};

/// A request that is answered step by step. Its rows are its own: between the
/// steps the session may serve other calls, of other such objects, too. Not for
/// several threads at once, but for cancel().
class AnswerSteps {
public:
  virtual ~AnswerSteps() = default;

  /// Runs the model once; whether anything is left to do. After a failure
  /// nothing is.
  virtual Result<bool> next() = 0;
  /// The tokens that the last call of next() has settled. Beam search settles
  /// all of them in the last step.
  virtual std::span<const AnswerToken> tokens() const = 0;
  /// Ends it. The answer as far as it got, the same each time.
  virtual const Result<TaskAnswer> &finish() = 0;

  /// Ends it. How many inputs the request has, and the sequences of the answer
  /// to one, the best first; none if the answer is an error.
  virtual size_t inputs() = 0;
  virtual std::span<const generation::Continuation> sequences(size_t input) = 0;

  /// Ends it and begins anew, with a request whose inputs come behind what the
  /// first sequence of each input is now; or `tokens`, if there is one input.
  /// Without parameters, those are as before. A failure changes nothing but
  /// that it has ended.
  virtual Status goOn(const TaskRequest &request,
                      std::span<const int32_t> tokens) = 0;

  /// From any thread: the step that runs, or else the next one, fails soon, and
  /// nothing is left to do.
  virtual void cancel() = 0;
};

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_ANSWERSTEPS_H
