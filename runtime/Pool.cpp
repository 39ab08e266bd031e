//===- Pool.cpp - the threads of an instance
//--------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Pool.h"

#include "runtime/CpuAffinity.h"

#include "support/File.h"

#include <cassert>
#include <linux/futex.h>
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

/// Spins until `done()`. Threads of a region are all at work, so the wait is
/// short, unless the system runs something else on one of their CPUs: then this
/// one gives way too.
template <typename Done> static void spinUntil(Done done) {
  for (unsigned i = 0; !done(); ++i) {
    relax();
    if (i % 4096 == 4095)
      sched_yield();
  }
}

static void futexWait(std::atomic<uint32_t> &word, uint32_t value) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}

static void futexWake(std::atomic<uint32_t> &word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

//===----------------------------------------------------------------------===//
// Barrier
//===----------------------------------------------------------------------===//

Barrier::Barrier(unsigned maxThreads)
    : flags_(size_t(maxThreads) * maxRounds), own_(maxThreads) {
  assert(maxThreads <= 1u << maxRounds);
}

void Barrier::wait(unsigned index, unsigned count) {
  uint64_t epoch = ++own_[index].epoch;
  unsigned round = 0;
  for (unsigned distance = 1; distance < count; distance *= 2, ++round) {
    unsigned to = index + distance;
    if (to >= count)
      to -= count;
    flags_[to * maxRounds + round].epoch.store(epoch,
                                               std::memory_order_release);
    std::atomic<uint64_t> &flag = flags_[index * maxRounds + round].epoch;
    // A fast thread may have signalled the next barrier already.
    spinUntil([&] { return flag.load(std::memory_order_acquire) >= epoch; });
  }
}

//===----------------------------------------------------------------------===//
// Pool
//===----------------------------------------------------------------------===//

Pool::Pool(const PoolOptions &options)
    : options_(options), barrier_(options.threads) {
  if (options.pin)
    cpus_ = allowedCpus();
}

Result<std::unique_ptr<Pool>> Pool::create(const PoolOptions &options) {
  PoolOptions actual = options;
  if (!actual.threads)
    actual.threads = availableThreads();
  if (actual.threads > maxThreads)
    return Status::invalid("threads", "at most " + std::to_string(maxThreads) +
                                          " are possible");
  std::unique_ptr<Pool> pool(new Pool(actual));
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
  stop_ = true;
  for (auto &slot : slots_) {
    slot->start.fetch_add(1);
    futexWake(slot->start);
  }
  for (auto &slot : slots_)
    slot->thread.join();
}

uint32_t Pool::awaitStart(Slot &slot, uint32_t last) {
  using Clock = std::chrono::steady_clock;
  auto begin = Clock::now();
  for (unsigned i = 1;; ++i) {
    uint32_t now = slot.start.load(std::memory_order_acquire);
    if (now != last)
      return now;
    relax();
    if (i % 64 == 0 && Clock::now() - begin > options_.spin)
      break;
  }
  // Either run() sees that this thread sleeps and wakes it, or the load below
  // sees what run() stored: both are sequentially consistent.
  slot.sleeps.store(true);
  uint32_t now;
  while ((now = slot.start.load()) == last)
    futexWait(slot.start, last);
  slot.sleeps.store(false);
  return now;
}

void Pool::work(Slot &slot, unsigned index) {
  if (!cpus_.empty())
    pinCurrentThread(cpus_[index % cpus_.size()]);
  uint32_t last = 0;
  while (true) {
    last = awaitStart(slot, last);
    if (stop_)
      return;
    barrier_.enter(index, epoch_);
    function_(context_, {index, count_, &barrier_});
    slot.finished.store(last, std::memory_order_release);
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
    function_ = function;
    context_ = context;
    count_ = threads;
    epoch_ = barrier_.epoch(0); // Thread 0 takes part in every region.
    for (unsigned i = 0; i + 1 < threads; ++i) {
      Slot &slot = *slots_[i];
      slot.start.store(slot.start.load(std::memory_order_relaxed) + 1);
      if (slot.sleeps.load())
        futexWake(slot.start);
    }
    function(context, {0, threads, &barrier_});
    for (unsigned i = 0; i + 1 < threads; ++i) {
      Slot &slot = *slots_[i];
      uint32_t region = slot.start.load(std::memory_order_relaxed);
      spinUntil([&] {
        return slot.finished.load(std::memory_order_acquire) == region;
      });
    }
  }
  release();
}

} // namespace tenon::runtime
