//===- Tuner.cpp - a search for faster schedules --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/TunerImpl.h"

#include "support/Text.h"

#include <algorithm>

using namespace tenon;
using namespace mlir;

/// Kernels with a smaller share of all time are left alone.
static constexpr double worthwhile = 0.005;
/// Schedules of a kernel in one round, at most.
static constexpr size_t mostAtOnce = 8;
/// A round doesn't take longer, so that little is lost when it is interrupted.
static constexpr double longestRound = 30;

ScheduleSizes tenon::sizesOf(ScheduleAttr schedule) {
  return {schedule.getEmitter().str(), schedule.getTile().vec(),
          schedule.getBlock().vec()};
}

/// As a record has them, where the emitter that a kernel has anyway is left
/// out.
static ScheduleSizes inRecord(ScheduleSizes sizes, ScheduleAttr own) {
  if (sizes.emitter == own.getEmitter().getValue())
    sizes.emitter.clear();
  return sizes;
}

std::string tenon::describeSizes(ScheduleAttr schedule) {
  auto list = [](const char *name, ArrayRef<int64_t> sizes) {
    std::string text;
    for (int64_t size : sizes)
      text += concat(" ", size);
    return text.empty() ? text : name + text;
  };
  std::string tile = list("tile", schedule.getTile());
  std::string block = list("block", schedule.getBlock());
  return concat(tile, tile.empty() || block.empty() ? "" : ", ", block);
}

void Tuner::report(const std::string &what) const {
  if (!options.progress)
    return;
  options.progress(spent(),
                   concat(what, "; ", plural(tried, "schedule"), " tried, ",
                          plural(faster, "kernel"), " faster"));
}

void Tuner::reportCompiling(unsigned done, unsigned total) const {
  report(concat("compiling ", done, " of ", plural(total, "kernel")));
}

void Tuner::collect() {
  for (func::FuncOp op : trial.kernels()) {
    auto schedules = op->getAttrOfType<DictionaryAttr>("tenon.schedules");
    TunerKernel kernel;
    kernel.op = op;
    kernel.own = kernel.start = kernel.best =
        cast<ScheduleAttr>(schedules.begin()->getValue());
    kernel.hash = kernelHash(op);
    kernel.launches = trial.launchesOf(op);
    kernel.ownWidth = kernel.width = trial.panelWidthOf(op).value_or(0);
    target = schedules.begin()->getName().str();
    kernels.push_back(std::move(kernel));
  }
  cpu = options.machine;
}

OwningOpRef<func::FuncOp> TunerKernel::present() const {
  return width == ownWidth ? OwningOpRef<func::FuncOp>(func::FuncOp(op).clone())
                           : TuneTrial::withPanels(op, width);
}

/// Goes on from what the file knows of a kernel that reads these panels.
void Tuner::readRecord(TunerKernel &kernel) {
  kernel.record = &file.recordOf(kernel.hash, target, cpu);
  kernel.record->name = kernel.name().str();
  kernel.tried = {sizesOf(kernel.start)};
  kernel.best = kernel.start;
  // What was measured at another shape says nothing of this one.
  if (kernel.record->shape.empty() || trial.shapeText().empty() ||
      kernel.record->shape == trial.shapeText())
    for (ScheduleSizes sizes : kernel.record->tried) {
      if (sizes.emitter.empty())
        sizes.emitter = kernel.start.getEmitter().str();
      kernel.tried.insert(std::move(sizes));
    }
  if (kernel.record->best == ScheduleSizes())
    return;
  // Emitters take what they are given: sizes of a file that was edited, or that
  // another version wrote, may be anything.
  auto schedule = compilation.backend().follow(*kernel.present(), kernel.start,
                                               kernel.record->best, backend);
  if (!schedule)
    options.warn(Status::invalid(options.output,
                                 concat(kernel.name().str(), ": ",
                                        schedule.status().what(),
                                        "; this tuning record is dropped")));
  else if (trial.canEmit(kernel.op, kernel.choice(*schedule)))
    kernel.best = *schedule;
}

/// Chooses what each kernel tries next.
Status Tuner::propose(size_t atOnce) {
  isDone = true;
  for (TunerKernel &kernel : kernels) {
    kernel.candidates.clear();
    if (!kernel.isWorthIt)
      continue;
    TENON_ASSIGN_OR_RETURN(
        auto steps, compilation.backend().candidates(*kernel.present(),
                                                     kernel.best, backend));
    for (ScheduleAttr step : steps) {
      if (kernel.candidates.size() == atOnce)
        break;
      if (kernel.tried.contains(sizesOf(step)))
        continue;
      if (trial.canEmit(kernel.op, kernel.choice(step)))
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

double tenon::bestOf(const TrialTimes &times) {
  double sum = 0;
  for (const auto &entry : times)
    sum += entry.getValue().best;
  return sum;
}

/// On a machine that does other things, the best call is luck; on a quiet one,
/// it is what repeats. So both must be better, it and the better calls.
bool tenon::isFaster(const TrialTimes &times, const TrialTimes &others,
                     unsigned launches) {
  return ratio(times, others, &TrialTime::best) < clearly &&
         ratio(times, others, &TrialTime::quartile) < clearly &&
         bestOf(others) - bestOf(times) > clockSeconds * launches;
}

void Tuner::judge(TunerKernel &kernel, const std::vector<KernelTrials> &times,
                  bool hasBest) {
  StringRef name = kernel.name();
  const TrialTimes own = times[0].lookup(name);
  TrialTimes best = kernel.isChanged() && hasBest ? times[1].lookup(name) : own;
  bool sameWidth = kernel.width == kernel.ownWidth;
  // What won before by accident is found out here; widths, in confirmWidths().
  if (sameWidth && kernel.isChanged() &&
      !isFaster(best, own, kernel.launches)) {
    kernel.best = kernel.start;
    best = own;
  }
  ScheduleAttr winner;
  TrialTimes winnerTimes = best;
  size_t at = hasBest ? 2 : 1;
  for (ScheduleAttr candidate : kernel.candidates) {
    TrialTimes its = times[at++].lookup(name);
    kernel.tried.insert(sizesOf(candidate));
    ++tried;
    if (ratio(its, winnerTimes, &TrialTime::best) < 1 &&
        isFaster(its, best, kernel.launches) &&
        (!sameWidth || isFaster(its, own, kernel.launches))) {
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

ScheduleAssignment Tuner::bestAssignment() const {
  ScheduleAssignment best;
  for (const TunerKernel &kernel : kernels)
    if (kernel.isChanged())
      best[kernel.name()] = kernel.choice(kernel.best);
  return best;
}

Result<std::vector<bool>> Tuner::precompile(ArrayRef<Candidate> candidates) {
  std::vector<ChosenKernel> chosen;
  for (const Candidate &candidate : candidates)
    chosen.push_back({candidate.kernel->op, candidate.choice});
  return trial.precompile(
      chosen, [this] { return left() > 0; },
      [this](unsigned done, unsigned total) { reportCompiling(done, total); });
}

Status Tuner::precompileCandidates() {
  std::vector<Candidate> all;
  // The first candidates of all kernels come first.
  for (size_t i = 0, last = 0; i <= last; ++i)
    for (TunerKernel &kernel : kernels)
      if (i < kernel.candidates.size()) {
        last = std::max(last, kernel.candidates.size() - 1);
        all.push_back({&kernel, kernel.choice(kernel.candidates[i])});
      }
  TENON_ASSIGN_OR_RETURN(std::vector<bool> ready, precompile(all));
  for (TunerKernel &kernel : kernels)
    kernel.candidates.clear();
  for (size_t i = 0; i < all.size(); ++i)
    if (ready[i])
      all[i].kernel->candidates.push_back(all[i].choice.schedule);
  return Status::ok();
}

Result<TrialResult> Tuner::measure(ArrayRef<ScheduleAssignment> assignments,
                                   double begin) {
  TENON_RETURN_IF_ERROR(
      trial.build(assignments, [this](unsigned done, unsigned total) {
        reportCompiling(done, total);
      }));
  // A third of the time measures, but never less than what shows differences.
  constexpr double least = 0.2, most = 10;
  double seconds = std::clamp((spent() - begin) / 2, least, most);
  return trial.measure(std::max(std::min(seconds, left()), least),
                       [&] { report("measuring"); });
}

/// Measures the compiler's schedules, the best ones, and the candidates. Says
/// whether that is done: if not, some of these were taken out.
Result<bool> Tuner::tryRound() {
  double begin = spent();
  TENON_RETURN_IF_ERROR(precompileCandidates());
  std::vector<ScheduleAssignment> assignments;
  ScheduleAssignment best = bestAssignment();
  size_t count = 0;
  for (const TunerKernel &kernel : kernels)
    count = std::max(count, kernel.candidates.size());
  bool hasBest = !best.empty();
  if (hasBest)
    assignments.push_back(best);
  for (size_t i = 0; i < count; ++i) {
    // The others stay at their best: it is the model as it would be.
    ScheduleAssignment &assignment = assignments.emplace_back(best);
    for (const TunerKernel &kernel : kernels)
      if (i < kernel.candidates.size())
        assignment[kernel.name()] = kernel.choice(kernel.candidates[i]);
  }
  auto result = measure(assignments, begin);
  if (!result || !result->isRight()) {
    TENON_RETURN_IF_ERROR(siftOut(result ? Status::ok() : result.takeStatus()));
    return false;
  }
  const std::vector<KernelTrials> &times = result->times;
  hasUnconfirmed = false;
  faster = 0;
  for (TunerKernel &kernel : kernels) {
    judge(kernel, times, hasBest);
    faster += kernel.isChanged();
  }
  if (hasBest)
    TENON_RETURN_IF_ERROR(confirmWidths(times));
  return true;
}

Status Tuner::runRound() {
  while (true) {
    TENON_ASSIGN_OR_RETURN(bool isJudged, tryRound());
    if (isJudged)
      return Status::ok();
  }
}

Status Tuner::save() {
  for (TunerKernel &kernel : kernels) {
    TuningRecord &record = *kernel.record;
    record.shape = trial.shapeText();
    record.best = kernel.best == kernel.start
                      ? ScheduleSizes()
                      : inRecord(sizesOf(kernel.best), kernel.start);
    record.seconds = kernel.seconds;
    record.ownSeconds = kernel.ownSeconds;
    record.tried.clear();
    for (const ScheduleSizes &sizes : kernel.tried)
      if (sizes != sizesOf(kernel.start))
        record.tried.push_back(inRecord(sizes, kernel.start));
  }
  return file.save();
}

TuneReport Tuner::finish() const {
  TuneReport report;
  for (const TunerKernel &kernel : kernels)
    report.kernels.push_back({kernel.name().str(), kernel.own, kernel.best,
                              kernel.ownSeconds, kernel.seconds,
                              kernel.ownWidth, kernel.width});
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
  for (TunerKernel &kernel : kernels)
    readRecord(kernel);
  TENON_RETURN_IF_ERROR(readPanels());
  TENON_RETURN_IF_ERROR(runRound());
  for (const auto &[entry, reason] : trial.unfitEntries())
    options.warn(Status::invalid(
        entry, concat("isn't tuned with these sizes: ", reason.what())));
  double all = 0;
  for (const TunerKernel &kernel : kernels)
    all += kernel.ownSeconds;
  for (TunerKernel &kernel : kernels) {
    kernel.isWorthIt = kernel.ownSeconds >= worthwhile * all;
    // What was measured at another shape says nothing of this one.
    if (!kernel.record->shape.empty() &&
        kernel.record->shape != trial.shapeText())
      kernel.tried = {sizesOf(kernel.start), sizesOf(kernel.best)};
  }
  TENON_RETURN_IF_ERROR(save());
  TENON_RETURN_IF_ERROR(searchWidths());

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
    for (TunerKernel &kernel : kernels)
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
