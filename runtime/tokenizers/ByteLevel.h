//===- ByteLevel.h - bytes as visible characters ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The parts of a tokenizer.json that are called ByteLevel. GPT-2 wrote each of
// the 256 bytes as a character that can be seen ("Ġ" for a space), so that a
// vocabulary over them covers every text. Follows pre_tokenizers/byte_level.rs
// of `tokenizers` 0.22.2.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_BYTELEVEL_H
#define TENON_RUNTIME_TOKENIZERS_BYTELEVEL_H

#include "Decoder.h"
#include "Normalizer.h"
#include "PreTokenizer.h"

#include <array>
#include <optional>

namespace tenon::tokenizers {

/// The characters of all bytes, in UTF-8.
const ByteCharacters &byteCharacters();

/// The bytes that a token stands for: of its characters, or, if one of them
/// stands for no byte, its own.
void appendBytesOf(std::string_view token, std::string &bytes);

/// Appends the text of `bytes` with U+FFFD for what isn't UTF-8, as Rust's
/// from_utf8_lossy. Unless `final`, stops in front of a character that further
/// bytes may complete. Returns the number of bytes read.
size_t appendLossily(std::string_view bytes, bool final, std::string &text);

/// Each of these reads the object of a tokenizer.json.
Result<std::unique_ptr<PreTokenizer>>
parseByteLevelPreTokenizer(const JsonObject &object);
std::unique_ptr<Normalizer> makeByteLevelNormalizer();
std::unique_ptr<Decoder> makeByteLevelDecoder();

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_BYTELEVEL_H
