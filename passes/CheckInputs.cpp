//===- CheckInputs.cpp - allowed values of integer inputs -----------------===//
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

namespace tenon {
#define GEN_PASS_DEF_CHECKINPUTS
#include "passes/Passes.h.inc"
} // namespace tenon

using namespace tenon;
using namespace mlir;

namespace {
/// The constant that all elements of a value are.
std::optional<int64_t> asConstant(Value value) {
  if (auto fill = value.getDefiningOp<FillOp>())
    if (auto integer = dyn_cast<IntegerAttr>(fill.getValue()))
      return integer.getInt();
  if (auto constant = value.getDefiningOp<ConstantOp>())
    if (auto splat = dyn_cast<SplatElementsAttr>(constant.getValue());
        splat && isa<IntegerType>(splat.getElementType()))
      return splat.getSplatValue<APInt>().getSExtValue();
  return std::nullopt;
}

struct CheckInputs : tenon::impl::CheckInputsBase<CheckInputs> {
  using CheckInputsBase::CheckInputsBase;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      for (auto gather : function.getBody().getOps<GatherOp>()) {
        DimAttr size = getDims(gather.getX())[gather.getAxis()];
        if (auto count = size.asConstant())
          demand(function, gather.getIndices(), {0, *count - 1});
      }
  }

private:
  /// `value` must lie in `range`: narrows the input it comes from.
  void demand(func::FuncOp function, Value value, DimRange range) {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      narrow(function, argument.getArgNumber(), range);
      return;
    }
    Operation *op = value.getDefiningOp();
    if (auto cast = dyn_cast<CastOp>(op)) {
      if (isa<IntegerType>(getElementType(cast.getX().getType())))
        demand(function, cast.getX(), range);
    } else if (isa<ReshapeOp, TransposeOp, ExpandOp, SliceOp>(op)) {
      demand(function, op->getOperand(0), range);
    } else if (auto binary = dyn_cast<BinaryOp>(op)) {
      demandThrough(function, binary, range);
    }
    // Anything else decides its own values; kernels clamp what they read.
  }

  void demandThrough(func::FuncOp function, BinaryOp op, DimRange range) {
    auto right = asConstant(op.getRhs()), left = asConstant(op.getLhs());
    switch (op.getKind()) {
    case BinaryKind::add:
      if (right)
        demand(function, op.getLhs(), {range.min - *right, range.max - *right});
      else if (left)
        demand(function, op.getRhs(), {range.min - *left, range.max - *left});
      return;
    case BinaryKind::sub:
      if (right)
        demand(function, op.getLhs(), {range.min + *right, range.max + *right});
      return;
    default:
      return;
    }
  }

  void narrow(func::FuncOp function, unsigned argument, DimRange range) {
    if (auto known = function.getArgAttrOfType<DenseI64ArrayAttr>(
            argument, "tenon.range"))
      range = {std::max(range.min, known[0]), std::min(range.max, known[1])};
    function.setArgAttr(
        argument, "tenon.range",
        DenseI64ArrayAttr::get(&getContext(), {range.min, range.max}));
  }
};
} // namespace
