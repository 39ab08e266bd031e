//===- TextGeneratorCall.h - a request of TextGenerator ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What TextGenerator.cpp, which reads requests and writes answers, and
// GenerationRun.cpp, which takes them through the model, share.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_TEXTGENERATORCALL_H
#define TENON_RUNTIME_HEADS_TEXTGENERATORCALL_H

#include "runtime/heads/GenerationParameters.h"
#include "runtime/heads/TextGenerator.h"

namespace tenon::heads {

/// One text of a request and what became of it.
struct TextGenerator::Text {
  std::string prompt;
  /// Of the prompt and its prefix; empty if the text is, and then it begins
  /// with the token for that.
  std::vector<int32_t> ids;
  std::vector<generation::Continuation> continuations;
};

/// A request that is being answered.
struct TextGenerator::Call {
  generation::GenerationConfig config;
  std::string prefix;
  tokenizers::EncodeOptions encoding;
  tokenizers::DecodeOptions decoding;
  AnswerShape shape = AnswerShape::FullText;
  const Json *parameters = nullptr;
  bool isList = false;
  std::vector<Text> texts;
  std::vector<std::unique_ptr<generation::Search>> searches;
};

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_TEXTGENERATORCALL_H
