//===- AttentionScores.cpp - keys, values and weights of a tile -----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The steps of NumberAttentionEmitter that pack a block and make its weights.
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/AttentionEmitter.h"

#include "dialect/Types.h"

#include <limits>

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

Value NumberAttentionEmitter::readNumbers(Value tensor, const Index &place,
                                          int64_t first, int64_t count) {
  auto [elements, feature] = featuresFrom(first, count);
  return elements.splat(code.orPoison(
      elements.read(tensor, {batch, head, place, feature}), element));
}

Value NumberAttentionEmitter::readFactors(Value tensor, const Index &place,
                                          int64_t first, int64_t count) {
  Value x = readNumbers(tensor, place, first, count);
  return isRounded() ? emitRounded(builder, loc, x, roundedTypeOf(op)) : x;
}

Value NumberAttentionEmitter::readWords(Value tensor, const Index &place,
                                        int64_t first) {
  if (!hasPairs())
    return readFactors(tensor, place, first, depth);
  auto half = [&](int64_t feature) -> Value {
    if (feature >= depth)
      return zeros();
    Value x = readNumbers(tensor, place, feature, depth);
    Value mask = featureMask(feature, depth);
    return mask ? Value(arith::SelectOp::create(builder, loc, mask, x, zeros()))
                : x;
  };
  return vector::BitCastOp::create(
      builder, loc, VectorType::get(lanes, element),
      toBFloats(half(2 * first), half(2 * first + lanes)));
}

void NumberAttentionEmitter::packKeys() {
  Value last = sub(keysOfRow, code.constant(1));
  code.loop(code.constant(0), keysHere, lanes, {}, [&](Value j, ValueRange) {
    // Rows behind the last key repeat it; their scores get no weight.
    SmallVector<Index> places;
    for (int64_t i = 0; i < lanes; ++i)
      places.push_back(
          at(minimum(add(add(firstKey, j), code.constant(i)), last), keyCount));
    Value base = usesUnit() ? placeInPanels(j) : j;
    for (int64_t word = 0; word < keyWords; word += lanes) {
      SmallVector<Value> rows;
      for (const Index &place : places)
        rows.push_back(readWords(op.getKey(), place, word));
      transpose(rows);
      for (int64_t i = 0; i < std::min(lanes, keyWords - word); ++i)
        storeVector(rows[i], keys,
                    add(base, code.constant((word + i) * keyStride)));
    }
    return SmallVector<Value>();
  });
}

void NumberAttentionEmitter::packValues() {
  code.loop(code.constant(0), keysHere, 1, {}, [&](Value j, ValueRange) {
    Index place = at(add(firstKey, j), keyCount);
    for (int64_t f = 0; f < features; f += lanes) {
      storeVector(readFactors(op.getValue(), place, f, features), values,
                  add(mul(j, code.constant(valueStride)), code.constant(f)));
    }
    return SmallVector<Value>();
  });
}

void NumberAttentionEmitter::packQueries(Value firstQuery, Value rows) {
  code.loop(code.constant(0), rows, 1, {}, [&](Value r, ValueRange) {
    Index place = at(add(firstQuery, r), queryCount);
    for (int64_t word = 0; word < keyWords; word += lanes)
      storeVector(readWords(op.getQuery(), place, word), queries,
                  add(mul(r, queryStride), code.constant(word)));
    return SmallVector<Value>();
  });
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

Value NumberAttentionEmitter::loadQuery(const Index &place, int64_t row,
                                        Value word) {
  auto type = VectorType::get(lanes, element);
  if (isRounded())
    return broadcastWord(queries.buffer,
                         add(code.constant(row * queryStride), word));
  Index feature = at(word, getConstantDim(op.getContext(), depth));
  return vector::BroadcastOp::create(
      builder, loc, type,
      code.orPoison(
          code.elements(1).read(op.getQuery(), {batch, head, place, feature}),
          element));
}

SmallVector<Value> NumberAttentionEmitter::emitProducts(ArrayRef<Index> places,
                                                        Value j,
                                                        int64_t vectors) {
  auto pairs = VectorType::get(2 * lanes, builder.getBF16Type());
  SmallVector<Value> products(places.size() * vectors, zeros());
  return unrolled(
      getConstantDim(op.getContext(), keyWords), products,
      [&](Value word, ValueRange args) {
        SmallVector<Value> next = llvm::to_vector(args);
        auto factor = [&](Value words) {
          return hasPairs() ? Value(vector::BitCastOp::create(builder, loc,
                                                              pairs, words))
                            : words;
        };
        SmallVector<Value> right;
        Value row = add(mul(word, code.constant(keyStride)), j);
        for (int64_t v = 0; v < vectors; ++v)
          right.push_back(
              factor(loadVector(keys, add(row, code.constant(v * lanes)))));
        for (auto [r, place] : llvm::enumerate(places)) {
          Value left = factor(loadQuery(place, r, word));
          for (int64_t v = 0; v < vectors; ++v) {
            Value &sum = next[r * vectors + v];
            sum = hasPairs() ? addBFloatProducts(sum, left, right[v])
                             : kernel.multiplyAdd(left, right[v], sum);
          }
        }
        return next;
      });
}

SmallVector<Value>
NumberAttentionEmitter::emitScoreVectors(int64_t rows, Value firstQuery,
                                         Value j, int64_t vectors, Value mask,
                                         ValueRange runningTops) {
  SmallVector<Index> places = placesOf(rows, firstQuery);
  SmallVector<Value> products;
  if (!usesUnit())
    products = emitProducts(places, j, vectors);
  else // They are where scores will be.
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t v = 0; v < vectors; ++v)
        products.push_back(loadVector(
            scores, add(scoreRow(r), add(j, code.constant(v * lanes)))));

  if (double scale = op.getScale().convertToDouble(); scale != 1)
    for (Value &product : products)
      product =
          arith::MulFOp::create(builder, loc, product, splat(number(scale)));
  SmallVector<Value> tops = llvm::to_vector(runningTops);
  for (int64_t v = 0; v < vectors; ++v) {
    SmallVector<Value> column;
    for (int64_t r = 0; r < rows; ++r)
      column.push_back(products[r * vectors + v]);
    tops =
        mapScores(column, places, add(j, code.constant(v * lanes)), mask, tops);
  }
  return tops;
}

SmallVector<Value> NumberAttentionEmitter::emitScores(int64_t rows,
                                                      Value firstQuery) {
  Value lowest = splat(number(-std::numeric_limits<double>::infinity()));
  SmallVector<Value> tops(rows, lowest);
  Value step = code.constant(lanes * keyVectors);
  Value whole = mul(arith::DivUIOp::create(builder, loc, keysHere, step), step);
  tops = code.loop(code.constant(0), whole, lanes * keyVectors, tops,
                   [&](Value j, ValueRange args) {
                     return emitScoreVectors(rows, firstQuery, j, keyVectors,
                                             Value(), args);
                   });
  tops = code.loop(whole, keysHere, lanes, tops, [&](Value j, ValueRange args) {
    return emitScoreVectors(rows, firstQuery, j, 1, maskFor(sub(keysHere, j)),
                            args);
  });
  SmallVector<Value> result;
  for (Value top : tops)
    result.push_back(largestLane(top));
  return result;
}

SmallVector<Value> NumberAttentionEmitter::emitWeights(int64_t rows,
                                                       ArrayRef<Value> shifts) {
  SmallVector<Value> totals(rows, zeros()), shiftVectors;
  for (Value shift : shifts)
    shiftVectors.push_back(splat(shift));
  // The unit takes weights of two vectors of keys.
  int64_t vectors = usesUnit() ? 2 : 1;
  totals = overKeys(
      vectors * lanes, totals, [&](Value j, bool isWhole, ValueRange args) {
        SmallVector<Value> next = llvm::to_vector(args);
        for (int64_t r = 0; r < rows; ++r) {
          SmallVector<Value> weights;
          for (int64_t v = 0; v < vectors; ++v) {
            Value offset = add(j, code.constant(v * lanes));
            Value shifted = arith::SubFOp::create(
                builder, loc, loadVector(scores, add(scoreRow(r), offset)),
                shiftVectors[r]);
            Value weight = math::ExpOp::create(builder, loc, shifted);
            if (Value mask = keyMask(offset, isWhole))
              weight =
                  arith::SelectOp::create(builder, loc, mask, weight, zeros());
            next[r] = arith::AddFOp::create(builder, loc, next[r], weight);
            weights.push_back(weight);
          }
          Value position = add(scoreRow(r), j);
          if (usesUnit())
            storeWeightHalves(weights, position);
          else
            storeVector(weights.front(), scores, position);
        }
        return next;
      });
  for (Value &total : totals)
    total = sumLanes(total);
  return totals;
}
