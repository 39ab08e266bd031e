//===- TextGeneration.cpp - a text that goes on ---------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// TextGenerator over the entries of an artifact.
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/SessionModel.h"
#include "runtime/heads/GenerationParameters.h"
#include "runtime/heads/ModelFiles.h"
#include "runtime/heads/TextGenerator.h"
#include "runtime/heads/TextOptions.h"
#include "runtime/tokenizers/TextStream.h"

#include <array>
#include <map>

namespace tenon::heads {

extern const HeadInfo textGenerationHead;

namespace {

/// Turns tokens into text, for each sequence by itself.
class Streams {
public:
  Streams(const tokenizers::Tokenizer &tokenizer, const TextCallback &listener)
      : tokenizer_(tokenizer), listener_(listener) {}

  TokenCallback callback() {
    return [this](const GeneratedToken &token) { return push(token); };
  }

private:
  bool push(const GeneratedToken &token) {
    tokenizers::DecodeOptions options;
    options.skipSpecialTokens = true;
    std::array key = {token.request, token.input, token.sequence};
    auto stream = streams_.try_emplace(key, tokenizer_, options).first;
    // What can't be decoded is an error of the answer, at the end.
    std::string text;
    if (auto piece = stream->second.push(token.token))
      text += *piece;
    if (token.ending != generation::Ending::Open)
      if (auto rest = stream->second.finish())
        text += *rest;
    return listener_({token.request, token.input, token.sequence, text});
  }

  const tokenizers::Tokenizer &tokenizer_;
  const TextCallback &listener_;
  std::map<std::array<size_t, 3>, tokenizers::TextStream> streams_;
};

class TextGeneration : public Head {
public:
  explicit TextGeneration(TextGenerator generator)
      : generator_(std::move(generator)) {}

  std::vector<Result<TaskAnswer>> run(runtime::Session &session,
                                      std::span<const TaskRequest> requests,
                                      const Listener &listener) const override {
    auto model = generation::SessionModel::create(session);
    if (!model) {
      std::vector<Result<TaskAnswer>> failed;
      for (size_t i = 0; i < requests.size(); ++i)
        failed.emplace_back(model.status());
      return failed;
    }
    Streams streams(generator_.tokenizer(), listener.text);
    return generator_.run(**model, requests, listener.progress,
                          listener.text ? streams.callback() : TokenCallback());
  }

private:
  TextGenerator generator_;
};

Result<std::unique_ptr<Head>> create(ModelFiles &files) {
  TENON_RETURN_IF_ERROR(generation::SessionModel::check(
      files.model().plan(), files.model().artifact().path()));
  TENON_ASSIGN_OR_RETURN(const tokenizers::Tokenizer *tokenizer,
                         files.tokenizer());
  TENON_ASSIGN_OR_RETURN(const Json *config, files.config());
  TENON_ASSIGN_OR_RETURN(Json generation, files.json("generation_config.json"));
  TENON_ASSIGN_OR_RETURN(
      TextGenerator generator,
      TextGenerator::create(
          *tokenizer, generation.is_null() ? nullptr : &generation, *config));
  return std::unique_ptr<Head>(
      std::make_unique<TextGeneration>(std::move(generator)));
}

Result<Json> readCommandLine(const CommandLineInputs &inputs, const Json &) {
  TENON_RETURN_IF_ERROR(refusePair(inputs, "text-generation"));
  return textsOfCommandLine(inputs.positional);
}

} // namespace

const HeadInfo textGenerationHead = {
    "text-generation",      {},     "a text that goes on",
    generationParameters(), create, readCommandLine};

} // namespace tenon::heads
