//===- Session.h - calls of a model's entries -------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_SESSION_H
#define TENON_RUNTIME_SESSION_H

#include "runtime/InputBinding.h"
#include "runtime/Model.h"
#include "runtime/State.h"

#include <atomic>
#include <list>

namespace tenon::runtime {

struct SessionOptions {
  /// Threads of the host, 0 for all of the instance's. A session of one thread
  /// runs on the caller's and waits for nobody.
  unsigned threads = 0;
  /// Plans that are kept for shapes seen before; at least 1.
  size_t maxInstances = 32;
  /// Positions of states that keepsakes may hold between calls, all rows
  /// together; 0 for as many as a row can hold.
  size_t keptPositions = 0;
};

/// Memory of the caller for an output, dense and aligned as its elements.
struct OutputBuffer {
  std::string_view name;
  DType type;
  std::span<const int64_t> shape;
  void *data;
};

struct OutputTensor {
  std::string_view name;
  DType type;
  std::span<const int64_t> shape;
  void *data;

  std::span<const float> floats() const {
    int64_t count = 1;
    for (int64_t size : shape)
      count *= size;
    return {static_cast<const float *>(data), static_cast<size_t>(count)};
  }
};

/// What a user of a session leaves with it for the next one, such as states
/// that later calls can go on from.
class SessionKeepsake {
public:
  virtual ~SessionKeepsake() = default;
};

/// Working memory and state of calls, one at a time. A second call while one
/// runs fails.
class Session {
public:
  static Result<std::unique_ptr<Session>>
  create(std::shared_ptr<const Model> model,
         const SessionOptions &options = {});

  const Model &model() const { return *model_; }
  const Plan &plan() const { return model_->plan(); }

  /// Runs an entry. Outputs that `into` doesn't name are in memory of the
  /// session. All results are valid until the next call of run(). An entry with
  /// states takes rows of one that this session made: as many, and in the same
  /// order, as its batch. If the call fails, they hold what they held.
  Result<std::span<const OutputTensor>>
  run(uint32_t entry, std::span<const InputTensor> inputs,
      std::span<const OutputBuffer> into = {}, const ReplayHooks &hooks = {},
      StateRows state = {});

  /// A state with `rows` rows that hold nothing.
  std::unique_ptr<State> createState(size_t rows);

  const SessionOptions &options() const { return options_; }

  /// Takes what was left, null for nothing. Not while another thread uses the
  /// session.
  std::unique_ptr<SessionKeepsake> takeKeepsake() {
    return std::move(keepsake_);
  }
  /// Leaves something; what was left before is destroyed.
  void leaveKeepsake(std::unique_ptr<SessionKeepsake> keepsake) {
    keepsake_ = std::move(keepsake);
  }

  /// The index of an entry, or an error that lists them.
  Result<uint32_t> findEntry(std::string_view name) const;

private:
  struct Cached {
    std::unique_ptr<PlanInstance> instance;
    std::unique_ptr<PreparedReplay> replay;
  };

  Session(std::shared_ptr<const Model> model, const SessionOptions &options,
          std::shared_ptr<DeviceSession> device)
      : model_(std::move(model)), options_(options), device_(std::move(device)),
        states_(std::make_shared<StateMemory>(model_, device_)) {}

  Result<std::span<const OutputTensor>>
  runAlone(uint32_t entry, std::span<const InputTensor> inputs,
           std::span<const OutputBuffer> into, const ReplayHooks &hooks,
           StateRows state);
  Status checkState(const format::Entry &entry, StateRows state) const;
  /// The most positions that the rows hold, for each symbol that this binds.
  std::vector<int64_t> lengthsOf(const format::Entry &entry,
                                 StateRows state) const;
  Result<std::vector<StateCall>> planState(const PlanInstance &instance,
                                           StateRows state) const;
  Status replay(Cached &cached, ReplayMemory memory, const ReplayHooks &hooks,
                StateRows state);
  Result<Cached *> instanceFor(const InstanceKey &key,
                               std::span<const int64_t> symbols);
  Status checkConditions(const PlanInstance &instance) const;
  Status placeOutputs(const PlanInstance &instance,
                      std::span<const OutputBuffer> into,
                      std::vector<void *> &memory) const;

  std::shared_ptr<const Model> model_;
  SessionOptions options_;
  std::shared_ptr<DeviceSession> device_;
  std::shared_ptr<StateMemory> states_;
  std::list<Cached> cache_; ///< Used last first.
  std::vector<OutputTensor> outputs_;
  std::unique_ptr<SessionKeepsake> keepsake_;
  std::atomic<bool> busy_ = false;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_SESSION_H
