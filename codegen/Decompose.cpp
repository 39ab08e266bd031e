//===- Decompose.cpp - taking shorthand ops apart -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/Decompose.h"

#include "dialect/TenonOps.h"
#include "dialect/Types.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace tenon;
using namespace mlir;

namespace {
struct DecomposeOp : OpInterfaceRewritePattern<DecomposeOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(DecomposeOpInterface op,
                                PatternRewriter &rewriter) const override {
    auto result = op.decompose(rewriter);
    if (failed(result))
      return rewriter.notifyMatchFailure(op, "is as simple as it gets");
    rewriter.replaceOp(op, *result);
    return success();
  }
};

/// Sums over small floats are made in float: operands are converted where they
/// are read, and the result is rounded once.
struct WidenSums : OpInterfaceRewritePattern<FusionOpInterface> {
  WidenSums(MLIRContext *context)
      : OpInterfaceRewritePattern(context, /*benefit=*/2) {}

  LogicalResult matchAndRewrite(FusionOpInterface op,
                                PatternRewriter &rewriter) const override {
    if (op.getFusionKind() != FusionKind::Row &&
        op.getFusionKind() != FusionKind::Contraction &&
        op.getFusionKind() != FusionKind::Attention)
      return rewriter.notifyMatchFailure(op, "sums nothing");
    auto matmul = dyn_cast<MatmulOp>(op.getOperation());
    if (matmul && matmul.getColumns() && matmul.getWide())
      return rewriter.notifyMatchFailure(op,
                                         "emitters read panels as they are");
    // What a score region captures is its own affair.
    unsigned count =
        isa<AttentionOp>(op.getOperation()) ? 3 : op->getNumOperands();
    if (llvm::none_of(op->getOperands().take_front(count),
                      [](Value v) { return isSmall(v.getType()); }))
      return rewriter.notifyMatchFailure(op, "isn't on small floats");
    Location loc = op.getLoc();
    Type f32 = rewriter.getF32Type();
    OperationState state(loc, op->getName());
    for (auto [i, operand] : llvm::enumerate(op->getOperands()))
      state.operands.push_back(
          i < count && isSmall(operand.getType())
              ? Value(CastOp::create(rewriter, loc, operand, f32))
              : operand);
    Type type = op->getResult(0).getType();
    state.addTypes(isSmall(type)
                       ? getTensorType(op.getContext(), getDims(type), f32)
                       : type);
    state.addAttributes(op->getAttrs());
    if (op->getNumRegions())
      state.addRegion()->takeBody(op->getRegion(0));
    Operation *wide = rewriter.create(state);
    if (wide->getNumRegions())
      widenScore(wide->getRegion(0).front(), getElementType(type), rewriter);
    Value result = wide->getResult(0);
    if (result.getType() != type)
      result = CastOp::create(rewriter, loc, result, getElementType(type));
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  static bool isSmall(Type type) {
    Type element = getElementType(type);
    return element.isF16() || element.isBF16();
  }

  /// A score region still sees the small type.
  static void widenScore(Block &block, Type small, PatternRewriter &rewriter) {
    OpBuilder::InsertionGuard guard(rewriter);
    BlockArgument score = block.getArgument(0);
    Location loc = score.getLoc();
    score.setType(rewriter.getF32Type());
    rewriter.setInsertionPointToStart(&block);
    auto narrow = CastOp::create(rewriter, loc, score, small);
    rewriter.replaceAllUsesExcept(score, narrow, narrow);
    Operation *yield = block.getTerminator();
    rewriter.setInsertionPoint(yield);
    yield->setOperand(0, CastOp::create(rewriter, loc, yield->getOperand(0),
                                        rewriter.getF32Type()));
  }
};
} // namespace

LogicalResult tenon::decomposeOps(func::FuncOp kernel) {
  RewritePatternSet patterns(kernel.getContext());
  patterns.add<DecomposeOp, WidenSums>(kernel.getContext());
  GreedyRewriteConfig config;
  config.enableFolding(false);
  return applyPatternsGreedily(kernel, std::move(patterns), config);
}
