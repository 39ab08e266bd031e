//===- Unicode.cpp - UTF-8, classes, case, normalization data ---*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "Unicode.h"

#include "UnicodeTables.h"

#include <algorithm>
#include <cstring>
#include <utf8proc.h>

namespace tenon::tokenizers {

namespace {

constexpr uint64_t kHighBits = 0x8080808080808080u;

uint64_t load8(const char *at) {
  uint64_t word;
  std::memcpy(&word, at, 8);
  return word;
}

/// The length of the well-formed sequence at `at`, or 0.
unsigned sequenceLength(const unsigned char *at, size_t left) {
  unsigned char lead = at[0];
  auto inRange = [&](size_t i, unsigned char low, unsigned char high) {
    return i < left && at[i] >= low && at[i] <= high;
  };
  if (lead < 0x80)
    return 1;
  if (lead < 0xC2)
    return 0;
  if (lead < 0xE0)
    return inRange(1, 0x80, 0xBF) ? 2 : 0;
  if (lead < 0xF0) {
    unsigned char low = lead == 0xE0 ? 0xA0 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : 0xBF;
    return inRange(1, low, high) && inRange(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (lead > 0xF4)
    return 0;
  unsigned char low = lead == 0xF0 ? 0x90 : 0x80;
  unsigned char high = lead == 0xF4 ? 0x8F : 0xBF;
  return inRange(1, low, high) && inRange(2, 0x80, 0xBF) &&
                 inRange(3, 0x80, 0xBF)
             ? 4
             : 0;
}

bool inRanges(char32_t c, const CodePointRange *ranges, size_t count) {
  const CodePointRange *end = ranges + count;
  const CodePointRange *found = std::upper_bound(
      ranges, end, c,
      [](char32_t value, const CodePointRange &r) { return value < r.first; });
  return found != ranges && c <= found[-1].last;
}

} // namespace

size_t findInvalidUtf8(std::string_view text) {
  const char *at = text.data(), *end = at + text.size();
  while (at != end) {
    if (end - at >= 8 && !(load8(at) & kHighBits)) {
      at += 8;
      continue;
    }
    unsigned length =
        sequenceLength(reinterpret_cast<const unsigned char *>(at),
                       static_cast<size_t>(end - at));
    if (!length)
      return static_cast<size_t>(at - text.data());
    at += length;
  }
  return std::string_view::npos;
}

BrokenSequence brokenSequence(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(0);
  if (lead < 0xC2 || lead > 0xF4)
    return {1, false};
  unsigned size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // What the second byte may be keeps out overlong forms and surrogates.
  unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (unsigned i = 1; i < size; ++i, low = 0x80, high = 0xBF) {
    if (i == text.size())
      return {i, true};
    if (byte(i) < low || byte(i) > high)
      return {i, false};
  }
  return {size, false};
}

bool isAscii(std::string_view text) {
  const char *at = text.data(), *end = at + text.size();
  uint64_t bits = 0;
  for (; end - at >= 8; at += 8)
    bits |= load8(at);
  for (; at != end; ++at)
    bits |= static_cast<unsigned char>(*at);
  return !(bits & kHighBits);
}

size_t countCodePoints(std::string_view text) {
  size_t count = 0;
  for (char byte : text)
    count += !isContinuationByte(byte);
  return count;
}

std::string_view beginning(std::string_view text, size_t size) {
  if (text.size() <= size)
    return text;
  while (size != 0 && isContinuationByte(text[size]))
    --size;
  return text.substr(0, size);
}

char32_t lastCodePoint(std::string_view text) {
  const char *at = text.data() + text.size() - 1;
  while (isContinuationByte(*at))
    --at;
  return decodeUtf8(at);
}

CharTable::CharTable() {
  struct Runs {
    const uint32_t *runs;
    size_t count;
    CharClasses bit;
  };
  const Runs classes[] = {
      {kWhitespaceRuns, kWhitespaceRunCount, Whitespace},
      {kControlRuns, kControlRunCount, Control},
      {kPunctuationRuns, kPunctuationRunCount, Punctuation},
      {kNonspacingMarkRuns, kNonspacingMarkRunCount, NonspacingMark},
      {kCombiningMarkRuns, kCombiningMarkRunCount, CombiningMark},
      {kNumericRuns, kNumericRunCount, Numeric},
      {kWordRuns, kWordRunCount, Word},
      {kLetterRuns, kLetterRunCount, Letter},
      {kNumberRuns, kNumberRunCount, Number},
  };
  // Where a class begins or ends above the direct part.
  std::vector<Segment> edges;
  for (const Runs &entry : classes) {
    char32_t c = 0;
    for (size_t i = 0; i + 1 < entry.count; i += 2) {
      char32_t first = c + entry.runs[i];
      c = first + entry.runs[i + 1];
      for (char32_t d = first; d < c && d < kDirect; ++d)
        direct_[d] |= entry.bit;
      if (c > kDirect) {
        edges.push_back({std::max(first, kDirect), entry.bit});
        edges.push_back({c, entry.bit});
      }
    }
  }
  std::sort(edges.begin(), edges.end(), [](const Segment &a, const Segment &b) {
    return a.first < b.first;
  });
  segments_.push_back({kDirect, 0});
  CharClasses current = 0;
  for (const Segment &edge : edges) {
    current ^= edge.classes;
    if (segments_.back().first == edge.first)
      segments_.back().classes = current;
    else
      segments_.push_back({edge.first, current});
  }
}

const CharTable &CharTable::get() {
  static const CharTable table;
  return table;
}

CharClasses CharTable::search(char32_t c) const {
  auto found = std::upper_bound(
      segments_.begin(), segments_.end(), c,
      [](char32_t value, const Segment &s) { return value < s.first; });
  return found[-1].classes;
}

unsigned lowerCase(char32_t c, char32_t out[2]) {
  if (c < 0x80) {
    out[0] = c >= 'A' && c <= 'Z' ? c + 32 : c;
    return 1;
  }
  if (c == 0x130) {
    out[0] = 'i';
    out[1] = 0x307;
    return 2;
  }
  if (c >= kLowerChanges[0].first)
    for (size_t i = 0; i < kLowerChangeCount; ++i)
      if (c >= kLowerChanges[i].first && c <= kLowerChanges[i].last) {
        out[0] = static_cast<char32_t>(static_cast<int64_t>(c) +
                                       kLowerChanges[i].add);
        return 1;
      }
  out[0] =
      static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
  return 1;
}

uint8_t combiningClass(char32_t c) {
  if (c < 0x300)
    return 0;
  auto ccc =
      utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class;
  if (ccc == 0 || inRanges(c, kUnknownClass, kUnknownClassCount))
    return 0;
  return static_cast<uint8_t>(ccc);
}

unsigned decompose(char32_t c, bool compatibility, char32_t *out) {
  static_assert(sizeof(utf8proc_int32_t) == sizeof(char32_t));
  out[0] = c;
  if (c < 0x80)
    return 1;
  bool hangul = c >= 0xAC00 && c <= 0xD7A3;
  auto point = static_cast<utf8proc_int32_t>(c);
  if (!hangul && utf8proc_get_property(point)->decomp_seqindex == UINT16_MAX)
    return 1;
  if (compatibility
          ? inRanges(c, kUnknownCompatibility, kUnknownCompatibilityCount)
          : inRanges(c, kUnknownCanonical, kUnknownCanonicalCount))
    return 1;
  utf8proc_int32_t buffer[kMaxDecomposition];
  int boundClass = 0;
  int options = UTF8PROC_STABLE | UTF8PROC_DECOMPOSE;
  if (compatibility)
    options |= UTF8PROC_COMPAT;
  utf8proc_ssize_t count = utf8proc_decompose_char(
      point, buffer, kMaxDecomposition, static_cast<utf8proc_option_t>(options),
      &boundClass);
  if (count < 1 || count > static_cast<utf8proc_ssize_t>(kMaxDecomposition))
    return 1;
  for (utf8proc_ssize_t i = 0; i < count; ++i)
    out[i] = static_cast<char32_t>(buffer[i]);
  return static_cast<unsigned>(count);
}

char32_t compose(char32_t first, char32_t second) {
  if (first < 0x80 && second < 0x300)
    return 0;
  // Hangul by rule: utf8proc 2.8 composes U+11A7, which is no final consonant.
  if (second >= 0x1161 && second <= 0x11C2) {
    if (first >= 0x1100 && first <= 0x1112 && second <= 0x1175)
      return 0xAC00 + ((first - 0x1100) * 21 + (second - 0x1161)) * 28;
    bool openSyllable =
        first >= 0xAC00 && first <= 0xD7A3 && (first - 0xAC00) % 28 == 0;
    return openSyllable && second > 0x11A7 ? first + (second - 0x11A7) : 0;
  }
  if (utf8proc_get_property(static_cast<utf8proc_int32_t>(second))
          ->comb_index == UINT16_MAX)
    return 0;
  utf8proc_int32_t pair[2] = {static_cast<utf8proc_int32_t>(first),
                              static_cast<utf8proc_int32_t>(second)};
  utf8proc_ssize_t count = utf8proc_normalize_utf32(
      pair, 2,
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (count != 1)
    return 0;
  auto composite = static_cast<char32_t>(pair[0]);
  return inRanges(composite, kUnknownCanonical, kUnknownCanonicalCount)
             ? 0
             : composite;
}

} // namespace tenon::tokenizers
