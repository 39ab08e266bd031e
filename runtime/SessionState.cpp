//===- SessionState.cpp - calls that read and change states ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Session.h"

#include "runtime/DimValues.h"

#include "support/Text.h"

#include <algorithm>

namespace tenon::runtime {

using namespace format;

std::unique_ptr<State> Session::createState(size_t rows) {
  auto state = std::make_unique<State>(states_);
  state->reset(rows);
  return state;
}

Status Session::checkState(const Entry &entry, StateRows state) const {
  if (plan().states(entry).empty())
    return Status::ok();
  std::string name(plan().text(entry.name));
  if (!state.state)
    return Status::invalid(name, "continues what earlier calls left: it needs "
                                 "a state")
        .help("create one for the session and give it to every call");
  if (&state.state->memory() != states_.get())
    return Status::invalid("state", "belongs to another session");
  std::vector<bool> seen(state.state->rows());
  for (uint32_t row : state.rows) {
    if (row >= seen.size())
      return Status::invalid("state", concat("has no row ", row, ", but ",
                                             plural(seen.size(), "row")));
    if (seen[row])
      return Status::invalid("state",
                             concat("row ", row, " is in the call twice"));
    seen[row] = true;
  }
  return Status::ok();
}

std::vector<int64_t> Session::lengthsOf(const Entry &entry,
                                        StateRows state) const {
  std::vector<int64_t> known(plan().symbols().size(), unknownDim);
  if (state.state)
    for (const StateUse &use : plan().states(entry)) {
      int64_t &longest = known[plan().stateGroups()[use.group].symbol];
      longest = 0;
      for (uint32_t row : state.rows)
        longest = std::max(longest, state.state->rows_[row][use.group].length);
    }
  return known;
}

Result<std::vector<StateCall>> Session::planState(const PlanInstance &instance,
                                                  StateRows state) const {
  std::vector<StateCall> calls;
  std::string name(plan().text(instance.entry().name));
  for (const StateUse &use : plan().states(instance.entry())) {
    int64_t rows = instance.dim(use.rows);
    if (rows != static_cast<int64_t>(state.rows.size()))
      return Status::invalid(name, concat("is called for ", plural(rows, "row"),
                                          ", but with ", state.rows.size(),
                                          " of the state"));
    int64_t before = instance.dim(use.before);
    if (!(plan().symbolsOf(use.before) & plan().lateSymbols()) && !use.replaces)
      for (uint32_t row : state.rows)
        if (int64_t held = state.state->rows_[row][use.group].length;
            held != before)
          return Status::invalid(name, concat("takes states that hold ", before,
                                              " positions, but row ", row,
                                              " holds ", held));
    StateCall call;
    call.group = use.group;
    call.growth = instance.dim(use.growth);
    call.replaces = use.replaces != 0;
    calls.push_back(std::move(call));
  }
  return calls;
}

Status Session::replay(Cached &cached, ReplayMemory memory,
                       const ReplayHooks &hooks, StateRows state) {
  const PlanInstance &instance = *cached.instance;
  if (plan().states(instance.entry()).empty())
    return device_->replay(instance, *cached.replay, memory, hooks);
  TENON_ASSIGN_OR_RETURN(std::vector<StateCall> calls,
                         planState(instance, state));
  std::vector<StatePlaces> places(plan().stateGroups().size());
  Status status = Status::ok();
  for (StateCall &call : calls) {
    if (status)
      status = state.state->begin(call, state.rows);
    places[call.group] = {call.before, call.after};
  }
  if (status) {
    memory.states = places;
    status = device_->replay(instance, *cached.replay, memory, hooks);
  }
  for (StateCall &call : calls)
    if (status)
      state.state->commit(call, state.rows);
    else
      state.state->abandon(call);
  return status;
}

} // namespace tenon::runtime
