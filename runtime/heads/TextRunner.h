//===- TextRunner.h - texts through an encoder ------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_TEXTRUNNER_H
#define TENON_RUNTIME_HEADS_TEXTRUNNER_H

#include "runtime/heads/Head.h"
#include "runtime/heads/HeadOutputs.h"
#include "runtime/heads/ModelFiles.h"

namespace tenon::heads {

/// Runs encoded texts through an entry that takes `input_ids` and maybe
/// `attention_mask` and `token_type_ids`, in batches of similar length.
class TextRunner {
public:
  /// `outputs` are those that results are taken from. Fails if the entry
  /// doesn't take texts or has no such output in f32.
  static Result<TextRunner> create(ModelFiles &files,
                                   std::span<const OutputSpec> outputs);

  const tokenizers::Tokenizer &tokenizer() const { return *tokenizer_; }

  /// The number of ids that the model can read.
  size_t inputVocabulary() const { return static_cast<size_t>(maxId_) + 1; }
  /// The most tokens of a text.
  size_t maxTokens() const { return maxTokens_; }
  /// The size of an output's last axis; 0 if it varies.
  size_t width(size_t output) const { return outputs_.width(output); }
  /// What the user can do about a text that is too long.
  void setLengthAdvice(std::string advice) {
    lengthAdvice_ = std::move(advice);
  }
  /// Fails unless an output has a score for each label of config.json.
  Status checkLabels(size_t output, const Labels &labels) const {
    return outputs_.checkLabels(output, labels);
  }

  /// Encodes a text or a pair, item `item` of a request, and adds what comes of
  /// it: one encoding, or a window after the other if the options ask for
  /// those. Fails for a text that the model can't take.
  Status encode(const tokenizers::EncodeInput &input,
                const tokenizers::EncodeOptions &options, size_t item,
                tokenizers::BatchEncoding &batch) const;

  /// Called with the index of an encoding and its rows of the outputs.
  using Consume =
      std::function<void(size_t index, std::span<const RowView> rows)>;

  /// Runs all encodings; `maxBatch` limits the texts of a batch (0: as seems
  /// best). The rows come in any order, one after the other.
  Status run(runtime::Session &session,
             std::span<const tokenizers::Encoding> encodings, size_t maxBatch,
             const Progress &progress, const Consume &consume) const;

private:
  Status checkLength(size_t tokens) const;
  Status check(const tokenizers::Encoding &encoding) const;
  Status runBatch(runtime::Session &session,
                  std::span<const tokenizers::Encoding> encodings,
                  std::span<const size_t> batch, const Consume &consume) const;

  const tokenizers::Tokenizer *tokenizer_ = nullptr;
  uint32_t entry_ = 0;
  HeadOutputs outputs_;
  std::string lengthAdvice_;
  bool takesMask_ = false, takesTypes_ = false;
  size_t minBatch_ = 1, maxBatch_ = 0;   ///< Of the model.
  size_t minTokens_ = 1, maxTokens_ = 0; ///< Of a text.
  int64_t maxId_ = 0, maxType_ = 0;
};

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_TEXTRUNNER_H
