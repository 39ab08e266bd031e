//===- AnswerSpans.cpp - the best spans of a window -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/AnswerSpans.h"

#include "runtime/heads/Scores.h"

#include <algorithm>

namespace tenon::heads {

/// Probabilities over the allowed tokens.
static std::vector<float> probabilities(std::span<const float> logits,
                                        const std::vector<bool> &allowed) {
  constexpr float never = -10000;
  std::vector<float> values(logits.begin(), logits.end());
  for (size_t i = 0; i < values.size(); ++i)
    if (!allowed[i])
      values[i] = never;
  softmax(values);
  return values;
}

/// Adds spans of score 0 in the order of their tokens until there are `count`;
/// `spans` are all those above 0.
static void fillWithZeros(std::vector<AnswerSpan> &spans, size_t tokens,
                          size_t count) {
  std::vector<size_t> taken;
  taken.reserve(spans.size());
  for (const AnswerSpan &span : spans)
    taken.push_back(span.start * tokens + span.end);
  std::sort(taken.begin(), taken.end());
  auto next = taken.begin();
  for (size_t flat = 0; flat < tokens * tokens && spans.size() < count;
       ++flat) {
    if (next != taken.end() && *next == flat)
      ++next;
    else
      spans.push_back({flat / tokens, flat % tokens, 0});
  }
}

AnswerSpans findAnswerSpans(std::span<const float> startLogits,
                            std::span<const float> endLogits,
                            const std::vector<bool> &allowed, size_t count,
                            size_t maxTokens) {
  std::vector<float> starts = probabilities(startLogits, allowed);
  std::vector<float> ends = probabilities(endLogits, allowed);
  size_t tokens = starts.size();
  AnswerSpans found;
  found.noAnswer = starts[0] * ends[0];
  starts[0] = ends[0] = 0;
  std::vector<AnswerSpan> &spans = found.best;
  for (size_t start = 0; start < tokens; ++start) {
    if (starts[start] == 0)
      continue;
    size_t last = std::min(tokens - start, maxTokens) + start;
    for (size_t end = start; end < last; ++end)
      if (float score = starts[start] * ends[end]; score != 0)
        spans.push_back({start, end, score});
  }
  auto middle =
      spans.begin() + static_cast<ptrdiff_t>(std::min(count, spans.size()));
  std::partial_sort(spans.begin(), middle, spans.end(),
                    [](const AnswerSpan &a, const AnswerSpan &b) {
                      if (a.score != b.score)
                        return a.score > b.score;
                      return a.start != b.start ? a.start < b.start
                                                : a.end < b.end;
                    });
  if (spans.size() < count)
    fillWithZeros(spans, tokens, count);
  else
    spans.resize(count);
  std::erase_if(spans, [&](const AnswerSpan &span) {
    return !allowed[span.start] || !allowed[span.end];
  });
  return found;
}

} // namespace tenon::heads
