//===- GroupBeamSearch.cpp - groups of beams that differ ------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Diverse beam search (Vijayakumar et al., 2016) as transformers had it until
// 4.55; later versions fetch it from elsewhere. A token costs a group a penalty
// for every beam of the groups before it that has just taken that token. Each
// group keeps its own finished sequences.
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/Search.h"

#include <cmath>

namespace tenon::generation {

namespace {

struct Hypothesis {
  std::vector<int32_t> tokens; ///< Without the end-of-sequence token.
  double score;
  Ending ending;
};

struct Beam {
  std::vector<int32_t> tokens;
  float score;
  uint32_t row; ///< Of the model, before this step.
};

class GroupBeamSearch : public Search {
public:
  explicit GroupBeamSearch(Parts parts) : Search(std::move(parts)) {
    auto groups = static_cast<size_t>(config().numBeamGroups);
    groups_.resize(groups);
    for (Group &group : groups_) {
      group.beams.resize(maxRows() / groups, {task_.tokens, -1e9f, 0});
      group.beams[0].score = 0;
    }
  }

  std::vector<Continuation> finish() override {
    std::vector<Hypothesis> best;
    for (Group &group : groups_) {
      if (!group.isDone && group.beams[0].tokens.size() > lengths_.prompt)
        for (const Beam &beam : group.beams)
          add(group, beam.tokens, beam.score,
              beam.tokens.size() - lengths_.prompt, stop_.check(beam.tokens));
      best.insert(best.end(), group.finished.begin(), group.finished.end());
    }
    // Of equal ones the last, as it comes off the end of a sorted list.
    std::reverse(best.begin(), best.end());
    std::vector<float> scores;
    scores.reserve(best.size());
    for (const Hypothesis &hypothesis : best)
      scores.push_back(static_cast<float>(hypothesis.score));
    std::vector<Continuation> made;
    for (size_t index : indicesOfLargest(
             scores, static_cast<size_t>(config().numReturnSequences))) {
      Hypothesis &hypothesis = best[index];
      if (!config().eos.empty() && hypothesis.tokens.size() < lengths_.max)
        hypothesis.tokens.push_back(config().eos.front());
      made.push_back({newTokens(hypothesis.tokens),
                      static_cast<float>(hypothesis.score), hypothesis.ending});
    }
    return made;
  }

private:
  struct Group {
    std::vector<Beam> beams;
    std::vector<Hypothesis> finished;
    double worst = 1e9; ///< Score of them.
    bool isDone = false;
  };

  Status step(std::span<const RowLogits> logits) override {
    // The tokens of this step, group by group.
    std::vector<int32_t> tokens;
    for (Group &group : groups_) {
      if (group.isDone) {
        // What pads a finished group counts as its choice.
        tokens.insert(tokens.end(), group.beams.size(), filler());
        continue;
      }
      TENON_RETURN_IF_ERROR(stepGroup(group, logits, tokens));
      for (const Beam &beam : group.beams)
        tokens.push_back(beam.tokens.back());
    }
    rows_.clear();
    bool allEnd = true;
    for (Group &group : groups_) {
      if (group.isDone) {
        allEnd = allEnd && isEos(filler());
        continue;
      }
      for (Beam &beam : group.beams) {
        rows_.push_back({beam.row, beam.tokens.back()});
        beam.row = static_cast<uint32_t>(rows_.size() - 1);
        allEnd = allEnd && stop_.check(beam.tokens) != Ending::Open;
      }
    }
    bool allLong =
        std::all_of(groups_.begin(), groups_.end(), [&](const Group &group) {
          return group.isDone || group.beams[0].tokens.size() >= lengths_.max;
        });
    if (allEnd || allLong)
      rows_.clear();
    return Status::ok();
  }

  Status stepGroup(Group &group, std::span<const RowLogits> logits,
                   std::span<const int32_t> earlierGroups) {
    size_t size = group.beams.size();
    TopCandidates top(candidatesOf(size));
    for (size_t b = 0; b < size; ++b) {
      const Beam &beam = group.beams[b];
      TENON_RETURN_IF_ERROR(
          scoreBeam(logits[beam.row], {beam.tokens, earlierGroups}, scores_));
      top.offer(scores_.values(), SoftmaxScale(), beam.score,
                b * vocabularySize_);
    }
    auto candidates = top.take();
    size_t newCount = group.beams[0].tokens.size() + 1 - lengths_.prompt;
    std::vector<Beam> next;
    for (size_t rank = 0; rank < candidates.size() && next.size() < size;
         ++rank) {
      auto [score, index] = candidates[rank];
      const Beam &from = group.beams[index / vocabularySize_];
      auto token = static_cast<int32_t>(index % vocabularySize_);
      if (!isEos(token)) {
        next.push_back({from.tokens, score, from.row});
        next.back().tokens.push_back(token);
      } else if (rank < size) {
        add(group, from.tokens, score, newCount, Ending::EndOfSequence);
      }
    }
    if (next.size() < size || candidates[0].score == kImpossible)
      return noTokenIsPossible();
    group.beams = std::move(next);
    group.isDone = isDone(group, candidates[0].score, newCount);
    return Status::ok();
  }

  void add(Group &group, const std::vector<int32_t> &tokens, double sum,
           size_t newCount, Ending ending) {
    double score = sum / lengthDivisor(newCount);
    bool isFull = group.finished.size() >= group.beams.size();
    if (isFull && !(score > group.worst))
      return;
    group.finished.push_back({tokens, score, ending});
    auto byScore = [](const Hypothesis &a, const Hypothesis &b) {
      return a.score < b.score;
    };
    if (isFull)
      group.finished.erase(std::min_element(group.finished.begin(),
                                            group.finished.end(), byScore));
    group.worst =
        std::min_element(group.finished.begin(), group.finished.end(), byScore)
            ->score;
  }

  /// Whether no beam can become better than the finished sequences.
  bool isDone(const Group &group, double best, size_t newCount) const {
    if (group.finished.size() < group.beams.size())
      return false;
    if (config().earlyStopping == EarlyStopping::Yes)
      return true;
    bool byMaximum = config().earlyStopping == EarlyStopping::Never &&
                     config().lengthPenalty > 0;
    size_t length = byMaximum ? lengths_.max - lengths_.prompt : newCount;
    return group.worst >= best / lengthDivisor(length);
  }

  double lengthDivisor(size_t length) const {
    return std::pow(static_cast<double>(length), config().lengthPenalty);
  }

  bool isEos(int32_t token) const {
    return std::find(config().eos.begin(), config().eos.end(), token) !=
           config().eos.end();
  }

  /// A finished group has found end-of-sequence tokens: there is a filler.
  int32_t filler() const { return *config().filler(); }

  std::vector<Group> groups_;
  TokenScores scores_;
};

} // namespace

std::unique_ptr<Search> Search::makeGroupBeamSearch(Parts parts) {
  return std::make_unique<GroupBeamSearch>(std::move(parts));
}

} // namespace tenon::generation
