//===- MoveLayouts.cpp - changes of layout meet and vanish ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/FusionPolicy.h"
#include "passes/Layouts.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tenon {
#define GEN_PASS_DEF_MOVELAYOUTS
#include "passes/Passes.h.inc"
} // namespace tenon

using namespace tenon;
using namespace mlir;

namespace {
struct MoveLayouts : tenon::impl::MoveLayoutsBase<MoveLayouts> {
  using MoveLayoutsBase::MoveLayoutsBase;

  void runOnOperation() override {
    auto rules = loadPolicy(&getContext(), policy);
    if (failed(rules))
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    populateLayoutPatterns(patterns);
    GreedyRewriteConfig config;
    config.enableFolding(false).enableConstantCSE(false);
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    FrozenRewritePatternSet frozen(std::move(patterns));
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      // A model without marks is left as it is.
      bool moves = false;
      if (rules->allows(GraphStep::MoveLayouts))
        function.walk(
            [&](TransposeOp op) { moves |= layoutOf(op) != Layout::None; });
      if (moves && failed(applyPatternsGreedily(function, frozen, config)))
        return signalPassFailure();
      function.walk([](TransposeOp op) { setLayout(op, Layout::None); });
    }
  }
};
} // namespace
