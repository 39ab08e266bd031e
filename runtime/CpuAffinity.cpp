//===- CpuAffinity.cpp - the CPUs this process may use --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/CpuAffinity.h"

#include "runtime/Pool.h"

#include "support/File.h"
#include "support/Text.h"

#include <algorithm>
#include <cmath>
#include <thread>

namespace tenon::runtime {

/// Machines with more CPUs than a cpu_set_t holds need a larger mask.
static bool readMask(cpu_set_t &mask) {
  CPU_ZERO(&mask);
  return sched_getaffinity(0, sizeof(mask), &mask) == 0;
}

std::vector<int> allowedCpus() {
  cpu_set_t mask;
  if (!readMask(mask))
    return {};
  // The hardware threads of a core share its units: fill each core once first.
  std::vector<int> first, second;
  std::vector<std::string> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &mask))
      continue;
    Result<std::string> siblings =
        readFile(concat("/sys/devices/system/cpu/cpu", cpu,
                        "/topology/thread_siblings_list"),
                 4096);
    bool seen = siblings &&
                std::find(cores.begin(), cores.end(), *siblings) != cores.end();
    if (siblings && !seen)
      cores.push_back(*siblings);
    (seen ? second : first).push_back(cpu);
  }
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

void pinCurrentThread(int cpu) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  CPU_SET(cpu, &mask);
  sched_setaffinity(0, sizeof(mask), &mask);
}

void leaveCpus(std::span<const int> cpus) {
  cpu_set_t before;
  if (!readMask(before))
    return;
  cpu_set_t others = before;
  for (int cpu : cpus)
    if (cpu >= 0 && cpu < CPU_SETSIZE)
      CPU_CLR(cpu, &others);
  // Without one that is left this fails and changes nothing.
  if (sched_setaffinity(0, sizeof(others), &others) == 0)
    sched_setaffinity(0, sizeof(before), &before);
}

ScopedAffinity::ScopedAffinity(int cpu) : changed_(readMask(before_)) {
  if (changed_)
    pinCurrentThread(cpu);
}

ScopedAffinity::~ScopedAffinity() {
  if (changed_)
    sched_setaffinity(0, sizeof(before_), &before_);
}

//===----------------------------------------------------------------------===//
// Number of threads
//===----------------------------------------------------------------------===//

/// The smaller of two quotas, where 0 is none.
static double smaller(double a, double b) {
  return !a ? b : !b ? a : std::min(a, b);
}

/// The quota of one group of version 2: `cpu.max` is `MAX PERIOD`.
static double quotaOfVersion2(const std::string &folder) {
  Result<std::string> text = readFile(folder + "/cpu.max", 4096);
  if (!text)
    return 0;
  std::vector<std::string_view> words = split(trim(*text), ' ');
  if (words.size() != 2)
    return 0;
  std::optional<double> quota = parseNumber(words[0]);
  std::optional<double> period = parseNumber(words[1]);
  return quota && period && *quota > 0 && *period > 0 ? *quota / *period : 0;
}

static double quotaOfVersion1(const std::string &folder) {
  auto number = [&](const char *name) {
    Result<std::string> text = readFile(folder + name, 4096);
    return text ? parseNumber(trim(*text)).value_or(0) : 0;
  };
  double quota = number("/cpu.cfs_quota_us");
  double period = number("/cpu.cfs_period_us");
  return quota > 0 && period > 0 ? quota / period : 0;
}

/// The smallest quota of `group` and those above it under `mount`. In a
/// container the path may be that of the host, of which only the root is there.
template <typename Quota>
static double smallestQuota(const std::string &mount, std::string group,
                            Quota quotaOf) {
  double quota = 0;
  while (!group.empty() && group != "/") {
    quota = smaller(quota, quotaOf(mount + group));
    group.resize(group.rfind('/'));
  }
  return smaller(quota, quotaOf(mount));
}

double cgroupCpuQuota(std::string_view selfCgroup, const std::string &root) {
  double quota = 0;
  for (std::string_view line : split(selfCgroup, '\n')) {
    // `ID:CONTROLLERS:PATH`; the controllers are empty for version 2.
    size_t first = line.find(':');
    size_t second = first == line.npos ? first : line.find(':', first + 1);
    if (second == line.npos || line.substr(second + 1, 1) != "/")
      continue;
    std::string_view controllers = line.substr(first + 1, second - first - 1);
    std::string group(line.substr(second + 1));
    if (controllers.empty())
      quota = smaller(quota, smallestQuota(root, group, quotaOfVersion2));
    for (std::string_view controller : split(controllers, ','))
      if (controller == "cpu")
        for (std::string_view mount : {std::string_view("cpu"), controllers})
          quota = smaller(quota, smallestQuota(concat(root, '/', mount), group,
                                               quotaOfVersion1));
  }
  return quota;
}

unsigned availableThreads() {
  cpu_set_t mask;
  unsigned threads = readMask(mask) ? static_cast<unsigned>(CPU_COUNT(&mask))
                                    : std::thread::hardware_concurrency();
  Result<std::string> groups = readFile("/proc/self/cgroup", 64 * 1024);
  double quota = groups ? cgroupCpuQuota(*groups, "/sys/fs/cgroup") : 0;
  if (quota > 0)
    threads = std::min(threads, static_cast<unsigned>(std::ceil(quota)));
  return std::clamp(threads, 1u, Pool::maxThreads);
}

} // namespace tenon::runtime
