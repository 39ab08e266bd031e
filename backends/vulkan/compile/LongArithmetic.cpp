//===- LongArithmetic.cpp - arithmetic on 64-bit integers in words --------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/compile/Longs.h"

using namespace tenon;
using namespace tenon::vulkan;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

namespace {
/// What carries the sign of its low word.
Long extendSign(WordBuilder b, Value low) {
  return {low, b.make<arith::ShRSIOp>(low, b.constant(31))};
}

Long add(WordBuilder b, Long x, Long y) {
  auto low = arith::AddUIExtendedOp::create(b.builder, b.loc, x.low, y.low);
  Value carry =
      arith::ExtUIOp::create(b.builder, b.loc, b.type, low.getOverflow());
  Value high = b.make<arith::AddIOp>(x.high, y.high);
  return {low.getSum(), b.make<arith::AddIOp>(high, carry)};
}

Long subtract(WordBuilder b, Long x, Long y) {
  Value borrows = b.compare(arith::CmpIPredicate::ult, x.low, y.low);
  Value borrow = arith::ExtUIOp::create(b.builder, b.loc, b.type, borrows);
  Value high = b.make<arith::SubIOp>(x.high, y.high);
  return {b.make<arith::SubIOp>(x.low, y.low),
          b.make<arith::SubIOp>(high, borrow)};
}

Long negateIf(WordBuilder b, Value condition, Long x) {
  Long minus = subtract(b, {b.constant(0), b.constant(0)}, x);
  return {b.select(condition, minus.low, x.low),
          b.select(condition, minus.high, x.high)};
}

struct SplitConstant : SplitPattern<arith::ConstantOp> {
  using SplitPattern::SplitPattern;
  LogicalResult
  matchAndRewrite(arith::ConstantOp op, Adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto half = [&](unsigned from) -> Value {
      auto bits = [&](const APInt &value) {
        return value.extractBits(32, from);
      };
      Type type = withElement(op.getType(), rewriter.getI32Type());
      TypedAttr value;
      if (auto dense = dyn_cast<DenseIntElementsAttr>(op.getValue()))
        value = dense.mapValues(rewriter.getI32Type(), bits);
      else
        value = IntegerAttr::get(
            type, bits(cast<IntegerAttr>(op.getValue()).getValue()));
      return arith::ConstantOp::create(rewriter, op.getLoc(), value);
    };
    replace(op, {half(0), half(32)}, rewriter);
    return success();
  }
};

struct SplitAdd : SplitPattern<arith::AddIOp> {
  using SplitPattern::SplitPattern;
  LogicalResult
  matchAndRewrite(arith::AddIOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    replace(op,
            add(words(op, rewriter, op.getType()), Long(adaptor.getLhs()),
                Long(adaptor.getRhs())),
            rewriter);
    return success();
  }
};

struct SplitSubtract : SplitPattern<arith::SubIOp> {
  using SplitPattern::SplitPattern;
  LogicalResult
  matchAndRewrite(arith::SubIOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    replace(op,
            subtract(words(op, rewriter, op.getType()), Long(adaptor.getLhs()),
                     Long(adaptor.getRhs())),
            rewriter);
    return success();
  }
};

struct SplitMultiply : SplitPattern<arith::MulIOp> {
  using SplitPattern::SplitPattern;
  LogicalResult
  matchAndRewrite(arith::MulIOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    WordBuilder b = words(op, rewriter, op.getType());
    Long x(adaptor.getLhs()), y(adaptor.getRhs());
    auto low =
        arith::MulUIExtendedOp::create(rewriter, op.getLoc(), x.low, y.low);
    Value crossed = b.make<arith::AddIOp>(b.make<arith::MulIOp>(x.low, y.high),
                                          b.make<arith::MulIOp>(x.high, y.low));
    replace(op, {low.getLow(), b.make<arith::AddIOp>(low.getHigh(), crossed)},
            rewriter);
    return success();
  }
};

struct SplitCompare : SplitPattern<arith::CmpIOp> {
  using SplitPattern::SplitPattern;
  LogicalResult
  matchAndRewrite(arith::CmpIOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    using P = arith::CmpIPredicate;
    WordBuilder b = words(op, rewriter, op.getLhs().getType());
    Long x(adaptor.getLhs()), y(adaptor.getRhs());
    P predicate = op.getPredicate(), unsignedOne = predicate;
    switch (predicate) {
    case P::slt:
      unsignedOne = P::ult;
      break;
    case P::sle:
      unsignedOne = P::ule;
      break;
    case P::sgt:
      unsignedOne = P::ugt;
      break;
    case P::sge:
      unsignedOne = P::uge;
      break;
    default:
      break;
    }
    Value low = b.compare(unsignedOne, x.low, y.low);
    Value high = b.compare(predicate, x.high, y.high);
    if (predicate == P::eq)
      rewriter.replaceOpWithNewOp<arith::AndIOp>(op, low, high);
    else if (predicate == P::ne)
      rewriter.replaceOpWithNewOp<arith::OrIOp>(op, low, high);
    else
      rewriter.replaceOp(op,
                         b.select(b.compare(P::eq, x.high, y.high), low, high));
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

namespace {
/// From fewer bits, or from an index, which has 32.
template <typename Op> struct SplitExtension : SplitPattern<Op> {
  using SplitPattern<Op>::SplitPattern;
  using typename SplitPattern<Op>::Adaptor;
  LogicalResult
  matchAndRewrite(Op op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isLong(op.getType()))
      return rewriter.notifyMatchFailure(op, "doesn't make 64 bits");
    WordBuilder b = this->words(op, rewriter, op.getType());
    Value low = adaptor.getIn().front();
    if (low.getType() != b.type)
      low = Op::create(rewriter, op.getLoc(), b.type, low);
    this->replace(op,
                  std::is_same_v<Op, arith::ExtUIOp> ? Long(low, b.constant(0))
                                                     : extendSign(b, low),
                  rewriter);
    return success();
  }
};

/// To fewer bits, or to an index.
template <typename Op> struct TakeLowWord : SplitPattern<Op> {
  using SplitPattern<Op>::SplitPattern;
  using typename SplitPattern<Op>::Adaptor;
  LogicalResult
  matchAndRewrite(Op op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isLong(op.getIn().getType()))
      return rewriter.notifyMatchFailure(op, "doesn't take 64 bits");
    Value low = Long(adaptor.getIn()).low;
    if (low.getType() == op.getType())
      rewriter.replaceOp(op, low);
    else
      rewriter.replaceOpWithNewOp<Op>(op, op.getType(), low);
    return success();
  }
};

/// 2^32 and its inverse are powers of two, so nothing is rounded but sums.
constexpr double wordSize = 4294967296.0;

struct SplitToFloat : SplitPattern<arith::SIToFPOp> {
  using SplitPattern::SplitPattern;
  LogicalResult
  matchAndRewrite(arith::SIToFPOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type type = op.getType();
    WordBuilder b = words(op, rewriter, type);
    Long x(adaptor.getIn());
    // Of a small negative number the low word is large.
    Value isNegative = b.isLess(x.high, b.constant(0));
    Long magnitude = negateIf(b, isNegative, x);
    auto toFloat = [&](Value word) -> Value {
      return arith::UIToFPOp::create(rewriter, loc, type, word);
    };
    Value high = arith::MulFOp::create(
        rewriter, loc, toFloat(magnitude.high),
        WordBuilder{rewriter, loc, type}.number(wordSize));
    Value sum =
        arith::AddFOp::create(rewriter, loc, high, toFloat(magnitude.low));
    Value minus = arith::NegFOp::create(rewriter, loc, sum);
    rewriter.replaceOp(op, b.select(isNegative, minus, sum));
    return success();
  }
};

struct SplitFromFloat : SplitPattern<arith::FPToSIOp> {
  using SplitPattern::SplitPattern;
  LogicalResult
  matchAndRewrite(arith::FPToSIOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value x = adaptor.getIn().front();
    WordBuilder b = words(op, rewriter, x.getType());
    WordBuilder f{rewriter, loc, x.getType()};
    Value isNegative = arith::CmpFOp::create(
        rewriter, loc, arith::CmpFPredicate::OLT, x, f.number(0));
    Value minus = arith::NegFOp::create(rewriter, loc, x);
    Value magnitude = b.select(isNegative, minus, x);
    auto toWord = [&](Value number) -> Value {
      return arith::FPToUIOp::create(rewriter, loc, b.type, number);
    };
    Value high =
        toWord(f.make<arith::MulFOp>(magnitude, f.number(1 / wordSize)));
    Value above = f.make<arith::MulFOp>(
        arith::UIToFPOp::create(rewriter, loc, x.getType(), high),
        f.number(wordSize));
    Value low = toWord(f.make<arith::SubFOp>(magnitude, above));
    replace(op, negateIf(b, isNegative, {low, high}), rewriter);
    return success();
  }
};
} // namespace

void vulkan::populateLongArithmetic(TypeConverter &converter,
                                    RewritePatternSet &patterns) {
  patterns
      .add<SplitConstant, SplitAdd, SplitSubtract, SplitMultiply, SplitCompare,
           SplitExtension<arith::ExtSIOp>, SplitExtension<arith::ExtUIOp>,
           SplitExtension<arith::IndexCastOp>, TakeLowWord<arith::TruncIOp>,
           TakeLowWord<arith::IndexCastOp>, SplitToFloat, SplitFromFloat>(
          converter, patterns.getContext());
}
