//===- Encoding.h - what goes into and comes out of a tokenizer -*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The inputs, options and results of Tokenizer::encode. The arrays of an
// Encoding are those of the class of the same name in the Hugging Face
// `tokenizers` library.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_ENCODING_H
#define TENON_RUNTIME_TOKENIZERS_ENCODING_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace tenon::tokenizers {

/// A text, or the words of one that was split before (`is_split_into_words`).
struct TextInput {
  TextInput() = default;
  TextInput(std::string_view text) : text(text) {}
  TextInput(const char *text) : text(text) {}
  TextInput(std::span<const std::string_view> words)
      : words(words), isWords(true) {}

  std::string_view text;
  std::span<const std::string_view> words;
  bool isWords = false;
};

/// A text, or a pair of texts. Must be UTF-8; refers to memory of the caller.
struct EncodeInput {
  EncodeInput() = default;
  EncodeInput(TextInput first) : first(first) {}
  EncodeInput(TextInput first, TextInput second)
      : first(first), second(second) {}

  TextInput first;
  std::optional<TextInput> second;
};

enum class Side { Right, Left };

/// Which text of a pair is shortened.
enum class TruncationStrategy { LongestFirst, OnlyFirst, OnlySecond };

struct Truncation {
  size_t maxLength = 512; ///< Tokens, special ones included.
  size_t stride = 0;      ///< Tokens that a window shares with the one before.
  TruncationStrategy strategy = TruncationStrategy::LongestFirst;
  Side side = Side::Right; ///< Where the text is cut.
};

struct Padding {
  /// The length, in tokens; without one, that of the longest of the batch.
  std::optional<size_t> toLength;
  size_t multipleOf = 0; ///< The length is rounded up to it, unless 0.
  Side side = Side::Right;
  std::optional<int32_t> padId; ///< Without one, the tokenizer's.
  int32_t padTypeId = 0;
};

struct EncodeOptions {
  bool addSpecialTokens = true;
  std::optional<Truncation> truncation;
  std::optional<Padding> padding;
  /// Whether to return the windows that truncation leaves out.
  bool returnOverflow = false;
};

/// The tokens of a text or a pair. All arrays have the same length.
struct Encoding {
  std::vector<int32_t> ids;
  std::vector<int32_t> typeIds;
  std::vector<uint8_t> attentionMask;     ///< 0 for padding.
  std::vector<uint8_t> specialTokensMask; ///< 1 for added ones and padding.
  /// The range of code points of the original text (of the word, for words)
  /// that the token stands for; {0, 0} for added ones.
  struct Offset {
    uint32_t begin, end;
    bool operator==(const Offset &) const = default;
  };
  std::vector<Offset> offsets;
  std::vector<int32_t> wordIds;    ///< The word within its text, -1 for none.
  std::vector<int8_t> sequenceIds; ///< The text: 0, 1, or -1 for none.
  /// The other windows of a text that was cut, in the library's order.
  std::vector<Encoding> overflow;

  /// The sequence ids of padding; 0 in encodings that the library takes for a
  /// single text from end to end.
  int8_t padSequenceId = -1;

  size_t size() const { return ids.size(); }

  /// Tokens [first, second) of a word of a text.
  std::optional<std::pair<size_t, size_t>> wordToTokens(int32_t word,
                                                        int8_t sequence) const;
  /// Code points of a word of a text.
  std::optional<Offset> wordToChars(int32_t word, int8_t sequence) const;
  /// The token that contains a code point of a text.
  std::optional<size_t> charToToken(uint32_t position, int8_t sequence) const;

  /// Lengthens this and all overflowing encodings to `length` tokens.
  void pad(size_t length, int32_t padId, int32_t padTypeId, Side side);
};

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_ENCODING_H
