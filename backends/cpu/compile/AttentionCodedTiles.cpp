//===- AttentionCodedTiles.cpp - scores and outputs of codes --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The steps of CodedAttentionEmitter that a tile of queries takes.
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/AttentionEmitter.h"

#include "dialect/Types.h"

#include <limits>

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

void CodedAttentionEmitter::emitTile(int64_t rows, Value firstQuery) {
  Value count = code.constant(rows);
  withKeysOfTile(count, firstQuery, [&] {
    packQueries(firstQuery, count);
    SmallVector<Value> tops =
        emitScores(placesOf(rows, firstQuery), queryRows(rows));
    emitOutput(rows, firstQuery, emitWeights(rows, tops));
  });
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

SmallVector<Value> CodedAttentionEmitter::emitScoreSums(ArrayRef<QueryRow> rows,
                                                        Value j) {
  SmallVector<Value> sums;
  for (const QueryRow &row : rows)
    sums.append(keyVectors, row.start);
  Value base = mul(j, keySteps * perWord());
  return unrolled(
      getConstantDim(op.getContext(), keySteps), sums,
      [&](Value step, ValueRange args) {
        SmallVector<Value> next = llvm::to_vector(args), right;
        Value words = add(base, mul(step, keyPanel * perWord()));
        for (int64_t v = 0; v < keyVectors; ++v)
          right.push_back(loadCodes(
              keyCodes, add(words, code.constant(v * lanes * perWord()))));
        for (size_t r = 0; r < rows.size(); ++r) {
          Value left =
              broadcastWord(queries.buffer, add(code.constant(r * queryStride),
                                                mul(step, perWord())));
          for (int64_t v = 0; v < keyVectors; ++v) {
            Value &sum = next[r * keyVectors + v];
            sum = usesBytes() ? addByteProducts(sum, right[v], left)
                              : addWordProducts(sum, right[v], left);
          }
        }
        return next;
      });
}

SmallVector<Value>
CodedAttentionEmitter::emitScorePanel(ArrayRef<Index> places,
                                      ArrayRef<QueryRow> rows, Value j,
                                      bool isWhole, ValueRange runningTops) {
  SmallVector<Value> sums =
      usesUnit() ? loadScoreSums(rows.size(), j) : emitScoreSums(rows, j);
  SmallVector<Value> tops = llvm::to_vector(runningTops);
  for (int64_t v = 0; v < keyVectors; ++v) {
    Value offset = add(j, code.constant(v * lanes));
    Value scales = loadVector(keyScales, offset);
    SmallVector<Value> column;
    for (auto [r, row] : llvm::enumerate(rows)) {
      Value score = arith::MulFOp::create(
          builder, loc, toNumbers(sums[r * keyVectors + v]), splat(row.scale));
      column.push_back(arith::MulFOp::create(builder, loc, score, scales));
    }
    tops = mapScores(column, places, offset, keyMask(offset, isWhole), tops);
  }
  return tops;
}

SmallVector<Value> CodedAttentionEmitter::emitScores(ArrayRef<Index> places,
                                                     ArrayRef<QueryRow> rows) {
  Value lowest = number(-std::numeric_limits<double>::infinity());
  SmallVector<Value> tops(places.size(), splat(lowest));
  tops = overKeys(keyPanel, tops, [&](Value j, bool isWhole, ValueRange args) {
    return emitScorePanel(places, rows, j, isWhole, args);
  });
  SmallVector<Value> shifts;
  for (Value top : tops) {
    top = largestLane(top);
    // -inf minus -inf is no number: without any score there is nothing to
    // shift.
    Value isLowest = arith::CmpFOp::create(
        builder, loc, arith::CmpFPredicate::OEQ, top, lowest);
    shifts.push_back(
        arith::SelectOp::create(builder, loc, isLowest, number(0), top));
  }
  return shifts;
}

//===----------------------------------------------------------------------===//
// Weights and outputs
//===----------------------------------------------------------------------===//

SmallVector<Value> CodedAttentionEmitter::emitWeights(int64_t rows,
                                                      ArrayRef<Value> shifts) {
  // Sums of the softmax's numerators, and the largest times its value's scale.
  SmallVector<Value> carried(2 * rows, zeros());
  carried =
      overKeys(lanes, carried, [&](Value j, bool isWhole, ValueRange args) {
        SmallVector<Value> next = llvm::to_vector(args);
        Value mask = keyMask(j, isWhole);
        Value scales = loadVector(valueScales, j);
        for (int64_t r = 0; r < rows; ++r) {
          Value position = add(scoreRow(r), j);
          Value weight = math::ExpOp::create(
              builder, loc,
              arith::SubFOp::create(builder, loc, loadVector(scores, position),
                                    splat(shifts[r])));
          Value scaled = arith::MulFOp::create(builder, loc, weight, scales);
          if (mask) {
            weight =
                arith::SelectOp::create(builder, loc, mask, weight, zeros());
            scaled =
                arith::SelectOp::create(builder, loc, mask, scaled, zeros());
          }
          storeVector(scaled, scores, position);
          next[r] = arith::AddFOp::create(builder, loc, next[r], weight);
          next[rows + r] = larger(scaled, next[rows + r]);
        }
        return next;
      });
  SmallVector<Value> factors, scales;
  for (int64_t r = 0; r < rows; ++r) {
    Value most = largestLane(carried[rows + r]);
    factors.push_back(splat(
        arith::DivFOp::create(builder, loc, number(largestWeight), most)));
    Value unit =
        arith::MulFOp::create(builder, loc, most, number(1.0 / largestWeight));
    scales.push_back(arith::MulFOp::create(builder, loc, unit,
                                           inverse(sumLanes(carried[r]))));
  }
  storeWeights(rows, factors);
  return scales;
}

void CodedAttentionEmitter::storeWeights(int64_t rows,
                                         ArrayRef<Value> factors) {
  auto narrow = VectorType::get(lanes, builder.getI16Type());
  code.loop(code.constant(0), keysHere, lanes, {}, [&](Value j, ValueRange) {
    for (int64_t r = 0; r < rows; ++r) {
      Value position = add(scoreRow(r), j);
      Value weight = arith::MulFOp::create(
          builder, loc, loadVector(scores, position), factors[r]);
      Value words = toWords(larger(weight, zeros()));
      if (usesUnit())
        storeWeightBytes(add(firstRow, code.constant(r)), words, j);
      else
        storeCodes(arith::TruncIOp::create(builder, loc, narrow, words),
                   weights, position);
    }
    return SmallVector<Value>();
  });
}

void CodedAttentionEmitter::emitOutput(int64_t rows, Value firstQuery,
                                       ArrayRef<Value> scales) {
  Value pairs = arith::CeilDivUIOp::create(builder, loc, keysHere,
                                           code.constant(valuesPerWord()));
  int64_t pairsOfSum = std::min(blockSize, mostKeysOfSum) / valuesPerWord();
  int64_t panel = valueVectors * lanes;
  int64_t group = rowsOfOutput(rows);
  for (int64_t first = 0; first < features; first += panel) {
    int64_t width = std::min(panel, roundUp(features) - first);
    int64_t vectors = width / lanes;
    auto addPair = [&](Value pair, int64_t r0, ValueRange sums) {
      SmallVector<Value> next = llvm::to_vector(sums), right;
      Value words = add(mul(code.dim(valueWords), first), mul(pair, width));
      for (int64_t v = 0; v < vectors; ++v)
        right.push_back(
            loadCodes(valueCodes, mul(add(words, code.constant(v * lanes)),
                                      valuesPerWord())));
      for (int64_t r = 0; r < group; ++r) {
        Value left = broadcastWord(
            weights.buffer, add(scoreRow(r0 + r), mul(pair, valuesPerWord())));
        for (int64_t v = 0; v < vectors; ++v)
          next[r * vectors + v] =
              addWordProducts(next[r * vectors + v], right[v], left);
      }
      return next;
    };
    for (int64_t r0 = 0; r0 < rows; r0 += group) {
      SmallVector<Value> totals(group * vectors, zeros());
      totals = code.loop(
          code.constant(0), pairs, pairsOfSum, totals,
          [&](Value begin, ValueRange outer) {
            Value count = minimum(sub(pairs, begin), code.constant(pairsOfSum));
            SmallVector<Value> sums(group * vectors, wordConstant(0)), next;
            sums = unrolled(count, sums, [&](Value step, ValueRange args) {
              return addPair(add(begin, step), r0, args);
            });
            for (auto [total, sum] : llvm::zip(outer, sums))
              next.push_back(
                  arith::AddFOp::create(builder, loc, total, toNumbers(sum)));
            return next;
          });
      for (int64_t r = 0; r < group; ++r)
        for (int64_t v = 0; v < vectors; ++v)
          storeResultVector(
              arith::MulFOp::create(builder, loc, totals[r * vectors + v],
                                    splat(scales[r0 + r])),
              add(firstQuery, code.constant(r0 + r)), first + v * lanes);
    }
  }
}
