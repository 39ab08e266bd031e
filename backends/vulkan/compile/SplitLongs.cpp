//===- SplitLongs.cpp - 64-bit integers as two words ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Nothing is assumed of a number's range, so results are those of devices that
// have such integers; but a float that is made of a number beyond 2^32 is
// rounded twice, and may be the next to the nearest one. In memory a number is
// its low word, then its high one.
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/compile/Longs.h"
#include "backends/vulkan/compile/Passes.h"

#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tenon::vulkan {
#define GEN_PASS_DEF_SPLITLONGS
#include "backends/vulkan/compile/Passes.h.inc"
} // namespace tenon::vulkan

using namespace tenon;
using namespace tenon::vulkan;
using namespace mlir;

//===----------------------------------------------------------------------===//
// In terms of what is split below
//===----------------------------------------------------------------------===//

namespace {
/// The larger or the smaller one is selected.
template <typename Op, arith::CmpIPredicate isBetter>
struct SelectExtreme : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (!isLong(op.getType()))
      return rewriter.notifyMatchFailure(op, "isn't of 64 bits");
    Value isLeft = arith::CmpIOp::create(rewriter, op.getLoc(), isBetter,
                                         op.getLhs(), op.getRhs());
    rewriter.replaceOpWithNewOp<arith::SelectOp>(op, isLeft, op.getLhs(),
                                                 op.getRhs());
    return success();
  }
};

/// Division as on paper, of magnitudes: a bit of the quotient in each round.
struct DivideByBits : OpRewritePattern<arith::DivSIOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::DivSIOp op,
                                PatternRewriter &rewriter) const override {
    if (!isLong(op.getType()))
      return rewriter.notifyMatchFailure(op, "isn't of 64 bits");
    Location loc = op.getLoc();
    WordBuilder b{rewriter, loc, op.getType()};
    auto index = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(rewriter, loc, value);
    };
    Value zero = b.constant(0);
    auto negateIf = [&](Value condition, Value x) {
      return b.select(condition, b.make<arith::SubIOp>(zero, x), x);
    };
    Value leftIsNegative = b.isLess(op.getLhs(), zero);
    Value rightIsNegative = b.isLess(op.getRhs(), zero);
    Value divisor = negateIf(rightIsNegative, op.getRhs());
    SmallVector<Value> first{negateIf(leftIsNegative, op.getLhs()), zero};
    auto round = [&](OpBuilder &builder, Location, Value, ValueRange carried) {
      // The dividend leaves at its top, the quotient enters below.
      WordBuilder b{builder, loc, op.getType()};
      auto doubledWith = [&](Value x, Value bit) {
        Value lowest = arith::ExtUIOp::create(builder, loc, b.type, bit);
        return b.make<arith::AddIOp>(b.make<arith::AddIOp>(x, x), lowest);
      };
      Value rest = doubledWith(carried[1], b.isLess(carried[0], zero));
      Value fits = b.compare(arith::CmpIPredicate::uge, rest, divisor);
      Value less = b.make<arith::SubIOp>(rest, divisor);
      scf::YieldOp::create(builder, loc,
                           ValueRange{doubledWith(carried[0], fits),
                                      b.select(fits, less, rest)});
    };
    auto loop = scf::ForOp::create(rewriter, loc, index(0), index(64), index(1),
                                   first, round);
    Value isNegative = b.make<arith::XOrIOp>(leftIsNegative, rightIsNegative);
    rewriter.replaceOp(op, negateIf(isNegative, loop.getResult(0)));
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

namespace {
/// What treats both words alike is done to each of them.
struct SplitHalfwise : ConversionPattern {
  SplitHalfwise(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), 1, context) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<ValueRange> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isa<arith::SelectOp, arith::AndIOp, arith::OrIOp, arith::XOrIOp,
             ub::PoisonOp, vector::BroadcastOp, vector::ExtractOp,
             vector::InsertOp, vector::FromElementsOp, vector::ToElementsOp,
             vector::ShuffleOp>(op))
      return rewriter.notifyMatchFailure(op, "isn't done word by word");
    std::array<Operation *, 2> halves;
    for (size_t half : {0, 1}) {
      OperationState state(op->getLoc(), op->getName());
      for (ValueRange operand : operands)
        state.addOperands(operand.size() == 2 ? operand[half]
                                              : operand.front());
      for (Type type : op->getResultTypes())
        state.addTypes(isLong(type) ? withElement(type, rewriter.getI32Type())
                                    : type);
      state.addAttributes(op->getAttrs());
      halves[half] = rewriter.create(state);
    }
    SmallVector<SmallVector<Value>> results;
    for (auto [low, high] :
         llvm::zip(halves[0]->getResults(), halves[1]->getResults()))
      results.push_back({low, high});
    rewriter.replaceOpWithMultiple(op, std::move(results));
    return success();
  }
};

/// The place in words of a number, or in vectors of words of one of numbers.
Value placeOfWords(WordBuilder b, ValueRange place, int64_t word) {
  Value twice = b.make<arith::AddIOp>(place.front(), place.front());
  if (!word)
    return twice;
  return b.make<arith::AddIOp>(
      twice, arith::ConstantIndexOp::create(b.builder, b.loc, word));
}

/// Two vectors of words in another order: from memory's, all low ones and then
/// all high ones; or back.
std::array<Value, 2> reordered(WordBuilder b, std::array<Value, 2> words,
                               bool isBack) {
  auto type = dyn_cast<VectorType>(words[0].getType());
  if (!type)
    return words;
  int64_t count = type.getNumElements();
  std::array<Value, 2> parts;
  for (int64_t part : {0, 1}) {
    SmallVector<int64_t> order;
    for (int64_t i = part * count; i < (part + 1) * count; ++i)
      order.push_back(isBack ? i / 2 + i % 2 * count
                             : i % count * 2 + i / count);
    parts[part] =
        vector::ShuffleOp::create(b.builder, b.loc, words[0], words[1], order);
  }
  return parts;
}

struct SplitLoad : SplitPattern<memref::LoadOp> {
  using SplitPattern::SplitPattern;
  LogicalResult
  matchAndRewrite(memref::LoadOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    WordBuilder b = words(op, rewriter, op.getType());
    SmallVector<Value> place;
    for (ValueRange index : adaptor.getIndices())
      llvm::append_range(place, index);
    std::array<Value, 2> parts;
    for (size_t i : {0, 1})
      parts[i] = memref::LoadOp::create(rewriter, op.getLoc(),
                                        adaptor.getMemref().front(),
                                        placeOfWords(b, place, i));
    parts = reordered(b, parts, /*isBack=*/false);
    replace(op, {parts[0], parts[1]}, rewriter);
    return success();
  }
};

struct SplitStore : SplitPattern<memref::StoreOp> {
  using SplitPattern::SplitPattern;
  LogicalResult
  matchAndRewrite(memref::StoreOp op, Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    WordBuilder b = words(op, rewriter, op.getValue().getType());
    SmallVector<Value> place;
    for (ValueRange index : adaptor.getIndices())
      llvm::append_range(place, index);
    Long value(adaptor.getValue());
    std::array<Value, 2> parts =
        reordered(b, {value.low, value.high}, /*isBack=*/true);
    for (size_t i : {0, 1})
      memref::StoreOp::create(rewriter, op.getLoc(), parts[i],
                              adaptor.getMemref().front(),
                              placeOfWords(b, place, i));
    rewriter.eraseOp(op);
    return success();
  }
};

struct SplitLongs : tenon::vulkan::impl::SplitLongsBase<SplitLongs> {
  using SplitLongsBase::SplitLongsBase;

  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet simpler(context);
    simpler.add<SelectExtreme<arith::MaxSIOp, arith::CmpIPredicate::sgt>,
                SelectExtreme<arith::MinSIOp, arith::CmpIPredicate::slt>,
                DivideByBits>(context);
    if (failed(applyPatternsGreedily(getOperation(), std::move(simpler))))
      return signalPassFailure();

    TypeConverter converter;
    converter.addConversion([](Type type) { return type; });
    converter.addConversion([](Type type, SmallVectorImpl<Type> &halves)
                                -> std::optional<LogicalResult> {
      if (!isa<IntegerType, VectorType>(type) || !isLong(type))
        return std::nullopt;
      halves.append(2,
                    withElement(type, IntegerType::get(type.getContext(), 32)));
      return success();
    });
    converter.addConversion([](MemRefType type) -> std::optional<Type> {
      if (!isLong(type.getElementType()))
        return std::nullopt;
      return memrefOf(type, 2,
                      withElement(type.getElementType(),
                                  IntegerType::get(type.getContext(), 32)));
    });
    RewritePatternSet patterns(context);
    populateLongArithmetic(converter, patterns);
    patterns.add<SplitHalfwise, SplitLoad, SplitStore>(converter, context);
    if (failed(convertIntegers(getOperation(), converter, patterns)))
      signalPassFailure();
  }
};
} // namespace
