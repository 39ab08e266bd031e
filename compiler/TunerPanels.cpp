//===- TunerPanels.cpp - a search for the width of panels -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/TunerImpl.h"

#include "support/Text.h"

using namespace tenon;
using namespace mlir;

/// Weights are written once more for each width: no more of them than this.
static constexpr uint64_t mostBytes = uint64_t(1) << 30;

Status Tuner::readPanels() {
  TENON_ASSIGN_OR_RETURN(auto widths,
                         compilation.backend().panelWidths(backend));
  bool isTooMuch = trial.panelBytes() > mostBytes;
  for (TunerKernel &kernel : kernels) {
    if (!kernel.ownWidth)
      continue;
    std::optional<PanelRecord> matrix;
    for (auto op : kernel.op.getOps<MatmulOp>())
      matrix = matrixOf(op);
    if (matrix && !isTooMuch && widths.size() > 1)
      kernel.panels = &file.panelsOf(*matrix, target, cpu);
  }
  for (TunerKernel &kernel : kernels)
    if (kernel.panels && llvm::is_contained(widths, kernel.panels->width))
      TENON_RETURN_IF_ERROR(setWidth(*kernel.panels, kernel.panels->width));
  return Status::ok();
}

Status Tuner::setWidth(PanelRecord &panels, int64_t width) {
  panels.width = 0;
  for (TunerKernel &kernel : kernels) {
    if (kernel.panels != &panels)
      continue;
    if (width != kernel.ownWidth)
      panels.width = width;
    if (width == kernel.width)
      continue;
    kernel.width = width;
    kernel.start = kernel.own;
    if (width != kernel.ownWidth) {
      TENON_ASSIGN_OR_RETURN(kernel.start, trial.scheduleFor(kernel.op, width));
    }
    // Who reads other panels is another kernel, which compiling wouldn't find;
    // what wasn't tried isn't saved.
    kernel.record->tried.clear();
    kernel.hash = kernelHash(*kernel.present());
    readRecord(kernel);
  }
  return Status::ok();
}

TrialTimes Tuner::timesOf(const PanelRecord &panels,
                          const KernelTrials &times) const {
  TrialTimes sum;
  for (const TunerKernel &kernel : kernels)
    if (kernel.panels == &panels)
      for (const auto &entry : times.lookup(kernel.name())) {
        sum[entry.getKey()].best += entry.getValue().best;
        sum[entry.getKey()].quartile += entry.getValue().quartile;
      }
  return sum;
}

unsigned Tuner::launchesOf(const PanelRecord &panels) const {
  unsigned launches = 0;
  for (const TunerKernel &kernel : kernels)
    launches += kernel.panels == &panels ? kernel.launches : 0;
  return launches;
}

Result<std::vector<Tuner::Candidate>> Tuner::untriedAt(int64_t width) {
  std::vector<Candidate> untried;
  for (TunerKernel &kernel : kernels) {
    const PanelRecord *panels = kernel.panels;
    if (!panels || !kernel.isWorthIt || width == kernel.ownWidth ||
        (panels->shape == trial.shapeText() &&
         llvm::is_contained(panels->tried, width)))
      continue;
    TENON_ASSIGN_OR_RETURN(ScheduleAttr schedule,
                           trial.scheduleFor(kernel.op, width));
    if (trial.canEmit(kernel.op, {schedule, width}))
      untried.push_back({&kernel, {schedule, width}});
  }
  return untried;
}

Result<Tuner::WidthTrial> Tuner::prepareWidth(int64_t width) {
  TENON_ASSIGN_OR_RETURN(auto untried, untriedAt(width));
  TENON_ASSIGN_OR_RETURN(std::vector<bool> ready, precompile(untried));
  WidthTrial prepared{width, {}, {}};
  // A matrix takes part with all its kernels or not at all.
  llvm::SetVector<PanelRecord *> late;
  for (size_t i = 0; i < untried.size(); ++i)
    if (!ready[i])
      late.insert(untried[i].kernel->panels);
  for (const auto &[kernel, choice] : untried)
    if (!late.contains(kernel->panels)) {
      prepared.matrices.insert(kernel->panels);
      prepared.assignment[kernel->name()] = choice;
    }
  return prepared;
}

Status Tuner::searchWidths() {
  if (left() <= 0)
    return Status::ok();
  double begin = spent();
  TENON_ASSIGN_OR_RETURN(auto widths,
                         compilation.backend().panelWidths(backend));
  std::vector<WidthTrial> trials;
  std::vector<ScheduleAssignment> assignments;
  llvm::SetVector<PanelRecord *> matrices;
  for (int64_t width : widths) {
    TENON_ASSIGN_OR_RETURN(WidthTrial prepared, prepareWidth(width));
    if (prepared.assignment.empty())
      continue;
    matrices.insert(prepared.matrices.begin(), prepared.matrices.end());
    assignments.push_back(prepared.assignment);
    trials.push_back(std::move(prepared));
  }
  if (trials.empty())
    return Status::ok();
  TENON_ASSIGN_OR_RETURN(TrialResult result, measure(assignments, begin));
  for (const std::string &wrong : result.wrong)
    if (!wrong.empty()) {
      options.warn(Status::invalid(
          "panels", concat("of other widths are passed over: ", wrong)));
      return Status::ok();
    }
  for (PanelRecord *panels : matrices)
    TENON_RETURN_IF_ERROR(judgeWidths(*panels, trials, result.times));
  return save();
}

Status Tuner::judgeWidths(PanelRecord &panels,
                          llvm::ArrayRef<WidthTrial> trials,
                          const std::vector<KernelTrials> &times) {
  TrialTimes own = timesOf(panels, times[0]), best = own;
  if (panels.shape != trial.shapeText())
    panels.tried.clear();
  panels.shape = trial.shapeText();
  std::optional<int64_t> winner;
  for (auto [i, its] : llvm::enumerate(trials)) {
    if (!its.matrices.contains(&panels))
      continue;
    TrialTimes sum = timesOf(panels, times[i + 1]);
    panels.tried.push_back(its.width);
    ++tried;
    if (bestOf(sum) < bestOf(best) && isFaster(sum, own, launchesOf(panels))) {
      winner = its.width;
      best = sum;
    }
  }
  if (!winner)
    return Status::ok();
  hasUnconfirmed = true;
  return setWidth(panels, *winner);
}

/// Widths that don't win any more are given up.
Status Tuner::confirmWidths(const std::vector<KernelTrials> &times) {
  llvm::SetVector<PanelRecord *> changed;
  for (const TunerKernel &kernel : kernels)
    if (kernel.panels && kernel.width != kernel.ownWidth)
      changed.insert(kernel.panels);
  for (PanelRecord *panels : changed) {
    if (isFaster(timesOf(*panels, times[1]), timesOf(*panels, times[0]),
                 launchesOf(*panels)))
      continue;
    for (TunerKernel &kernel : kernels)
      if (kernel.panels == panels) {
        TENON_RETURN_IF_ERROR(setWidth(*panels, kernel.ownWidth));
        break;
      }
    for (TunerKernel &kernel : kernels)
      if (kernel.panels == panels)
        kernel.seconds = kernel.ownSeconds;
  }
  return Status::ok();
}
