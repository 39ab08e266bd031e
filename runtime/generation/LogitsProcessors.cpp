//===- LogitsProcessors.cpp - changes to the next token's scores ----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/LogitsProcessors.h"

#include "support/Text.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace tenon::generation {

namespace {

using Tokens = std::vector<int32_t>;

/// Sets what isn't in the vocabulary aside: nothing is to be done about it.
void forbid(std::span<const int32_t> tokens, TokenScores &scores) {
  for (int32_t token : tokens)
    if (scores.hasToken(token))
      scores.of(token) = kImpossible;
}

void force(std::span<const int32_t> tokens, TokenScores &scores) {
  std::fill(scores.values().begin(), scores.values().end(), kImpossible);
  for (int32_t token : tokens)
    scores.of(token) = 0;
}

/// Adds to the last token of a sequence where the row ends with the others.
/// Bad words are sequences with a bias of -inf.
class SequenceBiases : public LogitsProcessor {
public:
  explicit SequenceBiases(std::span<const SequenceBias> biases) {
    // Equal sequences count once, with the last bias.
    std::map<Tokens, float> last;
    for (const SequenceBias &bias : biases)
      last[bias.tokens] = bias.bias;
    for (auto &[tokens, bias] : last)
      biases_.push_back({tokens, bias});
  }

  void process(const RowContext &row, TokenScores &scores) override {
    // Biases of one token are summed before they are added.
    sums_.clear();
    for (const SequenceBias &bias : biases_) {
      std::span before(bias.tokens.data(), bias.tokens.size() - 1);
      if (bias.tokens.size() > 1 &&
          (bias.tokens.size() > row.tokens.size() ||
           !std::equal(before.begin(), before.end(),
                       row.tokens.end() - std::ssize(before))))
        continue;
      sums_[bias.tokens.back()] += bias.bias;
    }
    for (auto [token, bias] : sums_)
      scores.of(token) += bias;
  }

private:
  std::vector<SequenceBias> biases_;
  std::map<int32_t, float> sums_;
};

/// Tokens that other groups of beams have chosen in this step are less likely.
class HammingDiversity : public LogitsProcessor {
public:
  explicit HammingDiversity(float penalty) : penalty_(penalty) {}

  void process(const RowContext &row, TokenScores &scores) override {
    counts_.clear();
    for (int32_t token : row.earlierGroups)
      ++counts_[token];
    for (auto [token, count] : counts_)
      if (scores.hasToken(token)) // What pads a group may be outside.
        scores.of(token) -= penalty_ * static_cast<float>(count);
  }

private:
  float penalty_;
  std::map<int32_t, int> counts_;
};

/// Makes tokens less likely that were there, each once.
class RepetitionPenalty : public LogitsProcessor {
public:
  /// Of the tokens `of`, or of the row's own.
  RepetitionPenalty(float factor, std::optional<Tokens> of,
                    size_t vocabularySize)
      : factor_(factor), of_(std::move(of)), vocabularySize_(vocabularySize) {}

  void process(const RowContext &row, TokenScores &scores) override {
    // Not before: thousands of prompts may wait for their turn.
    seen_.resize(vocabularySize_);
    ++time_;
    for (int32_t token : of_ ? std::span(std::as_const(*of_)) : row.tokens) {
      if (!scores.hasToken(token) || seen_[static_cast<size_t>(token)] == time_)
        continue;
      seen_[static_cast<size_t>(token)] = time_;
      float &score = scores.of(token);
      score = score < 0 ? score * factor_ : score / factor_;
    }
  }

private:
  float factor_;
  std::optional<Tokens> of_;
  size_t vocabularySize_;
  std::vector<uint64_t> seen_; ///< When each token was last met.
  uint64_t time_ = 0;
};

/// Forbids tokens that would make a row of `size` tokens come again.
class NoRepeatNgrams : public LogitsProcessor {
public:
  /// Of the tokens `of`, or of the row's own.
  NoRepeatNgrams(size_t size, std::optional<Tokens> of)
      : size_(size), of_(std::move(of)) {}

  void process(const RowContext &row, TokenScores &scores) override {
    auto text = of_ ? std::span(std::as_const(*of_)) : row.tokens;
    if (row.tokens.size() + 1 < size_ || text.size() < size_)
      return;
    auto ending = row.tokens.last(size_ - 1);
    for (size_t i = 0; i + size_ <= text.size(); ++i)
      if (std::equal(ending.begin(), ending.end(), text.begin() + i))
        forbid(text.subspan(i + size_ - 1, 1), scores);
  }

private:
  size_t size_;
  std::optional<Tokens> of_;
};

/// Forbids tokens while the row is shorter than `length`, or exactly then.
class ForbidBefore : public LogitsProcessor {
public:
  ForbidBefore(Tokens tokens, size_t length)
      : tokens_(std::move(tokens)), length_(length) {}

  void process(const RowContext &row, TokenScores &scores) override {
    if (row.tokens.size() < length_)
      forbid(tokens_, scores);
  }

private:
  Tokens tokens_;
  size_t length_;
};

class ForbidAt : public LogitsProcessor {
public:
  ForbidAt(Tokens tokens, size_t length)
      : tokens_(std::move(tokens)), length_(length) {}

  void process(const RowContext &row, TokenScores &scores) override {
    if (row.tokens.size() == length_)
      forbid(tokens_, scores);
  }

private:
  Tokens tokens_;
  size_t length_;
};

/// Leaves only these tokens at a length.
class ForceAt : public LogitsProcessor {
public:
  ForceAt(Tokens tokens, size_t length)
      : tokens_(std::move(tokens)), length_(length) {}

  void process(const RowContext &row, TokenScores &scores) override {
    if (row.tokens.size() == length_)
      force(tokens_, scores);
  }

private:
  Tokens tokens_;
  size_t length_;
};

class RemoveInvalid : public LogitsProcessor {
public:
  void process(const RowContext &, TokenScores &scores) override {
    constexpr float max = std::numeric_limits<float>::max();
    for (float &score : scores.values())
      score = std::isnan(score) ? 0 : std::clamp(score, -max, max);
  }
};

/// Makes the end likelier with every token after `start` ones.
class ExponentialDecay : public LogitsProcessor {
public:
  ExponentialDecay(size_t start, double base, Tokens eos, bool takesGreatest)
      : start_(start), base_(base), eos_(std::move(eos)),
        takesGreatest_(takesGreatest) {
    // One that is given twice (a stop_sequence's) counts once.
    std::sort(eos_.begin(), eos_.end());
    eos_.erase(std::unique(eos_.begin(), eos_.end()), eos_.end());
  }

  void process(const RowContext &row, TokenScores &scores) override {
    if (row.tokens.size() <= start_)
      return;
    double factor =
        std::pow(base_, static_cast<double>(row.tokens.size() - start_)) - 1;
    for (int32_t token : eos_) {
      if (!scores.hasToken(token))
        continue;
      float &score = scores.of(token);
      // The reference makes NaN of -inf here: where it takes the greatest, that
      // is the very token that was forbidden; where it draws, it fails.
      if (score == kImpossible) {
        if (takesGreatest_ && factor >= 0)
          score = std::numeric_limits<float>::max();
        continue;
      }
      score += std::fabs(score) * static_cast<float>(factor);
    }
  }

private:
  size_t start_;
  double base_;
  Tokens eos_;
  bool takesGreatest_;
};

class Renormalize : public LogitsProcessor {
public:
  void process(const RowContext &, TokenScores &scores) override {
    normalizeScores(scores.values());
  }
};

/// Makes processors, and says which option names a token that isn't there.
class Builder {
public:
  Builder(const GenerationConfig &config, const Lengths &lengths,
          std::span<const int32_t> source, size_t vocabularySize)
      : config_(config), lengths_(lengths), source_(source),
        vocabularySize_(vocabularySize) {}

  Status build(std::vector<std::unique_ptr<LogitsProcessor>> &list) {
    for (const Tokens &word : config_.badWords)
      TENON_RETURN_IF_ERROR(check("bad_words_ids", word));
    TENON_RETURN_IF_ERROR(check("forced_eos_token_id", config_.forcedEos));
    if (config_.forcedBos)
      TENON_RETURN_IF_ERROR(
          check("forced_bos_token_id", Tokens{*config_.forcedBos}));
    for (const SequenceBias &bias : config_.sequenceBias)
      TENON_RETURN_IF_ERROR(check("sequence_bias", bias.tokens));
    addRepetition(list);
    addLengths(list);
    return Status::ok();
  }

private:
  Status check(std::string_view option, const Tokens &tokens) const {
    for (int32_t token : tokens)
      if (token < 0 || static_cast<size_t>(token) >= vocabularySize_)
        return Status::usage(std::string(option),
                             concat("has ", token, ", but tokens are 0 to ",
                                    vocabularySize_ - 1));
    return Status::ok();
  }

  /// What the row or the source has had.
  void addRepetition(std::vector<std::unique_ptr<LogitsProcessor>> &list) {
    auto toFloat = [](double value) { return static_cast<float>(value); };
    Tokens source(source_.begin(), source_.end());
    if (!config_.sequenceBias.empty())
      list.push_back(std::make_unique<SequenceBiases>(config_.sequenceBias));
    if (config_.diversityPenalty > 0)
      list.push_back(std::make_unique<HammingDiversity>(
          toFloat(config_.diversityPenalty)));
    if (config_.encoderRepetitionPenalty != 1)
      list.push_back(std::make_unique<RepetitionPenalty>(
          toFloat(1 / config_.encoderRepetitionPenalty), source,
          vocabularySize_));
    if (config_.repetitionPenalty != 1)
      list.push_back(std::make_unique<RepetitionPenalty>(
          toFloat(config_.repetitionPenalty), std::nullopt, vocabularySize_));
    if (config_.noRepeatNgramSize > 0)
      list.push_back(std::make_unique<NoRepeatNgrams>(
          static_cast<size_t>(config_.noRepeatNgramSize), std::nullopt));
    if (config_.encoderNoRepeatNgramSize > 0)
      list.push_back(std::make_unique<NoRepeatNgrams>(
          static_cast<size_t>(config_.encoderNoRepeatNgramSize), source));
    std::vector<SequenceBias> badWords;
    for (const Tokens &word : config_.badWords)
      // The end stays possible.
      if (word.size() > 1 || std::find(config_.eos.begin(), config_.eos.end(),
                                       word[0]) == config_.eos.end())
        badWords.push_back({word, kImpossible});
    if (!badWords.empty())
      list.push_back(std::make_unique<SequenceBiases>(badWords));
  }

  /// What depends on how long the row is.
  void addLengths(std::vector<std::unique_ptr<LogitsProcessor>> &list) {
    if (lengths_.min > 0 && !config_.eos.empty())
      list.push_back(std::make_unique<ForbidBefore>(config_.eos, lengths_.min));
    if (config_.forcedBos)
      list.push_back(std::make_unique<ForceAt>(Tokens{*config_.forcedBos}, 1));
    if (!config_.forcedEos.empty())
      list.push_back(
          std::make_unique<ForceAt>(config_.forcedEos, lengths_.max - 1));
    if (config_.removeInvalidValues)
      list.push_back(std::make_unique<RemoveInvalid>());
    if (config_.exponentialDecay)
      list.push_back(std::make_unique<ExponentialDecay>(
          lengths_.prompt +
              static_cast<size_t>(config_.exponentialDecay->first),
          config_.exponentialDecay->second, config_.eos, !config_.doSample));
    if (!config_.suppressTokens.empty())
      list.push_back(
          std::make_unique<ForbidBefore>(config_.suppressTokens, SIZE_MAX));
    if (!config_.beginSuppressTokens.empty())
      list.push_back(std::make_unique<ForbidAt>(
          config_.beginSuppressTokens,
          // A forced token after the start token isn't the beginning.
          lengths_.prompt +
              (lengths_.prompt <= 1 && config_.forcedBos ? 1 : 0)));
  }

  const GenerationConfig &config_;
  const Lengths &lengths_;
  std::span<const int32_t> source_;
  size_t vocabularySize_;
};

} // namespace

Result<LogitsProcessors>
LogitsProcessors::create(const GenerationConfig &config, const Lengths &lengths,
                         std::span<const int32_t> source,
                         size_t vocabularySize) {
  LogitsProcessors made;
  TENON_RETURN_IF_ERROR(
      Builder(config, lengths, source, vocabularySize).build(made.processors_));
  if (config.doSample)
    addSamplers(config, made.samplers_);
  if (config.renormalizeLogits)
    made.samplers_.push_back(std::make_unique<Renormalize>());
  return made;
}

Status checkScores(std::span<const float> scores) {
  if (hasNan(scores))
    return Status::invalid("logits", "the score of a token is not a number");
  if (largest(scores) == std::numeric_limits<float>::infinity())
    return Status::invalid("logits", "the score of a token is infinite");
  return Status::ok();
}

Status LogitsProcessors::apply(const RowContext &row, TokenScores &scores) {
  for (const auto &processor : processors_)
    processor->process(row, scores);
  TENON_RETURN_IF_ERROR(checkScores(scores.values()));
  for (const auto &sampler : samplers_)
    sampler->process(row, scores);
  return checkScores(scores.values());
}

} // namespace tenon::generation
