//===- Device.h - what can replay a plan ------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The interface of backends/NAME/device. What a call needs apart from the
// device (shapes, checks, the layout of memory) is done before, in Session and
// PlanInstance; a device loads an artifact's code and weights, and replays
// instances: it calls functions, or records command buffers or graphs once and
// submits them.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_DEVICE_H
#define TENON_RUNTIME_DEVICE_H

#include "runtime/Artifact.h"
#include "runtime/PlanInstance.h"
#include "runtime/Pool.h"

#include <atomic>
#include <memory>
#include <span>

namespace tenon::runtime {

/// What an observer sees of a launch that has just run.
struct LaunchEvent {
  const PlanInstance &instance;
  uint32_t launch; ///< Index among the entry's launches.
  /// The kernel's arguments, one for each Arg of the launch.
  std::span<const void *const> buffers;
  std::span<const int64_t> dims;
  int64_t grid;
};

class LaunchObserver {
public:
  virtual ~LaunchObserver() = default;
  /// Called after each launch, in order, while nothing else runs.
  virtual void afterLaunch(const LaunchEvent &event) = 0;
};

/// Ways to look at a replay, each of which makes it somewhat slower, and to end
/// it.
struct ReplayHooks {
  LaunchObserver *observer = nullptr;
  /// If not empty, one for each launch: its time in nanoseconds is added, from
  /// when all threads may begin to when the last one has finished.
  std::span<uint64_t> launchTimes;
  /// Once this is true, the replay ends before its next launch that waits for
  /// others, and fails; what it has written is unspecified. Any thread may set
  /// it. A device that can't end a replay need not look.
  const std::atomic<bool> *cancel = nullptr;
};

/// What a call fails with that was ended by ReplayHooks::cancel or by whoever
/// is told of its progress.
inline Status cancelledStatus() {
  return Status::invalid("task", "was cancelled");
}

/// Where the rows of a group of states lie: see format::ArgKind.
struct StatePlaces {
  std::span<const int64_t> before, after;
};

/// The memory of a call, all of it dense.
struct ReplayMemory {
  /// One for each input of the entry; null where the instance's key says that
  /// the default is used.
  std::span<const void *const> inputs;
  /// One for each output. Null where the key says that the device has to find
  /// memory: replay() sets it to memory that stays as it is until the session's
  /// next replay.
  std::span<void *> outputs;
  /// One for each group of states of the plan, for those that the entry uses.
  std::span<const StatePlaces> states = {};
};

/// What a device remembers of an instance: pointers, a recorded graph.
class PreparedReplay {
public:
  virtual ~PreparedReplay() = default;
};

/// The memory of one session on a device. Not for several threads at once.
class DeviceSession {
public:
  virtual ~DeviceSession() = default;

  virtual Result<std::unique_ptr<PreparedReplay>>
  prepare(const PlanInstance &instance) = 0;

  /// Runs an instance that this session prepared.
  virtual Status replay(const PlanInstance &instance, PreparedReplay &prepared,
                        const ReplayMemory &memory,
                        const ReplayHooks &hooks) = 0;

  // The memory of a group of states, by bytes from its start. It survives
  // replays, and grows without losing anything.

  virtual Status reserveStates(uint32_t /*group*/, uint64_t /*bytes*/) {
    return noStates();
  }
  virtual Status copyStates(uint32_t /*group*/, uint64_t /*from*/,
                            uint64_t /*to*/, uint64_t /*bytes*/) {
    return noStates();
  }
  virtual Status readStates(uint32_t /*group*/, uint64_t /*from*/,
                            std::span<char> /*into*/) {
    return noStates();
  }
  virtual Status writeStates(uint32_t /*group*/, uint64_t /*to*/,
                             std::span<const char> /*data*/) {
    return noStates();
  }

private:
  static Status noStates() {
    return Status::invalid("device", "can't hold states between calls");
  }
};

/// An artifact's code and weights on a device; for any number of threads.
class DeviceProgram {
public:
  virtual ~DeviceProgram() = default;

  /// The variant of the plan that is used, if the plan has any.
  virtual uint32_t variant() const = 0;
  /// `threads`: of the host, 0 for all of the instance's.
  virtual Result<std::unique_ptr<DeviceSession>>
  createSession(unsigned threads) = 0;
};

/// What a device reaches at best, to compare with.
struct DevicePeak {
  struct Arithmetic {
    std::string_view isa;  ///< `avx512f`
    std::string_view type; ///< `f32`
    double flops;          ///< Operations a second; a multiply-add is two.
  };
  std::vector<Arithmetic> arithmetic; ///< Best first.
  double readBytes = 0;     ///< A second, of memory that is in no cache.
  double launchSeconds = 0; ///< Of a launch that does nothing.
};

/// One of the processors of a kind that a machine has.
struct DeviceUnit {
  std::string description; ///< For people: `AMD EPYC, x86-64-v4`.
  /// A stand-in for a device that computes on the host's processor: nothing
  /// that a program would choose by itself.
  bool isSoftware = false;
};

/// A kind of processor.
class Device {
public:
  virtual ~Device() = default;

  /// What an artifact's manifest calls its target: `cpu`.
  virtual std::string_view name() const = 0;
  /// Those that this machine has, best first and never none: that is an error,
  /// which says why. The first call may load a driver.
  virtual Result<std::vector<DeviceUnit>> units() = 0;

  /// Those of a variant's features (see format::Variant) that a unit lacks.
  virtual Result<std::vector<std::string>>
  missingFeatures(std::string_view features, uint32_t unit) = 0;

  /// Loads the artifact's selected target on a unit. `variant` names one of its
  /// variants; empty: the best that the unit can run.
  virtual Result<std::shared_ptr<DeviceProgram>>
  load(std::shared_ptr<const Artifact> artifact, const std::string &variant,
       uint32_t unit) = 0;

  /// Measures for some tenths of a second, with `threads` threads of the host
  /// (0: all). Nothing where that takes code for the device: then probes that
  /// the compiler makes (Backend::addProbePasses) say it.
  virtual DevicePeak measurePeak(unsigned /*threads*/) { return {}; }
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_DEVICE_H
