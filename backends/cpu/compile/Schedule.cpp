//===- Schedule.cpp - emitters, tiles and pitches -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The only place that decides how kernels are tiled. docs/Scheduling.md has the
// measurements behind the constants.
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/Passes.h"
#include "backends/cpu/compile/ScheduleSpace.h"
#include "backends/cpu/compile/Target.h"

#include "codegen/ScheduleFile.h"
#include "codegen/Schedules.h"
#include "codegen/StencilPlan.h"
#include "codegen/Targets.h"
#include "dialect/HostTensor.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"
#include "passes/InputError.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon::cpu {
#define GEN_PASS_DEF_SCHEDULE
#include "backends/cpu/compile/Passes.h.inc"
} // namespace tenon::cpu

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

/// The files of backends/cpu/tuning, embedded at build time: name and text.
static constexpr const char *shippedFiles[][2] = {
#include "backends/cpu/compile/TuningFiles.inc"
};

namespace {
/// Chooses a kernel's schedule for one target.
class Chooser {
public:
  Chooser(func::FuncOp kernel, const Target &target)
      : kernel(kernel), target(target), lanes(target.lanes()) {}

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
  ScheduleAttr make(StringRef emitter, ArrayRef<int64_t> tile,
                    ArrayRef<int64_t> block) {
    MLIRContext *context = kernel.getContext();
    return ScheduleAttr::get(context, StringAttr::get(context, emitter), lanes,
                             tile, block, target.fma, dot);
  }

  /// Rows that make a task worth handing out: some thousand elements.
  static int64_t rowsForTask(int64_t rowElements) {
    constexpr int64_t worthwhile = 4096;
    return std::max<int64_t>(1, worthwhile / rowElements);
  }

  FailureOr<ScheduleAttr> choosePointwise() {
    SmallVector<DimAttr> dims = getDims(kernel.getResultTypes().front());
    int64_t row = dims.empty() ? 1 : estimateDim(dims.back());
    return make("pointwise", {1}, {rowsForTask(row)});
  }

  FailureOr<ScheduleAttr> chooseStencil(const StencilPlan &plan) {
    WindowsOp windows = plan.windows;
    size_t last = windows.getAxes().size() - 1;
    // A sum for each place, a vector for each element of the last window axis
    // and one for what is read; more than eight sums hide no latency.
    int64_t sums = std::clamp<int64_t>(
        target.registers - windows.getSizes()[last] - 2, 4, 8);
    // A line of the cache of channels. Rows are read again by the next block,
    // so there are some, as long as what a task reads fits half of the second
    // cache.
    int64_t channels = std::max<int64_t>(lanes, 16);
    DimAttr places = getDims(windows.getX())[windows.getAxes()[last]];
    int64_t fitting = target.l2 / 2 / (estimateDim(places) * channels * 4);
    int64_t rows = (fitting - windows.getSizes()[0]) / windows.getStrides()[0];
    return make("stencil", {sums},
                {std::clamp<int64_t>(rows, 8, 16), channels});
  }

  FailureOr<ScheduleAttr> chooseRows(const RowPlan &plan) {
    if (auto stencil = StencilPlan::find(plan))
      return chooseStencil(*stencil);
    int64_t row = 1;
    for (DimAttr dim : plan.inner)
      row *= estimateDim(dim);
    // Four sums hide the latency of additions; a row shorter than that has no
    // use for them.
    int64_t unroll = 4;
    while (unroll > 1 && row < 2 * unroll * lanes)
      unroll /= 2;
    return make("rows", {unroll}, {rowsForTask(row)});
  }

  FailureOr<ScheduleAttr> chooseMatmul(MatmulOp op) {
    Type factor = getElementType(op.getRhs().getType());
    if (op.getColumns())
      dot = factor.isInteger(8) ? target.dotBytes
            : factor.isBF16()   ? target.dotBFloat
                                : DotUnit::None;
    bool isNarrow = op.getColumns() && byteWidth(factor) < 4;
    // As many rows as leave registers for two vectors of the right side and one
    // element of the left; twice that where both are halved to be multiplied.
    int64_t vectors = 2;
    // Narrow panels have room for one.
    int64_t width = panelsOf(kernel).width;
    if (width && width % (vectors * lanes) != 0)
      vectors = 1;
    int64_t spare = vectors + (target.fma ? 1 : 2);
    if (isNarrow && dot == DotUnit::None)
      spare += vectors + 1;
    int64_t rows = std::clamp<int64_t>((target.registers - spare) / vectors, 1,
                                       target.matmulRows);
    // Rows of one task: the left side's part should stay in half of the second
    // cache while panels stream by; but each tile fetches an eighth of the next
    // panel, so that fewer than eight would wait for the rest of it.
    constexpr int64_t fewestTiles = 12;
    int64_t depth = estimateDim(getDims(op.getLhs()).back());
    int64_t fitting =
        target.l2 / 2 /
        (depth * byteWidth(getElementType(op.getLhs().getType())));
    int64_t block = std::max(fitting / rows, fewestTiles) * rows;
    if (dot == DotUnit::Matrix)
      return make("matmul", {32, 32, 1},
                  {std::max<int64_t>(fitting / 32, 4) * 32});
    // A step of bytes or bf16 is work enough for one iteration: more of them
    // only make more code.
    int64_t unroll = !isNarrow ? 4 : dot == DotUnit::Vector ? 2 : 1;
    return make("matmul", {rows, vectors * lanes, unroll}, {block});
  }

  FailureOr<ScheduleAttr> chooseAttention(AttentionOp op) {
    switch (op.getFactors()) {
    case Factors::numbers:
    case Factors::fp16:
      break;
    case Factors::bf16:
      dot = target.dotBFloat;
      break;
    case Factors::codes:
      dot = target.dotBytes;
    }
    int64_t rows = target.registers >= 32 ? 8 : 4;
    int64_t valueVectors = target.registers >= 32 ? 4 : 2;
    // Numbers have less to do with a score than codes, and more at once.
    int64_t keyVectors = op.getFactors() == Factors::codes ? 2 : 4;
    if (dot == DotUnit::Matrix)
      return make("attention", {16, keyVectors, valueVectors, 1}, {128, 512});
    // A step of codes is work enough for half as many of them.
    int64_t unroll = op.getFactors() == Factors::codes ? 2 : 4;
    return make("attention", {rows, 2, valueVectors, unroll}, {128, 512});
  }

  func::FuncOp kernel;
  const Target &target;
  int64_t lanes;
  DotUnit dot = DotUnit::None; ///< What computes the product.
};

struct Schedule : tenon::cpu::impl::ScheduleBase<Schedule> {
  using ScheduleBase::ScheduleBase;

  void runOnOperation() override {
    BackendOptions options;
    options.targets.assign(targets.begin(), targets.end());
    auto chosen = Target::findAll(options);
    if (!chosen) {
      emitInputError(&getContext(), chosen.status());
      return signalPassFailure();
    }

    ScheduleFile given;
    if (!file.empty()) {
      auto loaded = ScheduleFile::load(file);
      if (!loaded) {
        emitInputError(&getContext(), loaded.status());
        return signalPassFailure();
      }
      given = std::move(*loaded);
    }

    // These hold records only, so that apply() never fails.
    auto shipped = parseEmbedded<ScheduleFile>(shippedFiles);
    for (auto kernel : getOperation().getOps<func::FuncOp>()) {
      if (!kernel->hasAttr("tenon.kernel"))
        continue;
      std::string hash = kernelHash(kernel);
      setPitches(kernel);
      setStateBlocks(kernel);
      NamedAttrList schedules;
      for (const Target &target : *chosen) {
        auto schedule = Chooser(kernel, target).choose();
        if (failed(schedule))
          return signalPassFailure();
        auto follow = [&](const ScheduleSizes &asked) {
          return followSizes(*schedule, asked, panelsOf(kernel));
        };
        ScheduleTarget names = target.forSchedules();
        for (ScheduleFile &records : shipped)
          schedule = *records.apply(kernel, hash, names, *schedule, follow);
        auto final = given.apply(kernel, hash, names, *schedule, follow);
        if (!final) {
          emitInputError(&getContext(), final.status());
          return signalPassFailure();
        }
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
  /// Tensors of the arena with long rows get a few elements between them.
  void setPitches(func::FuncOp kernel) {
    for (auto [i, type] : llvm::enumerate(kernel.getArgumentTypes()))
      if (!isa<StateType>(type) && !kernel.getArgAttr(i, "tenon.memory"))
        if (DimAttr pitch = pitchOf(type))
          kernel.setArgAttr(i, "tenon.pitch", pitch);
    for (auto [i, type] : llvm::enumerate(kernel.getResultTypes()))
      if (!isa<StateType>(type) && !kernel.getResultAttr(i, "tenon.memory"))
        if (DimAttr pitch = pitchOf(type))
          kernel.setResultAttr(i, "tenon.pitch", pitch);
  }

  static DimAttr pitchOf(Type type) {
    SmallVector<DimAttr> dims = getDims(type);
    constexpr int64_t longRow = 256;
    if (dims.empty() || !dims.back().isConstant() ||
        dims.back().getValue() < longRow)
      return {};
    // Rows begin at lines of the cache.
    int64_t line = 64 / byteWidth(getElementType(type));
    int64_t lines = (dims.back().getValue() + line - 1) / line;
    return getConstantDim(type.getContext(), (lines + 1) * line);
  }
};
} // namespace
