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

#include "runtime/heads/GenerationParameters.h"
#include "runtime/heads/ModelFiles.h"
#include "runtime/heads/TextOptions.h"
#include "runtime/heads/TextSteps.h"

namespace tenon::heads {

extern const HeadInfo textGenerationHead;

namespace {

class TextGeneration : public Head {
public:
  explicit TextGeneration(TextGenerator generator)
      : generator_(std::move(generator)) {}

  std::vector<Result<TaskAnswer>> run(runtime::Session &session,
                                      std::span<const TaskRequest> requests,
                                      const Listener &listener) const override {
    auto model = generation::SessionModelLoan::take(session);
    if (!model) {
      std::vector<Result<TaskAnswer>> failed;
      for (size_t i = 0; i < requests.size(); ++i)
        failed.emplace_back(model.status());
      return failed;
    }
    if (listener.warning)
      warn(requests, listener.warning);
    TokenCallback onToken;
    if (listener.text)
      onToken = [&](const GeneratedToken &token) {
        return listener.text({token.request, token.input, token.sequence,
                              token.sequences, token.text});
      };
    return generator_.run(**model, requests, listener.progress, onToken,
                          listener.times);
  }

  Result<std::unique_ptr<AnswerSteps>>
  begin(runtime::Session &session, const TaskRequest &request,
        std::span<const int32_t> tokens) const override {
    TENON_ASSIGN_OR_RETURN(
        auto steps, TextSteps::begin(generator_, session, request, tokens));
    return std::unique_ptr<AnswerSteps>(std::move(steps));
  }

private:
  void warn(std::span<const TaskRequest> requests,
            const WarningCallback &warning) const {
    for (size_t i = 0; i < requests.size(); ++i)
      // What is wrong with a request is its answer.
      if (auto warnings = generator_.warnings(requests[i].parameters))
        for (const std::string &what : *warnings)
          warning(i, what);
  }

  TextGenerator generator_;
};

Result<std::unique_ptr<Head>> createTextGeneration(ModelFiles &files) {
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

Result<Json> readTextGeneration(const CommandLineInputs &inputs, const Json &) {
  TENON_RETURN_IF_ERROR(refusePair(inputs, "text-generation"));
  return textsOfCommandLine(inputs.positional);
}

} // namespace

const HeadInfo textGenerationHead = {
    "text-generation",     {},
    "a text that goes on", generationParameters(),
    createTextGeneration,  readTextGeneration};

} // namespace tenon::heads
