//===- CpuSession.cpp - replaying a plan on threads -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/device/CpuSession.h"

#include "runtime/PortDefaults.h"

#include <chrono>
#include <cstring>

namespace tenon::cpu {

using namespace runtime;
using format::ArgKind;

namespace {

/// While this lives, the thread computes with rounding to nearest and denormal
/// numbers, whatever its program has set: results must not depend on which
/// thread computes them.
class DefaultFloatMode {
public:
#if defined(__x86_64__)
  DefaultFloatMode() : before_(__builtin_ia32_stmxcsr()) {
    constexpr unsigned allMasked = 0x1f80;
    __builtin_ia32_ldmxcsr(allMasked);
  }
  ~DefaultFloatMode() { __builtin_ia32_ldmxcsr(before_); }

private:
  unsigned before_;
#else
  DefaultFloatMode() = default;
#endif
  DefaultFloatMode(const DefaultFloatMode &) = delete;
};

} // namespace

/// Scratch memory of different threads lies in different pages.
static uint64_t scratchStride(const PlanInstance &instance) {
  return (instance.scratchSize() + format::pageSize - 1) / format::pageSize *
         format::pageSize;
}

Result<std::unique_ptr<PreparedReplay>>
CpuSession::prepare(const PlanInstance &instance) {
  const Plan &plan = instance.plan();
  auto replay = std::make_unique<CpuReplay>();
  for (const format::Launch &launch : plan.launches(instance.entry())) {
    replay->launches.push_back({program_.kernel(launch.kernel), 0,
                                static_cast<uint32_t>(replay->buffers.size()),
                                static_cast<uint32_t>(replay->dims.size()),
                                launch.waitBefore != 0});
    replay->buffers.resize(replay->buffers.size() + launch.args.count);
    replay->dims.resize(replay->dims.size() + launch.dims.count);
  }
  return std::unique_ptr<PreparedReplay>(std::move(replay));
}

/// Takes grids and integers over from the instance.
static void refresh(const PlanInstance &instance, CpuReplay &replay) {
  if (replay.revision == instance.revision())
    return;
  replay.revision = instance.revision();
  const Plan &plan = instance.plan();
  size_t index = 0, dim = 0;
  for (const format::Launch &launch : plan.launches(instance.entry())) {
    uint32_t grid = plan.shapes(launch)[instance.variant()].grid;
    replay.launches[index++].grid = instance.dim(grid);
    for (uint32_t node : plan.dimList(launch.dims))
      replay.dims[dim++] = instance.dim(node);
  }
}

void CpuSession::resolve(const PlanInstance &instance, CpuReplay &replay,
                         const ReplayMemory &memory) {
  const Plan &plan = instance.plan();
  char *base = arena_.data();
  for (size_t i = 0; i < memory.outputs.size(); ++i)
    if (!memory.outputs[i])
      memory.outputs[i] = base + instance.outputs()[i].arenaOffset;
  auto input = [&](uint32_t index) -> const void * {
    const void *given = memory.inputs[index];
    return given ? given : base + instance.inputs()[index].arenaOffset;
  };
  size_t at = 0;
  for (const format::Launch &launch : plan.launches(instance.entry()))
    for (const format::Arg &arg : plan.args(launch)) {
      const void *&pointer = replay.buffers[at++];
      switch (arg.kind) {
      case ArgKind::Input:
        pointer = input(arg.index);
        break;
      case ArgKind::Output:
        pointer = memory.outputs[arg.index];
        break;
      case ArgKind::Buffer:
        pointer = base + instance.bufferOffset(arg.index);
        break;
      case ArgKind::Constant:
        pointer = program_.artifact().constant(arg.index).data();
        break;
      case ArgKind::State: {
        const format::State &state = plan.states()[arg.index];
        pointer = states_[state.group].data() + state.offset;
        break;
      }
      case ArgKind::StateBefore:
        pointer = memory.states[arg.index].before.data();
        break;
      case ArgKind::StateAfter:
        pointer = memory.states[arg.index].after.data();
        break;
      }
    }
}

/// A thread's share of a grid.
struct Share {
  int64_t begin, end;

  Share(int64_t grid, PoolThread thread)
      : begin(grid * thread.index / thread.count),
        end(grid * (thread.index + 1) / thread.count) {}
};

static void launchShare(const CpuReplay &replay, const ReadyLaunch &launch,
                        PoolThread thread, char *scratch) {
  Share share(launch.grid, thread);
  if (share.begin < share.end)
    launch.function(replay.buffers.data() + launch.firstBuffer,
                    replay.dims.data() + launch.firstDim, scratch, share.begin,
                    share.end);
}

void CpuSession::walk(const CpuReplay &replay, CancelPoint &cancel,
                      PoolThread thread, char *scratch) {
  for (uint32_t i = 0; i < replay.launches.size(); ++i) {
    const ReadyLaunch &launch = replay.launches[i];
    if (launch.waitBefore && cancel.waitBefore(i, thread))
      return;
    launchShare(replay, launch, thread, scratch);
  }
}

void CpuSession::walkObserved(const PlanInstance &instance,
                              const CpuReplay &replay, const ReplayHooks &hooks,
                              CancelPoint &cancel, PoolThread thread,
                              char *scratch) {
  using Clock = std::chrono::steady_clock;
  const Plan &plan = instance.plan();
  auto launches = plan.launches(instance.entry());
  for (uint32_t i = 0; i < replay.launches.size(); ++i) {
    const ReadyLaunch &launch = replay.launches[i];
    if (cancel.waitBefore(i, thread))
      return;
    auto begin = Clock::now();
    launchShare(replay, launch, thread, scratch);
    thread.barrier();
    if (thread.index)
      continue;
    if (!hooks.launchTimes.empty())
      hooks.launchTimes[i] += static_cast<uint64_t>(
          std::chrono::nanoseconds(Clock::now() - begin).count());
    if (hooks.observer)
      hooks.observer->afterLaunch(
          {instance, i,
           std::span(replay.buffers)
               .subspan(launch.firstBuffer, launches[i].args.count),
           std::span(replay.dims)
               .subspan(launch.firstDim, launches[i].dims.count),
           launch.grid});
  }
}

Status CpuSession::replay(const PlanInstance &instance,
                          PreparedReplay &prepared, const ReplayMemory &memory,
                          const ReplayHooks &hooks) {
  auto &replay = static_cast<CpuReplay &>(prepared);
  CancelPoint cancel(hooks.cancel);
  if (cancel.isWanted())
    return cancelledStatus();
  uint64_t stride = scratchStride(instance);
  uint64_t scratchAt = (instance.arenaSize() + format::pageSize - 1) /
                       format::pageSize * format::pageSize;
  TENON_RETURN_IF_ERROR(arena_.reserve(scratchAt + stride * threads_));
  refresh(instance, replay);
  resolve(instance, replay, memory);
  std::span<const format::Port> ports =
      instance.plan().inputs(instance.entry());
  for (size_t i = 0; i < ports.size(); ++i)
    if (!memory.inputs[i])
      writeDefault(ports[i], instance.inputs()[i].shape,
                   arena_.data() + instance.inputs()[i].arenaOffset);

  bool observed = hooks.observer || !hooks.launchTimes.empty();
  pool_.run(threads_, [&](PoolThread thread) {
    DefaultFloatMode mode;
    char *scratch = arena_.data() + scratchAt + stride * thread.index;
    if (observed)
      walkObserved(instance, replay, hooks, cancel, thread, scratch);
    else
      walk(replay, cancel, thread, scratch);
  });
  return cancel.wasTaken() ? cancelledStatus() : Status::ok();
}

Status CpuSession::reserveStates(uint32_t group, uint64_t bytes) {
  return states_[group].reserve(bytes);
}

Status CpuSession::copyStates(uint32_t group, uint64_t from, uint64_t to,
                              uint64_t bytes) {
  char *memory = states_[group].data();
  std::memcpy(memory + to, memory + from, bytes);
  return Status::ok();
}

Status CpuSession::readStates(uint32_t group, uint64_t from,
                              std::span<char> into) {
  std::memcpy(into.data(), states_[group].data() + from, into.size());
  return Status::ok();
}

Status CpuSession::writeStates(uint32_t group, uint64_t to,
                               std::span<const char> data) {
  std::memcpy(states_[group].data() + to, data.data(), data.size());
  return Status::ok();
}

} // namespace tenon::cpu
