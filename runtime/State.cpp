//===- State.cpp - what a model remembers from call to call ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/State.h"

#include "support/EditDistance.h"
#include "support/Text.h"

#include <algorithm>

namespace tenon::runtime {

using namespace format;

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

StateMemory::StateMemory(std::shared_ptr<const Model> model,
                         std::shared_ptr<DeviceSession> device)
    : model_(std::move(model)), device_(std::move(device)),
      pools_(plan().stateGroups().size()) {}

Result<uint32_t> StateMemory::take(uint32_t group) {
  Pool &pool = pools_[group];
  if (pool.free.empty()) {
    uint64_t count = pool.users.size() + 1, bytes;
    if (count > UINT32_MAX ||
        __builtin_mul_overflow(count, plan().stateGroups()[group].blockBytes,
                               &bytes))
      return Status::invalid("memory", "the states are too large");
    TENON_RETURN_IF_ERROR(device_->reserveStates(group, bytes));
    pool.free.push_back(static_cast<uint32_t>(pool.users.size()));
    pool.users.push_back(0);
  }
  uint32_t block = pool.free.back();
  pool.free.pop_back();
  pool.users[block] = 1;
  return block;
}

void StateMemory::share(uint32_t group, uint32_t block) {
  ++pools_[group].users[block];
}

void StateMemory::release(uint32_t group, uint32_t block) {
  Pool &pool = pools_[group];
  if (--pool.users[block] == 0)
    pool.free.push_back(block);
}

Result<uint32_t> StateMemory::part(uint32_t group, uint32_t block) {
  TENON_ASSIGN_OR_RETURN(uint32_t copy, take(group));
  uint64_t bytes = plan().stateGroups()[group].blockBytes;
  Status copied =
      device_->copyStates(group, block * bytes, copy * bytes, bytes);
  release(group, copied ? block : copy);
  if (!copied)
    return copied;
  return copy;
}

uint64_t StateMemory::bytesInUse() const {
  uint64_t bytes = 0;
  for (size_t group = 0; group < pools_.size(); ++group)
    bytes += (pools_[group].users.size() - pools_[group].free.size()) *
             plan().stateGroups()[group].blockBytes;
  return bytes;
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

uint32_t State::groupOf(std::string_view dim) const {
  const Plan &plan = memory_->plan();
  for (uint32_t i = 0; i < plan.stateGroups().size(); ++i)
    if (dim.empty() ||
        plan.text(plan.symbols()[plan.stateGroups()[i].symbol].name) == dim)
      return i;
  return 0;
}

int64_t State::length(size_t row, std::string_view dim) const {
  if (memory_->plan().stateGroups().empty())
    return 0;
  return rows_[row][groupOf(dim)].length;
}

int64_t State::capacity(std::string_view dim) const {
  const Plan &plan = memory_->plan();
  if (plan.stateGroups().empty())
    return 0;
  return plan.capacity(plan.stateGroups()[groupOf(dim)]);
}

void State::release(Row &row) {
  for (uint32_t group = 0; group < row.size(); ++group)
    for (uint32_t block : row[group].blocks)
      memory_->release(group, block);
}

void State::reset(size_t rows) {
  for (Row &row : rows_)
    release(row);
  rows_.assign(rows, Row(memory_->plan().stateGroups().size()));
}

/// How many blocks `length` positions take.
static size_t blockCount(const StateGroup &group, int64_t length) {
  return (static_cast<uint64_t>(length) + group.positions - 1) /
         group.positions;
}

Status State::reorder(std::span<const uint32_t> from) {
  for (uint32_t row : from)
    if (row >= rows_.size())
      return Status::invalid("state", concat("has no row ", row, ", but ",
                                             plural(rows_.size(), "row")));
  std::vector<Row> next;
  for (uint32_t row : from) {
    next.push_back(rows_[row]);
    for (uint32_t group = 0; group < next.back().size(); ++group) {
      Held &held = next.back()[group];
      // Room that was made for a call which failed isn't worth sharing.
      held.blocks.resize(
          blockCount(memory_->plan().stateGroups()[group], held.length));
      for (uint32_t block : held.blocks)
        memory_->share(group, block);
    }
  }
  for (Row &row : rows_)
    release(row);
  rows_ = std::move(next);
  return Status::ok();
}

std::unique_ptr<State> State::fork() const {
  auto copy = std::make_unique<State>(memory_);
  copy->rows_ = rows_;
  for (const Row &row : rows_)
    for (uint32_t group = 0; group < row.size(); ++group)
      for (uint32_t block : row[group].blocks)
        memory_->share(group, block);
  return copy;
}

Status State::truncate(size_t row, int64_t length, std::string_view dim) {
  if (row >= rows_.size())
    return Status::invalid("state", concat("has no row ", row));
  for (uint32_t group = 0; group < rows_[row].size(); ++group) {
    Held &held = rows_[row][group];
    if (length < 0 || length > held.length ||
        (!dim.empty() && group != groupOf(dim)))
      continue;
    held.length = length;
    size_t kept = blockCount(memory_->plan().stateGroups()[group], length);
    for (; held.blocks.size() > kept; held.blocks.pop_back())
      memory_->release(group, held.blocks.back());
  }
  return Status::ok();
}

Status State::checkGrowth(uint32_t group, int64_t length,
                          int64_t growth) const {
  const Plan &plan = memory_->plan();
  int64_t most = plan.capacity(plan.stateGroups()[group]);
  if (growth >= 0 && length <= most && growth <= most - length)
    return Status::ok();
  return Status::invalid("state", concat("can hold ", most,
                                         " positions in a row, but would need ",
                                         length, " + ", growth));
}

Status State::makeRoom(uint32_t group, Held &held, int64_t growth) {
  const StateGroup &shape = memory_->plan().stateGroups()[group];
  TENON_RETURN_IF_ERROR(checkGrowth(group, held.length, growth));
  size_t first = static_cast<uint64_t>(held.length) / shape.positions;
  size_t count = blockCount(shape, held.length + growth);
  for (size_t i = first; i < count; ++i) {
    if (i == held.blocks.size()) {
      TENON_ASSIGN_OR_RETURN(uint32_t block, memory_->take(group));
      held.blocks.push_back(block);
    } else if (memory_->isShared(group, held.blocks[i])) {
      TENON_ASSIGN_OR_RETURN(held.blocks[i],
                             memory_->part(group, held.blocks[i]));
    }
  }
  return Status::ok();
}

Status State::extend(int64_t positions, std::string_view dim) {
  for (Row &row : rows_)
    for (uint32_t group = 0; group < row.size(); ++group) {
      if (!dim.empty() && group != groupOf(dim))
        continue;
      TENON_RETURN_IF_ERROR(makeRoom(group, row[group], positions));
      row[group].length += positions;
    }
  return Status::ok();
}

//===----------------------------------------------------------------------===//
// Contents
//===----------------------------------------------------------------------===//

Status State::access(std::string_view name, size_t row, char *data,
                     uint64_t bytes, bool write) const {
  const Plan &plan = memory_->plan();
  std::vector<std::string> names;
  for (const format::State &state : plan.states()) {
    names.emplace_back(plan.text(state.name));
    if (names.back() != name)
      continue;
    if (row >= rows_.size())
      return Status::invalid("state", concat("has no row ", row));
    const Held &held = rows_[row][state.group];
    const StateGroup &group = plan.stateGroups()[state.group];
    std::span<const int64_t> shape = plan.shape(state);
    uint64_t inner = dtypeSize(state.type), outer = 1;
    for (size_t axis = 0; axis < shape.size(); ++axis)
      (axis < state.axis ? outer : inner) *=
          axis == state.axis ? 1 : shape[axis];
    if (bytes != outer * held.length * inner)
      return Status::invalid(std::string(name),
                             concat("has ", outer * held.length * inner,
                                    " bytes in row ", row, ", not ", bytes));
    for (uint64_t o = 0; o < outer; ++o)
      for (int64_t p = 0; p < held.length; ++p) {
        uint64_t at =
            uint64_t(held.blocks[p / group.positions]) * group.blockBytes +
            state.offset + (o * group.positions + p % group.positions) * inner;
        char *place = data + (o * held.length + p) * inner;
        TENON_RETURN_IF_ERROR(write ? memory_->device().writeStates(
                                          state.group, at, {place, inner})
                                    : memory_->device().readStates(
                                          state.group, at, {place, inner}));
      }
    return Status::ok();
  }
  return withSuggestion(Status::invalid(printable(name), "isn't a state"), name,
                        names, "the states");
}

Result<std::vector<char>> State::read(std::string_view name, size_t row) const {
  const Plan &plan = memory_->plan();
  std::vector<char> data;
  for (const format::State &state : plan.states())
    if (plan.text(state.name) == name && row < rows_.size()) {
      uint64_t position = *tensorBytes(state.type, plan.shape(state)) /
                          plan.stateGroups()[state.group].positions;
      data.resize(position * rows_[row][state.group].length);
    }
  TENON_RETURN_IF_ERROR(access(name, row, data.data(), data.size(), false));
  return data;
}

Status State::write(std::string_view name, size_t row,
                    std::span<const char> data) {
  if (row < rows_.size())
    for (uint32_t group = 0; group < rows_[row].size(); ++group)
      for (uint32_t &block : rows_[row][group].blocks)
        if (memory_->isShared(group, block)) {
          TENON_ASSIGN_OR_RETURN(block, memory_->part(group, block));
        }
  return access(name, row, const_cast<char *>(data.data()), data.size(), true);
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

Status State::begin(StateCall &call, std::span<const uint32_t> rows) {
  const StateGroup &group = memory_->plan().stateGroups()[call.group];
  if (call.replaces)
    TENON_RETURN_IF_ERROR(checkGrowth(call.group, 0, call.growth));
  for (uint32_t row : rows) {
    if (!call.replaces) {
      TENON_RETURN_IF_ERROR(
          makeRoom(call.group, rows_[row][call.group], call.growth));
      continue;
    }
    std::vector<uint32_t> &blocks = call.fresh.emplace_back();
    for (size_t i = 0; i < blockCount(group, call.growth); ++i) {
      TENON_ASSIGN_OR_RETURN(uint32_t block, memory_->take(call.group));
      blocks.push_back(block);
    }
  }
  // A kernel may read positions up to the end of the longest row in every row:
  // lists are equally long, with any block where a row has none.
  size_t longest = 0;
  for (uint32_t row : rows)
    longest = std::max(longest, rows_[row][call.group].blocks.size());
  for (const std::vector<uint32_t> &fresh : call.fresh)
    longest = std::max(longest, fresh.size());
  auto describe = [&](std::vector<int64_t> &places, bool after) {
    places.reserve((2 + longest) * rows.size());
    places.resize(2 * rows.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      const Held &held = rows_[rows[i]][call.group];
      bool isFresh = after && call.replaces;
      places[2 * i] =
          isFresh ? call.growth : held.length + (after ? call.growth : 0);
      places[2 * i + 1] = static_cast<int64_t>(places.size());
      for (uint32_t block : isFresh ? call.fresh[i] : held.blocks)
        places.push_back(static_cast<int64_t>(block * group.blockBytes));
      places.resize(2 * rows.size() + (i + 1) * longest);
    }
  };
  describe(call.before, false);
  describe(call.after, true);
  return Status::ok();
}

void State::commit(StateCall &call, std::span<const uint32_t> rows) {
  for (size_t i = 0; i < rows.size(); ++i) {
    Held &held = rows_[rows[i]][call.group];
    if (!call.replaces) {
      held.length += call.growth;
      continue;
    }
    std::swap(held.blocks, call.fresh[i]);
    held.length = call.growth;
  }
  abandon(call); // What was replaced.
}

void State::abandon(StateCall &call) {
  for (const std::vector<uint32_t> &blocks : call.fresh)
    for (uint32_t block : blocks)
      memory_->release(call.group, block);
  call.fresh.clear();
}

} // namespace tenon::runtime
