//===- Search.h - how one prompt is continued -------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A search is a state machine: it is given the logits of its rows and says
// which rows go on and with which tokens. It knows nothing of the model and of
// the prompts that are generated beside it (Generator.h), so that a batch gives
// what its prompts give alone.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_GENERATION_SEARCH_H
#define TENON_RUNTIME_GENERATION_SEARCH_H

#include "runtime/generation/LogitsProcessors.h"
#include "runtime/generation/Random.h"
#include "runtime/generation/StopCriteria.h"
#include "runtime/generation/TokenModel.h"

namespace tenon::generation {

/// A token as soon as it is known for certain: beam search has none until it
/// ends.
struct TokenEvent {
  size_t prompt;   ///< Of the generator's prompts.
  size_t sequence; ///< Of the prompt's sequences.
  int32_t token;
  Ending ending; ///< Open unless it is the last one.
  /// Natural logarithm of its probability among the tokens that it was chosen
  /// from, after all processing; NaN unless the task asks for it.
  float logProbability = std::numeric_limits<float>::quiet_NaN();
};

/// A finished sequence.
struct Continuation {
  /// What follows the prompt, the end-of-sequence token included.
  std::vector<int32_t> tokens;
  /// Beam search: the sum of the tokens' processed log-probabilities, divided
  /// by length ^ length_penalty. 0 otherwise.
  float score = 0;
  Ending ending = Ending::Open;
};

/// What one prompt's search needs.
struct SearchTask {
  /// What the decoder reads, at least one token.
  std::vector<int32_t> tokens;
  /// What the encoder reads; empty for models without one.
  std::vector<int32_t> source;
  GenerationConfig config;
  /// For stop strings; may be empty if there are none.
  TokenText text;
  /// The seed and the place of the prompt in its request: both decide what is
  /// drawn.
  uint64_t seed = 0, place = 0;
  /// Whether tokens are told with their probabilities.
  bool wantsProbabilities = false;
};

class Search {
public:
  /// A row that goes on: a copy of one of the rows before, and a token.
  struct Row {
    uint32_t from;
    int32_t token;
  };

  /// Fails where the options don't fit the prompt or the model, of which
  /// nothing but its sizes is asked.
  static Result<std::unique_ptr<Search>> create(SearchTask task,
                                                const TokenModel &model);

  virtual ~Search() = default;

  const SearchTask &task() const { return task_; }
  /// The rows that there are at most.
  size_t maxRows() const { return task_.config.rows(); }

  /// The most tokens that a sequence gets.
  size_t maxSteps() const { return lengths_.max - lengths_.prompt; }

  /// Its time counts from now on: it may have waited for others.
  void begin() { stop_.begin(); }
  /// How many of the best tokens of a row it needs to know; 0: all logits.
  virtual size_t bestNeeded() const { return 0; }
  /// Whether it can go on with no more than these rows' best tokens, as many as
  /// it needs or more: others may be equal to them.
  virtual bool isEnough(std::span<const RowLogits> /*rows*/) const {
    return true;
  }
  /// Takes the logits of the token after each of its rows, in order: at first
  /// after the prompt, one row, and then after what rows() said.
  Status advance(std::span<const RowLogits> rows);
  /// The rows that go on; none if all is done.
  std::span<const Row> rows() const { return rows_; }
  /// The tokens that the last call of advance() has settled.
  std::span<const TokenEvent> events() const { return events_; }
  /// The sequences, best first; if all isn't done, as far as they got.
  virtual std::vector<Continuation> finish() = 0;

protected:
  /// What create() has made of a task.
  struct Parts {
    SearchTask task;
    Lengths lengths;
    LogitsProcessors processors;
    size_t vocabularySize;
  };

  explicit Search(Parts parts)
      : task_(std::move(parts.task)), lengths_(parts.lengths),
        processors_(std::move(parts.processors)),
        vocabularySize_(parts.vocabularySize), random_(task_.seed),
        stop_(task_.config, lengths_, task_.text) {}

  // The kinds of search, of which create() chooses.
  static std::unique_ptr<Search> makeSampleSearch(Parts parts);
  static std::unique_ptr<Search> makeBeamSearch(Parts parts);
  static std::unique_ptr<Search> makeGroupBeamSearch(Parts parts);

  virtual Status step(std::span<const RowLogits> rows) = 0;

  const GenerationConfig &config() const { return task_.config; }
  /// Tokens of a sequence that are new.
  std::vector<int32_t> newTokens(const std::vector<int32_t> &sequence) const {
    return {sequence.begin() + static_cast<ptrdiff_t>(lengths_.prompt),
            sequence.end()};
  }

  /// Log-probabilities of a row, processed.
  Status scoreBeam(const RowLogits &logits, const RowContext &row,
                   TokenScores &scores);
  static Status noTokenIsPossible() {
    return Status::invalid("logits", "no token is possible any more")
        .help("the options leave none over");
  }
  /// Candidates of which beams choose: enough for every beam to go on, however
  /// many ways there are to end.
  size_t candidatesOf(size_t beams) const {
    return std::max<size_t>(2, 1 + config().eos.size()) * beams;
  }

  SearchTask task_;
  Lengths lengths_;
  LogitsProcessors processors_;
  size_t vocabularySize_;
  CounterRandom random_;
  StopCriteria stop_;
  std::vector<Row> rows_;
  std::vector<TokenEvent> events_;
};

} // namespace tenon::generation

#endif // TENON_RUNTIME_GENERATION_SEARCH_H
