//===- TunerImpl.h - the search for schedules -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_TUNERIMPL_H
#define TENON_COMPILER_TUNERIMPL_H

#include "compiler/Tuner.h"

#include "llvm/ADT/SetVector.h"

#include <set>

namespace tenon {

/// A schedule is faster if it takes less than this of the other's time. Minima
/// of interleaved calls are repeatable to about 1 %.
constexpr double clearly = 0.98;
/// And if each launch takes as much less: clocks and barriers are part of what
/// is measured.
constexpr double clockSeconds = 1e-7;

struct TunerKernel {
  mlir::func::FuncOp op;
  /// The compiler's schedule, the same for panels of the present width, and the
  /// fastest.
  ScheduleAttr own, start, best;
  /// Columns of the panels that it reads, the compiler's and the present ones;
  /// 0 if there is no choice.
  int64_t ownWidth = 0, width = 0;
  PanelRecord *panels = nullptr; ///< Of its matrix, if there is a choice.
  std::string hash;
  TuningRecord *record = nullptr;
  std::set<ScheduleSizes> tried;
  std::vector<ScheduleAttr> candidates; ///< Of this round.
  double ownSeconds = 0, seconds = 0;
  unsigned launches = 0; ///< In one call of each entry.
  bool isWorthIt = true;

  llvm::StringRef name() const { return mlir::func::FuncOp(op).getName(); }
  bool isChanged() const { return best != own || width != ownWidth; }
  /// The kernel as it reads panels of the present width, in no module.
  mlir::OwningOpRef<mlir::func::FuncOp> present() const;
  KernelChoice choice(ScheduleAttr schedule) const {
    return {schedule, width == ownWidth ? 0 : width};
  }
};

class Tuner {
public:
  Tuner(Compilation &compilation, const BackendOptions &backend,
        const TuneOptions &options, TuneTrial trial, TuneFile file)
      : compilation(compilation), backend(backend), options(options),
        trial(std::move(trial)), file(std::move(file)) {}

  Result<TuneReport> run();

private:
  struct Candidate {
    TunerKernel *kernel;
    KernelChoice choice;
  };

  double spent() const {
    return std::chrono::duration<double>(TuneTrial::Clock::now() -
                                         options.begin)
        .count();
  }
  double left() const { return options.seconds - spent(); }
  void report(const std::string &what) const;
  void reportCompiling(unsigned done, unsigned total) const;

  void collect();
  void readRecord(TunerKernel &kernel);
  /// Kernels whose matrices are alike read panels of the same width.
  Status readPanels();
  Status setWidth(PanelRecord &panels, int64_t width);
  /// Panels of one width, of those matrices for which it wasn't tried.
  struct WidthTrial {
    int64_t width;
    ScheduleAssignment assignment;
    llvm::SetVector<PanelRecord *> matrices;
  };
  Result<std::vector<Candidate>> untriedAt(int64_t width);
  Result<WidthTrial> prepareWidth(int64_t width);
  /// Tries all widths of panels, of all matrices at once: weights are written
  /// anew for that, so it is done first.
  Status searchWidths();
  Status judgeWidths(PanelRecord &panels, llvm::ArrayRef<WidthTrial> trials,
                     const std::vector<KernelTrials> &times);
  Status confirmWidths(const std::vector<KernelTrials> &times);
  /// The times and launches of all kernels that read a matrix, together.
  TrialTimes timesOf(const PanelRecord &panels,
                     const KernelTrials &times) const;
  unsigned launchesOf(const PanelRecord &panels) const;
  /// Which of these there was time to compile.
  Result<std::vector<bool>> precompile(llvm::ArrayRef<Candidate> candidates);
  /// Takes the candidates out that there is no time to compile.
  Status precompileCandidates();
  /// Of what was begun to compile when `begin` was spent.
  Result<TrialResult> measure(llvm::ArrayRef<ScheduleAssignment> assignments,
                              double begin);
  ScheduleAssignment bestAssignment() const;
  Status propose(size_t atOnce);
  Result<bool> tryRound();
  Status runRound();
  /// A round failed, by `failure` or because outputs differ: takes those of its
  /// schedules out that are to blame, at least one. Fails if none is.
  Status siftOut(const Status &failure);
  /// The same of schedules of different kernels; whether there were any.
  Result<bool> siftOut(llvm::ArrayRef<Candidate> together);
  void passOver(const Candidate &candidate, const Status &why);
  void judge(TunerKernel &kernel, const std::vector<KernelTrials> &times,
             bool hasBest);
  Status save();
  TuneReport finish() const;

  Compilation &compilation;
  const BackendOptions &backend;
  const TuneOptions &options;
  TuneTrial trial;
  TuneFile file;
  std::vector<TunerKernel> kernels;
  std::string target, cpu;
  unsigned tried = 0, faster = 0;
  bool isDone = false;
  bool hasUnconfirmed = false; ///< A best schedule was measured once only.
};

/// Whether times are clearly better than others, of kernels that are launched
/// so often.
bool isFaster(const TrialTimes &times, const TrialTimes &others,
              unsigned launches);
double bestOf(const TrialTimes &times);
ScheduleSizes sizesOf(ScheduleAttr schedule);

} // namespace tenon

#endif // TENON_COMPILER_TUNERIMPL_H
