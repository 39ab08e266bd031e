//===- Generator.h - many prompts through one model -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_GENERATION_GENERATOR_H
#define TENON_RUNTIME_GENERATION_GENERATOR_H

#include "runtime/generation/Search.h"

#include <chrono>

namespace tenon::generation {

/// What searches have cost so far. Prompts that the model has no rows for wait,
/// so that there may be several prefills.
struct GenerationTimes {
  using Duration = std::chrono::steady_clock::duration;

  size_t prompts = 0, promptTokens = 0;
  size_t reusedTokens = 0; ///< Of promptTokens: the model held them already.
  size_t tokens = 0;       ///< Of the sequences that finish() has returned.
  size_t prefills = 0, steps = 0;
  size_t stepRows = 0;        ///< Of all steps together.
  Duration prefill{}, step{}; ///< In the model.
  Duration search{};          ///< Choosing tokens.
  Duration first{};           ///< Until the first tokens were chosen.

  /// Those of searches that came after these: the first tokens stay.
  void add(const GenerationTimes &other);
};

/// Runs searches through a model, step by step, as many at once as it has rows
/// for. Destroying it at any time cancels what isn't done; the model can be
/// used again.
class Generator {
public:
  /// The searches were made for this model, which must outlive this and serve
  /// nobody else meanwhile.
  Generator(TokenModel &model, std::vector<std::unique_ptr<Search>> searches);

  /// Runs the model once. Returns whether anything is left to do. After a
  /// failure, which is the model's, nothing is.
  Result<bool> next();

  /// The tokens that the last call of next() has settled.
  std::span<const TokenEvent> events() const { return events_; }

  const GenerationTimes &times() const { return times_; }

  /// The sequences of each prompt, best first, or what went wrong with it; as
  /// far as they got, if there was something left to do.
  std::vector<Result<std::vector<Continuation>>> finish();

private:
  struct Running {
    /// Null when it is done: a request may have thousands of texts, and each
    /// search has memory of the vocabulary's size.
    std::unique_ptr<Search> search;
    std::vector<Continuation> found; ///< If it is done.
    Status status;
    bool isBegun = false;
    size_t rowsBefore = 0; ///< Rows of it in the model now.

    std::span<const Search::Row> rows() const {
      return search ? search->rows() : std::span<const Search::Row>();
    }
    /// At first each prompt is a row; finished searches have none.
    size_t rowCount() const { return isBegun ? rows().size() : 1; }
  };

  Result<Logits> prefill();
  Result<Logits> step();
  void advance(Logits logits);
  /// Tells the model what the searches among begin_ .. end_ need.
  void askForBest();
  /// Whether these rows' best tokens are all that those need.
  bool isEnough(std::span<const RowLogits> best) const;

  TokenModel &model_;
  std::vector<Running> all_;
  /// Those that have rows in the model: begin_ .. end_, and what comes after.
  size_t begin_ = 0, end_ = 0;
  std::vector<TokenEvent> events_;
  GenerationTimes times_;
};

} // namespace tenon::generation

#endif // TENON_RUNTIME_GENERATION_GENERATOR_H
