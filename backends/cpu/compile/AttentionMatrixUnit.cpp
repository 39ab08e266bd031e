//===- AttentionMatrixUnit.cpp - attention of codes in whole tiles --------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The products of CodedAttentionEmitter on a matrix unit (MatrixUnit.h): 16
// queries at once, whatever is left of them at the end, as rows that nothing
// asks for cost nothing but their products.
//
// Products with keys go to where scores will be, for all keys, and become
// scores there. Weights have 15 bits, so their upper 8 and their lower 7 are
// multiplied apart; both sums are exact, and so is what they make together.
// So results are those of the other units, to the bit.
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/AttentionEmitter.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

static constexpr int64_t lowerBits = 7;
/// Tiles of keys or features that are multiplied at once.
static constexpr int64_t tilesAtOnce = 2;

void CodedAttentionEmitter::allocateUnit() {
  MLIRContext *context = op.getContext();
  auto constant = [&](int64_t v) { return getConstantDim(context, v); };
  Type i32 = builder.getI32Type();
  // Often an odd number of lines.
  weightStride = valueWords * valuesPerWord() + MatrixUnit::rowBytes;
  weights = kernel.allocateScratch(weightStride * (2 * tileQueries),
                                   builder.getI8Type());
  resultScales = kernel.allocateScratch(constant(tileQueries), element);
  int64_t sums = MatrixUnit::tileRows * tilesAtOnce * MatrixUnit::tileWords;
  parts = kernel.allocateScratch(constant(2 * sums), i32);
  totals = kernel.allocateScratch(constant(sums), element);
  unit.emplace(kernel);
}

void CodedAttentionEmitter::emitUnitTile(Value firstQuery, Value rows) {
  auto emitWeightsOf = [&](int64_t count, Value first) {
    SmallVector<Index> places = placesOf(count, add(firstQuery, first));
    SmallVector<Value> tops = emitScores(places, queryRows(count));
    for (auto [r, scale] : llvm::enumerate(emitWeights(count, tops))) {
      Value row = add(first, code.constant(r));
      clearLastWeights(row);
      memref::StoreOp::create(builder, loc, scale, resultScales.buffer,
                              ValueRange{row});
    }
  };
  withKeysOfTile(rows, firstQuery, [&] {
    packQueries(firstQuery, rows);
    multiplyKeys();
    forScoreRows(rows, emitWeightsOf);
    multiplyValues(firstQuery, rows);
  });
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

void CodedAttentionEmitter::multiplyKeys() {
  int64_t steps = keySteps / MatrixUnit::tileWords;
  auto loadQueries = [&](int64_t step) {
    unit->load(MatrixUnit::left(step % 2),
               unit->pointerTo(queries.buffer,
                               code.constant(step * MatrixUnit::rowBytes)),
               code.constant(queryStride));
  };
  if (steps == 1)
    loadQueries(0);
  code.loop(code.constant(0), keysHere, keyPanel, {}, [&](Value j, ValueRange) {
    Value base = mul(j, keySteps * perWord());
    for (int64_t v = 0; v < keyVectors; v += tilesAtOnce) {
      auto loadKeys = [&](int64_t step, int64_t tile) {
        int64_t word = (step * keyPanel + v + tile) * MatrixUnit::tileWords;
        unit->load(MatrixUnit::right(tile),
                   unit->pointerTo(keyCodes.buffer,
                                   add(base, code.constant(word * perWord()))),
                   code.constant(keyPanel * MatrixUnit::wordBytes));
      };
      multiplyKeyTiles(
          MatrixUnit::Factors::Bytes,
          add(j, code.constant(v * MatrixUnit::tileWords)),
          std::min(tilesAtOnce, keyVectors - v), steps,
          [&](int64_t step) {
            if (steps > 1)
              loadQueries(step);
          },
          loadKeys);
    }
    return SmallVector<Value>();
  });
}

SmallVector<Value> CodedAttentionEmitter::loadScoreSums(int64_t rows, Value j) {
  SmallVector<Value> sums;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t v = 0; v < keyVectors; ++v)
      sums.push_back(vector::BitCastOp::create(
          builder, loc, wordType(),
          loadVector(scores,
                     add(scoreRow(r), add(j, code.constant(v * lanes))))));
  return sums;
}

//===----------------------------------------------------------------------===//
// Weights and outputs
//===----------------------------------------------------------------------===//

void CodedAttentionEmitter::storeWeightBytes(Value row, Value words, Value j) {
  auto narrow = VectorType::get(lanes, weights.elementType);
  Value upper =
      arith::ShRUIOp::create(builder, loc, words, wordConstant(lowerBits));
  Value lower = arith::AndIOp::create(builder, loc, words,
                                      wordConstant((1 << lowerBits) - 1));
  Value place = add(mul(row, code.dim(weightStride)), j);
  storeCodes(arith::TruncIOp::create(builder, loc, narrow, upper), weights,
             place);
  storeCodes(arith::TruncIOp::create(builder, loc, narrow, lower), weights,
             add(place, mul(code.dim(weightStride), tileQueries)));
}

void CodedAttentionEmitter::clearLastWeights(Value row) {
  code.loop(ceilTo(keysHere, lanes), ceilTo(keysHere, MatrixUnit::rowBytes),
            lanes, {}, [&](Value j, ValueRange) {
              storeWeightBytes(row, wordConstant(0), j);
              return SmallVector<Value>();
            });
}

void CodedAttentionEmitter::multiplyValues(Value firstQuery, Value rows) {
  int64_t panel = valueVectors * lanes;
  for (int64_t first = 0; first < features; first += panel) {
    int64_t width = std::min(panel, roundUp(features) - first);
    for (int64_t f = 0; f < width; f += tilesAtOnce * MatrixUnit::tileWords)
      multiplyValues(
          firstQuery, rows, first, width, first + f,
          std::min(tilesAtOnce, (width - f) / MatrixUnit::tileWords));
  }
}

void CodedAttentionEmitter::multiplyValues(Value firstQuery, Value rows,
                                           int64_t panel, int64_t width,
                                           int64_t first, int64_t tiles) {
  // Tiles of weights, and how many of them 32 bits hold the sum of.
  Value steps = arith::CeilDivUIOp::create(builder, loc, keysHere,
                                           code.constant(MatrixUnit::rowBytes));
  int64_t stepsOfSum =
      std::min(blockSize, mostKeysOfSum) / MatrixUnit::rowBytes;
  int64_t pitch = tilesAtOnce * MatrixUnit::tileWords;
  auto partAt = [&](Value row, int64_t half, int64_t t) {
    return add(mul(row, pitch),
               code.constant(half * MatrixUnit::tileRows * pitch +
                             t * MatrixUnit::tileWords));
  };
  auto forRows = [&](llvm::function_ref<void(Value row, int64_t t)> body) {
    code.loop(code.constant(0), rows, 1, {}, [&](Value row, ValueRange) {
      for (int64_t t = 0; t < tiles; ++t)
        body(row, t);
      return SmallVector<Value>();
    });
  };
  forRows([&](Value row, int64_t t) {
    storeVector(zeros(), totals, partAt(row, 0, t));
  });
  code.loop(
      code.constant(0), steps, stepsOfSum, {}, [&](Value begin, ValueRange) {
        for (int64_t half = 0; half < 2; ++half)
          for (int64_t t = 0; t < tiles; ++t)
            unit->zero(MatrixUnit::sums(half, t));
        Value end = minimum(steps, add(begin, code.constant(stepsOfSum)));
        code.loop(begin, end, 1, {}, [&](Value step, ValueRange) {
          Value word = add(mul(code.dim(valueWords), panel),
                           mul(step, MatrixUnit::tileWords * width));
          for (int64_t t = 0; t < tiles; ++t)
            unit->load(
                MatrixUnit::right(t),
                unit->pointerTo(
                    valueCodes.buffer,
                    mul(add(word, code.constant(first - panel +
                                                t * MatrixUnit::tileWords)),
                        valuesPerWord())),
                code.constant(width * MatrixUnit::wordBytes));
          for (int64_t half = 0; half < 2; ++half) {
            unit->load(MatrixUnit::left(half),
                       unit->pointerTo(weights.buffer,
                                       add(mul(step, MatrixUnit::rowBytes),
                                           mul(code.dim(weightStride),
                                               half * tileQueries))),
                       code.dim(weightStride));
            for (int64_t t = 0; t < tiles; ++t)
              unit->multiply(MatrixUnit::Factors::UnsignedBySignedBytes,
                             MatrixUnit::sums(half, t), MatrixUnit::left(half),
                             MatrixUnit::right(t));
          }
          return SmallVector<Value>();
        });
        for (int64_t half = 0; half < 2; ++half)
          for (int64_t t = 0; t < tiles; ++t)
            unit->store(MatrixUnit::sums(half, t),
                        unit->pointerTo(parts.buffer,
                                        partAt(code.constant(0), half, t)),
                        code.constant(pitch * MatrixUnit::wordBytes));
        forRows([&](Value row, int64_t t) {
          auto part = [&](int64_t half) {
            return loadCodes(parts, partAt(row, half, t));
          };
          Value sum = arith::AddIOp::create(
              builder, loc,
              arith::ShLIOp::create(builder, loc, part(0),
                                    wordConstant(lowerBits)),
              part(1));
          Value place = partAt(row, 0, t);
          storeVector(arith::AddFOp::create(builder, loc,
                                            loadVector(totals, place),
                                            toNumbers(sum)),
                      totals, place);
        });
        return SmallVector<Value>();
      });
  forRows([&](Value row, int64_t t) {
    Value scale = memref::LoadOp::create(builder, loc, resultScales.buffer,
                                         ValueRange{row});
    storeResultVector(
        arith::MulFOp::create(
            builder, loc, loadVector(totals, partAt(row, 0, t)), splat(scale)),
        add(firstQuery, row), first + t * MatrixUnit::tileWords);
  });
}
