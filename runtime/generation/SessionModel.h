//===- SessionModel.h - a compiled model that continues tokens --*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The entries `prefill`, `step` and `score` of an artifact as generation sees
// them, and where there are, those that leave the logits on the device:
// `prefill_likeliest` and `step_likeliest` give each row's likeliest token and
// its logit; `prefill_best` and `step_best` take the ranks 0 to k - 1, and give
// the k best tokens, their logits and the row's total (RowLogits). Rows are
// rows of a state: prompts of one length run together, so that none is padded;
// a step takes all rows, whatever their lengths.
//
// Behind the rows that go on lie those of earlier calls, as many as a budget
// allows: a prompt that begins like one of them goes on from there. The results
// are those of the whole prompt but for rounding (kernels of other sizes add in
// another order), as with any split of a text into calls.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_GENERATION_SESSIONMODEL_H
#define TENON_RUNTIME_GENERATION_SESSIONMODEL_H

#include "runtime/Session.h"
#include "runtime/generation/TokenModel.h"

namespace tenon::generation {

class SessionModel : public TokenModel, public runtime::SessionKeepsake {
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
  /// holds from an earlier call, if that is worth it.
  Result<Logits> prefill(std::span<const Prompt> prompts) override;
  size_t reusedTokens() const override { return reused_; }
  void setWanted(size_t best) override;
  std::span<const RowLogits> best() const override { return best_; }
  Result<Logits> complete() override;
  Status reorder(std::span<const uint32_t> rows) override;
  Result<Logits> step(std::span<const int32_t> tokens) override;
  Status score(std::span<const int32_t> tokens, size_t first,
               std::span<float> logProbabilities) override;

  /// Once this is true, calls fail, also the one that runs; null: never.
  void setCancel(const std::atomic<bool> *cancel) { cancel_ = cancel; }
  /// No row goes on any more; what they hold is kept as the budget allows.
  void settle();

  const runtime::State &state() const { return *state_; }
  /// The tokens that each row of the state holds: those that go on, then those
  /// that are kept, the latest first.
  std::span<const std::vector<int32_t>> held() const { return held_; }

private:
  struct Entry {
    uint32_t index = 0;
    std::vector<std::string_view> inputs;
  };
  /// Two entries that give the same of a row.
  struct Entries {
    size_t most = 0; ///< Of the best tokens; 0: all logits.
    Entry prefill, step;
  };
  /// The beginning that a prompt shares with a row.
  struct Beginning {
    uint32_t row = 0;
    size_t length = 0;
  };

  explicit SessionModel(runtime::Session &session)
      : session_(session), state_(session.createState(0)) {}

  Status checkPrompts(std::span<const Prompt> prompts) const;
  Beginning findBeginning(std::span<const int32_t> prompt) const;
  /// Which rows stay as kept ones, the latest first.
  std::vector<uint32_t> chooseKept(std::span<const Beginning> used) const;
  /// The state gets the rows `from`, of which the first `active` go on.
  Status arrange(std::span<const uint32_t> from, size_t active);
  /// Runs an entry for rows of equal length on a list of tensors. If it takes
  /// one more, that's the ranks of what is wanted.
  Result<std::span<const runtime::OutputTensor>>
  call(const Entry &entry, std::span<const uint32_t> rows,
       std::span<const std::span<const int32_t>> inputs);
  /// The same for tokens and an entry of used_; results are put in place.
  Status run(const Entry &entry, std::span<const uint32_t> rows,
             std::span<const int32_t> tokens);
  /// Makes room for the results of so many rows.
  void makeRoom(size_t rows);
  /// What a call returns then.
  Logits logits() const;
  /// After a failure: no row goes on, and each holds what its state does.
  void retreat();

  runtime::Session &session_;
  std::unique_ptr<runtime::State> state_;
  Entry score_;
  Entries all_;
  std::vector<Entries> finding_; ///< Best tokens; first what finds fewer.
  const Entries *used_ = &all_;
  size_t wanted_ = 0; ///< Best tokens that used_ finds; 0: all logits.
  size_t vocabulary_ = 0, maxRows_ = 1, reused_ = 0;
  const std::atomic<bool> *cancel_ = nullptr;
  std::vector<float> logits_;   ///< Of a row's wanted_ tokens, or of all.
  std::vector<int32_t> tokens_; ///< The same for ids, if they aren't all.
  std::vector<RowLogits> best_;
  std::vector<std::vector<int32_t>> held_;
  size_t active_ = 0; ///< Rows that go on.
};

/// A session's model while one user has it. Rows that the last user left are
/// there; whoever comes while it is out gets a model of its own, and the last
/// one that is given back stays.
class SessionModelLoan {
public:
  static Result<SessionModelLoan> take(runtime::Session &session);
  SessionModelLoan(SessionModelLoan &&) = default;
  SessionModelLoan &operator=(SessionModelLoan &&) = delete;
  /// Gives it back. The session must not be in use by another thread.
  ~SessionModelLoan();

  SessionModel &operator*() const { return *model_; }
  SessionModel *operator->() const { return model_.get(); }

private:
  SessionModelLoan(runtime::Session &session,
                   std::unique_ptr<SessionModel> model)
      : session_(&session), model_(std::move(model)) {}

  runtime::Session *session_;
  std::unique_ptr<SessionModel> model_;
};

} // namespace tenon::generation

#endif // TENON_RUNTIME_GENERATION_SESSIONMODEL_H
