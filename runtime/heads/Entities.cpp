//===- Entities.cpp - tokens with labels, grouped -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/Entities.h"

#include "runtime/heads/Scores.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace tenon::heads {

/// The mean of those that are numbers, as numpy's nanmean.
template <typename Values, typename Get>
static float mean(const Values &values, Get get) {
  float sum = 0;
  size_t count = 0;
  for (const auto &value : values)
    if (float x = get(value); !std::isnan(x)) {
      sum += x;
      ++count;
    }
  return sum / static_cast<float>(count);
}

/// The text of several words or pieces of one.
template <typename Parts>
static Result<std::string> joinWords(const Parts &parts,
                                     const tokenizers::Tokenizer &tokenizer) {
  std::vector<std::string> words;
  for (const auto &part : parts)
    words.push_back(part.word);
  return tokenizer.decodeTokens(std::move(words));
}

static Entity entityOfToken(const TokenScores &token, const Labels &labels) {
  size_t best = largest(token.scores);
  return {labels.names[best], token.scores[best], token.word,
          token.start,        token.end,          token.index};
}

/// A word of at least one token.
static Result<Entity> entityOfWord(std::span<const TokenScores> tokens,
                                   Aggregation aggregation,
                                   const Labels &labels,
                                   const tokenizers::Tokenizer &tokenizer) {
  std::vector<float> scores = tokens[0].scores;
  if (aggregation == Aggregation::Max) {
    auto best = [](const TokenScores &token) {
      return token.scores[largest(token.scores)];
    };
    scores = std::max_element(tokens.begin(), tokens.end(),
                              [&](const TokenScores &a, const TokenScores &b) {
                                return best(a) < best(b);
                              })
                 ->scores;
  } else if (aggregation == Aggregation::Average) {
    for (size_t label = 0; label < scores.size(); ++label)
      scores[label] = mean(tokens, [&](const TokenScores &token) {
        return token.scores[label];
      });
  }
  size_t best = largest(scores);
  TENON_ASSIGN_OR_RETURN(std::string word, joinWords(tokens, tokenizer));
  return Entity{labels.names[best], scores[best],      std::move(word),
                tokens[0].start,    tokens.back().end, 0};
}

namespace {
/// The parts of a label such as B-PER.
struct Tag {
  bool begins; ///< Rather than goes on, as labels without a prefix do.
  std::string_view kind;

  explicit Tag(std::string_view label)
      : begins(label.starts_with("B-")),
        kind(begins || label.starts_with("I-") ? label.substr(2) : label) {}
};
} // namespace

/// Neighbours of one kind as one entity.
static Result<Entity> group(std::span<const Entity> entities,
                            const tokenizers::Tokenizer &tokenizer) {
  // What is behind the first dash, whatever is before it.
  const std::string &label = entities[0].label;
  size_t dash = label.find('-');
  TENON_ASSIGN_OR_RETURN(std::string word, joinWords(entities, tokenizer));
  return Entity{dash == label.npos ? label : label.substr(dash + 1),
                mean(entities, [](const Entity &e) { return e.score; }),
                std::move(word),
                entities[0].start,
                entities.back().end,
                0};
}

/// Calls `visit` on each run of elements; `joins(run, next)` says whether the
/// next element goes with the run before it.
template <typename T, typename Joins, typename Visit>
static Status forEachRun(std::span<const T> elements, Joins joins,
                         Visit visit) {
  size_t begin = 0;
  for (size_t i = 1; i <= elements.size(); ++i)
    if (i == elements.size() || !joins(elements[i - 1], elements[i])) {
      TENON_RETURN_IF_ERROR(visit(elements.subspan(begin, i - begin)));
      begin = i;
    }
  return Status::ok();
}

Result<std::vector<Entity>> aggregate(std::span<const TokenScores> tokens,
                                      Aggregation aggregation,
                                      const Labels &labels,
                                      const tokenizers::Tokenizer &tokenizer) {
  std::vector<Entity> entities;
  if (aggregation == Aggregation::None || aggregation == Aggregation::Simple) {
    for (const TokenScores &token : tokens)
      entities.push_back(entityOfToken(token, labels));
  } else {
    TENON_RETURN_IF_ERROR(forEachRun(
        tokens,
        [](const TokenScores &, const TokenScores &next) {
          return next.isSubword;
        },
        [&](std::span<const TokenScores> word) -> Status {
          TENON_ASSIGN_OR_RETURN(
              Entity entity,
              entityOfWord(word, aggregation, labels, tokenizer));
          entities.push_back(std::move(entity));
          return Status::ok();
        }));
  }
  if (aggregation == Aggregation::None)
    return entities;
  std::vector<Entity> groups;
  TENON_RETURN_IF_ERROR(forEachRun(
      std::span<const Entity>(entities),
      [](const Entity &last, const Entity &next) {
        Tag tag(next.label);
        return tag.kind == Tag(last.label).kind && !tag.begins;
      },
      [&](std::span<const Entity> neighbours) -> Status {
        TENON_ASSIGN_OR_RETURN(Entity entity, group(neighbours, tokenizer));
        groups.push_back(std::move(entity));
        return Status::ok();
      }));
  return groups;
}

std::vector<Entity> resolveOverlaps(std::vector<Entity> entities) {
  sortStably(entities, [](const Entity &a, const Entity &b) {
    return a.start < b.start;
  });
  // The first is compared with itself: an empty one is there twice, as the
  // pipeline has it.
  std::vector<Entity> kept(entities.begin(),
                           entities.begin() + (entities.empty() ? 0 : 1));
  for (Entity &entity : entities) {
    if (entity.start >= kept.back().end) {
      kept.push_back(std::move(entity));
      continue;
    }
    Entity &last = kept.back();
    uint32_t length = entity.end - entity.start, before = last.end - last.start;
    if (length > before || (length == before && entity.score > last.score))
      last = std::move(entity);
  }
  return kept;
}

} // namespace tenon::heads
