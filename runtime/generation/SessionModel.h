//===- SessionModel.h - a compiled model that continues tokens --*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The entries `prefill`, `step` and `score` of an artifact as generation sees
// them. Rows are rows of a state: prompts of one length run together, so that
// none is padded; a step takes all rows, whatever their lengths.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_GENERATION_SESSIONMODEL_H
#define TENON_RUNTIME_GENERATION_SESSIONMODEL_H

#include "runtime/Session.h"
#include "runtime/generation/TokenModel.h"

namespace tenon::generation {

class SessionModel : public TokenModel {
public:
  /// Whether a model has the entries; an error that says what it lacks, if not.
  static Status check(const runtime::Plan &plan, const std::string &path);

  /// Runs in `session`, which must stay; nothing else may use it meanwhile.
  static Result<std::unique_ptr<SessionModel>>
  create(runtime::Session &session);

  size_t vocabularySize() const override { return vocabulary_; }
  size_t contextLimit() const override;
  size_t maxRows() const override { return maxRows_; }
  bool hasEncoder() const override { return false; }

  /// A row goes on from the longest beginning that it shares with what a row
  /// held at the last call.
  Result<Logits> prefill(std::span<const Prompt> prompts) override;
  Status reorder(std::span<const uint32_t> rows) override;
  Result<Logits> step(std::span<const int32_t> tokens) override;
  Status score(std::span<const int32_t> tokens,
               std::span<float> logProbabilities) override;

  const runtime::State &state() const { return *state_; }

private:
  struct Entry {
    uint32_t index = 0;
    std::string_view input, output;
    format::DType inputType = format::DType::I64;
  };

  explicit SessionModel(runtime::Session &session)
      : session_(session), state_(session.createState(0)) {}

  /// Runs an entry for rows of equal length and puts their logits in place.
  Status run(const Entry &entry, std::span<const uint32_t> rows,
             std::span<const int32_t> tokens);
  void forget();

  runtime::Session &session_;
  std::unique_ptr<runtime::State> state_;
  Entry prefill_, step_, score_;
  size_t vocabulary_ = 0, maxRows_ = 1;
  std::vector<float> logits_;
  std::vector<std::vector<int32_t>> held_; ///< The tokens of each row.
};

} // namespace tenon::generation

#endif // TENON_RUNTIME_GENERATION_SESSIONMODEL_H
