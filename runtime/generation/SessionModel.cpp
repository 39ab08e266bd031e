//===- SessionModel.cpp - a compiled model that continues tokens ----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/generation/SessionModel.h"

#include "support/Text.h"

#include <algorithm>
#include <map>

namespace tenon::generation {

using namespace runtime;
using format::DType;

/// Positions that are too few to go on from: running them costs next to
/// nothing, and rows that begin alike run together.
constexpr size_t kLeastShared = 16;

/// Whether two dims have the same value at every call.
static bool isSameDim(const Plan &plan, uint32_t a, uint32_t b) {
  const format::DimNode &left = plan.dims()[a], &right = plan.dims()[b];
  if (left.op != right.op)
    return false;
  return left.op == format::DimOp::Symbol     ? left.a == right.a
         : left.op == format::DimOp::Constant ? left.value == right.value
                                              : a == b;
}

/// What callers copy outputs by, whatever the artifact says: a row of logits
/// for each row of ids, or a number for each id.
static Status checkOutputs(const Plan &plan, const std::string &path) {
  auto dims = [&](const format::Port &port, size_t axis) {
    return plan.dimList(port.dims)[axis];
  };
  std::optional<int64_t> vocabulary;
  for (std::string_view name : {"prefill", "step", "score"}) {
    const format::Entry &entry = plan.entries()[*plan.findEntry(name)];
    const format::Port &ids = plan.inputs(entry)[0];
    const format::Port &made = plan.outputs(entry)[0];
    const format::DimNode &last = plan.dims()[dims(made, 1)];
    bool isScore = name == "score";
    bool fits = isScore ? isSameDim(plan, dims(made, 1), dims(ids, 1))
                        : last.op == format::DimOp::Constant &&
                              last.value > 0 && last.value <= INT32_MAX &&
                              last.value == vocabulary.value_or(last.value);
    if (!fits || !isSameDim(plan, dims(made, 0), dims(ids, 0)))
      return Status::invalid(path,
                             concat("can't continue text: entry ", quote(name),
                                    " has an output of another size"));
    if (!isScore)
      vocabulary = last.value;
  }
  return Status::ok();
}

/// Whether an entry takes ids as `step` does, and gives a token and a logit for
/// each row.
static bool findsLikeliest(const Plan &plan, std::string_view name) {
  std::optional<uint32_t> index = plan.findEntry(name);
  if (!index)
    return false;
  const format::Entry &entry = plan.entries()[*index];
  std::span<const format::Port> inputs = plan.inputs(entry),
                                outputs = plan.outputs(entry);
  if (inputs.size() != 1 || outputs.size() != 2 ||
      inputs[0].type != DType::I64 || inputs[0].dims.count != 2 ||
      outputs[0].type != DType::I64 || outputs[1].type != DType::F32 ||
      plan.states(entry).empty())
    return false;
  uint32_t rows = plan.dimList(inputs[0].dims)[0];
  return std::ranges::all_of(outputs, [&](const format::Port &port) {
    return port.dims.count == 1 &&
           isSameDim(plan, plan.dimList(port.dims)[0], rows);
  });
}

Status SessionModel::check(const Plan &plan, const std::string &path) {
  for (std::string_view name : {"prefill", "step", "score"}) {
    std::optional<uint32_t> entry = plan.findEntry(name);
    if (!entry)
      return Status::invalid(
          path, concat("can't continue text: it has no entry ", quote(name)));
    const format::Entry &shape = plan.entries()[*entry];
    bool isScore = name == "score";
    if (plan.inputs(shape).size() != (isScore ? 2 : 1) ||
        plan.outputs(shape).size() != 1 ||
        plan.inputs(shape)[0].type != DType::I64 ||
        plan.inputs(shape)[0].dims.count != 2 ||
        plan.outputs(shape)[0].type != DType::F32 ||
        plan.outputs(shape)[0].dims.count != 2)
      return Status::invalid(path,
                             concat("can't continue text: entry ", quote(name),
                                    " has other inputs or outputs"));
  }
  for (std::string_view name : {"prefill", "step", "score"})
    if (plan.states(plan.entries()[*plan.findEntry(name)]).empty())
      return Status::invalid(path, concat("can't continue text: entry ",
                                          quote(name), " has no state"));
  return checkOutputs(plan, path);
}

Result<std::unique_ptr<SessionModel>> SessionModel::create(Session &session) {
  const Plan &plan = session.plan();
  TENON_RETURN_IF_ERROR(check(plan, session.model().artifact().path()));
  std::unique_ptr<SessionModel> made(new SessionModel(session));
  auto entry = [&](std::string_view name) {
    Entry found;
    found.index = *plan.findEntry(name);
    for (const format::Port &port : plan.inputs(plan.entries()[found.index]))
      found.inputs.push_back(plan.text(port.name));
    return found;
  };
  made->prefill_ = entry("prefill");
  made->step_ = entry("step");
  made->score_ = entry("score");
  made->findsLikeliest_ = findsLikeliest(plan, "prefill_likeliest") &&
                          findsLikeliest(plan, "step_likeliest");
  if (made->findsLikeliest_) {
    made->prefillLikeliest_ = entry("prefill_likeliest");
    made->stepLikeliest_ = entry("step_likeliest");
  }
  const format::Entry &step = plan.entries()[made->step_.index];
  const format::DimNode &last =
      plan.dims()[plan.dimList(plan.outputs(step)[0].dims)[1]];
  made->vocabulary_ = static_cast<size_t>(last.value);
  const format::DimNode &rows =
      plan.dims()[plan.dimList(plan.inputs(step)[0].dims)[0]];
  if (rows.op == format::DimOp::Symbol)
    made->maxRows_ = static_cast<size_t>(plan.symbols()[rows.a].max);
  return made;
}

size_t SessionModel::contextLimit() const {
  return static_cast<size_t>(state_->capacity());
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

/// How many of the first elements are equal.
static size_t sharedLength(std::span<const int32_t> a,
                           std::span<const int32_t> b) {
  return static_cast<size_t>(
      std::mismatch(a.begin(), a.begin() + std::min(a.size(), b.size()),
                    b.begin())
          .first -
      a.begin());
}

SessionModel::Beginning
SessionModel::findBeginning(std::span<const int32_t> prompt) const {
  Beginning best;
  for (uint32_t row = 0; row < held_.size(); ++row) {
    // The last token is always run: it gives the logits.
    size_t length =
        std::min(sharedLength(prompt, held_[row]), prompt.size() - 1);
    if (length >= kLeastShared && length > best.length)
      best = {row, length};
  }
  return best;
}

std::vector<uint32_t>
SessionModel::chooseKept(std::span<const Beginning> used) const {
  constexpr size_t mostRows = 16;
  size_t given = session_.options().keptPositions;
  size_t room = given ? given : contextLimit();
  std::vector<uint32_t> kept;
  for (uint32_t row = 0; row < held_.size() && kept.size() < mostRows; ++row) {
    size_t length = held_[row].size();
    // What is the beginning of another row is there already.
    bool isPart =
        std::any_of(used.begin(), used.end(),
                    [&](const Beginning &beginning) {
                      return beginning.row == row && beginning.length == length;
                    }) ||
        std::any_of(kept.begin(), kept.end(), [&](uint32_t other) {
          return sharedLength(held_[row], held_[other]) == length;
        });
    if (isPart || length < kLeastShared || length > room)
      continue;
    room -= length;
    kept.push_back(row);
  }
  return kept;
}

Status SessionModel::arrange(std::span<const uint32_t> from, size_t active) {
  TENON_RETURN_IF_ERROR(state_->reorder(from));
  std::vector<std::vector<int32_t>> held;
  held.reserve(from.size());
  for (uint32_t row : from)
    held.push_back(held_[row]);
  held_ = std::move(held);
  active_ = active;
  return Status::ok();
}

void SessionModel::retreat() {
  for (uint32_t row = 0; row < held_.size(); ++row)
    held_[row].resize(
        std::min(held_[row].size(), static_cast<size_t>(state_->length(row))));
  active_ = 0;
}

void SessionModel::settle() {
  std::vector<uint32_t> kept = chooseKept({});
  // These rows exist, so that this can't fail.
  (void)arrange(kept, 0).isOk();
  wantsLogits_ = true;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

Result<std::span<const OutputTensor>>
SessionModel::call(const Entry &entry, std::span<const uint32_t> rows,
                   std::span<const std::span<const int32_t>> inputs) {
  std::vector<std::vector<int64_t>> ids;
  std::vector<InputTensor> tensors;
  int64_t shape[] = {static_cast<int64_t>(rows.size()),
                     static_cast<int64_t>(inputs[0].size() / rows.size())};
  ids.reserve(inputs.size());
  for (std::span<const int32_t> input : inputs) {
    ids.emplace_back(input.begin(), input.end());
    tensors.push_back(
        {entry.inputs[tensors.size()], DType::I64, shape, ids.back().data()});
  }
  ReplayHooks hooks;
  hooks.cancel = cancel_;
  return session_.run(entry.index, tensors, {}, hooks, {state_.get(), rows});
}

void SessionModel::makeRoom(size_t rows) {
  logits_.resize(wantsLogits_ ? rows * vocabulary_ : 0);
  likeliest_.resize(wantsLogits_ ? 0 : rows);
}

Status SessionModel::run(const Entry &entry, const Entry &likeliest,
                         std::span<const uint32_t> rows,
                         std::span<const int32_t> tokens) {
  TENON_ASSIGN_OR_RETURN(
      auto made, call(wantsLogits_ ? entry : likeliest, rows, {&tokens, 1}));
  if (wantsLogits_) {
    for (size_t i = 0; i < rows.size(); ++i)
      std::copy_n(made[0].floats().data() + i * vocabulary_, vocabulary_,
                  logits_.data() + rows[i] * vocabulary_);
    return Status::ok();
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    int64_t token = static_cast<const int64_t *>(made[0].data)[i];
    // Whatever the artifact's code does.
    if (token < 0 || static_cast<size_t>(token) >= vocabulary_)
      return Status::invalid(session_.model().artifact().path(),
                             "gives a token that isn't one");
    likeliest_[rows[i]] = {static_cast<int32_t>(token), made[1].floats()[i]};
  }
  return Status::ok();
}

Status SessionModel::checkPrompts(std::span<const Prompt> prompts) const {
  if (prompts.size() > maxRows_)
    return Status::invalid("prompts", concat("are ", prompts.size(),
                                             ", but the model "
                                             "takes at most ",
                                             maxRows_, " at once"));
  for (const Prompt &prompt : prompts) {
    if (prompt.tokens.empty())
      return Status::invalid("prompt", "has no token");
    if (prompt.tokens.size() > contextLimit())
      return Status::invalid("prompt", concat("has ", prompt.tokens.size(),
                                              " tokens, but the "
                                              "model's context is ",
                                              contextLimit()));
  }
  return Status::ok();
}

Result<Logits> SessionModel::prefill(std::span<const Prompt> prompts) {
  TENON_RETURN_IF_ERROR(checkPrompts(prompts));
  reused_ = 0;
  std::vector<Beginning> used;
  std::vector<uint32_t> from;
  for (const Prompt &prompt : prompts) {
    used.push_back(findBeginning(prompt.tokens));
    from.push_back(used.back().row);
    reused_ += used.back().length;
  }
  if (held_.empty()) {
    state_->reset(prompts.size());
    held_.resize(prompts.size());
    active_ = prompts.size();
  } else {
    std::vector<uint32_t> kept = chooseKept(used);
    from.insert(from.end(), kept.begin(), kept.end());
    TENON_RETURN_IF_ERROR(arrange(from, prompts.size()));
  }

  std::map<size_t, std::vector<uint32_t>> byLength;
  for (uint32_t row = 0; row < prompts.size(); ++row) {
    std::span<const int32_t> tokens = prompts[row].tokens;
    size_t length = used[row].length;
    TENON_RETURN_IF_ERROR(state_->truncate(row, static_cast<int64_t>(length)));
    held_[row].assign(tokens.begin(), tokens.end());
    byLength[tokens.size() - length].push_back(row);
  }
  makeRoom(prompts.size());
  for (const auto &[length, rows] : byLength) {
    std::vector<int32_t> tokens;
    for (uint32_t row : rows) {
      auto fresh = prompts[row].tokens.last(length);
      tokens.insert(tokens.end(), fresh.begin(), fresh.end());
    }
    if (Status status = run(prefill_, prefillLikeliest_, rows, tokens);
        !status) {
      retreat();
      return status;
    }
  }
  return Logits(logits_);
}

Status SessionModel::reorder(std::span<const uint32_t> rows) {
  if (rows.size() > maxRows_)
    return Status::invalid("rows", concat("would be ", rows.size(),
                                          ", but the "
                                          "model takes at most ",
                                          maxRows_));
  std::vector<uint32_t> from(rows.begin(), rows.end());
  for (uint32_t row : rows)
    if (row >= active_)
      return Status::invalid("state", concat("has no row ", row, ", but ",
                                             plural(active_, "row")));
  for (size_t row = active_; row < held_.size(); ++row)
    from.push_back(static_cast<uint32_t>(row));
  return arrange(from, rows.size());
}

Result<Logits> SessionModel::step(std::span<const int32_t> tokens) {
  if (tokens.size() != active_ || tokens.empty())
    return Status::invalid("step", concat("takes a token for each of ",
                                          plural(active_, "row"), ", not ",
                                          tokens.size()));
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < tokens.size(); ++row) {
    rows.push_back(row);
    held_[row].push_back(tokens[row]);
  }
  makeRoom(rows.size());
  if (Status status = run(step_, stepLikeliest_, rows, tokens); !status) {
    retreat();
    return status;
  }
  return Logits(logits_);
}

/// Tokens that are scored at once: their logits, which lie in memory together,
/// take some 16 MB.
static size_t tokensAtOnce(size_t vocabulary) {
  constexpr size_t floats = 4 << 20, least = 16, most = 256;
  return std::clamp(floats / vocabulary, least, most);
}

Status SessionModel::score(std::span<const int32_t> tokens, size_t first,
                           std::span<float> logProbabilities) {
  if (first == 0 || first > tokens.size() ||
      logProbabilities.size() != tokens.size() - first)
    return Status::invalid("score", "needs a place for each token from the "
                                    "first that is scored on");
  held_.clear();
  active_ = 0;
  state_->reset(1);
  auto scoreAll = [&]() -> Status {
    constexpr uint32_t row = 0;
    // Of the tokens before, nothing is wanted but what the state holds.
    if (first > 1 && !logProbabilities.empty()) {
      auto before = tokens.first(first - 1);
      TENON_RETURN_IF_ERROR(
          call(prefill_, {&row, 1}, {&before, 1}).takeStatus());
    }
    size_t most = tokensAtOnce(vocabulary_);
    for (size_t at = first; at < tokens.size();) {
      size_t count = std::min(most, tokens.size() - at);
      std::span<const int32_t> inputs[] = {tokens.subspan(at - 1, count),
                                           tokens.subspan(at, count)};
      TENON_ASSIGN_OR_RETURN(auto outputs, call(score_, {&row, 1}, inputs));
      std::span<const float> made = outputs[0].floats();
      std::copy(made.begin(), made.end(),
                logProbabilities.begin() + static_cast<ptrdiff_t>(at - first));
      at += count;
    }
    return Status::ok();
  };
  Status status = scoreAll();
  state_->reset(0);
  return status;
}

//===----------------------------------------------------------------------===//
// Loans
//===----------------------------------------------------------------------===//

Result<SessionModelLoan> SessionModelLoan::take(Session &session) {
  // Nobody else leaves anything with sessions.
  if (auto kept = session.takeKeepsake())
    return SessionModelLoan(session,
                            std::unique_ptr<SessionModel>(
                                static_cast<SessionModel *>(kept.release())));
  TENON_ASSIGN_OR_RETURN(auto made, SessionModel::create(session));
  return SessionModelLoan(session, std::move(made));
}

SessionModelLoan::~SessionModelLoan() {
  if (!model_)
    return;
  model_->setCancel(nullptr);
  model_->settle();
  session_->leaveKeepsake(std::move(model_));
}

} // namespace tenon::generation
