//===- CpuAffinity.h - the CPUs this process may use ------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_CPUAFFINITY_H
#define TENON_RUNTIME_CPUAFFINITY_H

#include <sched.h>
#include <span>
#include <vector>

namespace tenon::runtime {

/// The CPUs of the calling thread's affinity mask, those of different cores
/// first; empty if the system doesn't say.
std::vector<int> allowedCpus();

/// Keeps the calling thread on one CPU; does nothing if that isn't allowed.
void pinCurrentThread(int cpu);

/// Moves the calling thread to an allowed CPU that is none of `cpus`, if there
/// is one. The system may move it on from there.
void leaveCpus(std::span<const int> cpus);

/// Keeps the calling thread on one CPU until this goes out of scope.
class ScopedAffinity {
public:
  explicit ScopedAffinity(int cpu);
  ScopedAffinity(const ScopedAffinity &) = delete;
  ~ScopedAffinity();

private:
  cpu_set_t before_;
  bool changed_;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPUAFFINITY_H
