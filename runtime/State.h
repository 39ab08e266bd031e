//===- State.h - what a model remembers from call to call -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The contents of a model's states for some sequences. A sequence is a row; its
// positions lie in blocks of a session's memory (see format::StateGroup), and
// rows share blocks until one of them writes there. So copying a row copies a
// list of block numbers; memory grows with the positions in use; and rows of
// one call may be of different lengths.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_STATE_H
#define TENON_RUNTIME_STATE_H

#include "runtime/Device.h"
#include "runtime/Model.h"

namespace tenon::runtime {

/// The memory of a session's states: blocks, each with a count of its users.
class StateMemory {
public:
  StateMemory(std::shared_ptr<const Model> model,
              std::shared_ptr<DeviceSession> device);

  const Plan &plan() const { return model_->plan(); }
  DeviceSession &device() { return *device_; }

  /// A block that nobody else has. Fails if there is no memory.
  Result<uint32_t> take(uint32_t group);
  void share(uint32_t group, uint32_t block);
  void release(uint32_t group, uint32_t block);
  bool isShared(uint32_t group, uint32_t block) const {
    return pools_[group].users[block] > 1;
  }
  /// A block of its own with what `block`, which is shared, holds.
  Result<uint32_t> part(uint32_t group, uint32_t block);

  /// Bytes of the blocks that have users.
  uint64_t bytesInUse() const;

private:
  struct Pool {
    std::vector<uint32_t> users; ///< Of each block.
    std::vector<uint32_t> free;
  };

  std::shared_ptr<const Model> model_; ///< Outlives the device's session.
  std::shared_ptr<DeviceSession> device_;
  std::vector<Pool> pools_; ///< One for each group.
};

/// One group of states as kernels of a call see it.
struct StateCall {
  uint32_t group = 0;
  int64_t growth = 0;
  bool replaces = false;
  /// See format::ArgKind.
  std::vector<int64_t> before, after;
  /// If the contents are replaced: the blocks of each row.
  std::vector<std::vector<uint32_t>> fresh;
};

/// Used by the calls of the session that made it, and not while one runs; it
/// may outlive the session.
class State {
public:
  explicit State(std::shared_ptr<StateMemory> memory)
      : memory_(std::move(memory)) {}
  ~State() { reset(0); }
  State(const State &) = delete;
  State &operator=(const State &) = delete;

  size_t rows() const { return rows_.size(); }
  /// The positions that a row holds along a dim by its name in the plan; empty:
  /// along the first one.
  int64_t length(size_t row, std::string_view dim = {}) const;
  /// The most positions that a row can hold along it.
  int64_t capacity(std::string_view dim = {}) const;

  /// Forgets everything; there are `rows` rows that hold nothing.
  void reset(size_t rows);
  /// Row i becomes what row `from[i]` was. Rows may be named several times, or
  /// not at all; nothing is copied before rows that share something write.
  Status reorder(std::span<const uint32_t> from);
  /// Another state that holds the same.
  std::unique_ptr<State> fork() const;
  /// Forgets what a row holds from position `length` on, along one dim or all.
  Status truncate(size_t row, int64_t length, std::string_view dim = {});
  /// Lengthens every row, along one dim or all, by positions with unspecified
  /// finite contents: to measure with, or to write() to.
  Status extend(int64_t positions, std::string_view dim = {});

  /// What a row holds of one state, dense: the contents' shape without axis 0.
  Result<std::vector<char>> read(std::string_view name, size_t row) const;
  /// Overwrites it with as many positions.
  Status write(std::string_view name, size_t row, std::span<const char> data);

  const StateMemory &memory() const { return *memory_; }

private:
  friend class Session;

  struct Held {
    int64_t length = 0;
    std::vector<uint32_t> blocks;
  };
  using Row = std::vector<Held>; ///< One for each group.

  uint32_t groupOf(std::string_view dim) const;
  void release(Row &row);
  /// Blocks of its own for positions length .. length + growth - 1.
  Status makeRoom(uint32_t group, Held &held, int64_t growth);
  Status checkGrowth(uint32_t group, int64_t length, int64_t growth) const;
  Status access(std::string_view name, size_t row, char *data, uint64_t bytes,
                bool write) const;

  // A call: room and places before it, what rows hold after it.
  Status begin(StateCall &call, std::span<const uint32_t> rows);
  void commit(StateCall &call, std::span<const uint32_t> rows);
  void abandon(StateCall &call);

  std::shared_ptr<StateMemory> memory_;
  std::vector<Row> rows_;
};

/// The rows of a state that a call is about, in the order of its batch; all of
/// them if `rows` is empty.
struct StateRows {
  State *state = nullptr;
  std::span<const uint32_t> rows = {};
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_STATE_H
