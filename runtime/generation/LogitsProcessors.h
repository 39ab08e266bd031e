//===- LogitsProcessors.h - changes to the next token's scores --*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The processors and samplers ("warpers") of transformers, in its order. Beam
// search applies them to log-probabilities, the others to logits.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_GENERATION_LOGITSPROCESSORS_H
#define TENON_RUNTIME_GENERATION_LOGITSPROCESSORS_H

#include "runtime/generation/GenerationConfig.h"
#include "runtime/generation/TokenScores.h"

#include <memory>

namespace tenon::generation {

/// What processors look at besides the scores.
struct RowContext {
  /// All tokens of the row, its prompt included.
  std::span<const int32_t> tokens;
  /// With groups of beams: this step's tokens of the groups before the row's.
  std::span<const int32_t> earlierGroups = {};
};

class LogitsProcessor {
public:
  virtual ~LogitsProcessor() = default;
  virtual void process(const RowContext &row, TokenScores &scores) = 0;
};

/// Those of one prompt, in their order.
class LogitsProcessors {
public:
  /// `source` is what the encoder reads, or the prompt if there is none.
  /// Fails for tokens that a vocabulary of this size doesn't have.
  static Result<LogitsProcessors> create(const GenerationConfig &config,
                                         const Lengths &lengths,
                                         std::span<const int32_t> source,
                                         size_t vocabularySize);

  bool empty() const { return onlySamples() && samplers_.empty(); }
  /// Whether no score is changed but by samplers.
  bool onlySamples() const { return processors_.empty(); }

  /// Changes a row's scores. Fails if they can't be compared after it.
  Status apply(const RowContext &row, TokenScores &scores);

private:
  std::vector<std::unique_ptr<LogitsProcessor>> processors_, samplers_;
};

/// Fails if a score is NaN or positive infinity.
Status checkScores(std::span<const float> scores);

/// Adds the samplers of a configuration to a list, each of which keeps some
/// tokens: the part of the above that only `do_sample` uses.
void addSamplers(const GenerationConfig &config,
                 std::vector<std::unique_ptr<LogitsProcessor>> &list);

} // namespace tenon::generation

#endif // TENON_RUNTIME_GENERATION_LOGITSPROCESSORS_H
