//===- PackWeights.cpp - right sides of products as panels ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "dialect/Dims.h"
#include "dialect/HostTensor.h"
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
    SymbolTable table(module);
    symbols = &table;
    // A matrix that products read, or codes that stand for one; the first
    // product decides which side is the depth.
    llvm::MapVector<StringAttr, Form> forms;
    SmallVector<Operation *> matrices;
    for (auto function : module.getOps<func::FuncOp>()) {
      for (Operation &op : function.getBody().getOps())
        if (isa<GlobalRefOp, DequantizeOp>(op))
          matrices.push_back(&op);
      for (auto op : function.getBody().getOps<MatmulOp>())
        if (auto ref = globalOf(op.getRhs().getDefiningOp());
            ref && !op.getColumns() && getDims(op.getRhs()).size() == 2 &&
            isPackable(op))
          forms.insert({ref.getGlobalAttr().getAttr(),
                        {op.getTransposeRhs(), interleaveOf(op),
                         takeWidth(ref.getGlobalAttr().getAttr())}});
    }
    for (Operation *matrix : matrices)
      if (GlobalRefOp ref = globalOf(matrix))
        if (auto it = forms.find(ref.getGlobalAttr().getAttr());
            it != forms.end())
          usePanels(matrix, it->second);
    for (Operation *matrix : llvm::reverse(matrices))
      if (matrix->use_empty())
        matrix->erase();
  }

private:
  /// How a global is packed.
  struct Form {
    bool transposed;
    int64_t interleave, width;
  };

  /// The width that a backend chose for a global's panels.
  int64_t takeWidth(StringAttr global) {
    Operation *op = symbols->lookup(global);
    auto chosen = dyn_cast_or_null<IntegerAttr>(op->removeAttr("tenon.panel"));
    return chosen ? chosen.getInt() : int64_t(width);
  }

  /// Instructions that sum products take four bytes of a column; for half there
  /// are none.
  static int64_t interleaveOf(MatmulOp op) {
    constexpr int64_t bytes = 4;
    Type element = getElementType(op.getRhs().getType());
    if (element.isF16())
      return 1;
    return bytes / byteWidth(element);
  }

  /// The global that holds a matrix, or the codes of one.
  static GlobalRefOp globalOf(Operation *matrix) {
    if (auto dequantize = dyn_cast_or_null<DequantizeOp>(matrix))
      return dequantize.getX().getDefiningOp<GlobalRefOp>();
    return dyn_cast_or_null<GlobalRefOp>(matrix);
  }

  static bool isPackable(MatmulOp op) {
    Type element = getElementType(op.getRhs().getType());
    return element.isF32() || element.isInteger(8) ||
           (isa<FloatType>(element) && op.getWide());
  }

  /// Makes the users of a matrix read panels.
  void usePanels(Operation *matrix, Form form) {
    auto [transposed, interleave, columnsOfPanel] = form;
    // Of codes, either they or what they stand for is read by products.
    bool isRead =
        !matrix->use_empty() &&
        (isa<DequantizeOp>(matrix)
             ? interleave == 1
             : interleave > 1 || !llvm::all_of(matrix->getUsers(),
                                               llvm::IsaPred<DequantizeOp>));
    if (!isRead)
      return;
    OpBuilder builder(matrix);
    Location loc = matrix->getLoc();
    Value result = matrix->getResult(0);
    SmallVector<DimAttr> dims = getDims(result);
    int64_t columns = *dims[transposed ? 0 : 1].asConstant();
    int64_t depth = *dims[transposed ? 1 : 0].asConstant();
    Value panels;
    if (auto op = dyn_cast<DequantizeOp>(matrix)) {
      GlobalOp codes = packed(globalOf(op), form);
      bool isHalved = codes.getBody()
                          .front()
                          .getTerminator()
                          ->getOperand(0)
                          .getDefiningOp<PackNibblesOp>() != nullptr;
      Value scales =
          refer(builder, loc,
                packed(op.getScales().getDefiningOp<GlobalRefOp>(), form));
      panels = DequantizeOp::create(builder, loc, refer(builder, loc, codes),
                                    scales, /*axis=*/1, op.getGroup(),
                                    isHalved ? builder.getI64IntegerAttr(depth)
                                             : IntegerAttr());
    } else {
      panels = refer(builder, loc, packed(cast<GlobalRefOp>(matrix), form));
    }
    Value unpacked;
    for (OpOperand &use : llvm::make_early_inc_range(result.getUses())) {
      auto op = dyn_cast<MatmulOp>(use.getOwner());
      if (op && use.getOperandNumber() == 1 &&
          op.getTransposeRhs() == transposed) {
        use.set(panels);
        op.setColumns(columns);
        op.setTransposeRhs(false);
        continue;
      }
      if (!unpacked)
        unpacked = UnpackOp::create(builder, loc, panels, columns, transposed,
                                    getDims(panels).size() == 4
                                        ? builder.getI64IntegerAttr(depth)
                                        : IntegerAttr());
      use.set(unpacked);
    }
  }

  static Value refer(OpBuilder &builder, Location loc, GlobalOp global) {
    return GlobalRefOp::create(builder, loc, global.getType(),
                               global.getSymName());
  }

  /// The global of a reference, packed if it isn't yet. Codes of 4 bits share
  /// bytes.
  GlobalOp packed(GlobalRefOp ref, Form form) {
    auto global = symbols->lookup<GlobalOp>(ref.getGlobal());
    auto yield = cast<YieldOp>(global.getBody().front().getTerminator());
    Value matrix = yield.getOperand(0);
    if (!packedGlobals.insert(global).second)
      return global;
    OpBuilder builder(yield);
    Value panels = PackOp::create(builder, global.getLoc(), matrix, form.width,
                                  form.transposed, form.interleave);
    if (auto codes = matrix.getDefiningOp<QuantizeOp>();
        codes && codes.getBits() == 4)
      panels = PackNibblesOp::create(builder, global.getLoc(), panels,
                                     /*axis=*/1);
    yield.setOperand(0, panels);
    global.setTypeAttr(TypeAttr::get(panels.getType()));
    return global;
  }

  SymbolTable *symbols = nullptr;
  llvm::SmallPtrSet<Operation *, 16> packedGlobals;
};
} // namespace
