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
  for (std::string_view name : {"prefill", "step"})
    if (plan.states(plan.entries()[*plan.findEntry(name)]).empty())
      return Status::invalid(path, concat("can't continue text: entry ",
                                          quote(name), " has no state"));
  return Status::ok();
}

Result<std::unique_ptr<SessionModel>> SessionModel::create(Session &session) {
  const Plan &plan = session.plan();
  TENON_RETURN_IF_ERROR(check(plan, session.model().artifact().path()));
  std::unique_ptr<SessionModel> made(new SessionModel(session));
  auto entry = [&](std::string_view name) {
    Entry found;
    found.index = *plan.findEntry(name);
    const format::Entry &shape = plan.entries()[found.index];
    found.input = plan.text(plan.inputs(shape)[0].name);
    found.output = plan.text(plan.outputs(shape)[0].name);
    return found;
  };
  made->prefill_ = entry("prefill");
  made->step_ = entry("step");
  made->score_ = entry("score");
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

void SessionModel::forget() {
  state_->reset(0);
  held_.clear();
}

Status SessionModel::run(const Entry &entry, std::span<const uint32_t> rows,
                         std::span<const int32_t> tokens) {
  std::vector<int64_t> ids(tokens.begin(), tokens.end());
  int64_t shape[] = {static_cast<int64_t>(rows.size()),
                     static_cast<int64_t>(tokens.size() / rows.size())};
  InputTensor input{entry.input, DType::I64, shape, ids.data()};
  TENON_ASSIGN_OR_RETURN(
      auto outputs,
      session_.run(entry.index, {&input, 1}, {}, {}, {state_.get(), rows}));
  std::span<const float> made = outputs[0].floats();
  for (size_t i = 0; i < rows.size(); ++i)
    std::copy_n(made.data() + i * vocabulary_, vocabulary_,
                logits_.data() + rows[i] * vocabulary_);
  return Status::ok();
}

/// How many of the first elements are equal.
static size_t sharedLength(std::span<const int32_t> a,
                           std::span<const int32_t> b) {
  return static_cast<size_t>(
      std::mismatch(a.begin(), a.begin() + std::min(a.size(), b.size()),
                    b.begin())
          .first -
      a.begin());
}

Result<Logits> SessionModel::prefill(std::span<const Prompt> prompts) {
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
  // A row begins as the one that shares most with it. The last token is always
  // run: it gives the logits.
  std::vector<uint32_t> from(prompts.size());
  std::vector<size_t> shared(prompts.size());
  bool anyShared = false;
  for (size_t i = 0; i < prompts.size(); ++i)
    for (uint32_t row = 0; row < held_.size(); ++row) {
      size_t length = std::min(sharedLength(prompts[i].tokens, held_[row]),
                               prompts[i].tokens.size() - 1);
      if (length > shared[i]) {
        shared[i] = length;
        from[i] = row;
        anyShared = true;
      }
    }
  if (anyShared)
    TENON_RETURN_IF_ERROR(state_->reorder(from));
  else
    state_->reset(prompts.size());
  held_.assign(prompts.size(), {});
  logits_.resize(prompts.size() * vocabulary_);

  std::map<size_t, std::vector<uint32_t>> byLength;
  for (uint32_t row = 0; row < prompts.size(); ++row) {
    TENON_RETURN_IF_ERROR(
        state_->truncate(row, static_cast<int64_t>(shared[row])));
    held_[row].assign(prompts[row].tokens.begin(), prompts[row].tokens.end());
    byLength[prompts[row].tokens.size() - shared[row]].push_back(row);
  }
  for (const auto &[length, rows] : byLength) {
    std::vector<int32_t> tokens;
    for (uint32_t row : rows) {
      auto fresh = prompts[row].tokens.subspan(shared[row]);
      tokens.insert(tokens.end(), fresh.begin(), fresh.end());
    }
    if (Status status = run(prefill_, rows, tokens); !status) {
      forget();
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
  TENON_RETURN_IF_ERROR(state_->reorder(rows));
  std::vector<std::vector<int32_t>> held;
  for (uint32_t row : rows)
    held.push_back(held_[row]);
  held_ = std::move(held);
  return Status::ok();
}

Result<Logits> SessionModel::step(std::span<const int32_t> tokens) {
  if (tokens.size() != held_.size() || tokens.empty())
    return Status::invalid("step", concat("takes a token for each of ",
                                          plural(held_.size(), "row"), ", not ",
                                          tokens.size()));
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < tokens.size(); ++row) {
    rows.push_back(row);
    held_[row].push_back(tokens[row]);
  }
  logits_.resize(rows.size() * vocabulary_);
  if (Status status = run(step_, rows, tokens); !status) {
    forget();
    return status;
  }
  return Logits(logits_);
}

Status SessionModel::score(std::span<const int32_t> tokens,
                           std::span<float> logProbabilities) {
  forget();
  if (tokens.empty() || logProbabilities.size() != tokens.size() - 1)
    return Status::invalid("score",
                           "needs a place for each token but the first");
  if (logProbabilities.empty())
    return Status::ok();
  std::vector<int64_t> ids(tokens.begin(), tokens.end());
  const Plan &plan = session_.plan();
  const format::Entry &entry = plan.entries()[score_.index];
  int64_t shape[] = {1, static_cast<int64_t>(tokens.size() - 1)};
  InputTensor inputs[] = {{score_.input, DType::I64, shape, ids.data()},
                          {plan.text(plan.inputs(entry)[1].name), DType::I64,
                           shape, ids.data() + 1}};
  TENON_ASSIGN_OR_RETURN(auto outputs, session_.run(score_.index, inputs));
  std::span<const float> made = outputs[0].floats();
  std::copy(made.begin(), made.end(), logProbabilities.begin());
  return Status::ok();
}

} // namespace tenon::generation
