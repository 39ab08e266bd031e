//===- AttentionCodes.cpp - attention of codes ----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// All keys and values of a head become codes in scratch, once a task: keys in
// panels of some vectors of keys, values in panels of some vectors of features,
// and in both each lane has a word of 32 bits with codes of neighbours that are
// summed (features of a key, keys of a feature). A tile of queries becomes
// codes too, makes all its scores, then weights of 15 bits, and sums values by
// them.
//
// Where one instruction sums the products of four bytes (vpdpbusd, which takes
// unsigned by signed ones), codes of queries and keys are bytes: 128 is added
// to those of keys, and a query's sums start from -128 times the sum of its
// codes. Else they are words of 16 bits, as codes of values and weights are on
// all processors: pmaddwd and an addition, which VNNI has as one instruction.
// That is twice as much in one instruction as a multiplication of floats. A
// matrix unit multiplies signed bytes, and weights by halves
// (AttentionMatrixUnit.cpp).
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/AttentionEmitter.h"

#include "dialect/Types.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

void CodedAttentionEmitter::allocate() {
  MLIRContext *context = op.getContext();
  auto constant = [&](int64_t v) { return getConstantDim(context, v); };
  Type i16 = builder.getI16Type();
  Type codeType = usesBytes() ? builder.getI8Type() : i16;
  lineStride = llvm::alignTo(depth, lanes * perWord());
  // The unit multiplies whole lines.
  queryStride = usesUnit() ? lineStride : roundUp(depth);
  keySteps = llvm::divideCeil(usesUnit() ? lineStride : depth, perWord());
  keyPanel = keyVectors * lanes;
  DimAttr panels = ceilDiv(keyCount, constant(keyPanel));
  valueWords = ceilDiv(keyCount, constant(valuesPerWord()));
  if (usesUnit())
    valueWords = ceilDiv(valueWords, constant(MatrixUnit::tileWords)) *
                 MatrixUnit::tileWords;
  // An odd number of cache lines between rows spreads them over the sets.
  scoreStride = panels * keyPanel + 16;
  keyCodes = kernel.allocateScratch(panels * (keyPanel * keySteps * perWord()),
                                    codeType);
  valueCodes =
      kernel.allocateScratch(valueWords * (roundUp(features) * valuesPerWord()),
                             usesUnit() ? codeType : i16);
  keyScales = kernel.allocateScratch(panels * keyPanel, element);
  valueScales = kernel.allocateScratch(panels * keyPanel, element);
  lines = kernel.allocateScratch(constant(lanes * lineStride), codeType);
  queries =
      kernel.allocateScratch(constant(tileQueries * queryStride), codeType);
  queryScales = kernel.allocateScratch(constant(tileQueries), element);
  if (addsToKeys())
    querySums =
        kernel.allocateScratch(constant(tileQueries), builder.getI32Type());
  scores = kernel.allocateScratch(scoreStride * tileQueries, element);
  if (usesUnit())
    allocateUnit();
  else
    weights = kernel.allocateScratch(scoreStride * tileQueries, i16);
}

void CodedAttentionEmitter::emitHead(Value firstChunk, Value lastChunk) {
  firstKey = code.constant(0);
  keysHere = keysOfRow;
  packValues();
  packKeys();
  code.loop(firstChunk, lastChunk, 1, {}, [&](Value chunk, ValueRange) {
    auto [firstQuery, count] = queriesOf(chunk);
    if (usesUnit())
      forUnitTiles(count, [&, first = firstQuery](Value rows, Value i) {
        emitUnitTile(add(first, i), rows);
      });
    else
      forTiles(count, tileQueries,
               [&, first = firstQuery](int64_t rows, Value i) {
                 emitTile(rows, add(first, i));
               });
    return SmallVector<Value>();
  });
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

CodedAttentionEmitter::Scaling
CodedAttentionEmitter::findScaling(Value tensor, const Index &place,
                                   int64_t width) {
  // The bits of magnitudes are in the order of the numbers, and those of what
  // is no number come behind them.
  constexpr int32_t tiniest = (127 - 100) << 23; // 2^-100
  Value most = wordConstant(tiniest), magnitude = wordConstant(0x7fffffff);
  for (int64_t f = 0; f < width; f += lanes) {
    auto [elements, feature] = featuresFrom(f, width);
    Value x = elements.splat(code.orPoison(
        elements.read(tensor, {batch, head, place, feature}), element));
    Value bits = arith::AndIOp::create(
        builder, loc, arith::BitcastOp::create(builder, loc, wordType(), x),
        magnitude);
    if (Value mask = featureMask(f, width))
      bits = arith::SelectOp::create(builder, loc, mask, bits, most);
    most = arith::MaxSIOp::create(builder, loc, most, bits);
  }
  most = vector::ReductionOp::create(builder, loc, vector::CombiningKind::MAXSI,
                                     most);
  most = arith::BitcastOp::create(builder, loc, element, most);
  Value largest = number(largestCode);
  return {arith::DivFOp::create(builder, loc, most, largest),
          arith::DivFOp::create(builder, loc, largest, most)};
}

Value CodedAttentionEmitter::makeCodes(Value tensor, const Index &place,
                                       int64_t first, int64_t width,
                                       const Scaling &scaling) {
  auto [elements, feature] = featuresFrom(first, width);
  Value x = elements.splat(code.orPoison(
      elements.read(tensor, {batch, head, place, feature}), element));
  x = arith::MulFOp::create(builder, loc, x, splat(scaling.factor));
  if (Value mask = featureMask(first, width))
    x = arith::SelectOp::create(builder, loc, mask, x, zeros());
  Value isNumber =
      arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::ORD, x, x);
  return toWords(arith::SelectOp::create(builder, loc, isNumber, x, zeros()));
}

Value CodedAttentionEmitter::toWords(Value numbers) {
  return arith::FPToSIOp::create(
      builder, loc, wordType(),
      math::RoundEvenOp::create(builder, loc, numbers));
}

Value CodedAttentionEmitter::loadCodes(const Storage &from, Value position) {
  int64_t count = lanes * 32 / from.elementType.getIntOrFloatBitWidth();
  return vector::LoadOp::create(builder, loc,
                                VectorType::get(count, from.elementType),
                                from.buffer, ValueRange{position});
}

void CodedAttentionEmitter::storeCodes(Value codes, const Storage &to,
                                       Value position) {
  vector::StoreOp::create(builder, loc, codes, to.buffer, ValueRange{position});
}

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

void CodedAttentionEmitter::packKeys() {
  Value last = sub(keysOfRow, code.constant(1));
  auto codes = VectorType::get(lanes, keyCodes.elementType);
  auto packed = VectorType::get(lanes * perWord(), keyCodes.elementType);
  code.loop(code.constant(0), keysHere, lanes, {}, [&](Value j, ValueRange) {
    // Rows behind the last key repeat it; their scores get no weight.
    code.loop(
        code.constant(0), code.constant(lanes), 1, {},
        [&](Value i, ValueRange) {
          Value key = minimum(add(j, i), last);
          Index place = at(key, keyCount);
          Scaling scaling = findScaling(op.getKey(), place, depth);
          for (int64_t d = 0; d < depth; d += lanes) {
            Value line = makeCodes(op.getKey(), place, d, depth, scaling);
            if (addsToKeys())
              line =
                  arith::AddIOp::create(builder, loc, line, wordConstant(128));
            storeCodes(arith::TruncIOp::create(builder, loc, codes, line),
                       lines, add(mul(i, lineStride), code.constant(d)));
          }
          if (usesUnit())
            clearCodes(lines, mul(i, lineStride), roundUp(depth), lineStride);
          // Where a value isn't finite, zero times its scale is no
          // number.
          Value scale = memref::LoadOp::create(builder, loc, valueScales.buffer,
                                               ValueRange{key});
          scale = arith::MulFOp::create(builder, loc, scale, number(0));
          scale = arith::AddFOp::create(builder, loc, scaling.scale, scale);
          memref::StoreOp::create(builder, loc, scale, keyScales.buffer,
                                  ValueRange{add(j, i)});
          return SmallVector<Value>();
        });
    Value inPanel =
        arith::RemUIOp::create(builder, loc, j, code.constant(keyPanel));
    // Whole panels of `keySteps` words a key, then words of `keyPanel` keys.
    Value base = add(mul(sub(j, inPanel), keySteps), inPanel);
    for (int64_t word = 0; word < keySteps; word += lanes) {
      SmallVector<Value> rows;
      for (int64_t i = 0; i < lanes; ++i)
        rows.push_back(vector::BitCastOp::create(
            builder, loc, wordType(),
            loadCodes(lines,
                      code.constant(i * lineStride + word * perWord()))));
      transpose(rows);
      for (int64_t i = 0; i < std::min(lanes, keySteps - word); ++i)
        storeCodes(
            vector::BitCastOp::create(builder, loc, packed, rows[i]), keyCodes,
            mul(add(base, code.constant((word + i) * keyPanel)), perWord()));
    }
    return SmallVector<Value>();
  });
}

void CodedAttentionEmitter::packValues() {
  Value last = sub(keysOfRow, code.constant(1));
  int64_t perWord = valuesPerWord(), bits = 32 / perWord;
  auto packed = VectorType::get(lanes * perWord, valueCodes.elementType);
  int64_t panel = valueVectors * lanes;
  code.loop(code.constant(0), keysHere, perWord, {}, [&](Value j, ValueRange) {
    // A word that lacks keys has the last one again.
    SmallVector<Index> places;
    SmallVector<Scaling> scalings;
    for (int64_t i = 0; i < perWord; ++i) {
      Value key = minimum(add(j, code.constant(i)), last);
      places.push_back(at(key, keyCount));
      scalings.push_back(findScaling(op.getValue(), places[i], features));
      memref::StoreOp::create(builder, loc, scalings[i].scale,
                              valueScales.buffer, ValueRange{key});
    }
    Value word =
        arith::DivUIOp::create(builder, loc, j, code.constant(perWord));
    for (int64_t f = 0; f < features; f += lanes) {
      Value words;
      for (int64_t i = 0; i < perWord; ++i) {
        Value codes =
            makeCodes(op.getValue(), places[i], f, features, scalings[i]);
        if (i + 1 < perWord)
          codes = arith::AndIOp::create(builder, loc, codes,
                                        wordConstant((1 << bits) - 1));
        if (i > 0)
          codes = arith::ShLIOp::create(builder, loc, codes,
                                        wordConstant(i * bits));
        words = i == 0
                    ? codes
                    : Value(arith::OrIOp::create(builder, loc, words, codes));
      }
      int64_t first = f / panel * panel;
      int64_t width = std::min(panel, roundUp(features) - first);
      Value at = add(mul(code.dim(valueWords), first),
                     add(mul(word, width), code.constant(f - first)));
      storeCodes(vector::BitCastOp::create(builder, loc, packed, words),
                 valueCodes, mul(at, perWord));
    }
    return SmallVector<Value>();
  });
}

void CodedAttentionEmitter::clearCodes(const Storage &to, Value row,
                                       int64_t first, int64_t last) {
  auto type = VectorType::get(lanes, to.elementType);
  for (int64_t d = first; d < last; d += lanes)
    storeCodes(
        arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type)), to,
        add(row, code.constant(d)));
}

void CodedAttentionEmitter::packQueries(Value firstQuery, Value rows) {
  auto codes = VectorType::get(lanes, queries.elementType);
  code.loop(code.constant(0), rows, 1, {}, [&](Value r, ValueRange) {
    Index place = at(add(firstQuery, r), queryCount);
    Scaling scaling = findScaling(op.getQuery(), place, depth);
    Value sum = wordConstant(0);
    for (int64_t d = 0; d < depth; d += lanes) {
      Value line = makeCodes(op.getQuery(), place, d, depth, scaling);
      if (addsToKeys())
        sum = arith::AddIOp::create(builder, loc, sum, line);
      storeCodes(arith::TruncIOp::create(builder, loc, codes, line), queries,
                 add(mul(r, queryStride), code.constant(d)));
    }
    if (usesUnit())
      clearCodes(queries, mul(r, queryStride), roundUp(depth), queryStride);
    Value scale = arith::MulFOp::create(
        builder, loc, scaling.scale, number(op.getScale().convertToDouble()));
    memref::StoreOp::create(builder, loc, scale, queryScales.buffer,
                            ValueRange{r});
    if (addsToKeys()) {
      sum = vector::ReductionOp::create(builder, loc,
                                        vector::CombiningKind::ADD, sum);
      memref::StoreOp::create(builder, loc, sum, querySums.buffer,
                              ValueRange{r});
    }
    return SmallVector<Value>();
  });
}

SmallVector<CodedAttentionEmitter::QueryRow>
CodedAttentionEmitter::queryRows(int64_t count) {
  SmallVector<QueryRow> rows;
  for (int64_t r = 0; r < count; ++r) {
    auto load = [&](const Storage &from) -> Value {
      return memref::LoadOp::create(
          builder, loc, from.buffer,
          ValueRange{add(firstRow, code.constant(r))});
    };
    Value start = wordConstant(0);
    if (addsToKeys())
      start =
          arith::MulIOp::create(builder, loc,
                                vector::BroadcastOp::create(
                                    builder, loc, wordType(), load(querySums)),
                                wordConstant(-128));
    rows.push_back({start, load(queryScales)});
  }
  return rows;
}
