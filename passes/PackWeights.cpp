//===- PackWeights.cpp - right sides of products as panels ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Dims.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"

namespace tenon {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "passes/Passes.h.inc"
} // namespace tenon

using namespace tenon;
using namespace mlir;

namespace {
struct PackWeights : tenon::impl::PackWeightsBase<PackWeights> {
  using PackWeightsBase::PackWeightsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    // A global and how its products read it; the first one decides.
    llvm::MapVector<StringAttr, bool> transposedGlobals;
    SmallVector<GlobalRefOp> refs;
    for (auto function : module.getOps<func::FuncOp>()) {
      llvm::append_range(refs, function.getBody().getOps<GlobalRefOp>());
      for (auto op : function.getBody().getOps<MatmulOp>())
        if (auto ref = op.getRhs().getDefiningOp<GlobalRefOp>();
            ref && !op.getColumns() && getDims(op.getRhs()).size() == 2 &&
            getElementType(op.getType()).isF32())
          transposedGlobals.insert(
              {ref.getGlobalAttr().getAttr(), op.getTransposeRhs()});
    }
    SymbolTable symbols(module);
    for (auto [name, transposed] : transposedGlobals)
      pack(symbols.lookup<GlobalOp>(name), transposed);
    for (GlobalRefOp ref : refs)
      if (auto it = transposedGlobals.find(ref.getGlobalAttr().getAttr());
          it != transposedGlobals.end())
        repoint(ref, symbols.lookup<GlobalOp>(ref.getGlobal()), it->second);
  }

private:
  void pack(GlobalOp global, bool transposed) {
    auto yield = cast<YieldOp>(global.getBody().front().getTerminator());
    OpBuilder builder(yield);
    Value panels = PackOp::create(builder, global.getLoc(), yield.getOperand(0),
                                  width, transposed);
    yield.setOperand(0, panels);
    global.setTypeAttr(TypeAttr::get(panels.getType()));
  }

  /// Makes the users of a reference read the panels.
  void repoint(GlobalRefOp ref, GlobalOp global, bool transposed) {
    SmallVector<DimAttr> matrix = getDims(ref.getResult());
    int64_t columns = *matrix[transposed ? 0 : 1].asConstant();
    OpBuilder builder(ref);
    Value panels = GlobalRefOp::create(builder, ref.getLoc(), global.getType(),
                                       ref.getGlobal());
    Value unpacked;
    for (OpOperand &use : llvm::make_early_inc_range(ref->getUses())) {
      auto op = dyn_cast<MatmulOp>(use.getOwner());
      if (op && use.getOperandNumber() == 1 &&
          op.getTransposeRhs() == transposed) {
        use.set(panels);
        op.setColumns(columns);
        op.setTransposeRhs(false);
        continue;
      }
      if (!unpacked)
        unpacked = UnpackOp::create(builder, ref.getLoc(), panels, columns,
                                    transposed);
      use.set(unpacked);
    }
    ref.erase();
  }
};
} // namespace
