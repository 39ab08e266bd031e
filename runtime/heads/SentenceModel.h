//===- SentenceModel.h - texts as vectors -----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What sentence-transformers 5.1.2 does around a model, as modules.json and the
// files it points to say.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_SENTENCEMODEL_H
#define TENON_RUNTIME_HEADS_SENTENCEMODEL_H

#include "runtime/heads/TextRunner.h"

#include <map>

namespace tenon::heads {

/// How the vectors of tokens become one; several are put behind each other, in
/// this order.
enum class Pooling { Cls, Max, Mean, MeanSqrtLength, WeightedMean, LastToken };

struct SentenceSettings {
  std::vector<Pooling> poolings = {Pooling::Mean};
  bool normalize = false;
  bool lowerCase = false;
  bool poolPrompt = true; ///< Whether the prompt's tokens count.
  size_t maxTokens = SIZE_MAX;
  std::map<std::string, std::string> prompts;
  std::string defaultPrompt; ///< A name, or empty.

  /// Reads modules.json, sentence_bert_config.json and the like; without them,
  /// the means of tokens. A module without code is named in the error.
  static Result<SentenceSettings> read(ModelFiles &files,
                                       const tokenizers::Tokenizer &tokenizer);
};

class SentenceModel {
public:
  static Result<SentenceModel> create(ModelFiles &files);

  const TextRunner &runner() const { return runner_; }
  const SentenceSettings &settings() const { return settings_; }

  /// The prompt that `prompt` or `prompt_name` of the parameters say.
  Result<std::string> prompt(const Json &parameters) const;
  /// Adds a text, item `item` of a request.
  Status encode(std::string_view text, const std::string &prompt, size_t item,
                tokenizers::BatchEncoding &batch) const;

  /// One vector of a text's token vectors [tokens, hidden].
  std::vector<float> pool(const tokenizers::Encoding &encoding,
                          const RowView &row) const;

private:
  SentenceModel(TextRunner runner, SentenceSettings settings)
      : runner_(std::move(runner)), settings_(std::move(settings)) {}

  TextRunner runner_;
  SentenceSettings settings_;
};

/// Divides by the Euclidean length, or by 1e-12 if it is less.
void normalize(std::span<float> vector);

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_SENTENCEMODEL_H
