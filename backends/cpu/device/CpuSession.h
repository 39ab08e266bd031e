//===- CpuSession.h - replaying a plan on threads ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_DEVICE_CPUSESSION_H
#define TENON_BACKENDS_CPU_DEVICE_CPUSESSION_H

#include "backends/cpu/device/Arena.h"
#include "backends/cpu/device/CpuDevice.h"
#include "backends/cpu/device/GrowingMemory.h"

namespace tenon::cpu {

/// A launch with its dims computed.
struct ReadyLaunch {
  format::KernelFunction *function;
  int64_t grid;
  uint32_t firstBuffer, firstDim; ///< In the lists of the replay.
  bool waitBefore;
};

/// An instance as the threads walk through it.
class CpuReplay : public runtime::PreparedReplay {
public:
  std::vector<ReadyLaunch> launches;
  std::vector<int64_t> dims;
  /// Pointers of all launches, as of the current call.
  std::vector<const void *> buffers;
  /// PlanInstance::revision() that grids and dims are of.
  uint64_t revision = 0;
};

/// Where all threads of a replay leave it together: at a barrier, for the first
/// of them decides before it and the others look behind it.
class CancelPoint {
public:
  explicit CancelPoint(const std::atomic<bool> *wanted) : wanted_(wanted) {}

  bool isWanted() const {
    return wanted_ && wanted_->load(std::memory_order_relaxed);
  }
  /// Waits for the other threads; whether all of them leave before `launch`.
  bool waitBefore(uint32_t launch, runtime::PoolThread thread) {
    if (thread.index == 0 && isWanted())
      launch_.store(launch, std::memory_order_relaxed);
    thread.barrier();
    // The first thread may be ahead, and have decided for a later launch.
    return launch_.load(std::memory_order_relaxed) <= launch;
  }
  bool wasTaken() const {
    return launch_.load(std::memory_order_relaxed) != none;
  }

private:
  static constexpr uint32_t none = UINT32_MAX;
  const std::atomic<bool> *wanted_;
  std::atomic<uint32_t> launch_ = none;
};

class CpuSession : public runtime::DeviceSession {
public:
  CpuSession(const CpuProgram &program, runtime::Pool &pool, unsigned threads)
      : program_(program), pool_(pool), threads_(threads),
        states_(program.artifact().plan().stateGroups().size()) {}

  Result<std::unique_ptr<runtime::PreparedReplay>>
  prepare(const runtime::PlanInstance &instance) override;
  Status replay(const runtime::PlanInstance &instance,
                runtime::PreparedReplay &prepared,
                const runtime::ReplayMemory &memory,
                const runtime::ReplayHooks &hooks) override;

  Status reserveStates(uint32_t group, uint64_t bytes) override;
  Status copyStates(uint32_t group, uint64_t from, uint64_t to,
                    uint64_t bytes) override;
  Status readStates(uint32_t group, uint64_t from,
                    std::span<char> into) override;
  Status writeStates(uint32_t group, uint64_t to,
                     std::span<const char> data) override;

private:
  void resolve(const runtime::PlanInstance &instance, CpuReplay &replay,
               const runtime::ReplayMemory &memory);
  static void walk(const CpuReplay &replay, CancelPoint &cancel,
                   runtime::PoolThread thread, char *scratch);
  static void walkObserved(const runtime::PlanInstance &instance,
                           const CpuReplay &replay,
                           const runtime::ReplayHooks &hooks,
                           CancelPoint &cancel, runtime::PoolThread thread,
                           char *scratch);

  const CpuProgram &program_;
  runtime::Pool &pool_;
  unsigned threads_;
  Arena arena_;
  std::vector<GrowingMemory> states_; ///< One for each group.
};

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_DEVICE_CPUSESSION_H
