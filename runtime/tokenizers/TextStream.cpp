//===- TextStream.cpp - text of tokens as they come -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TextStream.h"

#include "ByteLevel.h"
#include "TokenizerImpl.h"

namespace tenon::tokenizers {

namespace {

/// Tokens that may each hold a byte of one character.
constexpr size_t kMaxParts = 4;
/// Tokens without text, such as padding, wait no longer than this: each one is
/// decoded again with every further one.
constexpr size_t kMaxWaiting = 64;

} // namespace

TextStream::TextStream(Tokenizer tokenizer, const DecodeOptions &options)
    : tokenizer_(std::move(tokenizer)), options_(options) {
  const Tokenizer::Impl &impl = *tokenizer_.impl_;
  isByteLevel_ = impl.decoder && impl.decoder->isByteLevel();
  if (options.cleanUpTokenizationSpaces.value_or(
          impl.settings.cleanUpTokenizationSpaces))
    cleanUp_.emplace();
}

std::string TextStream::pushBytes(std::string_view token) {
  std::string text;
  appendBytesOf(token, bytes_);
  bytes_.erase(0, appendLossily(bytes_, false, text));
  return text;
}

/// Keeps the last `keep` tokens as those that were given.
Status TextStream::startWindow(size_t keep) {
  window_.erase(window_.begin(), window_.end() - static_cast<ptrdiff_t>(keep));
  given_ = keep;
  TENON_ASSIGN_OR_RETURN(givenText_, tokenizer_.decodeTokens(window_));
  return Status::ok();
}

Result<std::string> TextStream::pushToken(std::string_view token) {
  window_.emplace_back(token);
  TENON_ASSIGN_OR_RETURN(std::string text, tokenizer_.decodeTokens(window_));
  size_t waiting = window_.size() - given_;
  if (text.ends_with("\uFFFD") && waiting < kMaxParts)
    return std::string();
  if (text == givenText_ && waiting < kMaxWaiting)
    return std::string();
  std::string fresh;
  if (text.starts_with(givenText_)) {
    fresh = text.substr(givenText_.size());
  } else {
    // What was given has changed: the new tokens stand for themselves.
    TENON_ASSIGN_OR_RETURN(
        fresh,
        tokenizer_.decodeTokens(
            {window_.begin() + static_cast<ptrdiff_t>(given_), window_.end()}));
  }
  TENON_RETURN_IF_ERROR(startWindow(waiting));
  return fresh;
}

Result<std::string> TextStream::push(int32_t id) {
  TENON_ASSIGN_OR_RETURN(std::optional<std::string_view> token,
                         tokenizer_.impl_->tokenToDecode(id, options_));
  if (!token)
    return std::string();
  std::string text;
  if (isByteLevel_) {
    text = pushBytes(*token);
  } else {
    TENON_ASSIGN_OR_RETURN(text, pushToken(*token));
  }
  if (cleanUp_)
    text = cleanUp_->push(std::move(text), false);
  return text;
}

Result<std::string> TextStream::finish() {
  std::string text;
  if (isByteLevel_) {
    appendLossily(bytes_, true, text);
    bytes_.clear();
  } else {
    TENON_ASSIGN_OR_RETURN(text, tokenizer_.decodeTokens(window_));
    text.erase(0,
               text.starts_with(givenText_) ? givenText_.size() : text.size());
    TENON_RETURN_IF_ERROR(startWindow(0));
  }
  if (cleanUp_)
    text = cleanUp_->push(std::move(text), true);
  return text;
}

} // namespace tenon::tokenizers
