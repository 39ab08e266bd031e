//===- AttentionCodes.cpp - attention of 8-bit codes, on GPUs -------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/AttentionCodes.h"

#include "dialect/Types.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <bit>
#include <limits>

using namespace tenon;
using namespace mlir;

GpuCodedAttentionEmitter::RowScales
GpuCodedAttentionEmitter::allocateScales(int64_t rows) {
  return {kernel.allocateShared(rows, builder.getF32Type()),
          kernel.allocateShared(rows, builder.getF32Type())};
}

void GpuCodedAttentionEmitter::allocate() {
  Type wordType = builder.getI32Type(), number = builder.getF32Type();
  queryMemory = kernel.allocateShared(blockQueries * queryStride, wordType);
  keyMemory = kernel.allocateShared(blockKeys * keyStride, wordType);
  valueMemory = kernel.allocateShared(keyQuads * features.vectors, wordsType);
  scoreMemory = kernel.allocateShared(blockQueries * scoreStride, vectorType);
  if (sumsDots())
    for (Value *memory : {&highMemory, &lowMemory})
      *memory = kernel.allocateShared(blockQueries * scoreStride, wordType);
  partMemory = kernel.allocateShared(
      std::max(blockKeys * (partsOf(blockKeys, wholeDepth) +
                            partsOf(blockKeys, wholeFeatures)),
               blockQueries * partsOf(blockQueries, wholeDepth)),
      wordType);
  queryScales = allocateScales(blockQueries);
  keyScales = allocateScales(blockKeys);
  valueScales = allocateScales(blockKeys);
  mostMemory = kernel.allocateShared(threads, number);
  sumMemory = kernel.allocateShared(threads, number);
  unitMemory = kernel.allocateShared(blockQueries, number);
}

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

/// How many threads look for the largest number of a row.
int64_t GpuCodedAttentionEmitter::partsOf(int64_t rows,
                                          const FeatureChunks &features) const {
  return std::clamp<int64_t>(threads / rows, 1, features.vectors);
}

/// Finds the largest magnitude of each part of `rows` rows. As bits they are
/// integers in the same order, and what is no number is larger than all others.
void GpuCodedAttentionEmitter::findParts(Value tensor, int64_t rows,
                                         RowAt place,
                                         const FeatureChunks &features,
                                         int64_t first) {
  int64_t parts = partsOf(rows, features);
  kernel.distribute(rows * parts, [&](const Index &i) {
    auto [row, part] = divide(i, parts);
    Index index = place(row);
    Value largest =
        code.loop(part, code.constant(features.vectors), parts, {words(0)},
                  [&](Value v, ValueRange args) {
                    Value numbers = readFeatures(tensor, index, features, 0, v);
                    Value bits = arith::BitcastOp::create(builder, loc,
                                                          wordsType, numbers);
                    bits = make<arith::AndIOp>(bits, words(INT32_MAX));
                    return SmallVector<Value>{
                        make<arith::MaxSIOp>(args[0], bits)};
                  })
            .front();
    Value most = lane(largest, 0);
    for (int64_t l = 1; l < quad; ++l)
      most = make<arith::MaxSIOp>(most, lane(largest, l));
    store(most, partMemory, add(i.base, code.constant(first)));
  });
}

/// The largest magnitude of a row, of its parts' from number `first` on.
Value GpuCodedAttentionEmitter::largestOf(Value row,
                                          const FeatureChunks &features,
                                          int64_t rows, int64_t first) {
  // Rows of zeros have a scale, too.
  constexpr float least = 0x1p-100F;
  Value most = word(std::bit_cast<int32_t>(least));
  int64_t parts = partsOf(rows, features);
  for (int64_t part = 0; part < parts; ++part)
    most = make<arith::MaxSIOp>(
        most,
        load(partMemory, add(mul(row, parts), code.constant(first + part))));
  return arith::BitcastOp::create(builder, loc, builder.getF32Type(), most);
}

void GpuCodedAttentionEmitter::storeScale(const RowScales &scales, Value row,
                                          Value largest) {
  store(make<arith::DivFOp>(number(127), largest), scales.factors, row);
  store(make<arith::DivFOp>(largest, number(127)), scales.scales, row);
}

void GpuCodedAttentionEmitter::findQueryScales() {
  auto place = [&](Value row) { return queryInBlock(row); };
  findParts(op.getQuery(), blockQueries, place, wholeDepth, 0);
  kernel.barrier();
  kernel.distribute(blockQueries, [&](const Index &i) {
    storeScale(queryScales, i.base,
               largestOf(i.base, wholeDepth, blockQueries, 0));
  });
  kernel.barrier();
}

void GpuCodedAttentionEmitter::findBlockScales() {
  auto place = [&](Value row) { return keyAt(row); };
  int64_t ofValues = blockKeys * partsOf(blockKeys, wholeDepth);
  findParts(op.getKey(), blockKeys, place, wholeDepth, 0);
  findParts(op.getValue(), blockKeys, place, wholeFeatures, ofValues);
  kernel.barrier();
  kernel.distribute(blockKeys, [&](const Index &i) {
    Value key = largestOf(i.base, wholeDepth, blockKeys, 0);
    Value value = largestOf(i.base, wholeFeatures, blockKeys, ofValues);
    storeScale(valueScales, i.base, value);
    // A value that isn't finite makes its key's score no number.
    Value isFinite =
        arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT, value,
                              number(std::numeric_limits<double>::infinity()));
    key = arith::SelectOp::create(
        builder, loc, isFinite, key,
        number(std::numeric_limits<double>::quiet_NaN()));
    storeScale(keyScales, i.base, key);
  });
  kernel.barrier();
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// Codes of a vector, as words; what is no number has the code 0.
Value GpuCodedAttentionEmitter::codesOf(Value numbers, Value factor) {
  Value codes = math::RoundEvenOp::create(
      builder, loc, make<arith::MulFOp>(numbers, splat(factor)));
  Value isNone = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNO,
                                       codes, codes);
  Value none =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(vectorType));
  codes = arith::SelectOp::create(builder, loc, isNone, none, codes);
  return arith::FPToSIOp::create(builder, loc, wordsType, codes);
}

/// Four codes as a word.
Value GpuCodedAttentionEmitter::pack(ArrayRef<Value> codes) {
  Value packed;
  for (auto [i, code] : llvm::enumerate(codes)) {
    Value byte = make<arith::AndIOp>(code, word(255));
    if (i)
      byte = make<arith::ShLIOp>(byte, word(8 * static_cast<int64_t>(i)));
    packed = packed ? make<arith::OrIOp>(packed, byte) : byte;
  }
  return packed;
}

SmallVector<Value> GpuCodedAttentionEmitter::unpack(Value packed) {
  SmallVector<Value> codes;
  for (int64_t i = 0; i < quad; ++i)
    codes.push_back(make<arith::ShRSIOp>(
        make<arith::ShLIOp>(packed, word(24 - 8 * i)), word(24)));
  return codes;
}

void GpuCodedAttentionEmitter::loadQueryCodes(int64_t chunk) {
  kernel.distribute(blockQueries * depth.vectors, [&](const Index &i) {
    auto [row, part] = divide(i, depth.vectors);
    Value codes = codesOf(
        readFeatures(op.getQuery(), queryInBlock(row), depth, chunk, part),
        load(queryScales.factors, row));
    store(
        pack({lane(codes, 0), lane(codes, 1), lane(codes, 2), lane(codes, 3)}),
        queryMemory, add(mul(row, queryStride), part));
  });
}

void GpuCodedAttentionEmitter::loadKeyCodes(int64_t chunk) {
  // Rows lie as in GpuAttentionEmitter::loadKeys.
  kernel.distribute(blockKeys * depth.vectors, [&](const Index &i) {
    auto [row, part] = divide(i, depth.vectors);
    auto [lane, vector] = divide(code.elements(1).uniform(row), keyQuads);
    Value inBlock = add(mul(vector, quad), lane);
    Value codes =
        codesOf(readFeatures(op.getKey(), keyAt(inBlock), depth, chunk, part),
                load(keyScales.factors, inBlock));
    SmallVector<Value> lanes;
    for (int64_t l = 0; l < quad; ++l)
      lanes.push_back(this->lane(codes, l));
    store(pack(lanes), keyMemory, add(mul(row, keyStride), part));
  });
}

void GpuCodedAttentionEmitter::loadValueCodes(int64_t chunk) {
  kernel.distribute(keyQuads * features.vectors, [&](const Index &i) {
    auto [vector, part] = divide(i, features.vectors);
    SmallVector<Value> keys;
    for (int64_t l = 0; l < quad; ++l) {
      Value inBlock = add(mul(vector, quad), code.constant(l));
      keys.push_back(codesOf(
          readFeatures(op.getValue(), keyAt(inBlock), features, chunk, part),
          load(valueScales.factors, inBlock)));
    }
    SmallVector<Value> columns;
    for (int64_t f = 0; f < quad; ++f)
      columns.push_back(pack({lane(keys[0], f), lane(keys[1], f),
                              lane(keys[2], f), lane(keys[3], f)}));
    store(fromLanes(columns), valueMemory, i.base);
  });
}

//===----------------------------------------------------------------------===//
// A task
//===----------------------------------------------------------------------===//

LogicalResult GpuCodedAttentionEmitter::emit() {
  if (failed(prepare()))
    return failure();
  // 2^15 * 127 * 512 is the most that 32 bits hold.
  if (blockKeys > 512)
    return op.emitError("sums of a block may not be numbers of 32 bits");
  wordsType = VectorType::get(quad, builder.getI32Type());
  // Of one chunk.
  auto whole = [](FeatureChunks all) {
    all.vectors *= all.chunks;
    all.chunks = 1;
    return all;
  };
  wholeDepth = whole(depth);
  wholeFeatures = whole(features);
  // Half of what numbers of as many features take.
  depth =
      FeatureChunks(depth.features, 2 * kernel.schedule.getBlock()[2], quad);
  queryStride = keyStride = depth.vectors + 1;
  begin();
  allocate();
  findQueryScales();
  if (depth.chunks == 1)
    loadQueryCodes(0);

  Value counted = countKeys();
  Value lowest = number(-std::numeric_limits<double>::infinity());
  SmallVector<Value> found =
      code.loop(code.constant(0), counted, blockKeys, {lowest, number(0)},
                [&](Value key, ValueRange args) {
                  firstKey = key;
                  emitCodedScores();
                  auto [top, most] = findLargest(args[0], args[1]);
                  return SmallVector<Value>{top, most};
                });
  Value shift = shiftOf(found[0]);
  Value most = shareLargest(found[1]);
  Value factor = make<arith::DivFOp>(number(32767), most);
  Value none =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(vectorType));
  SmallVector<Value> carried(features.chunks * rowsOfThread, none);
  carried.push_back(number(0));
  carried = code.loop(code.constant(0), counted, blockKeys, carried,
                      [&](Value key, ValueRange args) {
                        firstKey = key;
                        emitCodedScores();
                        Value sum =
                            emitCodedWeights(shift, factor, args.back());
                        SmallVector<Value> next =
                            addCodedValues(llvm::to_vector(args.drop_back(1)));
                        next.push_back(sum);
                        return next;
                      });
  finish(carried.back(), ArrayRef(carried).drop_back(), unitMemory);
  return failure(code.hasFailed);
}

LogicalResult tenon::emitGpuCodedAttention(GpuKernel &kernel) {
  return emitOnly<GpuCodedAttentionEmitter, AttentionOp>(kernel, oneAttention);
}
