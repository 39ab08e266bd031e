//===- ExpandFloats.cpp - half and bfloat in terms of float ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Where a processor has no instruction for a small float type, LLVM calls a
// library, and kernels may not call anything. Rounding is to nearest, ties to
// even, with denormals, as the evaluator rounds.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"

#include "dialect/ScalarMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tenon {
#define GEN_PASS_DEF_EXPANDFLOATS
#include "codegen/Passes.h.inc"
} // namespace tenon

using namespace tenon;
using namespace mlir;

static bool isSmallFloat(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isF16() || element.isBF16();
}

/// The same shape with another element type.
static Type withElement(Type shape, Type element) {
  if (auto vector = dyn_cast<VectorType>(shape))
    return vector.clone(element);
  return element;
}

namespace {
/// Arithmetic on small floats: widened, computed in float, rounded.
struct WidenArithmetic : RewritePattern {
  WidenArithmetic(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!isa<arith::ArithDialect, math::MathDialect>(op->getDialect()) &&
        !isa<vector::ReductionOp>(op))
      return rewriter.notifyMatchFailure(op, "isn't arithmetic");
    if (isa<arith::ConstantOp, arith::BitcastOp, arith::SelectOp, arith::ExtFOp,
            arith::TruncFOp>(op))
      return rewriter.notifyMatchFailure(op, "only moves or converts");
    if (llvm::none_of(op->getOperandTypes(), isSmallFloat) &&
        llvm::none_of(op->getResultTypes(), isSmallFloat))
      return rewriter.notifyMatchFailure(op, "isn't on small floats");
    Location loc = op->getLoc();
    Type f32 = rewriter.getF32Type();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(
          isSmallFloat(operand.getType())
              ? Value(arith::ExtFOp::create(rewriter, loc,
                                            withElement(operand.getType(), f32),
                                            operand))
              : operand);
    SmallVector<Type> types;
    for (Type type : op->getResultTypes())
      types.push_back(isSmallFloat(type) ? withElement(type, f32) : type);
    OperationState state(loc, op->getName().getStringRef(), operands, types,
                         op->getAttrs());
    Operation *wide = rewriter.create(state);
    SmallVector<Value> results;
    for (auto [result, type] :
         llvm::zip(wide->getResults(), op->getResultTypes()))
      results.push_back(
          result.getType() == type
              ? Value(result)
              : arith::TruncFOp::create(rewriter, loc, type, result));
    rewriter.replaceOp(op, results);
    return success();
  }
};

/// Integer arithmetic on the bits of values of one shape.
struct Bits {
  OpBuilder &builder;
  Location loc;
  Type shape;

  Value integer(int64_t value, Type like) {
    return emitSplat(builder, loc, like, value);
  }
  Value integer(int64_t value) { return integer(value, i32()); }
  template <typename Op> Value make(Value a, int64_t b) {
    return Op::create(builder, loc, a, integer(b));
  }
  template <typename Op> Value make(Value a, Value b) {
    return Op::create(builder, loc, a, b);
  }
  Value compare(arith::CmpIPredicate predicate, Value a, int64_t b) {
    return arith::CmpIOp::create(builder, loc, predicate, a, integer(b));
  }
  Value select(Value condition, Value a, Value b) {
    return arith::SelectOp::create(builder, loc, condition, a, b);
  }
  Value bitcast(Value x, Type element) {
    return arith::BitcastOp::create(builder, loc, withElement(shape, element),
                                    x);
  }
  Type i32() { return withElement(shape, builder.getI32Type()); }
  Type f32() { return withElement(shape, builder.getF32Type()); }
};

struct ExpandHalfToFloat : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn()).isF16() ||
        !getElementTypeOrSelf(op.getType()).isF32())
      return rewriter.notifyMatchFailure(op, "isn't from half to float");
    Bits b{rewriter, op.getLoc(), op.getType()};
    Value half =
        arith::ExtUIOp::create(rewriter, op.getLoc(), b.i32(),
                               b.bitcast(op.getIn(), rewriter.getI16Type()));
    Value magnitude = b.make<arith::AndIOp>(half, 0x7fff);
    Value shifted = b.make<arith::ShLIOp>(magnitude, 13);
    // The exponents are biased by 15 and 127.
    Value normal = b.make<arith::AddIOp>(shifted, int64_t(112) << 23);
    // A denormal is so many times the least of them. As float's denormals they
    // may be lost: devices needn't have these.
    Value least = emitSplat(rewriter, op.getLoc(), b.f32(), 0x1p-24);
    Value denormal = arith::MulFOp::create(
        rewriter, op.getLoc(),
        arith::SIToFPOp::create(rewriter, op.getLoc(), b.f32(), magnitude),
        least);
    using P = arith::CmpIPredicate;
    Value finite = b.select(b.compare(P::slt, magnitude, 0x400),
                            b.bitcast(denormal, rewriter.getI32Type()), normal);
    Value isFinite = b.compare(P::slt, magnitude, 0x7c00);
    Value special = b.make<arith::OrIOp>(shifted, 0x7f800000);
    Value sign = b.make<arith::ShLIOp>(b.make<arith::AndIOp>(half, 0x8000), 16);
    Value bits =
        b.make<arith::OrIOp>(b.select(isFinite, finite, special), sign);
    rewriter.replaceOp(op, b.bitcast(bits, rewriter.getF32Type()));
    return success();
  }
};

struct ExpandFloatToHalf : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn()).isF32() ||
        !getElementTypeOrSelf(op.getType()).isF16())
      return rewriter.notifyMatchFailure(op, "isn't from float to half");
    Bits b{rewriter, op.getLoc(), op.getType()};
    Value raw = b.bitcast(op.getIn(), rewriter.getI32Type());
    Value magnitude = b.make<arith::AndIOp>(raw, 0x7fffffff);
    // Normal numbers: the exponent is biased anew and the 13 lowest bits are
    // rounded off; a carry goes to the exponent, up to infinity.
    Value odd = b.make<arith::AndIOp>(b.make<arith::ShRUIOp>(magnitude, 13), 1);
    Value rounded = b.make<arith::AddIOp>(
        b.make<arith::AddIOp>(magnitude, 0xfff - (int64_t(112) << 23)), odd);
    Value result = b.make<arith::ShRUIOp>(rounded, 13);
    // Below 2^-14: added to 0.5, whose last place is half's least denormal.
    Value half = b.bitcast(b.integer(0x3f000000), rewriter.getF32Type());
    Value sum = arith::AddFOp::create(
        rewriter, op.getLoc(), b.bitcast(magnitude, rewriter.getF32Type()),
        half);
    Value denormal = b.make<arith::SubIOp>(
        b.bitcast(sum, rewriter.getI32Type()), 0x3f000000);
    using P = arith::CmpIPredicate;
    result =
        b.select(b.compare(P::slt, magnitude, 0x38800000), denormal, result);
    // 65536 and more, infinity; and no number.
    result = b.select(b.compare(P::sge, magnitude, 0x47800000),
                      b.integer(0x7c00), result);
    result = b.select(b.compare(P::sgt, magnitude, 0x7f800000),
                      b.integer(0x7e00), result);
    Value sign = b.make<arith::AndIOp>(b.make<arith::ShRUIOp>(raw, 16), 0x8000);
    Type i16 = withElement(op.getType(), rewriter.getI16Type());
    Value narrow = arith::TruncIOp::create(rewriter, op.getLoc(), i16,
                                           b.make<arith::OrIOp>(result, sign));
    rewriter.replaceOp(op, b.bitcast(narrow, rewriter.getF16Type()));
    return success();
  }
};

struct ExpandFloats : tenon::impl::ExpandFloatsBase<ExpandFloats> {
  using ExpandFloatsBase::ExpandFloatsBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<WidenArithmetic>(&getContext());
    arith::populateExpandBFloat16Patterns(patterns);
    if (!hasHalf)
      patterns.add<ExpandHalfToFloat>(&getContext());
    if (!hasHalf || !roundsHalf)
      patterns.add<ExpandFloatToHalf>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
