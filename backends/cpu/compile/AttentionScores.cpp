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

void NumberAttentionEmitter::packKeys() {
  Value last = sub(keysOfRow, code.constant(1));
  code.loop(code.constant(0), keysHere, lanes, {}, [&](Value j, ValueRange) {
    // Rows behind the last key repeat it; their scores get no weight.
    SmallVector<Index> places;
    for (int64_t i = 0; i < lanes; ++i)
      places.push_back(
          at(minimum(add(add(firstKey, j), code.constant(i)), last), keyCount));
    for (int64_t d = 0; d < depth; d += lanes) {
      int64_t present = std::min(lanes, depth - d);
      auto [elements, feature] = featuresFrom(d, depth);
      SmallVector<Value> rows;
      for (const Index &place : places)
        rows.push_back(elements.splat(code.orPoison(
            elements.read(op.getKey(), {batch, head, place, feature}),
            element)));
      transpose(rows);
      for (int64_t i = 0; i < present; ++i)
        storeVector(rows[i], keys, add(j, code.constant((d + i) * keyStride)));
    }
    return SmallVector<Value>();
  });
}

void NumberAttentionEmitter::packValues() {
  code.loop(code.constant(0), keysHere, 1, {}, [&](Value j, ValueRange) {
    Index place = at(add(firstKey, j), keyCount);
    for (int64_t f = 0; f < features; f += lanes) {
      auto [elements, feature] = featuresFrom(f, features);
      Value row = elements.splat(code.orPoison(
          elements.read(op.getValue(), {batch, head, place, feature}),
          element));
      storeVector(row, values,
                  add(mul(j, code.constant(valueStride)), code.constant(f)));
    }
    return SmallVector<Value>();
  });
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

SmallVector<Value>
NumberAttentionEmitter::emitScoreVectors(int64_t rows, Value firstQuery,
                                         Value j, int64_t vectors, Value mask,
                                         ValueRange runningTops) {
  auto type = VectorType::get(lanes, element);
  SmallVector<Index> places = placesOf(rows, firstQuery);
  SmallVector<Value> products(rows * vectors, zeros());
  products = unrolled(
      getConstantDim(op.getContext(), depth), products,
      [&](Value d, ValueRange args) {
        SmallVector<Value> next = llvm::to_vector(args);
        SmallVector<Value> right;
        Value row = add(mul(d, code.constant(keyStride)), j);
        for (int64_t v = 0; v < vectors; ++v)
          right.push_back(loadVector(keys, add(row, code.constant(v * lanes))));
        ElementBuilder e = code.elements(1);
        Index feature = at(d, getConstantDim(op.getContext(), depth));
        for (int64_t r = 0; r < rows; ++r) {
          Value left = code.orPoison(
              e.read(op.getQuery(), {batch, head, places[r], feature}),
              element);
          left = vector::BroadcastOp::create(builder, loc, type, left);
          for (int64_t v = 0; v < vectors; ++v)
            next[r * vectors + v] =
                kernel.multiplyAdd(left, right[v], next[r * vectors + v]);
        }
        return next;
      });

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
  totals = overKeys(totals, [&](Value j, Value mask, ValueRange args) {
    SmallVector<Value> next;
    for (int64_t r = 0; r < rows; ++r) {
      Value position = add(scoreRow(r), j);
      Value shifted = arith::SubFOp::create(
          builder, loc, loadVector(scores, position), shiftVectors[r]);
      Value weight = math::ExpOp::create(builder, loc, shifted);
      if (mask)
        weight = arith::SelectOp::create(builder, loc, mask, weight, zeros());
      storeVector(weight, scores, position);
      next.push_back(arith::AddFOp::create(builder, loc, args[r], weight));
    }
    return next;
  });
  for (Value &total : totals)
    total = sumLanes(total);
  return totals;
}
