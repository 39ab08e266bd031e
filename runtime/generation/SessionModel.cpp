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
#include <numeric>

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

/// How many of the best tokens an entry finds that takes ids as `step` does: 1
/// if it gives a token and a logit for each row, more if it takes ranks and
/// gives a token and a logit for each of them, and a total; 0 for others.
static size_t bestFound(const Plan &plan, std::string_view name) {
  std::optional<uint32_t> index = plan.findEntry(name);
  if (!index)
    return 0;
  const format::Entry &entry = plan.entries()[*index];
  std::span<const format::Port> inputs = plan.inputs(entry),
                                outputs = plan.outputs(entry);
  bool hasRanks = inputs.size() == 2;
  if (inputs.size() != (hasRanks ? 2 : 1) ||
      outputs.size() != (hasRanks ? 3 : 2) || inputs[0].dims.count != 2 ||
      plan.states(entry).empty())
    return 0;
  auto fits = [&](const format::Port &port, DType type, bool hasRows,
                  bool isRanked) {
    std::span<const uint32_t> dims = plan.dimList(port.dims);
    return port.type == type &&
           dims.size() == size_t(hasRows) + size_t(isRanked) &&
           (!hasRows ||
            isSameDim(plan, dims[0], plan.dimList(inputs[0].dims)[0])) &&
           (!isRanked ||
            isSameDim(plan, dims.back(), plan.dimList(inputs[1].dims)[0]));
  };
  if (inputs[0].type != DType::I64 ||
      !fits(outputs[0], DType::I64, true, hasRanks) ||
      !fits(outputs[1], DType::F32, true, hasRanks))
    return 0;
  if (!hasRanks)
    return 1;
  if (!fits(inputs[1], DType::I64, false, true) ||
      !fits(outputs[2], DType::F32, true, false))
    return 0;
  const format::DimNode &ranks = plan.dims()[plan.dimList(inputs[1].dims)[0]];
  return ranks.op == format::DimOp::Symbol
             ? static_cast<size_t>(plan.symbols()[ranks.a].max)
             : 0;
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
  made->all_ = {0, entry("prefill"), entry("step")};
  made->score_ = entry("score");
  for (std::string_view suffix : {"_likeliest", "_best"}) {
    std::string prefill = concat("prefill", suffix),
                step = concat("step", suffix);
    if (size_t most = std::min(bestFound(plan, prefill), bestFound(plan, step)))
      made->finding_.push_back({most, entry(prefill), entry(step)});
  }
  const format::Entry &step = plan.entries()[made->all_.step.index];
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
  setWanted(0);
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

Result<std::span<const OutputTensor>>
SessionModel::call(const Entry &entry, std::span<const uint32_t> rows,
                   std::span<const std::span<const int32_t>> inputs) {
  std::vector<std::vector<int64_t>> ids;
  std::vector<int64_t> ranks(wanted_);
  std::vector<InputTensor> tensors;
  int64_t shape[] = {static_cast<int64_t>(rows.size()),
                     static_cast<int64_t>(inputs[0].size() / rows.size())};
  ids.reserve(inputs.size());
  for (std::span<const int32_t> input : inputs) {
    ids.emplace_back(input.begin(), input.end());
    tensors.push_back(
        {entry.inputs[tensors.size()], DType::I64, shape, ids.back().data()});
  }
  int64_t rankCount[] = {static_cast<int64_t>(wanted_)};
  if (tensors.size() < entry.inputs.size()) {
    std::iota(ranks.begin(), ranks.end(), 0);
    tensors.push_back(
        {entry.inputs.back(), DType::I64, rankCount, ranks.data()});
  }
  ReplayHooks hooks;
  hooks.cancel = cancel_;
  return session_.run(entry.index, tensors, {}, hooks, {state_.get(), rows});
}

void SessionModel::setWanted(size_t best) {
  used_ = &all_;
  wanted_ = best;
  for (const Entries &finding : finding_)
    if (best && best <= finding.most) {
      used_ = &finding;
      return;
    }
  wanted_ = 0;
}

void SessionModel::makeRoom(size_t rows) {
  logits_.resize(rows * (wanted_ ? wanted_ : vocabulary_));
  tokens_.resize(rows * wanted_);
  best_.resize(wanted_ ? rows : 0);
}

Logits SessionModel::logits() const {
  return wanted_ ? Logits() : Logits(logits_);
}

Status SessionModel::run(const Entry &entry, std::span<const uint32_t> rows,
                         std::span<const int32_t> tokens) {
  TENON_ASSIGN_OR_RETURN(auto made, call(entry, rows, {&tokens, 1}));
  size_t width = wanted_ ? wanted_ : vocabulary_;
  std::span<const float> logits = made[wanted_ ? 1 : 0].floats();
  for (size_t i = 0; i < rows.size(); ++i)
    std::copy_n(logits.data() + i * width, width,
                logits_.data() + rows[i] * width);
  for (size_t i = 0; wanted_ && i < rows.size(); ++i) {
    int32_t *found = tokens_.data() + rows[i] * width;
    for (size_t k = 0; k < width; ++k) {
      int64_t token = static_cast<const int64_t *>(made[0].data)[i * width + k];
      // Whatever the artifact's code does.
      if (token < 0 || static_cast<size_t>(token) >= vocabulary_)
        return Status::invalid(session_.model().artifact().path(),
                               "gives a token that isn't one");
      found[k] = static_cast<int32_t>(token);
    }
    best_[rows[i]] = {{logits_.data() + rows[i] * width, width},
                      {found, width},
                      made.size() > 2 ? made[2].floats()[i] : 0};
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
    if (Status status = run(used_->prefill, rows, tokens); !status) {
      retreat();
      return status;
    }
  }
  return logits();
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
  if (Status status = run(used_->step, rows, tokens); !status) {
    retreat();
    return status;
  }
  return logits();
}

Result<Logits> SessionModel::complete() {
  // Each row's last token runs once more.
  std::vector<int32_t> tokens;
  for (uint32_t row = 0; row < active_; ++row) {
    tokens.push_back(held_[row].back());
    held_[row].pop_back();
    TENON_RETURN_IF_ERROR(
        state_->truncate(row, static_cast<int64_t>(held_[row].size())));
  }
  setWanted(0);
  return step(tokens);
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
          call(all_.prefill, {&row, 1}, {&before, 1}).takeStatus());
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
