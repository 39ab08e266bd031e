//===- Encoding.cpp - what comes out of a tokenizer -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "Encoding.h"

namespace tenon::tokenizers {

std::optional<std::pair<size_t, size_t>>
Encoding::wordToTokens(int32_t word, int8_t sequence) const {
  std::optional<std::pair<size_t, size_t>> range;
  for (size_t i = 0; i < size(); ++i) {
    if (sequenceIds[i] != sequence)
      continue;
    if (wordIds[i] > word)
      break;
    if (wordIds[i] != word)
      continue;
    if (!range)
      range.emplace(i, i);
    range->second = i + 1;
  }
  return range;
}

std::optional<Encoding::Offset> Encoding::wordToChars(int32_t word,
                                                      int8_t sequence) const {
  auto tokens = wordToTokens(word, sequence);
  if (!tokens)
    return std::nullopt;
  return Offset{offsets[tokens->first].begin, offsets[tokens->second - 1].end};
}

std::optional<size_t> Encoding::charToToken(uint32_t position,
                                            int8_t sequence) const {
  for (size_t i = 0; i < size(); ++i)
    if (sequenceIds[i] == sequence && position >= offsets[i].begin &&
        position < offsets[i].end)
      return i;
  return std::nullopt;
}

void Encoding::pad(size_t length, int32_t padId, int32_t padTypeId, Side side) {
  for (Encoding &window : overflow)
    window.pad(length, padId, padTypeId, side);
  if (size() >= length)
    return;
  size_t count = length - size();
  auto fill = [&](auto &array, auto value) {
    array.insert(side == Side::Left ? array.begin() : array.end(), count,
                 value);
  };
  fill(ids, padId);
  fill(typeIds, padTypeId);
  fill(attentionMask, uint8_t(0));
  fill(specialTokensMask, uint8_t(1));
  fill(offsets, Offset{0, 0});
  fill(wordIds, -1);
  fill(sequenceIds, padSequenceId);
}

} // namespace tenon::tokenizers
