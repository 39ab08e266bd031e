//===- SampleSearch.cpp - greedy search and sampling ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/Search.h"

namespace tenon::generation {

namespace {

/// Sequences that know nothing of each other: the likeliest token each time, or
/// one that is drawn.
class SampleSearch : public Search {
public:
  explicit SampleSearch(Parts parts)
      : Search(std::move(parts)),
        sequences_(maxRows(), Sequence{task_.tokens, Ending::Open}) {}

  bool needsLogits() const override {
    return !takesLargest() || task_.wantsProbabilities;
  }

  std::vector<Continuation> finish() override {
    std::vector<Continuation> made;
    made.reserve(sequences_.size());
    for (const Sequence &sequence : sequences_)
      made.push_back({newTokens(sequence.tokens), 0, sequence.ending});
    return made;
  }

private:
  struct Sequence {
    std::vector<int32_t> tokens;
    Ending ending;
  };

  /// Whether logits are taken as they are, and the largest of them.
  bool takesLargest() const {
    return processors_.empty() && !config().doSample;
  }

  /// What a sequence goes on with.
  struct Choice {
    int32_t token;
    float logProbability = std::numeric_limits<float>::quiet_NaN();
  };

  Status step(std::span<const std::span<const float>> logits) override {
    return extendAll([&](size_t s, uint32_t row, bool isNew) -> Result<Choice> {
      if (isNew)
        TENON_RETURN_IF_ERROR(score(sequences_[s], logits[row]));
      TENON_ASSIGN_OR_RETURN(size_t index, choose(s));
      Choice choice{tokenAt(index)};
      if (task_.wantsProbabilities)
        choice.logProbability = softmaxScale(raw_).logProbability(raw_[index]);
      return choice;
    });
  }

  Status stepTo(std::span<const Likeliest> tokens) override {
    return extendAll([&](size_t, uint32_t row, bool) -> Result<Choice> {
      TENON_RETURN_IF_ERROR(checkScores({&tokens[row].logit, 1}));
      return Choice{tokens[row].token};
    });
  }

  /// Extends each sequence that is open by what `choose(sequence, row, isNew)`
  /// gives: of several that share a row, the first is told that it is new.
  template <typename Choose> Status extendAll(Choose choose) {
    bool isFirst = rows_.empty();
    rows_.clear();
    uint32_t row = 0;
    for (size_t s = 0; s < sequences_.size(); ++s) {
      Sequence &sequence = sequences_[s];
      if (sequence.ending != Ending::Open)
        continue;
      // At first all sequences are the prompt.
      TENON_ASSIGN_OR_RETURN(Choice choice, choose(s, row, !isFirst || s == 0));
      sequence.tokens.push_back(choice.token);
      sequence.ending = stop_.check(sequence.tokens);
      events_.push_back(
          {0, s, choice.token, sequence.ending, choice.logProbability});
      if (sequence.ending == Ending::Open)
        rows_.push_back({row, choice.token});
      if (!isFirst)
        ++row;
    }
    return Status::ok();
  }

  Status score(const Sequence &sequence, std::span<const float> logits) {
    if (takesLargest()) {
      raw_ = logits;
      return checkScores(logits);
    }
    scores_.assign(logits);
    TENON_RETURN_IF_ERROR(processors_.apply({sequence.tokens}, scores_));
    raw_ = std::as_const(scores_).values();
    return Status::ok();
  }

  /// An index into raw_.
  Result<size_t> choose(size_t sequence) {
    size_t index = indexOfLargest(raw_);
    // Without draws it is the first token then, as in the reference.
    if (config().doSample && raw_[index] == kImpossible)
      return noTokenIsPossible();
    if (config().doSample)
      index = drawIndex(
          raw_, random_.uniform(task_.place * sequences_.size() + sequence,
                                sequences_[sequence].tokens.size()));
    return index;
  }

  int32_t tokenAt(size_t index) const {
    return raw_.data() == scores_.values().data() ? scores_.token(index)
                                                  : static_cast<int32_t>(index);
  }

  std::vector<Sequence> sequences_;
  TokenScores scores_;
  /// What is chosen from: scores_, or logits that nothing changes.
  std::span<const float> raw_;
};

} // namespace

std::unique_ptr<Search> Search::makeSampleSearch(Parts parts) {
  return std::make_unique<SampleSearch>(std::move(parts));
}

} // namespace tenon::generation
