//===- AttentionScores.cpp - keys, values and weights of a tile -----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The steps of AttentionEmitter that pack a block and make its weights.
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

/// Transposes `lanes` vectors of `lanes` elements in registers: in each round,
/// blocks of half the size change places (Eklundh, 1972).
static void transposeVectors(OpBuilder &builder, Location loc,
                             MutableArrayRef<Value> rows) {
  int64_t n = rows.size();
  for (int64_t half = n / 2; half >= 1; half /= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t lane = 0; lane < n; ++lane) {
      bool upper = lane & half;
      low.push_back(upper ? n + lane - half : lane);
      high.push_back(upper ? n + lane : lane + half);
    }
    for (int64_t i = 0; i < n; ++i) {
      if (i & half)
        continue;
      Value a = rows[i], b = rows[i + half];
      rows[i] = vector::ShuffleOp::create(builder, loc, a, b, low);
      rows[i + half] = vector::ShuffleOp::create(builder, loc, a, b, high);
    }
  }
}

void AttentionEmitter::packKeys() {
  Value last = sub(keysOfRow, code.constant(1));
  code.loop(code.constant(0), keysHere, lanes, {}, [&](Value j, ValueRange) {
    // Rows behind the last key repeat it; their scores get no weight.
    SmallVector<Index> places;
    for (int64_t i = 0; i < lanes; ++i)
      places.push_back(
          at(minimum(add(add(firstKey, j), code.constant(i)), last), keyCount));
    for (int64_t d = 0; d < depth; d += lanes) {
      int64_t present = std::min(lanes, depth - d);
      Value mask;
      if (present < lanes)
        mask = maskFor(code.constant(present));
      ElementBuilder elements = code.elements(lanes, mask);
      Index feature = elements.consecutive(elements.constant(d));
      feature.high = getConstantDim(op.getContext(), depth - 1);
      SmallVector<Value> rows;
      for (const Index &place : places)
        rows.push_back(elements.splat(code.orPoison(
            elements.read(op.getKey(), {batch, head, place, feature}),
            element)));
      transposeVectors(builder, loc, rows);
      for (int64_t i = 0; i < present; ++i)
        storeVector(rows[i], keys, add(j, code.constant((d + i) * keyStride)));
    }
    return SmallVector<Value>();
  });
}

void AttentionEmitter::packValues() {
  code.loop(code.constant(0), keysHere, 1, {}, [&](Value j, ValueRange) {
    Index place = at(add(firstKey, j), keyCount);
    for (int64_t f = 0; f < features; f += lanes) {
      int64_t present = std::min(lanes, features - f);
      Value mask;
      if (present < lanes)
        mask = maskFor(code.constant(present));
      ElementBuilder elements = code.elements(lanes, mask);
      Index feature = elements.consecutive(elements.constant(f));
      feature.high = getConstantDim(op.getContext(), features - 1);
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

SmallVector<Value> AttentionEmitter::emitScoreVectors(int64_t rows,
                                                      Value firstQuery, Value j,
                                                      int64_t vectors,
                                                      Value mask,
                                                      ValueRange runningTops) {
  auto type = VectorType::get(lanes, element);
  Value zeros =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  SmallVector<Index> places;
  for (int64_t r = 0; r < rows; ++r)
    places.push_back(at(add(firstQuery, code.constant(r)), queryCount));
  SmallVector<Value> products(rows * vectors, zeros);
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

  SmallVector<Value> tops = llvm::to_vector(runningTops);
  Value scale = splat(number(op.getScale().convertToDouble()));
  bool isScaled = op.getScale().convertToDouble() != 1;
  Value lowest = splat(number(-std::numeric_limits<double>::infinity()));
  SmallVector<Value> captures = llvm::to_vector(op.getCaptures());
  for (int64_t v = 0; v < vectors; ++v) {
    ElementBuilder elements = code.elements(lanes, mask);
    Value offset = add(j, code.constant(v * lanes));
    Index key =
        elements.consecutive(elements.uniform(add(firstKey, offset), 1));
    key.low = zero;
    key.high = keyCount - 1;
    for (int64_t r = 0; r < rows; ++r) {
      Value score = products[r * vectors + v];
      if (isScaled)
        score = arith::MulFOp::create(builder, loc, score, scale);
      auto mapped =
          code.emitRegion(elements, op.getScore().front(),
                          {score, batch, head, places[r], key}, captures);
      if (failed(mapped)) {
        code.hasFailed = true;
        return tops;
      }
      score = elements.splat(mapped->front());
      storeVector(score, scores, add(code.constant(r * scoreStride), offset));
      Value counted = mask ? Value(arith::SelectOp::create(builder, loc, mask,
                                                           score, lowest))
                           : score;
      tops[r] = arith::MaxNumFOp::create(builder, loc, tops[r], counted);
    }
  }
  return tops;
}

SmallVector<Value> AttentionEmitter::emitScores(int64_t rows,
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
    result.push_back(vector::ReductionOp::create(
        builder, loc, vector::CombiningKind::MAXNUMF, top));
  return result;
}

SmallVector<Value> AttentionEmitter::emitWeights(int64_t rows,
                                                 ArrayRef<Value> shifts) {
  auto type = VectorType::get(lanes, element);
  Value zeros =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  SmallVector<Value> totals(rows, zeros), shiftVectors;
  for (Value shift : shifts)
    shiftVectors.push_back(splat(shift));
  auto body = [&](Value j, Value mask, ValueRange args) {
    SmallVector<Value> next;
    for (int64_t r = 0; r < rows; ++r) {
      Value position = add(code.constant(r * scoreStride), j);
      Value shifted = arith::SubFOp::create(
          builder, loc, loadVector(scores, position), shiftVectors[r]);
      Value weight = math::ExpOp::create(builder, loc, shifted);
      if (mask)
        weight = arith::SelectOp::create(builder, loc, mask, weight, zeros);
      storeVector(weight, scores, position);
      next.push_back(arith::AddFOp::create(builder, loc, args[r], weight));
    }
    return next;
  };
  Value step = code.constant(lanes);
  Value whole = mul(arith::DivUIOp::create(builder, loc, keysHere, step), step);
  totals = code.loop(
      code.constant(0), whole, lanes, totals,
      [&](Value j, ValueRange args) { return body(j, Value(), args); });
  totals =
      code.loop(whole, keysHere, lanes, totals, [&](Value j, ValueRange args) {
        return body(j, maskFor(sub(keysHere, j)), args);
      });
  for (Value &total : totals)
    total =
        vector::ReductionOp::create(builder, loc, vector::CombiningKind::ADD,
                                    total, arith::FastMathFlags::reassoc);
  return totals;
}
