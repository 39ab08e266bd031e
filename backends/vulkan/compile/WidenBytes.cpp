//===- WidenBytes.cpp - integers of 8 and 16 bits in words ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// In registers such an integer is a word with its sign in all bits above.
// Memory stays as it is and is read and written by words; several threads may
// have their bytes in one.
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/compile/IntegerTypes.h"
#include "backends/vulkan/compile/Passes.h"

#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Dialect/UB/IR/UBOps.h"

namespace tenon::vulkan {
#define GEN_PASS_DEF_WIDENBYTES
#include "backends/vulkan/compile/Passes.h.inc"
} // namespace tenon::vulkan

using namespace tenon;
using namespace tenon::vulkan;
using namespace mlir;

static constexpr unsigned wordBits = 32;

static unsigned bitsOf(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : wordBits;
}

static bool isSmall(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isInteger(8) || element.isInteger(16);
}

/// The lowest `bits` of each word, with their sign or with zeros above.
static Value extend(WordBuilder b, Value words, unsigned bits, bool isSigned) {
  if (!isSigned)
    return b.make<arith::AndIOp>(words, b.constant((int64_t(1) << bits) - 1));
  Value shift = b.constant(wordBits - bits);
  return b.make<arith::ShRSIOp>(b.make<arith::ShLIOp>(words, shift), shift);
}

//===----------------------------------------------------------------------===//
// Registers
//===----------------------------------------------------------------------===//

namespace {
/// Anything that is done to a word as it is to fewer bits, once what is above
/// them is put right, before or after.
struct WidenOp : ConversionPattern {
  WidenOp(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), 1, context) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isa<arith::ArithDialect, vector::VectorDialect, ub::UBDialect>(
            op->getDialect()) ||
        isa<arith::BitcastOp>(op))
      return rewriter.notifyMatchFailure(op, "isn't arithmetic or movement");
    Location loc = op->getLoc();
    auto extendAs = [&](Value words, Type old, bool isSigned) {
      return extend({rewriter, loc, words.getType()}, words, bitsOf(old),
                    isSigned);
    };
    SmallVector<Value> inputs = llvm::to_vector(operands);
    if (isa<arith::ShRUIOp, arith::DivUIOp, arith::RemUIOp, arith::ExtUIOp,
            arith::UIToFPOp, arith::IndexCastUIOp>(op))
      for (auto [input, operand] : llvm::zip(inputs, op->getOperands()))
        if (isSmall(operand.getType()))
          input = extendAs(input, operand.getType(), /*isSigned=*/false);
    SmallVector<Type> types;
    if (failed(getTypeConverter()->convertTypes(op->getResultTypes(), types)))
      return rewriter.notifyMatchFailure(op, "has no type of words");

    SmallVector<Value> results;
    if (isa<arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp>(op) &&
        inputs.front().getType() == types.front()) {
      results = inputs;
    } else {
      OperationState state(loc, op->getName(), inputs, types, op->getAttrs());
      results = rewriter.create(state)->getResults();
    }
    if (isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::ShLIOp,
            arith::ShRUIOp, arith::DivSIOp, arith::DivUIOp, arith::RemUIOp,
            arith::TruncIOp, arith::FPToUIOp>(op))
      for (auto [result, type] : llvm::zip(results, op->getResultTypes()))
        if (isSmall(type))
          result = extendAs(result, type, /*isSigned=*/true);
    rewriter.replaceOp(op, results);
    return success();
  }
};

struct WidenConstant : OpConversionPattern<arith::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(arith::ConstantOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type word = rewriter.getI32Type();
    auto widen = [](const APInt &value) { return value.sext(wordBits); };
    TypedAttr value;
    if (auto dense = dyn_cast<DenseIntElementsAttr>(op.getValue()))
      value = dense.mapValues(word, widen);
    else
      value = IntegerAttr::get(
          word, widen(cast<IntegerAttr>(op.getValue()).getValue()));
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, value);
    return success();
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// Shared memory holds a word for each number: a thread need not know what
/// others write beside its own.
static bool isShared(MemRefType type) {
  auto space = dyn_cast_or_null<spirv::StorageClassAttr>(type.getMemorySpace());
  return space && space.getValue() == spirv::StorageClass::Workgroup;
}

/// What buffers of `element` consist of instead: words, as many as a vector
/// takes.
static Type wordsOf(Type element) {
  Type word = IntegerType::get(element.getContext(), wordBits);
  auto vector = dyn_cast<VectorType>(element);
  int64_t bits = vector ? vector.getNumElements() * bitsOf(vector) : wordBits;
  if (bits % wordBits || bits > 4 * wordBits)
    return {};
  return bits == wordBits ? word : VectorType::get(bits / wordBits, word);
}

namespace {
/// Where a number is in a buffer of words.
struct Place {
  Value word;  ///< Index.
  Value shift; ///< By so many bits from the lowest.

  Place(WordBuilder b, Value number, unsigned bits) {
    auto index = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(b.builder, b.loc, value);
    };
    Value each = index(wordBits / bits);
    word = b.make<arith::DivUIOp>(number, each);
    Value part = arith::IndexCastOp::create(
        b.builder, b.loc, b.type, b.make<arith::RemUIOp>(number, each));
    shift = b.make<arith::MulIOp>(part, b.constant(bits));
  }
};

struct WidenLoad : OpConversionPattern<memref::LoadOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(memref::LoadOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    unsigned bits = bitsOf(op.getType());
    WordBuilder b{rewriter, loc, rewriter.getI32Type()};
    auto load = [&](Value place) -> Value {
      return memref::LoadOp::create(rewriter, loc, adaptor.getMemref(),
                                    ValueRange{place});
    };
    Value at = adaptor.getIndices().front();
    if (auto type = dyn_cast<VectorType>(op.getType())) {
      Value words = load(at);
      SmallVector<Value> lanes;
      for (int64_t i = 0; i < type.getNumElements(); ++i) {
        int64_t bit = i * bits;
        Value word = words;
        if (isa<VectorType>(words.getType()))
          word =
              vector::ExtractOp::create(rewriter, loc, words, bit / wordBits);
        Value top = b.make<arith::ShLIOp>(
            word, b.constant(wordBits - bits - bit % wordBits));
        lanes.push_back(
            b.make<arith::ShRSIOp>(top, b.constant(wordBits - bits)));
      }
      rewriter.replaceOpWithNewOp<vector::FromElementsOp>(
          op, withElement(type, b.type), lanes);
      return success();
    }
    if (isShared(op.getMemRefType())) {
      rewriter.replaceOp(op, load(at));
      return success();
    }
    Place place(b, at, bits);
    Value low = b.make<arith::ShRUIOp>(load(place.word), place.shift);
    rewriter.replaceOp(op, extend(b, low, bits, /*isSigned=*/true));
    return success();
  }
};

struct WidenStore : OpConversionPattern<memref::StoreOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(memref::StoreOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value value = adaptor.getValue(), buffer = adaptor.getMemref();
    Value at = adaptor.getIndices().front();
    unsigned bits = bitsOf(op.getValue().getType());
    WordBuilder b{rewriter, loc, rewriter.getI32Type()};
    if (isa<VectorType>(value.getType())) {
      memref::StoreOp::create(rewriter, loc, pack(b, value, bits), buffer,
                              ValueRange{at});
    } else if (isShared(op.getMemRefType())) {
      memref::StoreOp::create(rewriter, loc, value, buffer, ValueRange{at});
    } else {
      // Other threads write the other bits of the word.
      Place place(b, at, bits);
      Value ones = b.make<arith::ShLIOp>(b.constant((int64_t(1) << bits) - 1),
                                         place.shift);
      Value others = b.make<arith::XOrIOp>(ones, b.constant(-1));
      Value low = extend(b, value, bits, /*isSigned=*/false);
      Value own = b.make<arith::ShLIOp>(low, place.shift);
      memref::AtomicRMWOp::create(rewriter, loc, arith::AtomicRMWKind::andi,
                                  others, buffer, ValueRange{place.word});
      memref::AtomicRMWOp::create(rewriter, loc, arith::AtomicRMWKind::ori, own,
                                  buffer, ValueRange{place.word});
    }
    rewriter.eraseOp(op);
    return success();
  }

private:
  /// The lanes of a vector side by side.
  static Value pack(WordBuilder b, Value lanes, unsigned bits) {
    int64_t count = cast<VectorType>(lanes.getType()).getNumElements();
    SmallVector<Value> words(count * bits / wordBits);
    for (int64_t i = 0; i < count; ++i) {
      Value &word = words[i * bits / wordBits];
      Value lane = vector::ExtractOp::create(b.builder, b.loc, lanes, i);
      Value low =
          b.make<arith::ShLIOp>(extend(b, lane, bits, /*isSigned=*/false),
                                b.constant(i * bits % wordBits));
      word = word ? b.make<arith::OrIOp>(word, low) : low;
    }
    if (words.size() == 1)
      return words.front();
    return vector::FromElementsOp::create(
        b.builder, b.loc, VectorType::get(words.size(), b.type), words);
  }
};

struct WidenBytes : tenon::vulkan::impl::WidenBytesBase<WidenBytes> {
  using WidenBytesBase::WidenBytesBase;

  void runOnOperation() override {
    MLIRContext *context = &getContext();
    TypeConverter converter;
    converter.addConversion([](Type type) { return type; });
    converter.addConversion([](Type type) -> std::optional<Type> {
      if (!isa<IntegerType, VectorType>(type) || !isSmall(type))
        return std::nullopt;
      return withElement(type, IntegerType::get(type.getContext(), wordBits));
    });
    converter.addConversion([](MemRefType type) -> std::optional<Type> {
      if (!isSmall(type.getElementType()))
        return std::nullopt;
      Type words = wordsOf(type.getElementType());
      return words ? memrefOf(type, 1, words) : Type();
    });
    RewritePatternSet patterns(context);
    patterns.add<WidenOp>(converter, context);
    patterns.add<WidenConstant, WidenLoad, WidenStore>(converter, context,
                                                       /*benefit=*/2);
    if (failed(convertIntegers(getOperation(), converter, patterns)))
      signalPassFailure();
  }
};
} // namespace
