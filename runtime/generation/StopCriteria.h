//===- StopCriteria.h - when a sequence has ended ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_GENERATION_STOPCRITERIA_H
#define TENON_RUNTIME_GENERATION_STOPCRITERIA_H

#include "runtime/generation/GenerationConfig.h"

#include <chrono>
#include <functional>
#include <span>
#include <unordered_map>

namespace tenon::generation {

/// What a token adds to a text that it continues: U+FFFD for bytes that are no
/// character by themselves.
using TokenText = std::function<std::string(int32_t token)>;

/// Why a sequence ended; Open if it hasn't.
enum class Ending { Open, EndOfSequence, Length, StopString, Time };

/// Fails if no token can end a text with one of `stopStrings`, which is how the
/// reference tells strings that a vocabulary can't write; nothing to check if
/// there are none.
Status checkStopStrings(std::span<const std::string> stopStrings,
                        const TokenText &text, size_t vocabularySize);

/// Of one prompt. Time counts from when this is made or begun anew.
class StopCriteria {
public:
  /// `text` may be empty if there are no stop strings.
  StopCriteria(const GenerationConfig &config, const Lengths &lengths,
               TokenText text);

  /// Time counts from now on.
  void begin();

  /// Whether a sequence, its prompt included, ends with its last token.
  Ending check(std::span<const int32_t> tokens);

private:
  bool endsWithStopString(std::span<const int32_t> tokens);
  const std::string &textOf(int32_t token);

  std::vector<int32_t> eos_;
  size_t maxLength_;
  std::optional<double> maxTime_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  std::vector<std::string> stopStrings_;
  size_t window_ = 0; ///< Tokens that a stop string can spread over.
  TokenText text_;
  std::unordered_map<int32_t, std::string> texts_; ///< Of tokens met so far.
};

} // namespace tenon::generation

#endif // TENON_RUNTIME_GENERATION_STOPCRITERIA_H
