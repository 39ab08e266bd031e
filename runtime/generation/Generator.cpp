//===- Generator.cpp - many prompts through one model ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/Generator.h"

namespace tenon::generation {

Generator::Generator(TokenModel &model,
                     std::vector<std::unique_ptr<Search>> searches)
    : model_(model) {
  for (auto &search : searches)
    all_.push_back({std::move(search), Status::ok()});
}

Result<bool> Generator::next() {
  events_.clear();
  if (begin_ == end_ && end_ == all_.size())
    return false;
  Result<Logits> logits = begin_ == end_ ? prefill() : step();
  if (!logits) {
    begin_ = end_ = all_.size();
    return logits.takeStatus();
  }
  advance(*logits);
  return begin_ < all_.size();
}

/// Begins with as many prompts as the model has rows for.
Result<Logits> Generator::prefill() {
  size_t rows = 0;
  std::vector<Prompt> prompts;
  while (end_ < all_.size()) {
    const Search &search = *all_[end_].search;
    rows += search.maxRows();
    if (rows > model_.maxRows())
      break;
    prompts.push_back({search.task().tokens, search.task().source});
    ++end_;
  }
  return model_.prefill(prompts);
}

Result<Logits> Generator::step() {
  std::vector<uint32_t> from;
  std::vector<int32_t> tokens;
  size_t rowsBefore = 0;
  bool isSame = true;
  for (size_t i = begin_; i < end_; ++i) {
    for (const Search::Row &row : all_[i].search->rows()) {
      isSame = isSame && rowsBefore + row.from == from.size();
      from.push_back(static_cast<uint32_t>(rowsBefore + row.from));
      tokens.push_back(row.token);
    }
    rowsBefore += all_[i].rowsBefore;
  }
  if (!isSame || from.size() != rowsBefore)
    TENON_RETURN_IF_ERROR(model_.reorder(from));
  return model_.step(tokens);
}

void Generator::advance(Logits logits) {
  size_t width = model_.vocabularySize(), at = 0;
  bool isDone = true;
  std::vector<std::span<const float>> rows;
  for (size_t i = begin_; i < end_; ++i) {
    Running &running = all_[i];
    // At first each prompt is a row; finished searches have none.
    size_t count = running.isBegun ? running.search->rows().size() : 1;
    running.isBegun = true;
    running.rowsBefore = count;
    if (count == 0)
      continue;
    rows.clear();
    for (size_t r = 0; r < count; ++r)
      rows.push_back(logits.subspan(width * at++, width));
    running.status = running.search->advance(rows);
    for (TokenEvent event : running.search->events()) {
      event.prompt = i;
      events_.push_back(event);
    }
    isDone = isDone && running.search->rows().empty();
  }
  if (isDone)
    begin_ = end_;
}

std::vector<Result<std::vector<Continuation>>> Generator::finish() {
  std::vector<Result<std::vector<Continuation>>> results;
  for (Running &running : all_)
    if (running.status.isOk())
      results.push_back(running.search->finish());
    else
      results.push_back(running.status);
  return results;
}

} // namespace tenon::generation
