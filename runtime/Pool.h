//===- Pool.h - the threads of an instance ----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A forward pass has a hundred steps of some 100 µs, so that handing a step to
// the threads must cost well below 1 µs. Hence one region runs a whole plan:
// all threads walk through it and meet at spinning barriers. Between regions
// the threads spin for a bounded time and then sleep.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_POOL_H
#define TENON_RUNTIME_POOL_H

#include "support/Status.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace tenon::runtime {

/// How a thread waits before it sleeps.
struct Patience {
  std::chrono::nanoseconds spin;
  /// Whether it lets others have its CPU meanwhile: there are more threads than
  /// CPUs, so those that it waits for may be without one. Being woken takes ten
  /// times as long as a turn of all of them.
  bool yields;
};

/// A number that only grows, raised by one thread and awaited by another, which
/// is patient for a while and then sleeps.
class Signal {
public:
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }
  /// What the caller did before is visible to who awaits this.
  void raise(uint64_t value);
  /// Returns when the value is `least` or more, and whether the thread slept
  /// until then. Only one thread may wait.
  bool await(uint64_t least, Patience patience);

private:
  std::atomic<uint64_t> value_ = 0;
  std::atomic<bool> sleeps_ = false;
};

/// Where threads of one region wait for each other (a dissemination barrier:
/// in round r thread t signals t + 2^r and waits for t - 2^r).
class Barrier {
public:
  /// `spreads`: whether threads see to it that each has a CPU of its own.
  Barrier(unsigned maxThreads, Patience patience, bool spreads);

  /// To be called by each thread of a region first, by thread 0 before the
  /// others, with the same epoch, which must be at least what epoch() was after
  /// the region before.
  void enter(unsigned index, unsigned count, uint64_t epoch);
  /// How often thread `index` has waited, all regions together.
  uint64_t epoch(unsigned index) const { return own_[index].epoch; }

  /// Returns when `count` threads, each with its own `index` < count, have
  /// called this equally often. What they did before is visible afterwards.
  void wait(unsigned index, unsigned count);

private:
  static constexpr unsigned maxRounds = 10;
  // On cache lines of their own: two, for the prefetcher takes pairs.
  struct alignas(128) Flag {
    Signal signal;
  };
  struct alignas(128) Own {
    uint64_t epoch = 0;
    std::atomic<int> cpu = -1; ///< Where the thread was when it last looked.
  };
  void spread(unsigned index, unsigned count);

  Patience patience_;
  bool spreads_;
  std::vector<Flag> flags_; ///< maxRounds for each thread.
  std::vector<Own> own_;
};

/// A thread's place in a region.
struct PoolThread {
  unsigned index;
  unsigned count;
  Barrier *shared; ///< Null in a region of one thread.

  /// Waits for all threads of the region.
  void barrier() {
    if (shared)
      shared->wait(index, count);
  }
};

struct PoolOptions {
  /// 0: as many as this process may use, see availableThreads().
  unsigned threads = 0;
  /// Whether each thread stays on its own CPU of the process's affinity mask;
  /// the calling thread too, while a region runs.
  bool pin = false;
  /// How long an idle thread spins before it sleeps.
  std::chrono::nanoseconds spin = std::chrono::microseconds(200);
};

/// Threads that run one region at a time; others wait in order of arrival. Any
/// thread may call run(), but not from within a region.
class Pool {
public:
  static constexpr unsigned maxThreads = 512;

  /// Fails if the threads can't be made.
  static Result<std::unique_ptr<Pool>> create(const PoolOptions &options);
  Pool(const Pool &) = delete;
  ~Pool();

  /// Threads, the calling one included.
  unsigned size() const { return static_cast<unsigned>(slots_.size()) + 1; }

  /// Calls `body(PoolThread)` on `threads` threads at once (at most size()),
  /// the calling one being the first, and returns when all have finished.
  template <typename Body> void run(unsigned threads, Body &&body) {
    using Plain = std::remove_reference_t<Body>;
    runErased(
        threads,
        [](void *context, PoolThread thread) {
          (*static_cast<Plain *>(context))(thread);
        },
        const_cast<std::remove_const_t<Plain> *>(std::addressof(body)));
  }

private:
  using Function = void (*)(void *context, PoolThread thread);

  /// What the pool and one of its threads say to each other. What a region
  /// needs is on the cache line that the thread waits for.
  struct alignas(128) Slot {
    Signal started; ///< Counts the regions that the thread is in.
    Function function = nullptr;
    void *context = nullptr;
    unsigned count = 0; ///< Threads of the region; 0: the thread shall end.
    uint64_t epoch = 0; ///< The barrier's, when the region starts.
    alignas(128) Signal finished;
    std::thread thread;
  };

  /// `haveCpus`: whether each thread can have one.
  Pool(const PoolOptions &options, bool haveCpus);
  void runErased(unsigned threads, Function function, void *context);
  void work(Slot &slot, unsigned index);
  void acquire();
  void release();

  PoolOptions options_;
  Patience idle_, busy_; ///< Between regions, and while one runs.
  std::vector<std::unique_ptr<Slot>> slots_; ///< Of all but the caller.
  std::vector<int> cpus_;                    ///< To pin to, one a thread.
  Barrier barrier_;

  // Who may run: tickets in order of arrival.
  std::mutex turnMutex_;
  std::condition_variable turnChanged_;
  uint64_t nextTicket_ = 0, serving_ = 0;
};

/// How many threads this process may keep busy: the CPUs of its affinity mask,
/// but no more than its cgroups' CPU quota rounded up. At least 1.
unsigned availableThreads();

/// The CPU quota, in CPUs, of the cgroups named in the text of
/// /proc/self/cgroup (versions 1 and 2), the smallest from the process's own
/// group up to the root; 0 for none. `root` is what /sys/fs/cgroup is.
double cgroupCpuQuota(std::string_view selfCgroup, const std::string &root);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_POOL_H
