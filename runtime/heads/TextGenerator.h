//===- TextGenerator.h - texts that go on -----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_TEXTGENERATOR_H
#define TENON_RUNTIME_HEADS_TEXTGENERATOR_H

#include "runtime/generation/GenerationDefaults.h"
#include "runtime/generation/Generator.h"
#include "runtime/heads/Head.h"
#include "runtime/tokenizers/Tokenizer.h"

#include "support/JsonWriter.h"

namespace tenon::heads {

/// A token as soon as it is settled; beam search settles all at the end, and
/// tells none.
struct GeneratedToken {
  size_t request, input, sequence;
  int32_t token;
  generation::Ending ending; ///< Open unless it is the last one.
  size_t sequences;          ///< That the input gets.
  /// See generation::TokenEvent; NaN unless asked for.
  float logProbability;
  /// What it adds to the text of its sequence, in whole characters: empty while
  /// one isn't. Only if asked for.
  std::string text;
};

/// What a text begins with before its input: what an earlier answer has made,
/// or a prompt that is given as tokens.
struct TextBeginning {
  std::string text;
  std::vector<int32_t> ids;
};

/// How a run is begun, but for its requests.
struct GenerationStart {
  /// Of the texts of a single request, one for each, or none at all.
  std::span<const TextBeginning> beginnings = {};
  /// Whether tokens are told with their probabilities and texts.
  bool wantsProbabilities = false, wantsText = false;
};

/// Called for each token; returns whether to go on.
using TokenCallback = std::function<bool(const GeneratedToken &token)>;

/// Requests that are answered step by step. Destroying it at any time cancels
/// what isn't done; the model can be used again.
class GenerationRun {
public:
  virtual ~GenerationRun() = default;

  /// The most tokens that a text gets; 0 if no request can be answered.
  virtual size_t maxSteps() const = 0;
  /// Runs the model once. Returns whether anything is left to do. After a
  /// failure, which is the model's, nothing is.
  virtual Result<bool> next() = 0;
  /// The tokens that the last call of next() has settled.
  virtual std::span<const GeneratedToken> tokens() const = 0;
  /// The answer of each request, as far as it got; once, at the end.
  virtual std::vector<Result<TaskAnswer>> finish() = 0;
  virtual const generation::GenerationTimes &times() const = 0;

  // After finish(), of requests with answers.

  /// The tokens of inputs of which none was told before, as of beam search.
  virtual std::vector<GeneratedToken> settled() = 0;
  virtual size_t inputs(size_t request) const = 0;
  /// The sequences of an input's answer, the best first.
  virtual std::span<const generation::Continuation>
  sequences(size_t request, size_t input) const = 0;
  /// What the first of them is with its prompt, to go on from. It goes without
  /// the token that ended it.
  virtual Result<TextBeginning> beginning(size_t request,
                                          size_t input) const = 0;
};

/// TextGenerationPipeline of transformers 4.57.6 over any model that continues
/// tokens. Immutable.
class TextGenerator {
public:
  /// `generationConfig` is generation_config.json, null if there is none;
  /// `config` is config.json.
  static Result<TextGenerator> create(tokenizers::Tokenizer tokenizer,
                                      const Json *generationConfig,
                                      const Json &config);

  /// Begins several requests, whose texts run together; what is wrong with one
  /// becomes its answer. The model and this must outlive what is returned.
  std::unique_ptr<GenerationRun> begin(generation::TokenModel &model,
                                       std::span<const TaskRequest> requests,
                                       const GenerationStart &start = {}) const;

  /// All of that in one call. A failure of the model or a callback that ends it
  /// fails every request.
  std::vector<Result<TaskAnswer>>
  run(generation::TokenModel &model, std::span<const TaskRequest> requests,
      const Progress &progress, const TokenCallback &onToken = nullptr,
      const TimesCallback &onTimes = nullptr) const;

  const tokenizers::Tokenizer &tokenizer() const { return tokenizer_; }

  /// What a call with these parameters asks for in vain, a line each.
  Result<std::vector<std::string>> warnings(const Json &parameters) const;

private:
  struct Call;
  struct Text;
  class Run;

  TextGenerator(tokenizers::Tokenizer tokenizer,
                generation::GenerationDefaults defaults)
      : tokenizer_(std::move(tokenizer)), defaults_(std::move(defaults)) {}

  Result<Call> readCall(const Json &parameters) const;
  Result<generation::GenerationConfig> readConfig(const Json &parameters,
                                                  Call &call) const;
  Status addTexts(const TaskRequest &request, const GenerationStart &start,
                  const generation::TokenModel &model, Call &call) const;
  Result<Text> readText(const Json &input, const TextBeginning *beginning,
                        const Call &call) const;
  Status leaveRoom(const Json &parameters, std::vector<int32_t> &ids) const;
  static std::vector<int32_t> promptIds(const Call &call, const Text &text);
  Result<TaskAnswer> answer(const Call &call) const;
  Status writeSequence(const Call &call, const Text &text,
                       const std::vector<int32_t> &sequence,
                       JsonWriter &json) const;
  Result<std::string> freshText(const Call &call, const Text &text,
                                const std::vector<int32_t> &sequence) const;
  generation::TokenText tokenText() const;

  tokenizers::Tokenizer tokenizer_;
  generation::GenerationDefaults defaults_;
};

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_TEXTGENERATOR_H
