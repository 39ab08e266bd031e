//===- LayoutPatterns.cpp - how changes of layout move --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/Layouts.h"
#include "passes/ReshapeRuns.h"

#include "dialect/Dims.h"
#include "dialect/Types.h"
#include "passes/Weights.h"

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

//===----------------------------------------------------------------------===//
// Permutations
//===----------------------------------------------------------------------===//

using Order = SmallVector<int64_t>;

static bool isIdentity(ArrayRef<int64_t> order) {
  return llvm::all_of(llvm::enumerate(order), [](auto entry) {
    return entry.value() == static_cast<int64_t>(entry.index());
  });
}

static Order inverse(ArrayRef<int64_t> order) {
  Order result(order.size());
  for (auto [i, axis] : llvm::enumerate(order))
    result[axis] = i;
  return result;
}

static Value createTranspose(OpBuilder &builder, Location loc, Value value,
                             ArrayRef<int64_t> order, Layout layout) {
  if (isIdentity(order))
    return value;
  auto op = TransposeOp::create(builder, loc, value, order);
  setLayout(op, layout);
  return op;
}

/// The transpose that makes `value`, if it moves down.
static TransposeOp movesDown(Value value) {
  auto op = value.getDefiningOp<TransposeOp>();
  return op && layoutOf(op) == Layout::Behind ? op : TransposeOp();
}

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
    Order order;
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
    Order order = inverse(op.getPermutation());
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
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      auto moved = back(operand, order, dims, rewriter);
      if (failed(moved))
        return rewriter.notifyMatchFailure(
            op, "another operand has the model's layout");
      operands.push_back(*moved);
    }
    OperationState state(op.getLoc(), op->getName());
    state.addOperands(operands);
    state.addAttributes(op->getAttrs());
    SmallVector<DimAttr> own(dims.size());
    for (auto [i, axis] : llvm::enumerate(order))
      own[axis] = dims[i];
    state.addTypes(getTensorType(op.getContext(), own,
                                 getElementType(op->getResult(0).getType())));
    Value result = rewriter.create(state)->getResult(0);
    rewriter.replaceOp(op, createTranspose(rewriter, op.getLoc(), result, order,
                                           Layout::Behind));
    return success();
  }

private:
  /// An operand that broadcasts to `dims`, before `order` was applied.
  static FailureOr<Value> back(Value operand, ArrayRef<int64_t> order,
                               ArrayRef<DimAttr> dims,
                               PatternRewriter &rewriter) {
    SmallVector<DimAttr> own = getDims(operand);
    if (own.empty())
      return operand;
    // A transpose of the model may be the same as one of ours.
    if (auto moved = operand.getDefiningOp<TransposeOp>();
        moved && moved.getPermutation() == order)
      return moved.getX();
    // Anything else would have to be moved itself, which pays where it is a
    // constant or small.
    bool isSmaller =
        own.size() < dims.size() ||
        llvm::any_of(
            llvm::zip(own, dims),
            [](auto pair) { return std::get<0>(pair) != std::get<1>(pair); });
    if (!isSmaller && !isConstantValue(operand))
      return failure();
    Location loc = operand.getLoc();
    SmallVector<DimAttr> full(dims.size() - own.size(),
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
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      TransposeOp moved = movesDown(operand);
      if (moved && moved.getPermutation() == order)
        operands.push_back(moved.getX());
      else if (isConstantValue(operand))
        operands.push_back(createTranspose(rewriter, op.getLoc(), operand,
                                           inverse(order), Layout::Before));
      else
        return rewriter.notifyMatchFailure(
            op, "another operand has the model's layout");
    }
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
    rewriter.replaceOp(op, createTranspose(rewriter, op.getLoc(), result, order,
                                           Layout::Behind));
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
    Order left;
    for (int64_t axis : order) {
      if (op.getKeepAxes())
        left.push_back(axis);
      else if (!llvm::is_contained(axes, axis))
        left.push_back(
            axis - llvm::count_if(axes, [&](int64_t a) { return a < axis; }));
    }
    rewriter.replaceOp(op, createTranspose(rewriter, op.getLoc(), result, left,
                                           Layout::Behind));
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
    Order order = llvm::to_vector(transpose.getPermutation());
    SmallVector<int64_t> axes;
    for (int64_t axis : op.getAxes())
      axes.push_back(order[axis]);
    Value result = WindowsOp::create(rewriter, op.getLoc(), transpose.getX(),
                                     axes, op.getSizes(), op.getStrides(),
                                     op.getPaddingLow(), op.getPaddingHigh(),
                                     op.getDilations(), op.getValue());
    for (size_t i = 0; i < axes.size(); ++i)
      order.push_back(order.size());
    rewriter.replaceOp(op, createTranspose(rewriter, op.getLoc(), result, order,
                                           Layout::Behind));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Reshapes
//===----------------------------------------------------------------------===//

/// reshape(transpose(x)) as transpose(reshape(x)).
struct MoveDownThroughReshape : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    TransposeOp transpose = movesDown(op.getX());
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "reads no moved layout");
    SmallVector<DimAttr> to = getDims(op.getResult());
    auto runs = findReshapeRuns(getDims(op.getX()), to);
    if (failed(runs))
      return rewriter.notifyMatchFailure(op, "its axes can't be matched");
    auto before = runsBeforeTranspose(*runs, transpose.getPermutation());
    if (!before)
      return rewriter.notifyMatchFailure(op, "mixes axes that are apart");
    SmallVector<DimAttr> dims;
    Order order(to.size());
    for (const ReshapeRun &run : *before)
      for (size_t j = run.toBegin; j < run.toEnd; ++j) {
        order[j] = dims.size();
        dims.push_back(to[j]);
      }
    Value result = ReshapeOp::create(rewriter, op.getLoc(), transpose.getX(),
                                     DimsAttr::get(op.getContext(), dims));
    rewriter.replaceOp(op, createTranspose(rewriter, op.getLoc(), result, order,
                                           Layout::Behind));
    return success();
  }
};

/// transpose(reshape(x)) as reshape(transpose(x)), where a transpose of x is
/// there to meet.
struct MoveUpThroughReshape : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    if (layoutOf(op) != Layout::Before)
      return rewriter.notifyMatchFailure(op, "doesn't move up");
    auto reshape = op.getX().getDefiningOp<ReshapeOp>();
    if (!reshape || !reshape.getX().getDefiningOp<TransposeOp>())
      return rewriter.notifyMatchFailure(op, "nothing to meet");
    // As seen from its result, the reshape is one behind this transpose.
    SmallVector<DimAttr> from = getDims(reshape.getX());
    auto runs = findReshapeRuns(getDims(reshape.getResult()), from);
    if (failed(runs))
      return rewriter.notifyMatchFailure(op, "its axes can't be matched");
    auto behind = runsBeforeTranspose(*runs, inverse(op.getPermutation()));
    if (!behind)
      return rewriter.notifyMatchFailure(op, "mixes axes that are apart");
    Order order;
    for (const ReshapeRun &run : *behind)
      for (size_t j = run.toBegin; j < run.toEnd; ++j)
        order.push_back(j);
    Value moved = createTranspose(rewriter, op.getLoc(), reshape.getX(), order,
                                  Layout::Before);
    rewriter.replaceOpWithNewOp<ReshapeOp>(
        op, moved, DimsAttr::get(op.getContext(), getDims(op.getResult())));
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
           MoveThroughAxis<SoftmaxOp>, MoveThroughReduce, MoveThroughWindows,
           MoveDownThroughReshape, MoveUpThroughReshape>(context);
}
