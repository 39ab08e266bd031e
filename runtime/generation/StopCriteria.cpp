//===- StopCriteria.cpp - when a sequence has ended -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/StopCriteria.h"

#include "support/Text.h"

#include <algorithm>
#include <cmath>

namespace tenon::generation {

using Clock = std::chrono::steady_clock;

/// When `seconds` from now have passed; never, if that is years ahead.
static std::optional<Clock::time_point> deadlineIn(double seconds) {
  constexpr double kYear = 366.0 * 24 * 3600;
  if (seconds > kYear)
    return std::nullopt;
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(seconds));
}

static size_t countCodePoints(const std::string &text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Whether a text that ends somewhere in `token` may end with `stop`.
static bool canEnd(std::string_view stop, std::string_view token) {
  if (token.find(stop) != token.npos)
    return true;
  for (size_t size = 1; size <= std::min(stop.size(), token.size()); ++size)
    if (stop.ends_with(token.substr(0, size)))
      return true;
  return false;
}

Status checkStopStrings(std::span<const std::string> stopStrings,
                        const TokenText &text, size_t vocabularySize) {
  if (stopStrings.empty())
    return Status::ok();
  // Nearly always one of the first tokens, a letter, will do.
  for (size_t token = 0; token < vocabularySize; ++token) {
    std::string own = text(static_cast<int32_t>(token));
    for (const std::string &stop : stopStrings)
      if (canEnd(stop, own))
        return Status::ok();
  }
  return Status::usage("stop_strings", "no token ends with " +
                                           quote(stopStrings.front()) +
                                           ", so it can't be found");
}

StopCriteria::StopCriteria(const GenerationConfig &config,
                           const Lengths &lengths, TokenText text)
    : eos_(config.eos), maxLength_(lengths.max), maxTime_(config.maxTime),
      stopStrings_(config.stopStrings), text_(std::move(text)) {
  begin();
  // The reference looks at a token for each character at most.
  for (const std::string &stop : stopStrings_)
    window_ = std::max(window_, countCodePoints(stop));
}

void StopCriteria::begin() {
  if (maxTime_)
    deadline_ = deadlineIn(*maxTime_);
}

Ending StopCriteria::check(std::span<const int32_t> tokens) {
  if (std::find(eos_.begin(), eos_.end(), tokens.back()) != eos_.end())
    return Ending::EndOfSequence;
  if (!stopStrings_.empty() && endsWithStopString(tokens))
    return Ending::StopString;
  if (tokens.size() >= maxLength_)
    return Ending::Length;
  if (deadline_ && Clock::now() > *deadline_)
    return Ending::Time;
  return Ending::Open;
}

const std::string &StopCriteria::textOf(int32_t token) {
  auto found = texts_.find(token);
  if (found == texts_.end())
    found = texts_.emplace(token, text_(token)).first;
  return found->second;
}

/// A stop string ends in the last token, wherever in it, and begins in any of
/// the tokens before, the prompt's included.
bool StopCriteria::endsWithStopString(std::span<const int32_t> tokens) {
  std::string text;
  for (int32_t token : tokens.last(std::min(window_, tokens.size())))
    text += textOf(token);
  size_t before = text.size() - textOf(tokens.back()).size();
  return std::any_of(
      stopStrings_.begin(), stopStrings_.end(), [&](const std::string &stop) {
        size_t from = before + 1 > stop.size() ? before + 1 - stop.size() : 0;
        return text.find(stop, from) != std::string::npos;
      });
}

} // namespace tenon::generation
