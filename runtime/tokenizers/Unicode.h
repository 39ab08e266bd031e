//===- Unicode.h - UTF-8, classes, case, normalization data -----*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What the tokenizers need of Unicode, as the Hugging Face `tokenizers` library
// (0.22.2) sees it: see UnicodeTables.h. All functions but findInvalidUtf8 and
// brokenSequence take valid UTF-8.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_UNICODE_H
#define TENON_RUNTIME_TOKENIZERS_UNICODE_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::tokenizers {

/// The position of the first byte that isn't part of well-formed UTF-8 (no
/// surrogates, no overlong forms, nothing above U+10FFFF), or npos.
size_t findInvalidUtf8(std::string_view text);

/// The bytes at the beginning of a text that isn't UTF-8 from there on which
/// one U+FFFD stands for (the longest beginning of a character, or one byte),
/// and whether they are all there is and further ones could complete them.
struct BrokenSequence {
  unsigned size;
  bool incomplete;
};
BrokenSequence brokenSequence(std::string_view text);

bool isAscii(std::string_view text);

/// The number of code points.
size_t countCodePoints(std::string_view text);

/// The beginning of a text for a message: at most `size` bytes of whole
/// characters.
std::string_view beginning(std::string_view text, size_t size);

inline bool isContinuationByte(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

/// The code point at `*at`, which is moved behind it.
inline char32_t decodeUtf8(const char *&at) {
  auto byte = [&](int i) { return static_cast<unsigned char>(at[i]); };
  char32_t c = byte(0);
  if (c < 0x80) {
    at += 1;
  } else if (c < 0xE0) {
    c = (c & 0x1F) << 6 | (byte(1) & 0x3F);
    at += 2;
  } else if (c < 0xF0) {
    c = (c & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    at += 3;
  } else {
    c = (c & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 |
        (byte(3) & 0x3F);
    at += 4;
  }
  return c;
}

/// The last code point of a text that isn't empty.
char32_t lastCodePoint(std::string_view text);

/// The number of bytes written to `out`, which has room for four.
inline unsigned encodeUtf8(char32_t c, char *out) {
  if (c < 0x80) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  if (c < 0x800) {
    out[0] = static_cast<char>(0xC0 | c >> 6);
    out[1] = static_cast<char>(0x80 | (c & 0x3F));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = static_cast<char>(0xE0 | c >> 12);
    out[1] = static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out[2] = static_cast<char>(0x80 | (c & 0x3F));
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | c >> 18);
  out[1] = static_cast<char>(0x80 | (c >> 12 & 0x3F));
  out[2] = static_cast<char>(0x80 | (c >> 6 & 0x3F));
  out[3] = static_cast<char>(0x80 | (c & 0x3F));
  return 4;
}

inline void appendUtf8(std::string &text, char32_t c) {
  char bytes[4];
  text.append(bytes, encodeUtf8(c, bytes));
}

/// Bits of CharTable::classes().
enum CharClass : uint16_t {
  Whitespace = 1,     ///< Rust's char::is_whitespace, regex \s.
  Control = 2,        ///< What BertNormalizer's clean_text removes.
  Punctuation = 4,    ///< ASCII punctuation and symbols, Unicode P*.
  NonspacingMark = 8, ///< Mn.
  CombiningMark = 16, ///< M*, what StripAccents removes.
  Numeric = 32,       ///< Rust's char::is_numeric.
  Word = 64,          ///< regex \w.
  Letter = 128,       ///< L*, as \p{L} of a Split or ByteLevel.
  Number = 256,       ///< N*, as \p{N} of a Split or ByteLevel.
};
using CharClasses = uint16_t;

/// The classes of every code point; made once, shared, immutable.
class CharTable {
public:
  static const CharTable &get();

  CharClasses classes(char32_t c) const {
    return c < kDirect ? direct_[c] : search(c);
  }
  bool is(char32_t c, CharClass which) const { return classes(c) & which; }

  /// The classes of the first 128 code points.
  const CharClasses *ascii() const { return direct_.data(); }

private:
  CharTable();
  CharClasses search(char32_t c) const;

  static constexpr char32_t kDirect = 0x3100;
  struct Segment {
    char32_t first; ///< Reaches up to the next one.
    CharClasses classes;
  };
  std::array<CharClasses, kDirect> direct_{};
  std::vector<Segment> segments_;
};

/// The CJK ideographs that BertNormalizer isolates.
inline bool isChineseCharacter(char32_t c) {
  if (c < 0x3400)
    return false;
  return (c >= 0x4E00 && c <= 0x9FFF) || c <= 0x4DBF ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0x2F800 && c <= 0x2FA1F);
}

/// The lower case of one letter by itself (no final sigma): the number of code
/// points written, 1 or 2.
unsigned lowerCase(char32_t c, char32_t out[2]);

/// The canonical combining class.
uint8_t combiningClass(char32_t c);

/// The longest full decomposition of one code point (U+FDFA).
constexpr unsigned kMaxDecomposition = 18;

/// The full decomposition of one code point, itself if it has none: the number
/// of code points written to `out`, which has room for kMaxDecomposition.
unsigned decompose(char32_t c, bool compatibility, char32_t *out);

/// The primary composite of two code points, or 0.
char32_t compose(char32_t first, char32_t second);

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_UNICODE_H
