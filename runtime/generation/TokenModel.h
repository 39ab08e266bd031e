//===- TokenModel.h - a model that continues tokens -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What generation needs of a model, and all that it knows of one. A model holds
// rows: sequences whose state (a cache) it keeps. The search decides which rows
// go on and with which token; finished rows are dropped and beams copied with
// reorder(), so that no row is computed that nobody needs.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_GENERATION_TOKENMODEL_H
#define TENON_RUNTIME_GENERATION_TOKENMODEL_H

#include "support/Status.h"

#include <cstdint>
#include <span>

namespace tenon::generation {

/// The beginning of a row.
struct Prompt {
  /// What the decoder reads first, at least one token: the text to continue,
  /// or the start token of a model with an encoder.
  std::span<const int32_t> tokens;
  /// What the encoder reads; empty for a model without one.
  std::span<const int32_t> source;
};

/// Logits of the token after each row, [rows, vocabulary], row-major in f32.
/// They are the model's memory, valid until its next call.
using Logits = std::span<const float>;

/// What is known of the logits of the token after a row. It is the memory of
/// whoever gave it; a model's is valid until its next call.
struct RowLogits {
  /// Of all tokens in their order, or of `tokens`.
  std::span<const float> logits;
  /// Empty if the logits are those of all tokens.
  std::span<const int32_t> tokens = {};
  /// With tokens: the sum of e^(logit - the greatest) over all tokens there
  /// are; NaN if one of their logits is NaN or the greatest is infinite.
  float total = 0;
};

/// One user at a time. After a failure the rows are gone; prefill() works.
class TokenModel {
public:
  virtual ~TokenModel() = default;

  /// Logits of a row: the number of ids that a token can have.
  virtual size_t vocabularySize() const = 0;
  /// Tokens that a row can hold; SIZE_MAX if nothing limits it.
  virtual size_t contextLimit() const = 0;
  /// Rows that there can be at once.
  virtual size_t maxRows() const = 0;
  virtual bool hasEncoder() const = 0;

  /// Forgets all rows and makes one for each prompt; their lengths may differ.
  /// A model may keep state of tokens that it has seen if a prompt begins with
  /// them: that is how a conversation goes on.
  virtual Result<Logits> prefill(std::span<const Prompt> prompts) = 0;

  /// How many of the best tokens prefill() and step() have to find; 0, which it
  /// is at first: all logits are wanted. A model that finds as many where the
  /// logits are may return none, and best() has a row's tokens from the best
  /// on, of equal ones the first first. For one token there may be no total: 0.
  /// Its logit is NaN or infinite if any is.
  virtual void setWanted(size_t /*best*/) {}
  virtual std::span<const RowLogits> best() const { return {}; }
  /// After a call that returned no logits: all of them, but for rounding those
  /// that the best tokens had.
  virtual Result<Logits> complete() {
    return Status::internal("model", "finds no best tokens");
  }

  /// Tokens of the last prefill() that didn't have to be run.
  virtual size_t reusedTokens() const { return 0; }

  /// Row i becomes what row `rows[i]` was: beams are copied, finished rows
  /// left out. Copies share what they can; what the encoder made belongs to the
  /// row and goes with it. Indices below the number of rows, in any order, at
  /// most maxRows() of them.
  virtual Status reorder(std::span<const uint32_t> rows) = 0;

  /// Appends a token to each row.
  virtual Result<Logits> step(std::span<const int32_t> tokens) = 0;

  /// The natural logarithm of the probability of each token from
  /// `tokens[first]` on, 1 <= first <= size, after all those before it: a value
  /// for each of them. Forgets all rows. Only for models without an encoder.
  virtual Status score(std::span<const int32_t> tokens, size_t first,
                       std::span<float> logProbabilities) = 0;
};

} // namespace tenon::generation

#endif // TENON_RUNTIME_GENERATION_TOKENMODEL_H
