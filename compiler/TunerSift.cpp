//===- TunerSift.cpp - schedules that fail, out of many -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A round has schedules of all kernels in one artifact. If a device refuses it,
// or outputs differ, halves of them are tried until it is known which one is to
// blame. That hardly ever happens, and so may take its time.
//
//===----------------------------------------------------------------------===//

#include "compiler/TunerImpl.h"

#include "support/Text.h"

using namespace tenon;

void Tuner::passOver(const Candidate &candidate, const Status &why) {
  TunerKernel &kernel = *candidate.kernel;
  ScheduleAttr schedule = candidate.choice.schedule;
  kernel.tried.insert(sizesOf(schedule));
  if (kernel.best == schedule)
    kernel.best = kernel.start;
  llvm::erase(kernel.candidates, schedule);
  options.warn(Status::invalid(
      kernel.name().str(),
      concat(describeSizes(schedule), " is passed over: ", why.message())));
}

Result<bool> Tuner::siftOut(llvm::ArrayRef<Candidate> together) {
  ScheduleAssignment assignment;
  for (const Candidate &candidate : together)
    assignment[candidate.kernel->name()] = candidate.choice;
  Status why = trial.check(assignment);
  if (why)
    return false;
  // If not even the compiler's own schedules run any more, none of these is to
  // blame.
  if (Status own = trial.check({}); !own)
    return Status::invalid(
        own.where(),
        concat(own.what(), "; the search ends here",
               tried ? concat(", what it found is in ", options.output)
                     : std::string()));
  if (together.size() > 1) {
    size_t half = together.size() / 2;
    TENON_ASSIGN_OR_RETURN(bool first, siftOut(together.take_front(half)));
    TENON_ASSIGN_OR_RETURN(bool second, siftOut(together.drop_front(half)));
    if (first || second)
      return true;
  }
  // Or all of them, if only together they fail.
  for (const Candidate &candidate : together)
    passOver(candidate, why);
  return true;
}

Status Tuner::siftOut(const Status &failure) {
  std::vector<Candidate> best;
  std::vector<std::vector<Candidate>> rounds;
  for (TunerKernel &kernel : kernels) {
    if (kernel.isChanged())
      best.push_back({&kernel, kernel.choice(kernel.best)});
    for (auto [i, schedule] : llvm::enumerate(kernel.candidates)) {
      rounds.resize(std::max(rounds.size(), i + 1));
      rounds[i].push_back({&kernel, kernel.choice(schedule)});
    }
  }
  rounds.insert(rounds.begin(), std::move(best));
  bool any = false;
  for (const std::vector<Candidate> &together : rounds) {
    if (together.empty())
      continue;
    TENON_ASSIGN_OR_RETURN(bool found, siftOut(together));
    any |= found;
  }
  if (any)
    return Status::ok();
  // Nothing fails by itself: what the device had no room for, say.
  return failure ? Status::invalid(options.machine,
                                   "computes something else now and then")
                 : failure;
}
