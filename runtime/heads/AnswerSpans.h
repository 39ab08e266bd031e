//===- AnswerSpans.h - the best spans of a window ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// select_starts_ends and decode_spans of transformers 4.57.6
// (pipelines/question_answering.py), without the square matrix.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_ANSWERSPANS_H
#define TENON_RUNTIME_HEADS_ANSWERSPANS_H

#include <cstddef>
#include <span>
#include <vector>

namespace tenon::heads {

/// A candidate for an answer: tokens `start` to `end`, both included.
struct AnswerSpan {
  size_t start, end;
  float score;
};

struct AnswerSpans {
  std::vector<AnswerSpan> best; ///< At most as many as were asked for.
  float noAnswer;               ///< The score of the first token, [CLS].
};

/// Finds the `count` best spans of at most `maxTokens` tokens by the logits of
/// their first and last tokens. Of these, the ones that begin or end at a token
/// that isn't `allowed` are left out afterwards, as in the reference: they only
/// turn up where too few spans have a score above 0, in the order of their
/// tokens. All arrays have the length of the window, which isn't 0.
AnswerSpans findAnswerSpans(std::span<const float> startLogits,
                            std::span<const float> endLogits,
                            const std::vector<bool> &allowed, size_t count,
                            size_t maxTokens);

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_ANSWERSPANS_H
