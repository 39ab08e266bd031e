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

#include <bit>
#include <cassert>
#include <linux/futex.h>
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

void Signal::raise(uint64_t value) {
  // Either this sees that the other one sleeps, or that one sees the new value
  // before it sleeps: all four accesses are sequentially consistent.
  value_.store(value);
  if (sleeps_.load())
    syscall(SYS_futex, &value_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

void Signal::await(uint64_t least, std::chrono::nanoseconds spin) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin;
  for (unsigned i = 0; value_.load(std::memory_order_acquire) < least; ++i) {
    relax();
    if (i % 32)
      continue;
    if (i == 0)
      begin = Clock::now();
    else if (Clock::now() - begin < spin)
      continue;
    else
      break;
  }
  if (value_.load(std::memory_order_acquire) >= least)
    return;
  sleeps_.store(true);
  for (uint64_t value; (value = value_.load()) < least;)
    syscall(SYS_futex, &value_, FUTEX_WAIT_PRIVATE,
            static_cast<uint32_t>(value), nullptr, nullptr, 0);
  sleeps_.store(false);
}

//===----------------------------------------------------------------------===//
// Barrier
//===----------------------------------------------------------------------===//

Barrier::Barrier(unsigned maxThreads, std::chrono::nanoseconds spin)
    : spin_(spin), signals_(size_t(maxThreads) * maxRounds), own_(maxThreads) {
  assert(maxThreads <= 1u << maxRounds);
}

void Barrier::wait(unsigned index, unsigned count) {
  uint64_t epoch = ++own_[index].epoch;
  unsigned round = 0;
  for (unsigned distance = 1; distance < count; distance *= 2, ++round) {
    unsigned to = index + distance;
    if (to >= count)
      to -= count;
    signals_[to * maxRounds + round].raise(epoch);
    // A fast thread may have signalled the next barrier already.
    signals_[index * maxRounds + round].await(epoch, spin_);
  }
}

//===----------------------------------------------------------------------===//
// Pool
//===----------------------------------------------------------------------===//

/// How long threads of a region spin for each other. They are all at work, so
/// mostly the wait is short; but if there are too few CPUs for them, or the
/// system needs one for something else, spinning would keep from work whom this
/// thread waits for.
static std::chrono::nanoseconds busySpin(unsigned threads) {
  return std::chrono::microseconds(threads <= availableThreads() ? 100 : 2);
}

Pool::Pool(const PoolOptions &options)
    : options_(options), busySpin_(busySpin(options.threads)),
      barrier_(options.threads, busySpin_) {
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
  for (auto &slot : slots_)
    slot->started.raise(slot->started.value() + 1);
  for (auto &slot : slots_)
    slot->thread.join();
}

void Pool::work(Slot &slot, unsigned index) {
  if (!cpus_.empty())
    pinCurrentThread(cpus_[index % cpus_.size()]);
  for (uint64_t region = 1;; ++region) {
    slot.started.await(region, options_.spin);
    if (stop_)
      return;
    barrier_.enter(index, epoch_);
    function_(context_, {index, count_, &barrier_});
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
    function_ = function;
    context_ = context;
    count_ = threads;
    epoch_ = barrier_.epoch(0); // Thread 0 takes part in every region.
    for (unsigned i = 0; i + 1 < threads; ++i)
      slots_[i]->started.raise(slots_[i]->started.value() + 1);
    function(context, {0, threads, &barrier_});
    for (unsigned i = 0; i + 1 < threads; ++i)
      slots_[i]->finished.await(slots_[i]->started.value(), busySpin_);
  }
  release();
}

} // namespace tenon::runtime
