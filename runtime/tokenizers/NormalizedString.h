//===- NormalizedString.h - text with its origin ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A text on its way through normalization. Every byte knows the code point of
// the original text that it came from. Which one that is, where characters were
// split, merged, moved or added, follows NormalizedString of the Hugging Face
// `tokenizers` library, surprising cases included: a composed letter belongs to
// its base alone, and a replacement to the last character that it replaced.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_NORMALIZEDSTRING_H
#define TENON_RUNTIME_TOKENIZERS_NORMALIZEDSTRING_H

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::tokenizers {

enum class NormalForm { NFC, NFD, NFKC, NFKD };

/// The size of a normalized text, in bytes, at most.
constexpr size_t kMaxNormalizedSize = size_t(1) << 28;

class NormalizedString {
public:
  /// Starts over with `text`, whose first code point has the index `base` in
  /// the original. Keeps its memory.
  void assign(std::string_view text, uint32_t base);

  std::string_view text() const { return text_; }
  bool empty() const { return text_.empty(); }

  /// Whether a rewrite would have made the text longer than kMaxNormalizedSize;
  /// it is empty then. Only a hostile Replace or Prepend does that.
  bool isTooLong() const { return tooLong_; }

  /// The index, in the original text, of the code point that the byte at
  /// `position` came from.
  uint32_t source(size_t position) const {
    return identity_ ? base_ + static_cast<uint32_t>(position)
                     : sources_[position];
  }

  /// Whether all is ASCII and nothing was added or removed: byte i came from
  /// code point base + i, and an edit of bytes in place stays correct.
  bool isIdentity() const { return identity_; }
  char *identityBytes() { return text_.data(); }

  /// Applies a normalization form to the whole text.
  void normalize(NormalForm form);

  /// Replaces the bytes [begin, end) of `from` by `content`, and so on for each
  /// match, in order.
  struct Match {
    uint32_t begin, end;
  };
  void replace(const std::vector<Match> &matches, std::string_view content);

  /// Puts `content` before the first character, if there is one.
  void prepend(std::string_view content);

  /// Keeps the bytes [begin, end) only.
  void trim(size_t begin, size_t end);

  /// Rewrites the text character by character. `each` is called with the code
  /// point and a writer to call with every code point that stands for it (none
  /// removes it).
  template <typename Each> void rewrite(Each each);

  /// A copy of the bytes [begin, end).
  void copyFrom(const NormalizedString &other, size_t begin, size_t end);

private:
  friend class Rewriter;
  friend class ByteWriter;
  void makeSources();
  void giveUp();

  std::string text_;
  std::vector<uint32_t> sources_; ///< For every byte; unused if identity_.
  uint32_t base_ = 0;
  bool identity_ = true, tooLong_ = false;
  // Room for the result of a rewrite, kept for the next one.
  std::string nextText_;
  std::vector<uint32_t> nextSources_;
};

/// Writes the next text of a NormalizedString.
class Rewriter {
public:
  explicit Rewriter(NormalizedString &target) : target_(target) {
    target.makeSources();
    target.nextText_.clear();
    target.nextSources_.clear();
    target.nextText_.reserve(target.text_.size() + 16);
    target.nextSources_.reserve(target.text_.size() + 16);
  }

  void put(char32_t c, uint32_t source);
  void put(std::string_view bytes, uint32_t source) {
    target_.nextText_.append(bytes);
    target_.nextSources_.insert(target_.nextSources_.end(), bytes.size(),
                                source);
  }
  /// Copies bytes of the present text with their sources.
  void copy(size_t begin, size_t end) {
    target_.nextText_.append(target_.text_, begin, end - begin);
    target_.nextSources_.insert(target_.nextSources_.end(),
                                target_.sources_.begin() + begin,
                                target_.sources_.begin() + end);
  }
  void finish() {
    target_.text_.swap(target_.nextText_);
    target_.sources_.swap(target_.nextSources_);
    if (target_.text_.size() > kMaxNormalizedSize)
      target_.giveUp();
  }

private:
  NormalizedString &target_;
};

/// The character that a byte becomes, in UTF-8.
struct ByteCharacter {
  char bytes[2];
  uint8_t size;
};
using ByteCharacters = std::array<ByteCharacter, 256>;

/// Writes the next text of a NormalizedString as characters for its bytes, each
/// from where its byte is from.
class ByteWriter {
public:
  ByteWriter(NormalizedString &target, const ByteCharacters &characters);

  /// Writes the bytes of `span`, which doesn't overlap with those before.
  /// Returns where they are now.
  NormalizedString::Match write(NormalizedString::Match span);
  void finish();

private:
  NormalizedString &target_;
  const ByteCharacters &characters_;
  uint32_t written_ = 0;
};

} // namespace tenon::tokenizers

#include "Unicode.h"

namespace tenon::tokenizers {

inline void Rewriter::put(char32_t c, uint32_t source) {
  if (c < 0x80) {
    target_.nextText_.push_back(static_cast<char>(c));
    target_.nextSources_.push_back(source);
    return;
  }
  char bytes[4];
  put(std::string_view(bytes, encodeUtf8(c, bytes)), source);
}

template <typename Each> void NormalizedString::rewrite(Each each) {
  Rewriter out(*this);
  const char *begin = text_.data(), *at = begin, *end = begin + text_.size();
  while (at != end) {
    uint32_t source = sources_[static_cast<size_t>(at - begin)];
    char32_t c = decodeUtf8(at);
    each(c, [&](char32_t d) { out.put(d, source); });
  }
  out.finish();
}

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_NORMALIZEDSTRING_H
