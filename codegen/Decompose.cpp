//===- Decompose.cpp - taking shorthand ops apart -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/Decompose.h"

#include "dialect/TenonOps.h"

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
} // namespace

LogicalResult tenon::decomposeOps(func::FuncOp kernel) {
  RewritePatternSet patterns(kernel.getContext());
  patterns.add<DecomposeOp>(kernel.getContext());
  GreedyRewriteConfig config;
  config.enableFolding(false);
  return applyPatternsGreedily(kernel, std::move(patterns), config);
}
