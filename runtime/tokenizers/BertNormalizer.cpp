//===- BertNormalizer.cpp - BERT's normalizer -------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Follows normalizers/bert.rs of `tokenizers` 0.22.2: control characters go and
// white space becomes a space; CJK ideographs get spaces around them; canonical
// decomposition, then nonspacing marks go; lower case.
//
//===----------------------------------------------------------------------===//

#include "Normalizer.h"
#include "Unicode.h"

namespace tenon::tokenizers {

namespace {

/// The answer of translate() for a character that must be seen in context.
constexpr unsigned kNeedsContext = UINT32_MAX;
/// A decomposition, its lower case, and two spaces.
constexpr unsigned kMaxTranslation = 2 * kMaxDecomposition + 2;

} // namespace

BertNormalizer::BertNormalizer(const BertNormalizerOptions &options)
    : options_(options),
      stripAccents_(options.stripAccents.value_or(options.lowercase)),
      table_(CharTable::get()) {
  char32_t out[kMaxTranslation];
  for (char32_t c = 0; c < kDirect; ++c) {
    unsigned count = translate(c, out);
    direct_[c] = count == 0 ? kRemoved : count == 1 ? out[0] : kSeveral;
  }
  // U+0000 is the only character that stays itself and is 0, if not cleaned.
  for (char32_t c = 0; c < 128; ++c)
    ascii_[c] = direct_[c] < 128 ? static_cast<char>(direct_[c]) : '\0';
}

/// What becomes of one character, whatever its neighbours: the number of code
/// points, or kNeedsContext. Without accents, context matters only to marks
/// that survive, as they may change places.
unsigned BertNormalizer::translate(char32_t c, char32_t *out) const {
  if (options_.cleanText) {
    CharClasses classes = table_.classes(c);
    if (classes & Control)
      return 0;
    if (classes & Whitespace)
      c = ' ';
  }
  unsigned count = 0;
  bool chinese = options_.handleChineseChars && isChineseCharacter(c);
  if (chinese)
    out[count++] = ' ';
  char32_t pieces[kMaxDecomposition] = {c};
  unsigned pieceCount = 1;
  if (stripAccents_)
    pieceCount = decompose(c, false, pieces);
  for (unsigned i = 0; i < pieceCount; ++i) {
    if (stripAccents_ && pieces[i] >= 0x300) {
      if (table_.is(pieces[i], NonspacingMark))
        continue;
      if (combiningClass(pieces[i]) != 0)
        return kNeedsContext;
    }
    if (options_.lowercase)
      count += lowerCase(pieces[i], out + count);
    else
      out[count++] = pieces[i];
  }
  if (chinese)
    out[count++] = ' ';
  return count;
}

void BertNormalizer::normalize(NormalizedString &text) const {
  if (text.isIdentity() && normalizeAscii(text))
    return;
  if (!normalizeSimple(text))
    normalizeStepwise(text);
}

/// ASCII of which nothing is removed, in place.
bool BertNormalizer::normalizeAscii(NormalizedString &text) const {
  size_t size = text.text().size();
  const char *from = text.text().data();
  for (size_t i = 0; i < size; ++i)
    if (!ascii_[static_cast<unsigned char>(from[i])])
      return false;
  char *bytes = text.identityBytes();
  for (size_t i = 0; i < size; ++i)
    bytes[i] = ascii_[static_cast<unsigned char>(bytes[i])];
  return true;
}

/// False, and no change, if a character needs its context.
bool BertNormalizer::normalizeSimple(NormalizedString &text) const {
  bool simple = true;
  Rewriter out(text);
  std::string_view from = text.text();
  const char *begin = from.data(), *at = begin, *end = begin + from.size();
  char32_t translated[kMaxTranslation];
  while (at != end) {
    uint32_t source = text.source(static_cast<size_t>(at - begin));
    char32_t c = decodeUtf8(at);
    if (c < kDirect) {
      char32_t direct = direct_[c];
      if (direct < kRemoved) {
        out.put(direct, source);
        continue;
      }
      if (direct == kRemoved)
        continue;
    }
    unsigned count = translate(c, translated);
    if (count == kNeedsContext) {
      simple = false;
      break;
    }
    for (unsigned i = 0; i < count; ++i)
      out.put(translated[i], source);
  }
  if (simple)
    out.finish();
  return simple;
}

void BertNormalizer::normalizeStepwise(NormalizedString &text) const {
  if (options_.cleanText)
    text.rewrite([&](char32_t c, auto put) {
      CharClasses classes = table_.classes(c);
      if (classes & Control)
        return;
      put(classes & Whitespace ? ' ' : c);
    });
  if (options_.handleChineseChars)
    text.rewrite([&](char32_t c, auto put) {
      bool chinese = isChineseCharacter(c);
      if (chinese)
        put(' ');
      put(c);
      if (chinese)
        put(' ');
    });
  if (stripAccents_) {
    text.normalize(NormalForm::NFD);
    text.rewrite([&](char32_t c, auto put) {
      if (!table_.is(c, NonspacingMark))
        put(c);
    });
  }
  if (options_.lowercase)
    text.rewrite([&](char32_t c, auto put) {
      char32_t lower[2];
      unsigned count = lowerCase(c, lower);
      for (unsigned i = 0; i < count; ++i)
        put(lower[i]);
    });
}

} // namespace tenon::tokenizers
