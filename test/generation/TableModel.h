//===- TableModel.h - a language model that is a formula --------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The model of test/goldens/generate/token_table.py: the scores of the next
// token are a hash of the last two tokens (and of the source).
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_GENERATION_TABLEMODEL_H
#define TENON_TEST_GENERATION_TABLEMODEL_H

#include "../support/TestFiles.h"

#include "runtime/generation/GenerationDefaults.h"
#include "runtime/generation/Generator.h"
#include "support/File.h"

#include <gtest/gtest.h>

namespace tenon::generation {

using Tokens = std::vector<int32_t>;

struct Table {
  size_t vocabulary = 16;
  uint32_t seed = 0;
  float scale = 1;

  static Table read(const Json &json) {
    return {json.value("vocabulary", size_t(16)), json.value("seed", 0u),
            json.value("scale", 1.0f)};
  }

  std::vector<float> scores(std::span<const int32_t> context,
                            std::span<const int32_t> source = {}) const {
    uint32_t h = mix(seed);
    for (int32_t token : source)
      h = chain(h, static_cast<uint32_t>(token + 1));
    for (size_t back : {2, 1})
      h = chain(
          h, context.size() < back
                 ? 0
                 : static_cast<uint32_t>(context[context.size() - back] + 1));
    std::vector<float> made(vocabulary);
    for (size_t v = 0; v < vocabulary; ++v) {
      auto unit = static_cast<float>(chain(h, static_cast<uint32_t>(v)) >> 8) *
                  0x1p-24f;
      made[v] = (unit * 8 - 4) * scale;
    }
    return made;
  }

private:
  static uint32_t mix(uint32_t h) {
    h ^= h >> 16;
    h *= 0x7FEB352D;
    h ^= h >> 15;
    h *= 0x846CA68B;
    return h ^ (h >> 16);
  }
  static uint32_t chain(uint32_t h, uint32_t part) {
    return mix(h ^ (part + 0x9E3779B9));
  }
};

/// Keeps its rows' tokens, and counts what it is asked to do.
class TableModel : public TokenModel {
public:
  explicit TableModel(Table table, size_t maxRows = 64,
                      size_t contextLimit = SIZE_MAX)
      : table_(table), maxRows_(maxRows), contextLimit_(contextLimit) {}

  size_t vocabularySize() const override { return table_.vocabulary; }
  size_t contextLimit() const override { return contextLimit_; }
  size_t maxRows() const override { return maxRows_; }
  bool hasEncoder() const override { return false; }

  Result<Logits> prefill(std::span<const Prompt> prompts) override {
    ++prefills;
    rows_.clear();
    for (const Prompt &prompt : prompts)
      rows_.push_back({{prompt.tokens.begin(), prompt.tokens.end()},
                       {prompt.source.begin(), prompt.source.end()}});
    return compute();
  }

  Status reorder(std::span<const uint32_t> rows) override {
    ++reorders;
    std::vector<Row> next;
    for (uint32_t row : rows)
      next.push_back(rows_.at(row));
    rows_ = std::move(next);
    return Status::ok();
  }

  Result<Logits> step(std::span<const int32_t> tokens) override {
    ++steps;
    EXPECT_EQ(tokens.size(), rows_.size());
    for (size_t i = 0; i < tokens.size(); ++i)
      rows_[i].tokens.push_back(tokens[i]);
    if (steps == failAtStep)
      return Status::internal("model", "is broken");
    return compute();
  }

  Status score(std::span<const int32_t> tokens, size_t first,
               std::span<float> logProbabilities) override {
    EXPECT_LE(tokens.size(), contextLimit_);
    EXPECT_GE(first, 1u);
    EXPECT_EQ(logProbabilities.size(), tokens.size() - first);
    for (size_t i = first; i < tokens.size(); ++i) {
      auto scores = table_.scores(tokens.first(i));
      normalizeScores(scores);
      logProbabilities[i - first] = scores[static_cast<size_t>(tokens[i])];
      ++scoredTokens;
    }
    return Status::ok();
  }

  size_t prefills = 0, reorders = 0, steps = 0, computedRows = 0,
         scoredTokens = 0;
  size_t failAtStep = SIZE_MAX;

  void setWanted(size_t best) override { wanted_ = best; }
  std::span<const RowLogits> best() const override { return best_; }
  Result<Logits> complete() override {
    ++completions;
    return Logits(logits_);
  }
  /// How many best tokens it gives alone, where that is enough.
  size_t mostBest = 0;
  size_t callsWithoutLogits = 0, completions = 0;
  /// Scores are multiples of this, so that many are equal.
  float grain = 0;

private:
  struct Row {
    Tokens tokens, source;
  };
  struct Found {
    Tokens tokens;
    std::vector<float> logits;
  };

  Result<Logits> compute() {
    EXPECT_LE(rows_.size(), maxRows_);
    logits_.clear();
    for (const Row &row : rows_) {
      EXPECT_LE(row.tokens.size(), contextLimit_);
      auto scores = table_.scores(row.tokens, row.source);
      for (float &score : scores)
        score = grain > 0 ? std::floor(score / grain) * grain : score;
      logits_.insert(logits_.end(), scores.begin(), scores.end());
    }
    computedRows += rows_.size();
    if (wanted_ == 0 || wanted_ > mostBest)
      return Logits(logits_);
    ++callsWithoutLogits;
    found_.assign(rows_.size(), {});
    best_.clear();
    for (size_t row = 0; row < rows_.size(); ++row) {
      auto scores =
          Logits(logits_).subspan(row * table_.vocabulary, table_.vocabulary);
      Found &found = found_[row];
      for (size_t index : indicesOfLargest(scores, wanted_)) {
        found.tokens.push_back(static_cast<int32_t>(index));
        found.logits.push_back(scores[index]);
      }
      best_.push_back({found.logits, found.tokens,
                       static_cast<float>(softmaxScale(scores).sum)});
    }
    return Logits();
  }

  Table table_;
  size_t maxRows_, contextLimit_;
  std::vector<Row> rows_;
  std::vector<float> logits_;
  std::vector<Found> found_;
  std::vector<RowLogits> best_;
  size_t wanted_ = 0;
};

inline Json readGolden(const std::string &name) {
  std::string path = std::string(TENON_GOLDENS) + "/generation/" + name;
  auto text = readFile(path, 1 << 24);
  EXPECT_TRUE(text.isOk()) << path;
  auto json = parseJson(*text, name);
  EXPECT_TRUE(json.isOk()) << json.status().message();
  return *json;
}

/// Options by name over the library's defaults, without those of a pipeline.
inline Result<GenerationConfig> makeConfig(const Json &options) {
  auto defaults = GenerationDefaults::create({});
  EXPECT_TRUE(defaults.isOk());
  return defaults->withArguments(options);
}

inline GenerationConfig configOf(const Json &options) {
  auto config = makeConfig(options);
  EXPECT_TRUE(config.isOk()) << options << config.status().message();
  return config ? *config : GenerationConfig();
}

using Answers = std::vector<std::vector<Continuation>>;

/// Runs searches to their end.
inline Answers runSearches(TokenModel &model,
                           std::vector<std::unique_ptr<Search>> searches) {
  Generator generator(model, std::move(searches));
  while (true) {
    auto more = generator.next();
    EXPECT_TRUE(more.isOk()) << more.status().message();
    if (!more || !*more)
      break;
  }
  Answers answers;
  for (auto &result : generator.finish()) {
    EXPECT_TRUE(result.isOk()) << result.status().message();
    answers.push_back(result ? std::move(*result)
                             : std::vector<Continuation>());
  }
  return answers;
}

inline std::unique_ptr<Search> makeSearch(const TokenModel &model,
                                          SearchTask task) {
  auto search = Search::create(std::move(task), model);
  EXPECT_TRUE(search.isOk()) << search.status().message();
  return search ? std::move(*search) : nullptr;
}

} // namespace tenon::generation

#endif // TENON_TEST_GENERATION_TABLEMODEL_H
