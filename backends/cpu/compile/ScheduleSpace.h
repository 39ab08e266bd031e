//===- ScheduleSpace.h - the schedules there are ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_COMPILE_SCHEDULESPACE_H
#define TENON_BACKENDS_CPU_COMPILE_SCHEDULESPACE_H

#include "backends/cpu/compile/Target.h"
#include "dialect/TenonAttributes.h"

#include "llvm/ADT/ArrayRef.h"

namespace tenon::cpu {

/// A schedule of the same emitter with other sizes.
ScheduleAttr withSizes(ScheduleAttr schedule, llvm::ArrayRef<int64_t> tile,
                       llvm::ArrayRef<int64_t> block);

/// What an emitter can't follow in a schedule, beyond the number of sizes;
/// nothing if it can.
std::string whatIsWrong(ScheduleAttr schedule);

/// Schedules a step away from one, in each of its sizes: what is worth trying
/// next to it. All can be followed, and none keeps more sums than the target
/// has registers.
llvm::SmallVector<ScheduleAttr> neighboursOf(ScheduleAttr schedule,
                                             const Target &target);

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_COMPILE_SCHEDULESPACE_H
