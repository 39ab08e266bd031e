//===- TextRunner.h - texts through an encoder ------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_TEXTRUNNER_H
#define TENON_RUNTIME_HEADS_TEXTRUNNER_H

#include "runtime/heads/Head.h"
#include "runtime/heads/ModelFiles.h"

namespace tenon::heads {

/// One text's part of an output of a batch.
struct RowView {
  const float *data;
  /// Of the row, without the batch: [padded tokens, hidden], say.
  std::span<const int64_t> shape;

  int64_t size() const {
    int64_t count = 1;
    for (int64_t s : shape)
      count *= s;
    return count;
  }
};

/// Runs encoded texts through an entry that takes `input_ids` and maybe
/// `attention_mask` and `token_type_ids`, in batches of similar length.
class TextRunner {
public:
  /// `output` names the output that results are taken from; empty: the first.
  /// Fails if the entry doesn't take texts or has no such output in f32.
  static Result<TextRunner> create(ModelFiles &files,
                                   const std::string &output);

  const tokenizers::Tokenizer &tokenizer() const { return *tokenizer_; }

  /// Encodes a text or a pair; fails for one that the model can't take.
  Result<tokenizers::Encoding>
  encode(const tokenizers::EncodeInput &input,
         const tokenizers::EncodeOptions &options) const;

  /// Called with the index of an encoding and its row of the output.
  using Consume = std::function<void(size_t index, const RowView &row)>;

  /// Runs all encodings; `maxBatch` limits the texts of a batch (0: as seems
  /// best). The rows come in any order, one after the other.
  Status run(runtime::Session &session,
             std::span<const tokenizers::Encoding> encodings, size_t maxBatch,
             const Progress &progress, const Consume &consume) const;

private:
  Status runBatch(runtime::Session &session,
                  std::span<const tokenizers::Encoding> encodings,
                  std::span<const size_t> batch, const Consume &consume) const;

  const tokenizers::Tokenizer *tokenizer_ = nullptr;
  uint32_t entry_ = 0, output_ = 0;
  bool takesMask_ = false, takesTypes_ = false;
  size_t maxBatch_ = 0;  ///< Of the model.
  size_t maxTokens_ = 0; ///< Of a text.
  int64_t maxId_ = 0;
};

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_TEXTRUNNER_H
