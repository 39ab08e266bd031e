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

  size_t bestNeeded() const override {
    if (takesLargest())
      return task_.wantsProbabilities ? 0 : 1;
    // Of those equal to the last that is kept, all are: one more tells.
    bool keepsFew =
        processors_.onlySamples() && config().doSample && config().topK > 0;
    return keepsFew ? std::min(kept() + 1, vocabularySize_) : 0;
  }

  bool isEnough(std::span<const RowLogits> rows) const override {
    if (takesLargest())
      return true;
    auto temperature = static_cast<float>(config().temperature);
    return std::ranges::all_of(rows, [&](const RowLogits &row) {
      size_t known = row.logits.size();
      return known == vocabularySize_ ||
             row.logits[kept() - 1] / temperature >
                 row.logits[known - 1] / temperature;
    });
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
  /// Tokens that top_k keeps.
  size_t kept() const { return static_cast<size_t>(config().topK); }

  /// Extends each sequence that is open.
  Status step(std::span<const RowLogits> rows) override {
    bool isFirst = rows_.empty();
    rows_.clear();
    uint32_t row = 0;
    for (size_t s = 0; s < sequences_.size(); ++s) {
      Sequence &sequence = sequences_[s];
      if (sequence.ending != Ending::Open)
        continue;
      // At first all sequences are the prompt.
      if (!isFirst || s == 0)
        TENON_RETURN_IF_ERROR(score(sequence, rows[row]));
      TENON_ASSIGN_OR_RETURN(size_t index, choose(s));
      float logProbability = std::numeric_limits<float>::quiet_NaN();
      if (task_.wantsProbabilities)
        logProbability =
            softmaxScale(raw_.logits).logProbability(raw_.logits[index]);
      int32_t token = tokenAt(index);
      sequence.tokens.push_back(token);
      sequence.ending = stop_.check(sequence.tokens);
      events_.push_back({0, s, token, sequence.ending, logProbability});
      if (sequence.ending == Ending::Open)
        rows_.push_back({row, token});
      if (!isFirst)
        ++row;
    }
    return Status::ok();
  }

  Status score(const Sequence &sequence, const RowLogits &row) {
    if (takesLargest()) {
      raw_ = row;
      TENON_RETURN_IF_ERROR(checkScores(row.logits));
    } else {
      scores_.assign(row);
      TENON_RETURN_IF_ERROR(processors_.apply({sequence.tokens}, scores_));
      raw_ = scores_.row();
    }
    return checkScores({&row.total, 1});
  }

  /// An index into raw_.
  Result<size_t> choose(size_t sequence) {
    size_t index = indexOfLargest(raw_.logits);
    // Without draws it is the first token then, as in the reference.
    if (config().doSample && raw_.logits[index] == kImpossible)
      return noTokenIsPossible();
    if (config().doSample)
      index =
          drawIndex(raw_.logits,
                    random_.uniform(task_.place * sequences_.size() + sequence,
                                    sequences_[sequence].tokens.size()));
    return index;
  }

  int32_t tokenAt(size_t index) const {
    return raw_.tokens.empty() ? static_cast<int32_t>(index)
                               : raw_.tokens[index];
  }

  std::vector<Sequence> sequences_;
  TokenScores scores_;
  /// What is chosen from: scores_, or logits that nothing changes.
  RowLogits raw_;
};

} // namespace

std::unique_ptr<Search> Search::makeSampleSearch(Parts parts) {
  return std::make_unique<SampleSearch>(std::move(parts));
}

} // namespace tenon::generation
