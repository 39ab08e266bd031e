//===- FloatsAsBits.cpp - small floats that are only moved ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace tenon {
#define GEN_PASS_DEF_FLOATSASBITS
#include "codegen/Passes.h.inc"
} // namespace tenon

using namespace tenon;
using namespace mlir;

namespace {
struct FloatsAsBits : tenon::impl::FloatsAsBitsBase<FloatsAsBits> {
  using FloatsAsBitsBase::FloatsAsBitsBase;

  /// `type` with integers instead of half and bfloat.
  Type asBits(Type type) {
    if (auto shaped = dyn_cast<ShapedType>(type))
      return shaped.clone(asBits(shaped.getElementType()));
    if ((type.isF16() && !hasHalf) || type.isBF16())
      return IntegerType::get(type.getContext(), 16);
    return type;
  }

  TypedAttr bitsOf(TypedAttr number) {
    Type type = asBits(number.getType());
    if (auto dense = dyn_cast<DenseElementsAttr>(number))
      return dense.bitcast(asBits(dense.getElementType()));
    return IntegerAttr::get(
        type, cast<FloatAttr>(number).getValue().bitcastToAPInt());
  }

  void runOnOperation() override {
    SmallVector<arith::BitcastOp> casts;
    getOperation()->walk([&](Operation *op) {
      if (auto constant = dyn_cast<arith::ConstantOp>(op))
        if (asBits(constant.getType()) != constant.getType())
          constant.setValueAttr(bitsOf(constant.getValue()));
      for (Value result : op->getResults())
        result.setType(asBits(result.getType()));
      for (Region &region : op->getRegions())
        for (Block &block : region)
          for (BlockArgument argument : block.getArguments())
            argument.setType(asBits(argument.getType()));
      if (auto cast = dyn_cast<arith::BitcastOp>(op))
        casts.push_back(cast);
    });
    for (arith::BitcastOp cast : casts)
      if (cast.getIn().getType() == cast.getType()) {
        cast.replaceAllUsesWith(cast.getIn());
        cast.erase();
      }
  }
};
} // namespace
