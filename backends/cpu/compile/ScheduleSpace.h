//===- ScheduleSpace.h - the schedules there are ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_COMPILE_SCHEDULESPACE_H
#define TENON_BACKENDS_CPU_COMPILE_SCHEDULESPACE_H

#include "backends/cpu/compile/Target.h"
#include "codegen/TuningRecords.h"
#include "dialect/TenonAttributes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/ArrayRef.h"

namespace tenon::cpu {

/// The panels in which a product's right side was packed; none if it wasn't.
struct Panels {
  int64_t width = 0; ///< Columns of one.
  int64_t count = 0;
};
Panels panelsOf(mlir::func::FuncOp kernel);

/// What a schedule has by default, and leaves out: lines of the right side that
/// are fetched ahead, and panels of a group (all).
constexpr int64_t linesAhead = 64, allPanels = 0;
/// These of a schedule, for emitters.
int64_t linesAheadOf(ScheduleAttr schedule);
int64_t groupOf(ScheduleAttr schedule);

/// A schedule of the same emitter with other sizes. Those at the end that are
/// the default are left out, so that equal schedules are the same.
ScheduleAttr withSizes(ScheduleAttr schedule, llvm::ArrayRef<int64_t> tile,
                       llvm::ArrayRef<int64_t> block);

/// A kernel's schedule with what somebody asks for, or what an emitter can't
/// follow in that: `where` is the key of a schedule file that says so.
Result<ScheduleAttr> followSizes(ScheduleAttr own, const ScheduleSizes &asked,
                                 const Panels &panels);

/// How many sizes an emitter takes at least; it may take more.
struct SizeCounts {
  size_t tile = 1, block = 1;             ///< At least,
  size_t mostOfTile = 1, mostOfBlock = 1; ///< and at most.
};
SizeCounts sizeCountsOf(llvm::StringRef emitter);
/// What an emitter can't follow in a schedule that has as many sizes as it
/// takes; nothing if it can.
std::string whatIsWrong(ScheduleAttr schedule, const Panels &panels);

/// Whether a target's emitters read panels of so many columns.
bool canRead(const Target &target, int64_t panelWidth);

/// Schedules a step away from one, in each of its sizes: what is worth trying
/// next to it. All can be followed, and none keeps more sums than the target
/// has registers.
llvm::SmallVector<ScheduleAttr>
neighboursOf(ScheduleAttr schedule, const Panels &panels, const Target &target);

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_COMPILE_SCHEDULESPACE_H
