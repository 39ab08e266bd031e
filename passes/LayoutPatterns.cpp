//===- LayoutPatterns.cpp - how changes of layout move --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/Layouts.h"

#include "dialect/Dims.h"
#include "dialect/Types.h"
#include "passes/Weights.h"

#include "mlir/IR/PatternMatch.h"

using namespace tenon;
using namespace mlir;

/// The first operand's transpose that moves down.
static TransposeOp findMovesDown(Operation *op) {
  for (Value operand : op->getOperands())
    if (TransposeOp transpose = movesDown(operand))
      return transpose;
  return {};
}

namespace {
//===----------------------------------------------------------------------===//
// Meeting
//===----------------------------------------------------------------------===//

/// Two transposes are one, or none.
struct MergeTransposes : OpRewritePattern<TransposeOp> {
  MergeTransposes(MLIRContext *context)
      : OpRewritePattern(context, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    auto first = op.getX().getDefiningOp<TransposeOp>();
    if (!first)
      return rewriter.notifyMatchFailure(op, "nothing to meet");
    Layout a = layoutOf(first), b = layoutOf(op);
    if (a == Layout::None && b == Layout::None)
      return rewriter.notifyMatchFailure(op, "both are the model's");
    AxisOrder order;
    for (int64_t axis : op.getPermutation())
      order.push_back(first.getPermutation()[axis]);
    // What is left goes on, in the direction that is still open.
    Layout left = a == Layout::Behind ? a : b;
    rewriter.replaceOp(
        op, createTranspose(rewriter, op.getLoc(), first.getX(), order, left));
    return success();
  }
};

/// The model's own transposes move down like ours where elementwise ops alone
/// keep them from one that undoes them.
struct JoinModelTranspose : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    if (layoutOf(op) != Layout::Before)
      return rewriter.notifyMatchFailure(op, "doesn't move up");
    AxisOrder order = inverse(op.getPermutation());
    SetVector<Operation *> seen;
    if (Operation *first = op.getX().getDefiningOp())
      seen.insert(first);
    bool found = false;
    for (size_t i = 0; i < seen.size(); ++i) {
      if (!isa<ScalarOpInterface>(seen[i]))
        continue;
      for (Value operand : seen[i]->getOperands()) {
        auto transpose = operand.getDefiningOp<TransposeOp>();
        if (transpose && layoutOf(transpose) == Layout::None &&
            transpose.getPermutation() == ArrayRef<int64_t>(order)) {
          rewriter.modifyOpInPlace(
              transpose, [&]() { setLayout(transpose, Layout::Behind); });
          found = true;
        } else if (Operation *producer = operand.getDefiningOp()) {
          seen.insert(producer);
        }
      }
    }
    return success(found);
  }
};

//===----------------------------------------------------------------------===//
// Down
//===----------------------------------------------------------------------===//

/// f(transpose(x)) as transpose(f(x)), other operands transposed back.
struct MoveThroughElementwise : OpInterfaceRewritePattern<ScalarOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(ScalarOpInterface op,
                                PatternRewriter &rewriter) const override {
    TransposeOp transpose = findMovesDown(op);
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "reads no moved layout");
    ArrayRef<int64_t> order = transpose.getPermutation();
    SmallVector<DimAttr> dims = getDims(op->getResult(0));
    if (dims.size() != order.size())
      return rewriter.notifyMatchFailure(op, "has further axes");
    if (!llvm::all_of(op->getOperands(), [&](Value operand) {
          return canMoveBack(operand, order, dims);
        }))
      return rewriter.notifyMatchFailure(
          op, "another operand has the model's layout");
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(moveBack(operand, order, rewriter));
    OperationState state(op.getLoc(), op->getName());
    state.addOperands(operands);
    state.addAttributes(op->getAttrs());
    SmallVector<DimAttr> own(dims.size());
    for (auto [i, axis] : llvm::enumerate(order))
      own[axis] = dims[i];
    state.addTypes(getTensorType(op.getContext(), own,
                                 getElementType(op->getResult(0).getType())));
    Value result = rewriter.create(state)->getResult(0);
    replaceBefore(rewriter, op, result, order);
    return success();
  }

private:
  /// Whether an operand that broadcasts to `dims` can be had as it was before
  /// `order`, which pays where it comes from there, is constant or small.
  static bool canMoveBack(Value operand, ArrayRef<int64_t> order,
                          ArrayRef<DimAttr> dims) {
    SmallVector<DimAttr> own = getDims(operand);
    bool isSmaller = own.size() < dims.size() || ArrayRef(own) != dims;
    return isSmaller || isOrdered(operand, order) || isConstantValue(operand);
  }

  /// Whether a transpose to `order` makes `value`, be it one of the model's.
  static bool isOrdered(Value value, ArrayRef<int64_t> order) {
    auto transpose = value.getDefiningOp<TransposeOp>();
    return transpose && transpose.getPermutation() == order;
  }

  static Value moveBack(Value operand, ArrayRef<int64_t> order,
                        PatternRewriter &rewriter) {
    if (isOrdered(operand, order))
      return operand.getDefiningOp<TransposeOp>().getX();
    SmallVector<DimAttr> own = getDims(operand);
    if (own.empty())
      return operand;
    Location loc = operand.getLoc();
    SmallVector<DimAttr> full(order.size() - own.size(),
                              getConstantDim(loc.getContext(), 1));
    llvm::append_range(full, own);
    if (full.size() != own.size())
      operand = ReshapeOp::create(rewriter, loc, operand,
                                  DimsAttr::get(loc.getContext(), full));
    return createTranspose(rewriter, loc, operand, inverse(order),
                           Layout::Before);
  }
};

/// A movement op along one axis.
template <typename OpT> struct MoveThroughAxis : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpT op,
                                PatternRewriter &rewriter) const override {
    TransposeOp transpose = findMovesDown(op);
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "reads no moved layout");
    ArrayRef<int64_t> order = transpose.getPermutation();
    auto comesFromBefore = [&](Value operand) {
      TransposeOp moved = movesDown(operand);
      return moved && moved.getPermutation() == order;
    };
    if (!llvm::all_of(op->getOperands(), [&](Value operand) {
          return comesFromBefore(operand) || isConstantValue(operand);
        }))
      return rewriter.notifyMatchFailure(
          op, "another operand has the model's layout");
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(comesFromBefore(operand)
                             ? movesDown(operand).getX()
                             : createTranspose(rewriter, op.getLoc(), operand,
                                               inverse(order), Layout::Before));
    SmallVector<DimAttr> dims(order.size());
    for (auto [dim, axis] : llvm::zip(getDims(op.getResult()), order))
      dims[axis] = dim;
    OperationState state(op.getLoc(), op->getName());
    state.addOperands(operands);
    state.addAttributes(op->getAttrs());
    state.attributes.set("axis",
                         rewriter.getI64IntegerAttr(order[op.getAxis()]));
    state.addTypes(
        getTensorType(op.getContext(), dims, getElementType(op.getType())));
    Value result = rewriter.create(state)->getResult(0);
    replaceBefore(rewriter, op, result, order);
    return success();
  }
};

struct MoveThroughReduce : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp op,
                                PatternRewriter &rewriter) const override {
    TransposeOp transpose = movesDown(op.getX());
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "reads no moved layout");
    ArrayRef<int64_t> order = transpose.getPermutation();
    SmallVector<int64_t> axes;
    for (int64_t axis : op.getAxes())
      axes.push_back(order[axis]);
    llvm::sort(axes);
    Value result = ReduceOp::create(rewriter, op.getLoc(), op.getKind(),
                                    transpose.getX(), axes, op.getKeepAxes());
    // Where each axis of the result is among those that are left.
    AxisOrder left;
    for (int64_t axis : order) {
      if (op.getKeepAxes())
        left.push_back(axis);
      else if (!llvm::is_contained(axes, axis))
        left.push_back(
            axis - llvm::count_if(axes, [&](int64_t a) { return a < axis; }));
    }
    replaceBefore(rewriter, op, result, left);
    return success();
  }
};

struct MoveThroughWindows : OpRewritePattern<WindowsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(WindowsOp op,
                                PatternRewriter &rewriter) const override {
    TransposeOp transpose = movesDown(op.getX());
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "reads no moved layout");
    AxisOrder order = llvm::to_vector(transpose.getPermutation());
    SmallVector<int64_t> axes;
    for (int64_t axis : op.getAxes())
      axes.push_back(order[axis]);
    Value result = WindowsOp::create(rewriter, op.getLoc(), transpose.getX(),
                                     axes, op.getSizes(), op.getStrides(),
                                     op.getPaddingLow(), op.getPaddingHigh(),
                                     op.getDilations(), op.getValue());
    for (size_t i = 0; i < axes.size(); ++i)
      order.push_back(order.size());
    replaceBefore(rewriter, op, result, order);
    return success();
  }
};

} // namespace

void tenon::populateLayoutPatterns(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns
      .add<MergeTransposes, JoinModelTranspose, MoveThroughElementwise,
           MoveThroughAxis<SliceOp>, MoveThroughAxis<PadOp>,
           MoveThroughAxis<RollOp>, MoveThroughAxis<ConcatOp>,
           MoveThroughAxis<SoftmaxOp>, MoveThroughReduce, MoveThroughWindows>(
          context);
  populateLayoutReshapePatterns(patterns);
}
