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

Status Tuner::searchWidths() {
  TENON_ASSIGN_OR_RETURN(auto widths,
                         compilation.backend().panelWidths(backend));
  llvm::SetVector<PanelRecord *> matrices;
  for (const TunerKernel &kernel : kernels)
    if (kernel.panels && kernel.isWorthIt)
      matrices.insert(kernel.panels);
  // As far as that isn't known, each width is an assignment.
  std::vector<ScheduleAssignment> assignments;
  std::vector<int64_t> columns;
  for (int64_t width : widths) {
    ScheduleAssignment assignment;
    for (const TunerKernel &kernel : kernels) {
      PanelRecord *panels = kernel.panels;
      if (!panels || !kernel.isWorthIt || width == kernel.ownWidth ||
          (panels->shape == trial.shapeText() &&
           llvm::is_contained(panels->tried, width)))
        continue;
      TENON_ASSIGN_OR_RETURN(ScheduleAttr schedule,
                             trial.scheduleFor(kernel.op, width));
      if (trial.canEmit(kernel.op, {schedule, width}))
        assignment[kernel.name()] = {schedule, width};
    }
    if (assignment.empty())
      continue;
    assignments.push_back(std::move(assignment));
    columns.push_back(width);
  }
  if (assignments.empty() || left() <= 0)
    return Status::ok();
  TENON_ASSIGN_OR_RETURN(auto times, measure(assignments));
  for (PanelRecord *panels : matrices) {
    unsigned launches = launchesOf(*panels);
    TrialTimes own = timesOf(*panels, times[0]), best = own;
    if (panels->shape != trial.shapeText())
      panels->tried.clear();
    panels->shape = trial.shapeText();
    std::optional<int64_t> winner;
    for (size_t i = 0; i < columns.size(); ++i) {
      TrialTimes its = timesOf(*panels, times[i + 1]);
      panels->tried.push_back(columns[i]);
      ++tried;
      if (bestOf(its) < bestOf(best) && isFaster(its, own, launches)) {
        winner = columns[i];
        best = its;
      }
    }
    hasUnconfirmed |= winner.has_value();
    if (winner)
      TENON_RETURN_IF_ERROR(setWidth(*panels, *winner));
  }
  return save();
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
