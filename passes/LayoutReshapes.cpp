//===- LayoutReshapes.cpp - changes of layout and reshapes ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/Layouts.h"

#include "dialect/Dims.h"
#include "dialect/Types.h"

#include "mlir/IR/PatternMatch.h"

#include <optional>

using namespace tenon;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Runs of axes
//===----------------------------------------------------------------------===//

namespace {
/// Axes of two shapes that hold the same elements: [fromBegin, fromEnd) of one,
/// [toBegin, toEnd) of the other. One of them may be empty, for axes of size 1.
struct ReshapeRun {
  size_t fromBegin, fromEnd, toBegin, toEnd;
};
} // namespace

/// The finest runs, in order; failure where sizes that depend on symbols hide
/// them.
static FailureOr<SmallVector<ReshapeRun>>
findReshapeRuns(ArrayRef<DimAttr> from, ArrayRef<DimAttr> to) {
  SmallVector<ReshapeRun> runs;
  size_t i = 0, j = 0;
  auto isOne = [](ArrayRef<DimAttr> dims, size_t at) {
    return at < dims.size() && dims[at].isConstant(1);
  };
  while (i < from.size() || j < to.size()) {
    // An axis of 1 that only one side has stands by itself.
    bool oneFrom = isOne(from, i), oneTo = isOne(to, j);
    if (oneFrom && !oneTo) {
      runs.push_back({i, i + 1, j, j});
      ++i;
      continue;
    }
    if (oneTo && !oneFrom) {
      runs.push_back({i, i, j, j + 1});
      ++j;
      continue;
    }
    if (i == from.size() || j == to.size())
      return failure();
    ReshapeRun run{i, i + 1, j, j + 1};
    DimAttr a = from[i++], b = to[j++];
    while (a != b) {
      if (i < from.size() && exactDiv(b, a))
        a = a * from[i++];
      else if (j < to.size() && exactDiv(a, b))
        b = b * to[j++];
      else
        return failure();
    }
    run.fromEnd = i;
    run.toEnd = j;
    runs.push_back(run);
  }
  return runs;
}

/// For a reshape behind a transpose with permutation `order`: its runs in the
/// order that their axes have before the transpose, or nothing if one of them
/// has axes that aren't neighbours there. Runs that have none stay behind the
/// run before them.
static std::optional<SmallVector<ReshapeRun>>
runsBeforeTranspose(ArrayRef<ReshapeRun> runs, ArrayRef<int64_t> order) {
  SmallVector<std::pair<int64_t, ReshapeRun>> keyed;
  int64_t last = -1;
  for (const ReshapeRun &run : runs) {
    for (size_t i = run.fromBegin + 1; i < run.fromEnd; ++i)
      if (order[i] != order[i - 1] + 1)
        return std::nullopt;
    if (run.fromBegin < run.fromEnd)
      last = order[run.fromBegin];
    keyed.push_back({last, run});
  }
  llvm::sort(keyed, [](const auto &a, const auto &b) {
    return std::pair(a.first, a.second.toBegin) <
           std::pair(b.first, b.second.toBegin);
  });
  SmallVector<ReshapeRun> result;
  for (auto &[key, run] : keyed)
    result.push_back(run);
  return result;
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

namespace {
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
    AxisOrder order(to.size());
    for (const ReshapeRun &run : *before)
      for (size_t j = run.toBegin; j < run.toEnd; ++j) {
        order[j] = dims.size();
        dims.push_back(to[j]);
      }
    Value result = ReshapeOp::create(rewriter, op.getLoc(), transpose.getX(),
                                     DimsAttr::get(op.getContext(), dims));
    replaceBefore(rewriter, op, result, order);
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
    AxisOrder order;
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

void tenon::populateLayoutReshapePatterns(RewritePatternSet &patterns) {
  patterns.add<MoveDownThroughReshape, MoveUpThroughReshape>(
      patterns.getContext());
}
