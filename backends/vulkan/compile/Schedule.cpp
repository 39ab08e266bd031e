//===- Schedule.cpp - blocks and threads ----------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The only place that decides how kernels are divided among threads.
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/compile/Passes.h"
#include "backends/vulkan/compile/ScheduleSpace.h"
#include "backends/vulkan/compile/Target.h"

#include "codegen/ScheduleFile.h"
#include "codegen/Schedules.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"
#include "passes/InputError.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon::vulkan {
#define GEN_PASS_DEF_SCHEDULE
#include "backends/vulkan/compile/Passes.h.inc"
} // namespace tenon::vulkan

using namespace tenon;
using namespace tenon::vulkan;
using namespace mlir;

/// The width of vectors along an axis: whole ones only.
static int64_t lanesFor(DimAttr size) {
  std::optional<int64_t> fixed = size.asConstant();
  return fixed && *fixed % quad == 0 ? quad : 1;
}

namespace {
/// Chooses a kernel's schedule for one target.
class Chooser {
public:
  Chooser(func::FuncOp kernel, const SymbolValues &usual, const Target &target,
          const ScheduleSpace &space)
      : kernel(kernel), usual(usual), target(target), space(space) {}

  ScheduleAttr choose() {
    const KernelShape &shape = space.shape();
    if (shape.matmul)
      return chooseMatmul(shape.matmul);
    if (shape.attention)
      return chooseAttention(shape.attention);
    return shape.rows ? chooseRows(*shape.rows) : choosePointwise();
  }

private:
  int64_t estimate(DimAttr dim) const { return estimateDim(dim, usual); }

  ScheduleAttr choosePointwise() {
    SmallVector<DimAttr> dims = getDims(kernel.getResultTypes().front());
    int64_t lanes = dims.empty() ? 1 : lanesFor(dims.back());
    return space.make("pointwise", lanes, {}, {target.threads});
  }

  ScheduleAttr chooseRows(const RowPlan &plan) {
    if (!plan.alongReduced) {
      // A vector of rows for each thread, if enough of them are left.
      int64_t rows = 1;
      for (DimAttr dim : plan.rows)
        rows *= estimate(dim);
      int64_t lanes = lanesFor(plan.rows.back());
      if (rows < lanes * target.threads * target.busy)
        lanes = 1;
      return space.make("rows", lanes, {1}, {target.threads});
    }
    int64_t lanes = lanesFor(plan.inner.back());
    int64_t row = 1;
    for (DimAttr dim : plan.inner)
      row *= estimate(dim);
    // A thread with fewer than two vectors is better off with another row.
    int64_t team = 1;
    while (team < target.rowThreads && row >= 2 * 2 * team * lanes)
      team *= 2;
    // A subgroup needs no memory to add up. Rows that would keep one busy for
    // long have several.
    const Subgroup &subgroup = target.subgroup;
    if (!subgroup.addsUp || team == 1)
      return space.make("rows", lanes, {team}, {target.threads / team});
    if (team <= subgroup.most)
      return space.make("rows-subgroup", lanes, {subgroup.most}, {});
    return space.make("rows-workgroup", lanes, {team}, {});
  }

  ScheduleAttr chooseMatmul(MatmulOp op) {
    SmallVector<DimAttr> dims = getDims(op.getResult());
    // With one right side for all, everything in front of the columns is rows.
    bool shared = op.getColumns() || getDims(op.getRhs()).size() == 2;
    int64_t rows = 1, batch = 1, columns = estimate(dims.back());
    for (size_t axis = 0; axis + 1 < dims.size(); ++axis)
      (shared || axis + 2 == dims.size() ? rows : batch) *=
          estimate(dims[axis]);
    // With few rows most of a matrix would be for nothing.
    const MatrixUnit &unit = target.matrices;
    bool byMatrices = unit && space.multipliesHalves() && 2 * rows >= unit.rows;
    // Each number of the right side is read once, whoever does it.
    for (const BlockShape &block : target.fewRows)
      if (rows <= block.rows)
        return space.make("matmul-direct", block);
    const BlockShape *chosen = nullptr;
    for (const BlockShape &block : byMatrices ? unit.blocks : target.matmul) {
      chosen = &block;
      int64_t workgroups = batch * llvm::divideCeil(rows, block.rows) *
                           llvm::divideCeil(columns, block.columns);
      // Nor may most of a block lie beyond the last column.
      if (workgroups >= target.busy && block.columns < 2 * columns)
        break;
    }
    return space.make(byMatrices        ? "matmul-matrix"
                      : target.isStaged ? "matmul"
                                        : "matmul-direct",
                      *chosen);
  }

  ScheduleAttr chooseAttention(AttentionOp op) {
    SmallVector<DimAttr> dims = getDims(op.getResult());
    int64_t heads = estimate(dims[0]) * estimate(dims[1]);
    int64_t queries = estimate(dims[2]);
    bool isCoded = op.getFactors() == Factors::codes;
    if (!isCoded)
      for (const BlockShape &block : target.fewQueries)
        if (queries <= block.rows)
          return space.make("attention-direct", block);
    const MatrixUnit &unit = target.matrices;
    bool byMatrices = space.multipliesHalves() && !unit.attention.empty() &&
                      2 * queries >= unit.rows;
    const BlockShape *chosen = nullptr;
    for (const BlockShape &block :
         byMatrices ? unit.attention : target.attention) {
      // A workgroup with one query reads all keys for it alone.
      if (chosen && block.rows == 1 && queries >= chosen->rows)
        break;
      chosen = &block;
      // Rows beyond the last query are work for nothing.
      int64_t workgroups = heads * llvm::divideCeil(queries, block.rows);
      if (workgroups >= target.busy && block.rows <= queries)
        break;
    }
    // Codes, which are made for a whole block, are always staged.
    return space.make(byMatrices        ? "attention-matrix"
                      : isCoded         ? "attention-codes"
                      : target.isStaged ? "attention"
                                        : "attention-direct",
                      *chosen);
  }

  func::FuncOp kernel;
  const SymbolValues &usual;
  const Target &target;
  const ScheduleSpace &space;
};

struct Schedule : tenon::vulkan::impl::ScheduleBase<Schedule> {
  using ScheduleBase::ScheduleBase;

  void runOnOperation() override {
    BackendOptions options;
    options.targets.assign(targets.begin(), targets.end());
    auto chosen = Target::findAll(options);
    if (!chosen)
      return fail(chosen.status());
    ScheduleFile given;
    if (!file.empty()) {
      auto loaded = ScheduleFile::load(file);
      if (!loaded)
        return fail(loaded.status());
      given = std::move(*loaded);
      given.ignorePanels(scheduleTargets(*chosen));
    }
    llvm::StringMap<SymbolValues> usual = usualSizes(getOperation());
    for (auto kernel : getOperation().getOps<func::FuncOp>()) {
      if (!kernel->hasAttr("tenon.kernel"))
        continue;
      std::string hash = kernelHash(kernel);
      setStateBlocks(kernel);
      NamedAttrList schedules;
      for (const Target &target : *chosen) {
        auto space = ScheduleSpace::analyze(kernel, target);
        if (failed(space))
          return signalPassFailure();
        ScheduleAttr own =
            Chooser(kernel, usual[kernel.getName()], target, *space).choose();
        auto final = given.apply(kernel, hash, target.forSchedules(), own,
                                 [&](const ScheduleSizes &asked) {
                                   return space->follow(own, asked);
                                 });
        if (!final)
          return fail(final.status());
        schedules.append(target.name, *final);
      }
      kernel->setAttr("tenon.schedules",
                      schedules.getDictionary(&getContext()));
    }
    SmallVector<std::string> elsewhere(others.begin(), others.end());
    for (const Status &warning : given.warnings(elsewhere))
      emitInputWarning(&getContext(), warning);
  }

private:
  void fail(const Status &status) {
    emitInputError(&getContext(), status);
    signalPassFailure();
  }
};
} // namespace
