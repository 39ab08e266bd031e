//===- ChoosePanels.cpp - how wide the panels of weights are --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/Passes.h"
#include "backends/cpu/compile/ScheduleSpace.h"
#include "backends/cpu/compile/Target.h"

#include "dialect/TenonOps.h"
#include "passes/InputError.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon::cpu {
#define GEN_PASS_DEF_CHOOSEPANELS
#include "backends/cpu/compile/Passes.h.inc"
} // namespace tenon::cpu

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

namespace {
struct ChoosePanels : tenon::cpu::impl::ChoosePanelsBase<ChoosePanels> {
  using ChoosePanelsBase::ChoosePanelsBase;

  void runOnOperation() override {
    BackendOptions options;
    options.targets.assign(targets.begin(), targets.end());
    auto chosen = Target::findAll(options);
    if (!chosen)
      return fail(chosen.status());
    auto given = ScheduleFile::load(file);
    if (!given)
      return fail(given.status());
    auto canRead = [&](int64_t width) {
      return llvm::all_of(*chosen, [&](const Target &target) {
        return cpu::canRead(target, width);
      });
    };
    SymbolTable table(getOperation());
    for (auto function : getOperation().getOps<func::FuncOp>())
      for (auto op : function.getBody().getOps<MatmulOp>()) {
        Operation *right = op.getRhs().getDefiningOp();
        if (auto codes = dyn_cast_or_null<DequantizeOp>(right))
          right = codes.getX().getDefiningOp();
        auto ref = dyn_cast_or_null<GlobalRefOp>(right);
        auto matrix = matrixOf(op);
        if (!ref || !matrix || op.getColumns())
          continue;
        if (auto width =
                given->panelWidth(*matrix, scheduleTargets(*chosen), canRead))
          table.lookup(ref.getGlobal())
              ->setAttr("tenon.panel",
                        Builder(&getContext()).getI64IntegerAttr(*width));
      }
  }

private:
  void fail(const Status &status) {
    emitInputError(&getContext(), status);
    signalPassFailure();
  }
};
} // namespace
