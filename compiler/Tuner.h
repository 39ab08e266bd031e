//===- Tuner.h - a search for faster schedules ------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_TUNER_H
#define TENON_COMPILER_TUNER_H

#include "compiler/TuneFile.h"
#include "compiler/TuneTrial.h"

namespace tenon {

struct TuneOptions {
  std::string output;  ///< The file of records.
  std::string machine; ///< What it runs on, as records name it.
  double seconds = 60; ///< Of this search, all in all, since `begin`.
  TuneTrial::Clock::time_point begin = TuneTrial::Clock::now();
  unsigned jobs = 1;
  TrialOptions trial;
  /// Told now and then how much of the time is spent, and what goes on.
  std::function<void(double spent, const std::string &what)> progress;
  std::function<void(const Status &)> warn;
};

struct TunedKernel {
  std::string name;
  ScheduleAttr own, best; ///< The compiler's, and the fastest.
  double ownSeconds = 0, seconds = 0;
  int64_t ownWidth = 0, width = 0; ///< Columns of panels, as above.
};

/// The sizes of a schedule, for people.
std::string describeSizes(ScheduleAttr schedule);

struct TuneReport {
  std::vector<TunedKernel> kernels; ///< Slowest first.
  std::string target, cpu, shape;
  unsigned tried = 0;  ///< Schedules measured now.
  bool isDone = false; ///< No schedule a step away from the best is left.
  double seconds = 0;
};

/// Searches schedules for all kernels of a model at once, each a step away from
/// the best one yet, and keeps what wins by more than measuring is wrong. The
/// file is written after each round. `backend` names one target.
Result<TuneReport> tune(Compilation &compilation, const BackendOptions &backend,
                        const TuneOptions &options);

} // namespace tenon

#endif // TENON_COMPILER_TUNER_H
