//===- Entities.h - tokens with labels, grouped -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// How TokenClassificationPipeline of transformers 4.57.6 makes entities of
// tokens: pieces of words join first, then neighbours of one kind.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_ENTITIES_H
#define TENON_RUNTIME_HEADS_ENTITIES_H

#include "runtime/heads/ModelFiles.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::heads {

/// How labels of tokens become labels of words and groups.
enum class Aggregation {
  None,    ///< Tokens stay as they are.
  Simple,  ///< Neighbours of one kind are a group.
  First,   ///< A word has its first token's label.
  Average, ///< A word has the best label of its tokens' mean scores.
  Max      ///< A word has the label of its token with the highest score.
};

/// A token that is no special one.
struct TokenScores {
  std::string word;
  std::vector<float> scores; ///< Of each label.
  /// Code points of the sentence.
  uint32_t start = 0, end = 0;
  size_t index = 0;       ///< Among the tokens of its window.
  bool isSubword = false; ///< Belongs to the word before.
};

struct Entity {
  std::string label; ///< Of a token or word, or a group's kind.
  float score = 0;
  std::string word;
  uint32_t start = 0, end = 0;
  size_t index = 0; ///< Of a token.
};

/// The entities of a window's tokens.
Result<std::vector<Entity>> aggregate(std::span<const TokenScores> tokens,
                                      Aggregation aggregation,
                                      const Labels &labels,
                                      const tokenizers::Tokenizer &tokenizer);

/// Of entities of several windows that overlap, keeps the longest, or the best
/// of equally long ones; sorts them by where they start.
std::vector<Entity> resolveOverlaps(std::vector<Entity> entities);

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_ENTITIES_H
