//===- Search.cpp - how one prompt is continued ---------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/Search.h"

#include "support/Text.h"

namespace tenon::generation {

/// Before anything is made for each row.
static Status checkRows(const GenerationConfig &config,
                        const TokenModel &model) {
  if (config.rows() <= model.maxRows())
    return Status::ok();
  return Status::usage(config.usesBeams() ? "num_beams"
                                          : "num_return_sequences",
                       concat("is ", config.rows(), ", but the model has ",
                              model.maxRows(), " rows"));
}

Result<std::unique_ptr<Search>> Search::create(SearchTask task,
                                               const TokenModel &model) {
  size_t vocabularySize = model.vocabularySize();
  if (task.tokens.empty())
    return Status::invalid("prompt", "is empty");
  for (int32_t token : task.tokens)
    if (token < 0 || static_cast<size_t>(token) >= vocabularySize)
      return Status::invalid("prompt", concat("has the token ", token,
                                              ", but the model's are 0 to ",
                                              vocabularySize - 1));
  TENON_RETURN_IF_ERROR(checkRows(task.config, model));
  const GenerationConfig &config = task.config;
  TENON_ASSIGN_OR_RETURN(Lengths lengths, config.lengths(task.tokens.size(),
                                                         model.contextLimit()));
  TENON_ASSIGN_OR_RETURN(
      LogitsProcessors processors,
      LogitsProcessors::create(config, lengths,
                               task.source.empty() ? task.tokens : task.source,
                               vocabularySize));
  if (!config.stopStrings.empty() && !task.text)
    return Status::usage("stop_strings", "need a tokenizer");
  TENON_RETURN_IF_ERROR(
      checkStopStrings(config.stopStrings, task.text, vocabularySize));
  Parts parts = {std::move(task), lengths, std::move(processors),
                 vocabularySize};
  if (!parts.task.config.usesBeams())
    return makeSampleSearch(std::move(parts));
  if (parts.task.config.eos.size() + 1 > vocabularySize || vocabularySize < 2)
    return Status::invalid("num_beams",
                           "beams need more tokens than the vocabulary has");
  return parts.task.config.numBeamGroups > 1
             ? makeGroupBeamSearch(std::move(parts))
             : makeBeamSearch(std::move(parts));
}

Status Search::advance(std::span<const RowLogits> rows) {
  events_.clear();
  Status status = step(rows);
  if (!status.isOk()) {
    rows_.clear();
    events_.clear();
  }
  return status;
}

Status Search::scoreBeam(const RowLogits &logits, const RowContext &row,
                         TokenScores &scores) {
  scores.assign(logits);
  normalizeScores(scores.values());
  return processors_.apply(row, scores);
}

} // namespace tenon::generation
