//===- Pool.cpp - the threads of an instance ------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Pool.h"

#include "runtime/CpuAffinity.h"

#include "support/File.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tenon::runtime {

/// Tells the processor that this is a spinning loop.
static inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

//===----------------------------------------------------------------------===//
// Signal
//===----------------------------------------------------------------------===//

// A futex is 32 bits: the low half of the value, which is its first on
// little-endian machines.
static_assert(std::endian::native == std::endian::little);

/// Whether membarrier() can order the memory accesses of all threads of this
/// process from one of them.
static bool registerMembarrier() {
  return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0,
                 0) == 0;
}
static const bool hasMembarrier = registerMembarrier();

// Either the raising thread sees that the other one sleeps, or that one sees
// the new value before it sleeps. This needs a barrier between store and load
// on both sides; raising happens far more often, so the other side, which has
// nothing better to do, executes the barrier for both where the system can.

void Signal::raise(uint64_t value) {
  value_.store(value, hasMembarrier ? std::memory_order_release
                                    : std::memory_order_seq_cst);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (sleeps_.load(hasMembarrier ? std::memory_order_relaxed
                                 : std::memory_order_seq_cst))
    syscall(SYS_futex, &value_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

bool Signal::await(uint64_t least, Patience patience) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin;
  for (unsigned i = 0; value_.load(std::memory_order_acquire) < least; ++i) {
    if (patience.yields)
      sched_yield();
    else
      relax();
    if (i % 32 && !patience.yields)
      continue;
    if (i == 0)
      begin = Clock::now();
    else if (Clock::now() - begin < patience.spin)
      continue;
    else
      break;
  }
  if (value_.load(std::memory_order_acquire) >= least)
    return false;
  sleeps_.store(true);
  if (hasMembarrier)
    syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  for (uint64_t value; (value = value_.load()) < least;)
    syscall(SYS_futex, &value_, FUTEX_WAIT_PRIVATE,
            static_cast<uint32_t>(value), nullptr, nullptr, 0);
  sleeps_.store(false);
  return true;
}

//===----------------------------------------------------------------------===//
// Barrier
//===----------------------------------------------------------------------===//

Barrier::Barrier(unsigned maxThreads, Patience patience, bool spreads)
    : patience_(patience), spreads_(spreads),
      flags_(size_t(maxThreads) * maxRounds), own_(maxThreads) {
  assert(maxThreads <= 1u << maxRounds);
}

void Barrier::enter(unsigned index, unsigned count, uint64_t epoch) {
  own_[index].epoch = epoch;
  if (spreads_ && index == 0)
    own_[0].cpu.store(sched_getcpu(), std::memory_order_relaxed);
  else if (spreads_)
    spread(index, count);
}

/// Systems wake a thread on the CPU of the one that wakes it, though others are
/// idle, and may leave both there for a tenth of a second: each then waits for
/// what the other would do. So who starts or was woken looks whether it is
/// alone.
void Barrier::spread(unsigned index, unsigned count) {
  int cpu = sched_getcpu();
  own_[index].cpu.store(-1, std::memory_order_relaxed);
  auto isHere = [cpu](const Own &own) {
    return own.cpu.load(std::memory_order_relaxed) == cpu;
  };
  // Every region comes by here, but hardly ever further.
  if (std::any_of(own_.begin(), own_.begin() + count, isHere)) {
    std::vector<int> taken;
    taken.reserve(count);
    for (unsigned i = 0; i < count; ++i)
      taken.push_back(own_[i].cpu.load(std::memory_order_relaxed));
    leaveCpus(taken);
    cpu = sched_getcpu();
  }
  own_[index].cpu.store(cpu, std::memory_order_relaxed);
}

void Barrier::wait(unsigned index, unsigned count) {
  uint64_t epoch = ++own_[index].epoch;
  unsigned round = 0;
  for (unsigned distance = 1; distance < count; distance *= 2, ++round) {
    unsigned to = index + distance;
    if (to >= count)
      to -= count;
    flags_[to * maxRounds + round].signal.raise(epoch);
    // A fast thread may have signalled the next barrier already.
    if (flags_[index * maxRounds + round].signal.await(epoch, patience_) &&
        spreads_)
      spread(index, count);
  }
}

//===----------------------------------------------------------------------===//
// Pool
//===----------------------------------------------------------------------===//

/// How long threads of a region spin for each other. They are all at work, so
/// mostly the wait is short; but if the system needs a CPU for something else,
/// spinning would keep from work whom this thread waits for.
static constexpr std::chrono::nanoseconds busySpin =
    std::chrono::microseconds(100);

Pool::Pool(const PoolOptions &options, bool haveCpus)
    : options_(options), idle_{options.spin, !haveCpus},
      busy_{busySpin, !haveCpus},
      barrier_(options.threads, busy_, !options.pin && haveCpus) {
  if (options.pin)
    cpus_ = allowedCpus();
}

Result<std::unique_ptr<Pool>> Pool::create(const PoolOptions &options) {
  PoolOptions actual = options;
  unsigned available = availableThreads(); // It reads files.
  if (!actual.threads)
    actual.threads = available;
  if (actual.threads > maxThreads)
    return Status::invalid("threads", "at most " + std::to_string(maxThreads) +
                                          " are possible");
  std::unique_ptr<Pool> pool(new Pool(actual, actual.threads <= available));
  for (unsigned i = 1; i < actual.threads; ++i) {
    pool->slots_.push_back(std::make_unique<Slot>());
    Slot &slot = *pool->slots_.back();
    try {
      slot.thread =
          std::thread([pool = pool.get(), &slot, i] { pool->work(slot, i); });
    } catch (const std::system_error &error) {
      pool->slots_.pop_back();
      return Status::invalid("threads", std::string("can't be made: ") +
                                            error.code().message());
    }
  }
  return pool;
}

Pool::~Pool() {
  for (auto &slot : slots_) {
    slot->count = 0;
    slot->started.raise(slot->started.value() + 1);
  }
  for (auto &slot : slots_)
    slot->thread.join();
}

void Pool::work(Slot &slot, unsigned index) {
  if (!cpus_.empty())
    pinCurrentThread(cpus_[index % cpus_.size()]);
  for (uint64_t region = 1;; ++region) {
    slot.started.await(region, idle_);
    if (!slot.count)
      return;
    barrier_.enter(index, slot.count, slot.epoch);
    slot.function(slot.context, {index, slot.count, &barrier_});
    slot.finished.raise(region);
  }
}

void Pool::acquire() {
  std::unique_lock lock(turnMutex_);
  uint64_t ticket = nextTicket_++;
  turnChanged_.wait(lock, [&] { return serving_ == ticket; });
}

void Pool::release() {
  bool others;
  {
    std::lock_guard lock(turnMutex_);
    ++serving_;
    others = serving_ != nextTicket_;
  }
  if (others)
    turnChanged_.notify_all();
}

void Pool::runErased(unsigned threads, Function function, void *context) {
  assert(threads >= 1 && threads <= size());
  if (threads == 1)
    return function(context, {0, 1, nullptr});
  acquire();
  {
    std::optional<ScopedAffinity> pinned;
    if (!cpus_.empty())
      pinned.emplace(cpus_[0]);
    uint64_t epoch = barrier_.epoch(0); // Thread 0 is in every region.
    barrier_.enter(0, threads, epoch);
    for (unsigned i = 0; i + 1 < threads; ++i) {
      Slot &slot = *slots_[i];
      slot.function = function;
      slot.context = context;
      slot.count = threads;
      slot.epoch = epoch;
      slot.started.raise(slot.started.value() + 1);
    }
    function(context, {0, threads, &barrier_});
    for (unsigned i = 0; i + 1 < threads; ++i)
      slots_[i]->finished.await(slots_[i]->started.value(), busy_);
  }
  release();
}

} // namespace tenon::runtime
