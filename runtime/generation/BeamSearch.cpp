//===- BeamSearch.cpp - several ways at once ------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Beam search as transformers has done it since 4.50: a pool of the best
// finished sequences beside the running beams, both of num_beams; finished
// places that don't exist yet have a score of -1e9. Scores are in float, with
// the reference's order of operations: they decide between beams.
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/Search.h"

#include <cmath>

namespace tenon::generation {

namespace {

/// Added to what must not be chosen, as the reference does it: below every sum
/// of log-probabilities, and yet a number.
constexpr float kOut = -1e9f;

class BeamSearch : public Search {
public:
  explicit BeamSearch(Parts parts)
      : Search(std::move(parts)), running_(maxRows(), {task_.tokens, kOut}),
        finished_(maxRows(), {{task_.tokens, kOut}, Ending::Open}) {
    // One beam at first, or all would find the same.
    running_[0].score = 0;
  }

  size_t bestNeeded() const override {
    // What is drawn may be any token.
    bool takesBest = processors_.empty() && !config().doSample;
    return takesBest ? std::min(candidatesOf(running_.size()), vocabularySize_)
                     : 0;
  }

  std::vector<Continuation> finish() override {
    std::vector<Finished> best = finished_;
    if (!rows_.empty()) { // Ended from outside.
      std::erase_if(best,
                    [](const Finished &f) { return f.ending == Ending::Open; });
      for (const Beam &beam : running_)
        best.push_back({beam, Ending::Open});
    }
    best.resize(static_cast<size_t>(config().numReturnSequences));
    std::vector<Continuation> made;
    made.reserve(best.size());
    for (const Finished &f : best)
      made.push_back({newTokens(f.beam.tokens), f.beam.score, f.ending});
    return made;
  }

private:
  struct Beam {
    std::vector<int32_t> tokens; ///< The prompt included.
    float score;
  };
  struct Finished {
    Beam beam;
    Ending ending; ///< Open for a place that is free yet.
  };
  /// A way for a beam to go on.
  struct Candidate {
    Beam beam;
    uint32_t from;
    Ending ending;
  };

  Status step(std::span<const RowLogits> logits) override {
    bool isFirst = rows_.empty();
    size_t newCount = running_[0].tokens.size() + 1 - lengths_.prompt;
    std::vector<Candidate> candidates;
    TENON_RETURN_IF_ERROR(config().doSample
                              ? drawCandidates(logits, newCount, candidates)
                              : findCandidates(logits, candidates));
    for (Candidate &candidate : candidates)
      candidate.ending = stop_.check(candidate.beam.tokens);
    bool allEnd = std::all_of(
        candidates.begin(), candidates.end(),
        [](const Candidate &c) { return c.ending != Ending::Open; });

    updateFinished(candidates, newCount);
    chooseRunning(candidates, isFirst);
    updateOutlook(newCount);
    bool isFull = allFinished() && config().earlyStopping == EarlyStopping::Yes;
    if (!canImprove_ || isFull || allEnd)
      rows_.clear();
    return Status::ok();
  }

  Candidate makeCandidate(size_t from, int32_t token, float score) const {
    Candidate made = {{running_[from].tokens, score},
                      static_cast<uint32_t>(from),
                      Ending::Open};
    made.beam.tokens.push_back(token);
    return made;
  }

  /// The logits of a beam; at first all beams have those of the prompt.
  static const RowLogits &logitsOf(size_t beam,
                                   std::span<const RowLogits> logits) {
    return logits[logits.size() == 1 ? 0 : beam];
  }

  /// The best candidates of all beams.
  Status findCandidates(std::span<const RowLogits> logits,
                        std::vector<Candidate> &candidates) {
    TopCandidates top(candidatesOf(running_.size()));
    for (size_t b = 0; b < running_.size(); ++b) {
      size_t first = b * vocabularySize_;
      if (processors_.empty()) {
        const RowLogits &row = logitsOf(b, logits);
        TENON_RETURN_IF_ERROR(checkScores(row.logits));
        TENON_RETURN_IF_ERROR(checkScores({&row.total, 1}));
        if (row.tokens.empty()) {
          top.offer(row.logits, softmaxScale(row.logits), running_[b].score,
                    first);
          continue;
        }
        SoftmaxScale scale = softmaxScale(row.logits[0], row.total);
        scores_.assign(row); // Their tokens ascend now.
        for (size_t i = 0; i < scores_.size(); ++i)
          top.offer({&scores_.values()[i], 1}, scale, running_[b].score,
                    first + static_cast<size_t>(scores_.token(i)));
        continue;
      }
      if (b == 0 || logits.size() > 1)
        TENON_RETURN_IF_ERROR(
            scoreBeam(logits[b], {running_[b].tokens}, scores_));
      top.offer(scores_.values(), SoftmaxScale(), running_[b].score, first);
    }
    for (auto [score, index] : top.take())
      candidates.push_back(
          makeCandidate(index / vocabularySize_,
                        static_cast<int32_t>(index % vocabularySize_), score));
    return candidates.size() >= running_.size() &&
                   candidates[0].beam.score != kImpossible
               ? Status::ok()
               : noTokenIsPossible();
  }

  /// Candidates of all beams, drawn: those drawn first have the rank of the
  /// best.
  Status drawCandidates(std::span<const RowLogits> logits, size_t newCount,
                        std::vector<Candidate> &candidates) {
    std::vector<float> values;
    std::vector<std::pair<size_t, int32_t>> places;
    for (size_t b = 0; b < running_.size(); ++b) {
      if (b == 0 || logits.size() > 1)
        TENON_RETURN_IF_ERROR(
            scoreBeam(logits[b], {running_[b].tokens}, scores_));
      for (size_t i = 0; i < scores_.size(); ++i) {
        values.push_back(scores_.values()[i] + running_[b].score);
        places.emplace_back(b, scores_.token(i));
      }
    }
    if (largest(values) == kImpossible || places.size() < running_.size())
      return noTokenIsPossible();
    UrnOfScores urn(values);
    size_t count = std::min(candidatesOf(running_.size()), places.size());
    for (size_t i = 0; i < count; ++i) {
      size_t drawn = urn.take(random_.uniform(task_.place, newCount, i));
      candidates.push_back(makeCandidate(places[drawn].first,
                                         places[drawn].second, values[drawn]));
    }
    return Status::ok();
  }

  /// The best of those that don't end go on.
  void chooseRunning(std::vector<Candidate> &candidates, bool isFirst) {
    std::vector<float> scores;
    scores.reserve(candidates.size());
    for (const Candidate &candidate : candidates)
      scores.push_back(candidate.beam.score +
                       (candidate.ending != Ending::Open ? kOut : 0));
    std::vector<size_t> best = indicesOfLargest(scores, running_.size());
    rows_.clear();
    for (size_t b = 0; b < running_.size(); ++b) {
      Candidate &candidate = candidates[best[b]];
      candidate.beam.score = scores[best[b]];
      running_[b] = std::move(candidate.beam);
      rows_.push_back(
          {isFirst ? 0 : candidate.from, running_[b].tokens.back()});
    }
  }

  /// Puts candidates that end into the pool if they are better than those
  /// there.
  void updateFinished(std::span<const Candidate> candidates, size_t newCount) {
    bool isClosed =
        allFinished() && config().earlyStopping == EarlyStopping::Yes;
    float divisor = lengthDivisor(newCount);
    std::vector<Finished> merged = std::move(finished_);
    std::vector<float> scores;
    scores.reserve(merged.size() + candidates.size());
    for (const Finished &f : merged)
      scores.push_back(f.beam.score);
    for (size_t rank = 0; rank < candidates.size(); ++rank) {
      const Candidate &candidate = candidates[rank];
      // The others are only there so that all beams can go on.
      bool counts = candidate.ending != Ending::Open && rank < running_.size();
      float score = candidate.beam.score / divisor;
      if (isClosed)
        score += kOut;
      if (!canImprove_)
        score += kOut;
      if (!counts)
        score += kOut;
      scores.push_back(score);
      merged.push_back({{candidate.beam.tokens, score},
                        counts ? candidate.ending : Ending::Open});
    }
    finished_.clear();
    for (size_t index : indicesOfLargest(scores, running_.size()))
      finished_.push_back(std::move(merged[index]));
  }

  /// Whether a running beam can become better than a finished one.
  void updateOutlook(size_t newCount) {
    bool byMaximum = config().earlyStopping == EarlyStopping::Never &&
                     config().lengthPenalty > 0;
    size_t length = byMaximum ? lengths_.max - lengths_.prompt : newCount;
    float best = running_[0].score / lengthDivisor(length);
    float worst = finished_.back().beam.score; // They are sorted.
    canImprove_ =
        canImprove_ &&
        std::any_of(finished_.begin(), finished_.end(), [&](const Finished &f) {
          return best > (f.ending != Ending::Open ? worst : kOut);
        });
  }

  bool allFinished() const {
    return std::all_of(
        finished_.begin(), finished_.end(),
        [](const Finished &f) { return f.ending != Ending::Open; });
  }

  float lengthDivisor(size_t length) const {
    return static_cast<float>(
        std::pow(static_cast<double>(length), config().lengthPenalty));
  }

  std::vector<Beam> running_;
  std::vector<Finished> finished_;
  bool canImprove_ = true;
  TokenScores scores_;
};

} // namespace

std::unique_ptr<Search> Search::makeBeamSearch(Parts parts) {
  return std::make_unique<BeamSearch>(std::move(parts));
}

} // namespace tenon::generation
