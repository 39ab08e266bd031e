//===- Tuner.cpp - a search for faster schedules --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/Tuner.h"

#include "support/Text.h"

#include <algorithm>
#include <set>

using namespace tenon;
using namespace mlir;

/// A schedule is faster if it takes less than this of the other's time. Minima
/// of interleaved calls are repeatable to about 1 %.
static constexpr double clearly = 0.98;
/// And if each launch takes as much less: clocks and barriers are part of what
/// is measured.
static constexpr double clockSeconds = 1e-7;
/// Kernels with a smaller share of all time are left alone.
static constexpr double worthwhile = 0.005;
/// Schedules of a kernel in one round, at most.
static constexpr size_t mostAtOnce = 8;
/// A round doesn't take longer, so that little is lost when it is interrupted.
static constexpr double longestRound = 30;

namespace {
struct Kernel {
  func::FuncOp op;
  ScheduleAttr own, best;
  std::string hash;
  TuningRecord *record = nullptr;
  std::set<ScheduleSizes> tried;
  std::vector<ScheduleAttr> candidates; ///< Of this round.
  double ownSeconds = 0, seconds = 0;
  unsigned launches = 0; ///< In one call of each entry.
  bool isWorthIt = true;

  StringRef name() const { return func::FuncOp(op).getName(); }
};

class Tuner {
public:
  Tuner(Compilation &compilation, const BackendOptions &backend,
        const TuneOptions &options, TuneTrial trial, TuneFile file)
      : compilation(compilation), backend(backend), options(options),
        trial(std::move(trial)), file(std::move(file)) {}

  Result<TuneReport> run();

private:
  double spent() const {
    return std::chrono::duration<double>(TuneTrial::Clock::now() -
                                         options.begin)
        .count();
  }
  double left() const { return options.seconds - spent(); }
  void report(std::string what) const;

  void collect();
  void readRecords();
  Status propose(size_t atOnce);
  Status runRound();
  void judge(Kernel &kernel, const std::vector<KernelTrials> &times,
             bool hasBest);
  Status save();
  TuneReport finish() const;

  Compilation &compilation;
  const BackendOptions &backend;
  const TuneOptions &options;
  TuneTrial trial;
  TuneFile file;
  std::vector<Kernel> kernels;
  std::string target, cpu;
  unsigned tried = 0, faster = 0;
  bool isDone = false;
  bool hasUnconfirmed = false; ///< A best schedule was measured once only.
};
} // namespace

static ScheduleSizes sizesOf(ScheduleAttr schedule) {
  return {schedule.getTile().vec(), schedule.getBlock().vec()};
}

void Tuner::report(std::string what) const {
  if (!options.progress)
    return;
  options.progress(spent(),
                   concat(what, "; ", plural(tried, "schedule"), " tried, ",
                          plural(faster, "kernel"), " faster"));
}

void Tuner::collect() {
  for (func::FuncOp op : trial.kernels()) {
    auto schedules = op->getAttrOfType<DictionaryAttr>("tenon.schedules");
    Kernel kernel;
    kernel.op = op;
    kernel.own = kernel.best =
        cast<ScheduleAttr>(schedules.begin()->getValue());
    kernel.hash = kernelHash(op);
    kernel.launches = trial.launchesOf(op);
    target = schedules.begin()->getName().str();
    kernels.push_back(std::move(kernel));
  }
  cpu = compilation.backend().processor();
}

/// Goes on from what the file knows.
void Tuner::readRecords() {
  for (Kernel &kernel : kernels) {
    kernel.record = &file.recordOf(kernel.hash, target, cpu);
    kernel.record->name = kernel.name().str();
    for (const ScheduleSizes &sizes : kernel.record->tried)
      kernel.tried.insert(sizes);
    kernel.tried.insert(sizesOf(kernel.own));
    const ScheduleSizes &best = kernel.record->best;
    if (best.tile.size() != kernel.own.getTile().size() ||
        best.block.size() != kernel.own.getBlock().size())
      continue;
    auto schedule = ScheduleAttr::get(
        kernel.own.getContext(), kernel.own.getEmitter(), kernel.own.getLanes(),
        best.tile, best.block, kernel.own.getFma(), kernel.own.getDot());
    if (trial.canEmit(kernel.op, schedule))
      kernel.best = schedule;
  }
}

/// Chooses what each kernel tries next.
Status Tuner::propose(size_t atOnce) {
  isDone = true;
  for (Kernel &kernel : kernels) {
    kernel.candidates.clear();
    if (!kernel.isWorthIt)
      continue;
    TENON_ASSIGN_OR_RETURN(auto steps, compilation.backend().candidates(
                                           kernel.op, kernel.best, backend));
    for (ScheduleAttr step : steps) {
      if (kernel.candidates.size() == atOnce)
        break;
      if (kernel.tried.contains(sizesOf(step)))
        continue;
      if (trial.canEmit(kernel.op, step))
        kernel.candidates.push_back(step);
      else
        kernel.tried.insert(sizesOf(step));
    }
    isDone &= kernel.candidates.empty();
  }
  return Status::ok();
}

/// The mean of times in parts of others, over the entries.
static double ratio(const TrialTimes &times, const TrialTimes &others,
                    double TrialTime::*statistic) {
  double sum = 0;
  for (const auto &entry : times)
    sum += entry.getValue().*statistic /
           std::max(others.lookup(entry.getKey()).*statistic, 1e-9);
  return times.empty() ? 1 : sum / double(times.size());
}

static double bestOf(const TrialTimes &times) {
  double sum = 0;
  for (const auto &entry : times)
    sum += entry.getValue().best;
  return sum;
}

/// On a machine that does other things, the best call is luck; on a quiet one,
/// it is what repeats. So both must be better, it and the better calls.
static bool isFaster(const Kernel &kernel, const TrialTimes &times,
                     const TrialTimes &others) {
  return ratio(times, others, &TrialTime::best) < clearly &&
         ratio(times, others, &TrialTime::quartile) < clearly &&
         bestOf(others) - bestOf(times) > clockSeconds * kernel.launches;
}

void Tuner::judge(Kernel &kernel, const std::vector<KernelTrials> &times,
                  bool hasBest) {
  StringRef name = kernel.name();
  const TrialTimes own = times[0].lookup(name);
  TrialTimes best = own;
  if (kernel.best != kernel.own) {
    best = times[1].lookup(name);
    // What won before by accident is found out here.
    if (!isFaster(kernel, best, own)) {
      kernel.best = kernel.own;
      best = own;
    }
  }
  ScheduleAttr winner;
  TrialTimes winnerTimes = best;
  size_t at = hasBest ? 2 : 1;
  for (ScheduleAttr candidate : kernel.candidates) {
    TrialTimes its = times[at++].lookup(name);
    kernel.tried.insert(sizesOf(candidate));
    ++tried;
    if (ratio(its, winnerTimes, &TrialTime::best) < 1 &&
        isFaster(kernel, its, best) && isFaster(kernel, its, own)) {
      winner = candidate;
      winnerTimes = its;
    }
  }
  if (winner) {
    kernel.best = winner;
    hasUnconfirmed = true;
  }
  kernel.ownSeconds = bestOf(own);
  kernel.seconds = bestOf(winnerTimes);
}

/// Measures the compiler's schedules, the best ones, and the candidates.
Status Tuner::runRound() {
  std::vector<ScheduleAssignment> assignments;
  ScheduleAssignment best;
  size_t count = 0;
  for (const Kernel &kernel : kernels) {
    if (kernel.best != kernel.own)
      best[kernel.name()] = kernel.best;
    count = std::max(count, kernel.candidates.size());
  }
  bool hasBest = !best.empty();
  if (hasBest)
    assignments.push_back(best);
  for (size_t i = 0; i < count; ++i) {
    // The others stay at their best: it is the model as it would be.
    ScheduleAssignment &assignment = assignments.emplace_back(best);
    for (const Kernel &kernel : kernels)
      if (i < kernel.candidates.size())
        assignment[kernel.name()] = kernel.candidates[i];
  }
  double before = spent();
  TENON_RETURN_IF_ERROR(
      trial.build(assignments, [&](unsigned done, unsigned total) {
        report(concat("compiling ", done, " of ", plural(total, "kernel")));
      }));
  // A third of the time measures, but never less than what shows differences.
  constexpr double least = 0.2, most = 10;
  double seconds = std::clamp((spent() - before) / 2, least, most);
  hasUnconfirmed = false;
  TENON_ASSIGN_OR_RETURN(
      auto times, trial.measure(std::max(std::min(seconds, left()), least),
                                [&] { report("measuring"); }));
  faster = 0;
  for (Kernel &kernel : kernels) {
    judge(kernel, times, hasBest);
    faster += kernel.best != kernel.own;
  }
  return Status::ok();
}

Status Tuner::save() {
  for (Kernel &kernel : kernels) {
    TuningRecord &record = *kernel.record;
    record.shape = trial.shapeText();
    record.best =
        kernel.best == kernel.own ? ScheduleSizes() : sizesOf(kernel.best);
    record.seconds = kernel.seconds;
    record.ownSeconds = kernel.ownSeconds;
    record.tried.clear();
    for (const ScheduleSizes &sizes : kernel.tried)
      if (sizes != sizesOf(kernel.own))
        record.tried.push_back(sizes);
  }
  return file.save();
}

TuneReport Tuner::finish() const {
  TuneReport report;
  for (const Kernel &kernel : kernels)
    report.kernels.push_back({kernel.name().str(), kernel.own, kernel.best,
                              kernel.ownSeconds, kernel.seconds});
  llvm::sort(report.kernels, [](const auto &a, const auto &b) {
    return a.ownSeconds > b.ownSeconds;
  });
  report.target = target;
  report.cpu = cpu;
  report.shape = trial.shapeText();
  report.tried = tried;
  report.isDone = isDone;
  report.seconds = spent();
  return report;
}

Result<TuneReport> Tuner::run() {
  collect();
  readRecords();
  TENON_RETURN_IF_ERROR(runRound());
  for (const auto &[entry, reason] : trial.unfitEntries())
    options.warn(Status::invalid(
        entry, concat("isn't tuned with these sizes: ", reason.what())));
  double all = 0;
  for (const Kernel &kernel : kernels)
    all += kernel.ownSeconds;
  for (Kernel &kernel : kernels) {
    kernel.isWorthIt = kernel.ownSeconds >= worthwhile * all;
    // What was measured at another shape says nothing of this one.
    if (!kernel.record->shape.empty() &&
        kernel.record->shape != trial.shapeText())
      kernel.tried = {sizesOf(kernel.own), sizesOf(kernel.best)};
  }
  TENON_RETURN_IF_ERROR(save());

  // The first round shows how long one schedule of each kernel takes. There
  // always is one, so that even little time goes on from where it was.
  size_t atOnce = 1;
  for (double perSchedule = 0; !perSchedule || 2 * perSchedule < left();) {
    TENON_RETURN_IF_ERROR(propose(atOnce));
    if (isDone)
      break;
    double before = spent();
    TENON_RETURN_IF_ERROR(runRound());
    TENON_RETURN_IF_ERROR(save());
    perSchedule = (spent() - before) / double(atOnce + 1);
    double room = std::min(left(), longestRound) / perSchedule - 1;
    atOnce = static_cast<size_t>(
        std::clamp(room, 1.0, static_cast<double>(mostAtOnce)));
  }
  if (hasUnconfirmed) {
    for (Kernel &kernel : kernels)
      kernel.candidates.clear();
    TENON_RETURN_IF_ERROR(runRound());
    TENON_RETURN_IF_ERROR(save());
  }
  return finish();
}

Result<TuneReport> tenon::tune(Compilation &compilation,
                               const BackendOptions &backend,
                               const TuneOptions &options) {
  TENON_ASSIGN_OR_RETURN(TuneFile file, TuneFile::open(options.output));
  for (const Status &warning : file.warnings())
    options.warn(warning);
  TENON_RETURN_IF_ERROR(compilation.runTo(Phase::Scheduled));
  TENON_ASSIGN_OR_RETURN(
      TuneTrial trial,
      TuneTrial::create(compilation, backend, options.jobs, options.trial));
  return Tuner(compilation, backend, options, std::move(trial), std::move(file))
      .run();
}
