//===- Perplexity.cpp - how well a model knows a text ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/Perplexity.h"

#include "support/Text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tenon::generation {

constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

Result<TextScore> scoreText(TokenModel &model, std::span<const int32_t> tokens,
                            const PerplexityOptions &options) {
  if (tokens.size() < 2)
    return Status::invalid("text",
                           concat("has ", plural(tokens.size(), "token"),
                                  ", but only what follows a token has a "
                                  "probability"));
  size_t window = std::min(model.contextLimit(),
                           options.window ? options.window : SIZE_MAX);
  if (window < 2)
    return Status::usage("window", "must be at least 2");
  size_t stride =
      options.stride ? options.stride : std::min<size_t>(512, window);
  if (stride > window)
    return Status::usage("stride", concat("must be from 1 to ", window,
                                          ", the tokens of a window, but is ",
                                          options.stride));
  TextScore score;
  double sum = 0, recipeSum = 0;
  size_t count = 0, recipeCount = 0, reached = 0;
  std::vector<float> fresh;
  for (size_t begin = 0; reached < tokens.size(); begin += stride) {
    size_t end = begin + std::min(window, tokens.size() - begin);
    // The first of a window has nothing before it.
    size_t first = std::max(reached, begin + 1);
    fresh.resize(end - first);
    TENON_RETURN_IF_ERROR(
        model.score(tokens.subspan(begin, end - begin), first - begin, fresh));
    double windowSum = 0;
    for (size_t t = std::max<size_t>(reached, 1); t < first; ++t)
      score.logProbabilities.push_back(kUnknown);
    for (size_t t = first; t < end; ++t) {
      float value = fresh[t - first];
      score.logProbabilities.push_back(value);
      windowSum += value;
    }
    sum += windowSum;
    count += end - first;
    size_t weight = end - reached - 1;
    if (end > first)
      recipeSum += windowSum / static_cast<double>(end - first) *
                   static_cast<double>(weight);
    recipeCount += weight;
    reached = end;
    if (options.progress && !options.progress(reached, tokens.size()))
      return Status::invalid("task", "was cancelled");
  }
  score.perplexity = std::exp(-sum / static_cast<double>(count));
  score.recipePerplexity =
      std::exp(-recipeSum / static_cast<double>(recipeCount));
  return score;
}

} // namespace tenon::generation
