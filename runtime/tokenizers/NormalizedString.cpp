//===- NormalizedString.cpp - text with its origin --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "NormalizedString.h"

#include <algorithm>

namespace tenon::tokenizers {

namespace {

/// A code point of a decomposition. `change` is the library's: 0 where it takes
/// the place of an original character, 1 where it is added to the one before,
/// -N where it also swallows the next N.
struct Piece {
  char32_t c;
  int32_t change;
  uint64_t order; ///< Combining class, then position: marks are sorted by it.
  uint32_t ccc() const { return static_cast<uint32_t>(order >> 32); }
};

/// Full decomposition in canonical order (the library's Decompositions).
std::vector<Piece> decomposed(std::string_view text, bool compatibility) {
  std::vector<Piece> pieces;
  pieces.reserve(text.size());
  size_t pending = 0; // Where the marks begin that are still to be sorted.
  auto sortPending = [&] {
    std::sort(pieces.begin() + static_cast<ptrdiff_t>(pending), pieces.end(),
              [](const Piece &a, const Piece &b) { return a.order < b.order; });
    pending = pieces.size();
  };
  const char *at = text.data(), *end = at + text.size();
  char32_t out[kMaxDecomposition];
  while (at != end) {
    unsigned count = decompose(decodeUtf8(at), compatibility, out);
    for (unsigned i = 0; i < count; ++i) {
      uint64_t ccc = combiningClass(out[i]);
      if (ccc == 0)
        sortPending();
      pieces.push_back({out[i], i == 0 ? 0 : 1, ccc << 32 | pieces.size()});
    }
  }
  sortPending();
  return pieces;
}

/// Canonical composition (the library's Recompositions).
std::vector<Piece> recomposed(const std::vector<Piece> &pieces) {
  std::vector<Piece> out, marks;
  out.reserve(pieces.size());
  bool haveBase = false;
  Piece base{};
  int lastClass = -1; // Of the marks kept since the base; -1: none.
  auto flush = [&] {
    if (haveBase)
      out.push_back(base);
    out.insert(out.end(), marks.begin(), marks.end());
    marks.clear();
    lastClass = -1;
  };
  for (const Piece &piece : pieces) {
    if (!haveBase) {
      if (piece.ccc() != 0) {
        out.push_back(piece);
      } else {
        base = piece;
        haveBase = true;
      }
      continue;
    }
    bool blocked = lastClass >= static_cast<int>(piece.ccc());
    if (!blocked) {
      if (char32_t composite = compose(base.c, piece.c)) {
        base.c = composite;
        base.change += piece.change - 1;
        continue;
      }
    }
    if (piece.ccc() == 0) {
      flush();
      base = piece;
      continue;
    }
    marks.push_back(piece);
    lastClass = static_cast<int>(piece.ccc());
  }
  flush();
  return out;
}

} // namespace

void NormalizedString::assign(std::string_view text, uint32_t base) {
  text_.assign(text);
  base_ = base;
  identity_ = isAscii(text);
  tooLong_ = false;
  if (identity_)
    return;
  sources_.resize(text.size());
  uint32_t index = base - 1;
  for (size_t i = 0; i < text.size(); ++i) {
    index += !isContinuationByte(text[i]);
    sources_[i] = index;
  }
}

void NormalizedString::makeSources() {
  if (!identity_)
    return;
  identity_ = false;
  sources_.resize(text_.size());
  for (size_t i = 0; i < sources_.size(); ++i)
    sources_[i] = base_ + static_cast<uint32_t>(i);
}

void NormalizedString::giveUp() {
  text_.clear();
  sources_.clear();
  tooLong_ = true;
}

void NormalizedString::copyFrom(const NormalizedString &other, size_t begin,
                                size_t end) {
  text_.assign(other.text_, begin, end - begin);
  identity_ = other.identity_;
  tooLong_ = other.tooLong_;
  base_ = other.base_ + static_cast<uint32_t>(begin);
  if (!identity_)
    sources_.assign(other.sources_.begin() + static_cast<ptrdiff_t>(begin),
                    other.sources_.begin() + static_cast<ptrdiff_t>(end));
}

void NormalizedString::normalize(NormalForm form) {
  if (identity_)
    return; // No form changes ASCII.
  bool compatibility = form == NormalForm::NFKC || form == NormalForm::NFKD;
  std::vector<Piece> pieces = decomposed(text_, compatibility);
  if (form == NormalForm::NFC || form == NormalForm::NFKC)
    pieces = recomposed(pieces);

  // The library walks over the characters as they were, in step with the
  // pieces, whatever their order is now.
  std::vector<uint32_t> characters;
  characters.reserve(text_.size());
  for (size_t i = 0; i < text_.size(); ++i)
    if (!isContinuationByte(text_[i]))
      characters.push_back(sources_[i]);

  Rewriter out(*this);
  size_t next = 0;
  for (const Piece &piece : pieces) {
    size_t at = piece.change > 0 ? (next ? next - 1 : 0) : next;
    out.put(piece.c, characters[std::min(at, characters.size() - 1)]);
    if (piece.change <= 0)
      next += 1 + static_cast<size_t>(-piece.change);
  }
  out.finish();
}

void NormalizedString::replace(const std::vector<Match> &matches,
                               std::string_view content) {
  if (matches.empty())
    return;
  if (content.size() > (kMaxNormalizedSize - 1) / matches.size())
    return giveUp();
  Rewriter out(*this);
  size_t last = 0;
  for (const Match &match : matches) {
    out.copy(last, match.begin);
    out.put(content, sources_[match.end - 1]);
    last = match.end;
  }
  out.copy(last, text_.size());
  out.finish();
}

void NormalizedString::prepend(std::string_view content) {
  if (text_.empty() || content.empty())
    return;
  Rewriter out(*this);
  out.put(content, sources_[0]);
  out.copy(0, text_.size());
  out.finish();
}

ByteWriter::ByteWriter(NormalizedString &target,
                       const ByteCharacters &characters)
    : target_(target), characters_(characters) {
  target.nextText_.resize(2 * target.text_.size());
  target.nextSources_.resize(2 * target.text_.size());
}

NormalizedString::Match ByteWriter::write(NormalizedString::Match span) {
  uint32_t begin = written_;
  char *text = target_.nextText_.data();
  uint32_t *sources = target_.nextSources_.data();
  for (uint32_t i = span.begin; i < span.end; ++i) {
    const ByteCharacter &c =
        characters_[static_cast<unsigned char>(target_.text_[i])];
    // Two of both, whatever the size: there is room.
    uint32_t source = target_.source(i);
    text[written_] = c.bytes[0];
    text[written_ + 1] = c.bytes[1];
    sources[written_] = sources[written_ + 1] = source;
    written_ += c.size;
  }
  return {begin, written_};
}

void ByteWriter::finish() {
  target_.nextText_.resize(written_);
  target_.nextSources_.resize(written_);
  target_.text_.swap(target_.nextText_);
  target_.sources_.swap(target_.nextSources_);
  target_.identity_ = false;
  if (target_.text_.size() > kMaxNormalizedSize)
    target_.giveUp();
}

void NormalizedString::trim(size_t begin, size_t end) {
  if (!identity_) {
    sources_.erase(sources_.begin() + static_cast<ptrdiff_t>(end),
                   sources_.end());
    sources_.erase(sources_.begin(),
                   sources_.begin() + static_cast<ptrdiff_t>(begin));
  }
  base_ += static_cast<uint32_t>(begin);
  text_.erase(end);
  text_.erase(0, begin);
}

} // namespace tenon::tokenizers
