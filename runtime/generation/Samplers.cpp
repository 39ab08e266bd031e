//===- Samplers.cpp - which tokens are drawn from -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The "warpers" of transformers. Each leaves tokens out by the order of their
// scores or probabilities; none sorts a vocabulary.
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/LogitsProcessors.h"

#include <cmath>

namespace tenon::generation {

namespace {

class Temperature : public LogitsProcessor {
public:
  explicit Temperature(float temperature) : temperature_(temperature) {}

  void process(const RowContext &, TokenScores &scores) override {
    for (float &score : scores.values())
      score /= temperature_;
  }

private:
  float temperature_;
};

/// The k largest scores, and those equal to the smallest of them.
class TopK : public LogitsProcessor {
public:
  explicit TopK(size_t k) : k_(k) {}

  void process(const RowContext &, TokenScores &scores) override {
    if (k_ >= scores.size())
      return;
    float least = kthLargest(scores.values(), k_);
    scores.filter([&](size_t, float score) { return score >= least; });
  }

private:
  size_t k_;
};

/// Where keys in ascending order reach a mass.
struct Cut {
  float key;   ///< Of the last one that is needed.
  size_t kept; ///< How many are needed, it included.
};

/// Finds how many of the smallest keys have weights of `mass` together (all, if
/// rounding keeps them from it). Keys are in buckets first, so that only those
/// in the bucket of the cut are sorted. There must be a key.
template <typename Weight>
Cut findCut(std::span<const float> keys, Weight weight, double mass) {
  constexpr size_t kBuckets = 2048;
  constexpr float kWidth = 64; // Buckets in a key's unit: 1/64 is fine enough.
  auto bucketOf = [](float key) {
    float at = key * kWidth;
    return at < kBuckets - 1 ? static_cast<size_t>(at) : kBuckets - 1;
  };
  std::vector<double> masses(kBuckets);
  std::vector<size_t> counts(kBuckets);
  for (size_t i = 0; i < keys.size(); ++i) {
    size_t bucket = bucketOf(keys[i]);
    masses[bucket] += weight(i);
    ++counts[bucket];
  }
  Cut cut = {0, 0};
  double reached = 0;
  size_t last = 0;
  for (size_t b = 0; b < kBuckets; ++b)
    if (counts[b])
      last = b;
  size_t bucket = 0;
  while (bucket < last && reached + masses[bucket] < mass) {
    reached += masses[bucket];
    cut.kept += counts[bucket++];
  }
  std::vector<std::pair<float, double>> inside;
  for (size_t i = 0; i < keys.size(); ++i)
    if (bucketOf(keys[i]) == bucket)
      inside.emplace_back(keys[i], weight(i));
  std::sort(inside.begin(), inside.end());
  for (auto [key, part] : inside) {
    cut.key = key;
    ++cut.kept;
    reached += part;
    if (reached >= mass)
      break;
  }
  return cut;
}

/// The likeliest tokens whose probabilities make up p.
class TopP : public LogitsProcessor {
public:
  TopP(double p, size_t least) : p_(p), least_(least) {}

  void process(const RowContext &, TokenScores &scores) override {
    if (scores.size() <= least_)
      return;
    SoftmaxScale scale = softmaxScale(scores.values());
    if (!(scale.sum > 0)) // Nothing is possible.
      return;
    keys_.clear();
    for (float score : scores.values())
      keys_.push_back(scale.max - score);
    auto weight = [&](size_t i) {
      return static_cast<double>(expOfNegative(-keys_[i]));
    };
    Cut cut = findCut(keys_, weight, p_ * scale.sum);
    if (cut.kept < least_)
      cut = {scale.max - kthLargest(scores.values(), least_), least_};
    // Of equal ones, those later in the vocabulary are kept.
    size_t below = 0, equal = 0;
    for (float key : keys_) {
      below += key < cut.key;
      equal += key == cut.key;
    }
    size_t skipped = equal - std::min(equal, cut.kept - below);
    scores.filter([&](size_t i, float) {
      if (keys_[i] != cut.key)
        return keys_[i] < cut.key;
      if (skipped == 0)
        return true;
      --skipped;
      return false;
    });
  }

private:
  double p_;
  size_t least_;
  std::vector<float> keys_;
};

/// Tokens at least min_p times as likely as the likeliest.
class MinP : public LogitsProcessor {
public:
  MinP(float p, size_t least) : p_(p), least_(least) {}

  void process(const RowContext &, TokenScores &scores) override {
    float max = largest(scores.values());
    float kept = kthLargest(scores.values(), least_);
    scores.filter([&](size_t, float score) {
      return score >= kept || !(expOfNegative(score - max) < p_);
    });
  }

private:
  float p_;
  size_t least_;
};

/// The tokens whose information is nearest to the expected one.
class Typical : public LogitsProcessor {
public:
  Typical(double mass, size_t least) : mass_(mass), least_(least) {}

  void process(const RowContext &, TokenScores &scores) override {
    if (scores.size() <= least_)
      return;
    SoftmaxScale scale = softmaxScale(scores.values());
    if (!(scale.sum > 0))
      return;
    auto values = std::as_const(scores).values();
    auto probability = [&](size_t i) {
      return static_cast<double>(expOfNegative(values[i] - scale.max));
    };
    double entropy = 0;
    for (size_t i = 0; i < values.size(); ++i)
      if (values[i] != kImpossible)
        entropy -= probability(i) * scale.logProbability(values[i]);
    auto expected = static_cast<float>(entropy / scale.sum);
    keys_.clear();
    for (float value : values)
      keys_.push_back(std::fabs(-scale.logProbability(value) - expected));
    float most = findCut(keys_, probability, mass_ * scale.sum).key;
    if (least_ > 1) {
      std::vector<float> negated;
      negated.reserve(keys_.size());
      for (float key : keys_)
        negated.push_back(-key);
      most = std::max(most, -kthLargest(negated, least_));
    }
    scores.filter([&](size_t i, float) { return keys_[i] <= most; });
  }

private:
  double mass_;
  size_t least_;
  std::vector<float> keys_;
};

/// Tokens of a probability that may depend on how much is uncertain.
class Cutoff : public LogitsProcessor {
public:
  Cutoff(float epsilon, bool byEntropy, size_t least)
      : epsilon_(epsilon), byEntropy_(byEntropy), least_(least) {}

  void process(const RowContext &, TokenScores &scores) override {
    SoftmaxScale scale = softmaxScale(scores.values());
    float kept = kthLargest(scores.values(), least_);
    float least = epsilon_;
    if (byEntropy_) {
      double entropy = 0;
      for (float score : scores.values())
        if (score != kImpossible)
          entropy -=
              expOfNegative(score - scale.max) * scale.logProbability(score);
      auto scaled = static_cast<float>(std::exp(-entropy / scale.sum));
      least = std::min(least, std::sqrt(epsilon_) * scaled);
    }
    double bound = least * scale.sum;
    scores.filter([&](size_t, float score) {
      return score >= kept || !(expOfNegative(score - scale.max) < bound);
    });
  }

private:
  float epsilon_;
  bool byEntropy_;
  size_t least_;
};

} // namespace

void addSamplers(const GenerationConfig &config,
                 std::vector<std::unique_ptr<LogitsProcessor>> &list) {
  // Beams need a way on beside all the ways to end.
  size_t least =
      config.usesBeams() ? std::max<size_t>(2, config.eos.size() + 1) : 1;
  auto toFloat = [](double value) { return static_cast<float>(value); };
  if (config.temperature != 1)
    list.push_back(std::make_unique<Temperature>(toFloat(config.temperature)));
  if (config.topK > 0)
    list.push_back(std::make_unique<TopK>(
        std::max(static_cast<size_t>(config.topK), least)));
  if (config.topP < 1)
    list.push_back(std::make_unique<TopP>(config.topP, least));
  if (config.minP)
    list.push_back(std::make_unique<MinP>(toFloat(*config.minP), least));
  if (config.typicalP < 1)
    list.push_back(std::make_unique<Typical>(config.typicalP, least));
  if (config.epsilonCutoff > 0)
    list.push_back(
        std::make_unique<Cutoff>(toFloat(config.epsilonCutoff), false, least));
  if (config.etaCutoff > 0)
    list.push_back(
        std::make_unique<Cutoff>(toFloat(config.etaCutoff), true, least));
}

} // namespace tenon::generation
