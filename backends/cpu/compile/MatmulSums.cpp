//===- MatmulSums.cpp - the inner loop of a matrix product ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Sums of numbers take one step of k at a time. Sums of bytes take four, which
// panels hold side by side: one instruction (vpdpbusd) multiplies four unsigned
// bytes by four signed ones and adds the products to a word. The left side is
// made unsigned by adding 128, and sums start from what that adds to them, -128
// times the sum of a column. Processors without the instruction multiply words
// of 16 bits (pmaddwd), the even bytes and the odd ones: the left side was made
// words when it was staged. Sums of bf16 take two steps (vdpbf16ps), or widen
// the even and the odd ones.
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/MatmulEmitter.h"

#include "dialect/HostTensor.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

int64_t MatmulEmitter::lineElements() const {
  return 64 / byteWidth(panelStorage.elementType);
}

void MatmulEmitter::prefetchAhead(Value buffer, Value place, int64_t bytes) {
  constexpr int64_t line = 64;
  if (!ahead)
    return;
  memref::PrefetchOp::create(
      builder, loc, buffer,
      ValueRange{add(place, code.constant(ahead * line / bytes))},
      /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
}

//===----------------------------------------------------------------------===//
// One step
//===----------------------------------------------------------------------===//

/// The even and the odd bytes of each word of 16 bits, as words.
static SmallVector<Value> splitBytes(OpBuilder &builder, Location loc,
                                     Value bytes) {
  int64_t count = cast<VectorType>(bytes.getType()).getNumElements() / 2;
  auto type = VectorType::get(count, builder.getI16Type());
  Value words = vector::BitCastOp::create(builder, loc, type, bytes);
  Value eight = emitSplat(builder, loc, type, int64_t(8));
  Value even = arith::ShLIOp::create(builder, loc, words, eight);
  return {arith::ShRSIOp::create(builder, loc, even, eight),
          arith::ShRSIOp::create(builder, loc, words, eight)};
}

/// The even and the odd ones of small floats, widened.
static SmallVector<Value> widenPairs(OpBuilder &builder, Location loc,
                                     Value pairs) {
  int64_t count = cast<VectorType>(pairs.getType()).getNumElements() / 2;
  auto type = VectorType::get(count, builder.getI32Type());
  auto wide = VectorType::get(count, builder.getF32Type());
  Value words = vector::BitCastOp::create(builder, loc, type, pairs);
  auto splat = [&](int64_t value) {
    return emitSplat(builder, loc, type, value);
  };
  Value even = arith::ShLIOp::create(builder, loc, words, splat(16));
  Value odd = arith::AndIOp::create(builder, loc, words, splat(-65536));
  return {arith::BitcastOp::create(builder, loc, wide, even),
          arith::BitcastOp::create(builder, loc, wide, odd)};
}

SmallVector<Value> MatmulEmitter::rightFactors(Value place) {
  Value right = loadRight(place);
  if (interleave == 1 || kernel.schedule.getDot() != DotUnit::None)
    return {right};
  return isa<FloatType>(element) ? widenPairs(builder, loc, right)
                                 : splitBytes(builder, loc, right);
}

SmallVector<Value> MatmulEmitter::leftFactors(const LeftRows &left, int64_t row,
                                              Value step) {
  if (interleave == 1)
    return {vector::BroadcastOp::create(builder, loc,
                                        VectorType::get(lanes, element),
                                        loadLeft(left, row, step))};
  Value place = add(left.bases[row], mul(step, interleave));
  Value all = broadcastWord(leftBuffer(), place);
  if (multipliesWords())
    return {all, broadcastWord(leftBuffer(), add(place, code.constant(2)))};
  if (kernel.schedule.getDot() == DotUnit::None)
    return widenPairs(builder, loc, all);
  return {vector::BitCastOp::create(
      builder, loc, VectorType::get(lanes * interleave, leftElement), all)};
}

Value MatmulEmitter::accumulate(Value sum, Value x, Value w) {
  bool isDot = interleave > 1 && kernel.schedule.getDot() != DotUnit::None;
  if (isa<FloatType>(element) && isDot)
    return addBFloatProducts(sum, x, w);
  if (isa<FloatType>(element))
    return kernel.multiplyAdd(x, w, sum);
  if (interleave == 1)
    return arith::AddIOp::create(builder, loc, sum,
                                 arith::MulIOp::create(builder, loc, x, w));
  if (isDot)
    return addByteProducts(sum, x, w);
  return addWordProducts(sum, x, w);
}

Value MatmulEmitter::loadRight(Value place) {
  Type right = panelStorage.elementType;
  auto type = VectorType::get(lanes * interleave, memoryType(right));
  Value value = vector::LoadOp::create(builder, loc, type, panelStorage.buffer,
                                       ValueRange{place});
  if (memoryType(right) != right)
    value = vector::BitCastOp::create(
        builder, loc, VectorType::get(lanes * interleave, right), value);
  return interleave == 1 ? emitCast(builder, loc, value, element) : value;
}

//===----------------------------------------------------------------------===//
// All steps
//===----------------------------------------------------------------------===//

SmallVector<Value> MatmulEmitter::forSteps(ValueRange initial, StepBody body) {
  MLIRContext *context = op.getContext();
  SmallVector<Value> sums = llvm::to_vector(initial);
  DimAttr whole = floorDiv(steps, getConstantDim(context, unroll)) * unroll;
  if (!whole.isConstant(0))
    sums = code.loop(
        code.constant(0), code.dim(whole), unroll, sums,
        [&](Value k, ValueRange args) { return body(k, unroll, args); });
  DimAttr rest = steps - whole;
  if (auto fixed = rest.asConstant()) {
    for (int64_t k = 0; k < *fixed; ++k)
      sums = body(add(code.dim(whole), code.constant(k)), 1, sums);
    return sums;
  }
  return code.loop(code.dim(whole), code.dim(steps), 1, sums,
                   [&](Value k, ValueRange args) { return body(k, 1, args); });
}

Value MatmulEmitter::placeInPanel(Value panelBase, Value step, int64_t part) {
  return add(panelBase, add(mul(step, width * interleave),
                            code.constant(part * tileColumns * interleave)));
}

SmallVector<Value> MatmulEmitter::startSums(Value panelBase) {
  int64_t count = width / lanes;
  Value zeros = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(VectorType::get(lanes, element)));
  SmallVector<Value> sums(count, zeros);
  if (interleave == 1 || isa<FloatType>(element) || multipliesWords())
    return sums;
  auto bytes = VectorType::get(lanes * interleave, leftElement);
  Value offset = arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(bytes, builder.getI8IntegerAttr(-128)));
  sums = forSteps(sums, [&](Value step, int64_t count, ValueRange carried) {
    SmallVector<Value> next = llvm::to_vector(carried);
    for (int64_t u = 0; u < count; ++u) {
      Value place = placeInPanel(panelBase, add(step, code.constant(u)), 0);
      for (auto [v, sum] : llvm::enumerate(next))
        sum = accumulate(
            sum, offset,
            loadRight(add(place, code.constant(v * lanes * interleave))));
    }
    return next;
  });
  for (Value &sum : sums)
    sum = arith::SubIOp::create(builder, loc, zeros, sum);
  return sums;
}

SmallVector<Value> MatmulEmitter::multiply(const LeftRows &left,
                                           Value panelBase, Value prefetchBase,
                                           ValueRange starts, int64_t part) {
  int64_t rows = left.indices.size(), count = rows * vectors;
  // Few rows leave few independent sums: keep several for each element, so that
  // additions don't wait for each other.
  int64_t sets = 1;
  while (sets < unroll && count * sets < 8)
    sets *= 2;
  Value zeros = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(VectorType::get(lanes, element)));
  SmallVector<Value> sums(sets * count, zeros);
  for (int64_t i = 0; i < count; ++i)
    sums[i] = starts[i % vectors];

  // Few rows read the right side as fast as memory gives it.
  bool streams = packed && !codes && rows <= fewRows();
  int64_t line = lineElements();
  auto body = [&](Value step, int64_t stepCount, ValueRange carried) {
    SmallVector<Value> next = llvm::to_vector(carried);
    if (prefetchBase && !streams && stepCount == unroll) {
      // A line of the next panel at a time: the whole of it has arrived when
      // the last tile is done.
      Value offset =
          mul(arith::DivUIOp::create(builder, loc, step, code.constant(unroll)),
              line);
      memref::PrefetchOp::create(builder, loc, panelStorage.buffer,
                                 ValueRange{add(prefetchBase, offset)},
                                 /*isWrite=*/false, /*localityHint=*/2,
                                 /*isDataCache=*/true);
    }
    for (int64_t u = 0; u < stepCount; ++u) {
      Value at = add(step, code.constant(u));
      Value base = placeInPanel(panelBase, at, part);
      SmallVector<SmallVector<Value>> right;
      for (int64_t v = 0; v < vectors; ++v) {
        int64_t offset = v * lanes * interleave;
        Value place = add(base, code.constant(offset));
        right.push_back(rightFactors(place));
        if (streams && offset % line == 0)
          prefetchAhead(panelStorage.buffer, place, 64 / line);
      }
      for (int64_t r = 0; r < rows; ++r) {
        SmallVector<Value> x = leftFactors(left, r, at);
        for (int64_t v = 0; v < vectors; ++v) {
          Value &sum = next[(u % sets) * count + r * vectors + v];
          for (auto [a, b] : llvm::zip(x, right[v]))
            sum = accumulate(sum, a, b);
        }
      }
    }
    return next;
  };
  sums = forSteps(sums, body);
  for (; sets > 1; sets /= 2)
    for (int64_t i = 0; i < sets / 2 * count; ++i)
      sums[i] = emitBinary(builder, loc, BinaryKind::add, sums[i],
                           sums[i + sets / 2 * count]);
  sums.resize(count);
  return sums;
}
