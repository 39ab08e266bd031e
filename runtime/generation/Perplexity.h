//===- Perplexity.h - how well a model knows a text -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_GENERATION_PERPLEXITY_H
#define TENON_RUNTIME_GENERATION_PERPLEXITY_H

#include "runtime/generation/TokenModel.h"

#include <functional>
#include <vector>

namespace tenon::generation {

struct PerplexityOptions {
  /// How far the window moves: the smaller, the more tokens before each are
  /// seen, and the longer it takes. 0: 512, or a window if that is shorter.
  size_t stride = 0;
  /// Tokens of a window, 0 for as many as the model holds.
  size_t window = 0;
  /// Called after each window with the tokens done and their total; returns
  /// whether to go on.
  std::function<bool(size_t done, size_t total)> progress = nullptr;
};

struct TextScore {
  /// The natural logarithm of the probability of each token but the first,
  /// after the tokens before it that are in its window. NaN for the first of a
  /// window that shares nothing with the one before.
  std::vector<float> logProbabilities;
  /// e ^ -(mean of those that are known).
  double perplexity = 0;
  /// As the recipe in the documentation of transformers has it: windows are
  /// weighted by one token fewer than they score, which makes no difference to
  /// a text of one window.
  double recipePerplexity = 0;
};

/// Scores a text of at least two tokens with a sliding window: each token
/// counts once, in the first window that reaches it.
Result<TextScore> scoreText(TokenModel &model, std::span<const int32_t> tokens,
                            const PerplexityOptions &options = {});

} // namespace tenon::generation

#endif // TENON_RUNTIME_GENERATION_PERPLEXITY_H
