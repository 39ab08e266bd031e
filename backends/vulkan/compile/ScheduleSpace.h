//===- ScheduleSpace.h - the schedules there are ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Which blocks an emitter can follow within a target's limits, for target files
// and for schedules alike.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_COMPILE_SCHEDULESPACE_H
#define TENON_BACKENDS_VULKAN_COMPILE_SCHEDULESPACE_H

#include "backends/vulkan/compile/Target.h"

#include "codegen/Schedules.h"
#include "codegen/TuningRecords.h"
#include "dialect/TenonAttributes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon::vulkan {

/// What the emitter of a product or of attention can't follow in a block, or a
/// workgroup of the target has no room for; empty: nothing.
std::string whatIsWrong(llvm::StringRef emitter, const BlockShape &block,
                        const Target &target);

/// The schedules that one kernel may have on a target.
class ScheduleSpace {
public:
  static mlir::FailureOr<ScheduleSpace> analyze(mlir::func::FuncOp kernel,
                                                const Target &target);

  const KernelShape &shape() const { return kernelShape; }
  /// Whether it is a product or attention, whose schedules are blocks.
  bool hasBlocks() const { return kernelShape.matmul || kernelShape.attention; }
  /// Whether the matrices of a subgroup can multiply what it multiplies.
  bool multipliesHalves() const { return isOfHalves; }

  /// The emitters that have code for it.
  std::vector<llvm::StringRef> emitters() const;
  /// The target's own blocks of one of these.
  std::vector<BlockShape> blocksOf(llvm::StringRef emitter) const;

  ScheduleAttr make(llvm::StringRef emitter, const BlockShape &block) const;
  /// Of kernels without blocks.
  ScheduleAttr make(llvm::StringRef emitter, int64_t lanes,
                    llvm::ArrayRef<int64_t> tile,
                    llvm::ArrayRef<int64_t> block) const;

  /// A schedule with what somebody asks for, or what an emitter can't follow in
  /// that: `where` is the key of a schedule file that says so.
  Result<ScheduleAttr> follow(ScheduleAttr own,
                              const ScheduleSizes &asked) const;

  /// What is worth trying next to a schedule: the target's own blocks, of all
  /// emitters, and a step to more or less of each size.
  std::vector<ScheduleAttr> neighboursOf(ScheduleAttr schedule) const;

private:
  ScheduleSpace(mlir::func::FuncOp kernel, const Target &target,
                KernelShape shape);

  Result<ScheduleAttr> followBlock(ScheduleAttr own, llvm::StringRef emitter,
                                   const ScheduleSizes &asked) const;
  Result<ScheduleAttr> followThreads(ScheduleAttr own, llvm::StringRef emitter,
                                     const ScheduleSizes &asked) const;
  /// What is wrong with the threads of a kernel without blocks: the key of a
  /// schedule file, and why.
  Status checkThreads(llvm::StringRef emitter, llvm::ArrayRef<int64_t> tile,
                      llvm::ArrayRef<int64_t> block) const;
  /// A schedule of a kernel without blocks by another emitter.
  ScheduleAttr makeThreads(ScheduleAttr own, llvm::StringRef emitter) const;
  std::vector<ScheduleAttr> threadsNextTo(ScheduleAttr schedule) const;
  std::vector<ScheduleAttr> blocksNextTo(ScheduleAttr schedule) const;
  DotUnit dotOf(llvm::StringRef emitter) const;

  mlir::MLIRContext *context;
  const Target *target;
  KernelShape kernelShape;
  bool isOfHalves = false, isOfCodes = false, isOfPackedBytes = false;
};

/// The block that a schedule of a product or of attention has.
BlockShape blockOf(ScheduleAttr schedule);

/// Memory is read fastest in vectors of this many elements.
inline constexpr int64_t quad = 4;

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_COMPILE_SCHEDULESPACE_H
