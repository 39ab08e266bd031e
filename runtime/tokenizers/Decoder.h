//===- Decoder.h - from tokens back to text ---------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The `decoder` of a tokenizer.json.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_DECODER_H
#define TENON_RUNTIME_TOKENIZERS_DECODER_H

#include "Json.h"

#include <memory>
#include <string>
#include <vector>

namespace tenon::tokenizers {

/// Immutable: any number of threads may use one.
class Decoder {
public:
  virtual ~Decoder() = default;

  /// Changes tokens so that the text is what they are one after another. Fails
  /// if the text would be longer than kMaxDecodedSize.
  virtual Status decode(std::vector<std::string> &tokens) const = 0;

  /// Whether the text is the bytes of all tokens, one after another, that
  /// appendBytesOf() gives.
  virtual bool isByteLevel() const { return false; }

  /// Reads the object of a tokenizer.json; null for JSON null. `where` is the
  /// file's name.
  static Result<std::unique_ptr<Decoder>> parse(const JsonValue &value,
                                                const std::string &where);

  /// The decoder of BERT: spaces between words, none before `prefix`.
  static std::unique_ptr<Decoder> wordPiece(std::string prefix, bool cleanUp);
};

/// The size of a decoded text, in bytes, at most.
constexpr size_t kMaxDecodedSize = size_t(1) << 28;

/// Replaces every occurrence of `what`, from left to right.
void replaceAll(std::string &text, std::string_view what,
                std::string_view with);

/// `clean_up_tokenization` of transformers: takes the space out of " .", " n't"
/// and so on, in the whole text.
void cleanUpTokenization(std::string &text);

/// The same for a text that comes in pieces.
class CleanUpStream {
public:
  CleanUpStream();
  /// The text of all pieces so far that wasn't returned before, but for an end
  /// that the next piece may change, unless this is the last one.
  std::string push(std::string piece, bool isLast);

private:
  /// For each thing to replace, the end of its input that may be the beginning
  /// of one.
  std::vector<std::string> held_;
};

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_DECODER_H
