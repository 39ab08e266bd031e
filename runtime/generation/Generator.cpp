//===- Generator.cpp - many prompts through one model ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/Generator.h"

namespace tenon::generation {

using Clock = std::chrono::steady_clock;

void GenerationTimes::add(const GenerationTimes &other) {
  prompts += other.prompts;
  promptTokens += other.promptTokens;
  reusedTokens += other.reusedTokens;
  tokens += other.tokens;
  prefills += other.prefills;
  steps += other.steps;
  stepRows += other.stepRows;
  prefill += other.prefill;
  step += other.step;
  search += other.search;
}

Generator::Generator(TokenModel &model,
                     std::vector<std::unique_ptr<Search>> searches)
    : model_(model) {
  for (auto &search : searches)
    all_.push_back({std::move(search), {}, Status::ok()});
}

Result<bool> Generator::next() {
  events_.clear();
  if (begin_ == end_ && end_ == all_.size())
    return false;
  bool isFirst = begin_ == end_;
  Clock::time_point begin = Clock::now();
  Result<Logits> logits = isFirst ? prefill() : step();
  if (logits && logits->empty() && !isEnough(model_.best()))
    logits = model_.complete();
  Clock::time_point ran = Clock::now();
  if (!logits) {
    begin_ = end_ = all_.size();
    return logits.takeStatus();
  }
  advance(*logits);
  Clock::time_point chosen = Clock::now();
  (isFirst ? times_.prefill : times_.step) += ran - begin;
  times_.search += chosen - ran;
  if (times_.prefills == 1 && times_.steps == 0)
    times_.first = chosen - begin;
  return begin_ < all_.size();
}

/// Begins with as many prompts as the model has rows for.
Result<Logits> Generator::prefill() {
  size_t rows = 0;
  std::vector<Prompt> prompts;
  while (end_ < all_.size()) {
    Search &search = *all_[end_].search;
    rows += search.maxRows();
    if (rows > model_.maxRows())
      break;
    search.begin();
    prompts.push_back({search.task().tokens, search.task().source});
    times_.promptTokens += search.task().tokens.size();
    ++end_;
  }
  ++times_.prefills;
  times_.prompts += prompts.size();
  askForBest();
  TENON_ASSIGN_OR_RETURN(Logits logits, model_.prefill(prompts));
  times_.reusedTokens += model_.reusedTokens();
  return logits;
}

Result<Logits> Generator::step() {
  std::vector<uint32_t> from;
  std::vector<int32_t> tokens;
  size_t rowsBefore = 0;
  bool isSame = true;
  for (size_t i = begin_; i < end_; ++i) {
    for (const Search::Row &row : all_[i].rows()) {
      isSame = isSame && rowsBefore + row.from == from.size();
      from.push_back(static_cast<uint32_t>(rowsBefore + row.from));
      tokens.push_back(row.token);
    }
    rowsBefore += all_[i].rowsBefore;
  }
  if (!isSame || from.size() != rowsBefore)
    TENON_RETURN_IF_ERROR(model_.reorder(from));
  ++times_.steps;
  askForBest();
  times_.stepRows += tokens.size();
  return model_.step(tokens);
}

void Generator::askForBest() {
  size_t wanted = 0;
  for (size_t i = begin_; i < end_; ++i) {
    if (!all_[i].search)
      continue;
    size_t needed = all_[i].search->bestNeeded();
    if (needed == 0)
      return model_.setWanted(0);
    wanted = std::max(wanted, needed);
  }
  model_.setWanted(wanted);
}

bool Generator::isEnough(std::span<const RowLogits> best) const {
  for (size_t i = begin_; i < end_; ++i) {
    size_t count = all_[i].rowCount();
    if (count && !all_[i].search->isEnough(best.first(count)))
      return false;
    best = best.subspan(count);
  }
  return true;
}

void Generator::advance(Logits logits) {
  size_t width = model_.vocabularySize();
  std::vector<RowLogits> all;
  for (; !logits.empty(); logits = logits.subspan(width))
    all.push_back({logits.first(width)});
  std::span<const RowLogits> rows = all.empty() ? model_.best() : all;
  bool isDone = true;
  for (size_t i = begin_; i < end_; ++i) {
    Running &running = all_[i];
    size_t count = running.rowCount();
    running.isBegun = true;
    running.rowsBefore = count;
    if (count == 0)
      continue;
    running.status = running.search->advance(rows.first(count));
    rows = rows.subspan(count);
    for (TokenEvent event : running.search->events()) {
      event.prompt = i;
      events_.push_back(event);
    }
    if (!running.search->rows().empty()) {
      isDone = false;
      continue;
    }
    if (running.status.isOk())
      running.found = running.search->finish();
    running.search.reset();
  }
  if (isDone)
    begin_ = end_;
}

std::vector<Result<std::vector<Continuation>>> Generator::finish() {
  std::vector<Result<std::vector<Continuation>>> results;
  for (Running &running : all_)
    if (!running.status.isOk()) {
      results.push_back(running.status);
    } else {
      results.push_back(running.search ? running.search->finish()
                                       : running.found);
      if (results.back())
        for (const Continuation &made : *results.back())
          times_.tokens += made.tokens.size();
    }
  return results;
}

} // namespace tenon::generation
