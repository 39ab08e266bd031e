//===- Layouts.cpp - transposes that came from choosing a layout ----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/Layouts.h"

#include "mlir/IR/PatternMatch.h"

using namespace tenon;
using namespace mlir;

static constexpr StringLiteral layoutName = "tenon.layout";

void tenon::setLayout(TransposeOp op, Layout layout) {
  if (layout == Layout::None)
    op->removeDiscardableAttr(layoutName);
  else
    op->setDiscardableAttr(
        layoutName,
        StringAttr::get(op.getContext(),
                        layout == Layout::Before ? "before" : "behind"));
}

Layout tenon::layoutOf(TransposeOp op) {
  auto name = dyn_cast_or_null<StringAttr>(op->getDiscardableAttr(layoutName));
  if (!name)
    return Layout::None;
  return name == "before" ? Layout::Before : Layout::Behind;
}

static bool isIdentity(ArrayRef<int64_t> order) {
  return llvm::all_of(llvm::enumerate(order), [](auto entry) {
    return entry.value() == static_cast<int64_t>(entry.index());
  });
}

AxisOrder tenon::inverse(ArrayRef<int64_t> order) {
  AxisOrder result(order.size());
  for (auto [i, axis] : llvm::enumerate(order))
    result[axis] = i;
  return result;
}

Value tenon::createTranspose(OpBuilder &builder, Location loc, Value value,
                             ArrayRef<int64_t> order, Layout layout) {
  if (isIdentity(order))
    return value;
  auto op = TransposeOp::create(builder, loc, value, order);
  setLayout(op, layout);
  return op;
}

TransposeOp tenon::movesDown(Value value) {
  auto op = value.getDefiningOp<TransposeOp>();
  return op && layoutOf(op) == Layout::Behind ? op : TransposeOp();
}

void tenon::replaceBefore(PatternRewriter &rewriter, Operation *op,
                          Value result, ArrayRef<int64_t> order) {
  rewriter.replaceOp(op, createTranspose(rewriter, op->getLoc(), result, order,
                                         Layout::Behind));
}
