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
#include "backends/vulkan/compile/Target.h"

#include "codegen/Schedules.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon::vulkan {
#define GEN_PASS_DEF_SCHEDULE
#include "backends/vulkan/compile/Passes.h.inc"
} // namespace tenon::vulkan

using namespace tenon;
using namespace tenon::vulkan;
using namespace mlir;

/// Memory is read fastest in vectors of this many elements.
static constexpr int64_t quad = 4;

/// The width of vectors along an axis: whole ones only.
static int64_t lanesFor(DimAttr size) {
  std::optional<int64_t> fixed = size.asConstant();
  return fixed && *fixed % quad == 0 ? quad : 1;
}

namespace {
/// Chooses a kernel's schedule for one target.
class Chooser {
public:
  Chooser(func::FuncOp kernel, const SymbolValues &usual, const Target &target)
      : kernel(kernel), usual(usual), target(target) {}

  FailureOr<ScheduleAttr> choose() {
    auto shape = KernelShape::analyze(kernel);
    if (failed(shape))
      return failure();
    if (shape->matmul)
      return chooseMatmul(shape->matmul);
    if (shape->attention)
      return chooseAttention(shape->attention);
    return shape->rows ? chooseRows(*shape->rows) : choosePointwise();
  }

private:
  int64_t estimate(DimAttr dim) const { return estimateDim(dim, usual); }

  ScheduleAttr make(StringRef emitter, int64_t lanes, ArrayRef<int64_t> tile,
                    ArrayRef<int64_t> block, DotUnit dot = DotUnit::None) {
    MLIRContext *context = kernel.getContext();
    return ScheduleAttr::get(context, StringAttr::get(context, emitter), lanes,
                             tile, block, /*fma=*/true, dot);
  }

  ScheduleAttr choosePointwise() {
    SmallVector<DimAttr> dims = getDims(kernel.getResultTypes().front());
    int64_t lanes = dims.empty() ? 1 : lanesFor(dims.back());
    return make("pointwise", lanes, {}, {target.threads});
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
      return make("rows", lanes, {1}, {target.threads});
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
      return make("rows", lanes, {team}, {target.threads / team});
    if (team <= subgroup.most)
      return make("rows-subgroup", lanes, {subgroup.most}, {});
    return make("rows-workgroup", lanes, {team}, {});
  }

  ScheduleAttr chooseMatmul(MatmulOp op) {
    SmallVector<DimAttr> dims = getDims(op.getResult());
    // With one right side for all, everything in front of the columns is rows.
    bool shared = op.getColumns() || getDims(op.getRhs()).size() == 2;
    int64_t rows = 1, batch = 1, columns = estimate(dims.back());
    for (size_t axis = 0; axis + 1 < dims.size(); ++axis)
      (shared || axis + 2 == dims.size() ? rows : batch) *=
          estimate(dims[axis]);
    auto isHalf = [](Value side) {
      return getElementType(side.getType()).isF16();
    };
    // With few rows most of a matrix would be for nothing.
    const MatrixUnit &unit = target.matrices;
    bool byMatrices = unit && isHalf(op.getLhs()) && isHalf(op.getRhs()) &&
                      getElementType(op.getType()).isF32() &&
                      2 * rows >= unit.rows;
    auto isBytes = [](Value side) {
      return getElementType(side.getType()).isInteger(8);
    };
    SmallVector<DimAttr> right = getDims(op.getRhs());
    bool byDots = target.dots && op.getColumns() && right.size() == 4 &&
                  right[3] == getConstantDim(op.getContext(), quad) &&
                  isBytes(op.getLhs()) && isBytes(op.getRhs());
    DotUnit dot = byDots ? DotUnit::Vector : DotUnit::None;
    // Each number of the right side is read once, whoever does it.
    for (const BlockShape &block : target.fewRows)
      if (rows <= block.rows)
        return make("matmul-direct", quad,
                    {block.threadRows, block.threadColumns, block.parts},
                    {block.rows, block.columns, block.depth}, dot);
    const BlockShape *chosen = nullptr;
    for (const BlockShape &block : byMatrices ? unit.blocks : target.matmul) {
      chosen = &block;
      int64_t workgroups = batch * llvm::divideCeil(rows, block.rows) *
                           llvm::divideCeil(columns, block.columns);
      // Nor may most of a block lie beyond the last column.
      if (workgroups >= target.busy && block.columns < 2 * columns)
        break;
    }
    SmallVector<int64_t> tile{chosen->threadRows, chosen->threadColumns};
    SmallVector<int64_t> block{chosen->rows, chosen->columns, chosen->depth};
    if (byMatrices) {
      tile.append({unit.subgroup, unit.rows, unit.columns, unit.depth});
      return make("matmul-matrix", quad, tile, block, DotUnit::Matrix);
    }
    return make(target.isStaged ? "matmul" : "matmul-direct", quad, tile, block,
                dot);
  }

  ScheduleAttr chooseAttention(AttentionOp op) {
    SmallVector<DimAttr> dims = getDims(op.getResult());
    int64_t heads = estimate(dims[0]) * estimate(dims[1]);
    int64_t queries = estimate(dims[2]);
    bool isCoded = op.getFactors() == Factors::codes;
    if (!isCoded)
      for (const BlockShape &block : target.fewQueries)
        if (queries <= block.rows)
          return make("attention-direct", quad,
                      {block.threadRows, block.threadColumns},
                      {block.rows, block.columns, block.depth});
    const MatrixUnit &unit = target.matrices;
    bool byMatrices = op.getFactors() == Factors::fp16 &&
                      !unit.attention.empty() && 2 * queries >= unit.rows;
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
    SmallVector<int64_t> tile{chosen->threadRows, chosen->threadColumns};
    SmallVector<int64_t> block{chosen->rows, chosen->columns, chosen->depth};
    // Codes, which are made for a whole block, are always staged.
    if (byMatrices) {
      tile.append({unit.subgroup, unit.rows, unit.columns, unit.depth});
      return make("attention-matrix", quad, tile, block, DotUnit::Matrix);
    }
    if (isCoded)
      return make("attention-codes", quad, tile, block,
                  target.dots ? DotUnit::Vector : DotUnit::None);
    return make(target.isStaged ? "attention" : "attention-direct", quad, tile,
                block);
  }

  func::FuncOp kernel;
  const SymbolValues &usual;
  const Target &target;
};

struct Schedule : tenon::vulkan::impl::ScheduleBase<Schedule> {
  using ScheduleBase::ScheduleBase;

  void runOnOperation() override {
    BackendOptions options;
    options.targets.assign(targets.begin(), targets.end());
    auto chosen = Target::findAll(options);
    if (!chosen) {
      emitError(UnknownLoc::get(&getContext())) << chosen.status().render();
      return signalPassFailure();
    }
    llvm::StringMap<SymbolValues> usual = usualSizes(getOperation());
    for (auto kernel : getOperation().getOps<func::FuncOp>()) {
      if (!kernel->hasAttr("tenon.kernel"))
        continue;
      setStateBlocks(kernel);
      NamedAttrList schedules;
      for (const Target &target : *chosen) {
        auto schedule =
            Chooser(kernel, usual[kernel.getName()], target).choose();
        if (failed(schedule))
          return signalPassFailure();
        schedules.append(target.name, *schedule);
      }
      kernel->setAttr("tenon.schedules",
                      schedules.getDictionary(&getContext()));
    }
  }
};
} // namespace
