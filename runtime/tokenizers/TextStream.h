//===- TextStream.h - text of tokens as they come ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Decodes ids one by one, for text that is shown while it is generated.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_TEXTSTREAM_H
#define TENON_RUNTIME_TOKENIZERS_TEXTSTREAM_H

#include "Decoder.h"
#include "Tokenizer.h"

namespace tenon::tokenizers {

/// Gives text as soon as further ids can't change it, in whole characters. All
/// that push() and finish() return is, one after another, what
/// Tokenizer::decode() makes of all ids with the same options. (The exceptions
/// are decoders that take back what they made of earlier tokens: ByteFallback,
/// where a run of byte tokens turns out not to be UTF-8, and BPEDecoder, where
/// its suffix is in the middle of a token.) For one thread; begins anew after
/// finish().
class TextStream {
public:
  explicit TextStream(Tokenizer tokenizer, const DecodeOptions &options = {});

  /// The text that one more id adds; empty while it has to wait. A negative id
  /// is an error and changes nothing.
  Result<std::string> push(int32_t id);

  /// The text that waited.
  Result<std::string> finish();

private:
  std::string pushBytes(std::string_view token);
  Result<std::string> pushToken(std::string_view token);
  Status startWindow(size_t keep);

  Tokenizer tokenizer_;
  DecodeOptions options_;
  bool isByteLevel_;
  std::string bytes_; ///< Of a character that isn't whole.

  /// For other decoders: the last tokens. Those that have been given as text
  /// come first, as the others are decoded differently without a neighbour.
  std::vector<std::string> window_;
  size_t given_ = 0;
  std::string givenText_;

  std::optional<CleanUpStream> cleanUp_;
};

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_TEXTSTREAM_H
