//===- AttentionBFloats.cpp - attention of bf16 in whole tiles ------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The products of NumberAttentionEmitter on a matrix unit (MatrixUnit.h), `of`
// bf16: 16 queries at once, whatever is left of them at the end, as rows that
// nothing asks for cost nothing but their products.
//
// A word is two features of a key, or one feature of two keys' values. Words
// behind the last feature and the last key are zeros: what they meet may be no
// number. Products with keys go to where scores will be and become scores
// there, then, in their place, weights. A weight has 24 bits, of which the
// upper 8 and what is left of it, rounded to 8, are multiplied apart and added
// in the end.
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/AttentionEmitter.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

static constexpr int64_t wordFactors = 2;
/// Keys whose weighted values one instruction adds.
static constexpr int64_t keysOfStep = MatrixUnit::tileWords * wordFactors;

void NumberAttentionEmitter::allocateUnit() {
  MLIRContext *context = op.getContext();
  auto constant = [&](int64_t v) { return getConstantDim(context, v); };
  rescales = kernel.allocateScratch(constant(tileQueries), element);
  parts = kernel.allocateScratch(
      constant(2 * tileQueries * tilesOfValues * MatrixUnit::tileWords),
      element);
  unit.emplace(kernel);
}

void NumberAttentionEmitter::packValuePairs() {
  auto halves = VectorType::get(2 * lanes, builder.getI16Type());
  SmallVector<int64_t> interleaved;
  for (int64_t lane = 0; lane < lanes; ++lane)
    interleaved.append({lane, lanes + lane});
  Value last = sub(keysOfRow, code.constant(1));
  code.loop(
      code.constant(0), ceilTo(keysHere, keysOfStep), wordFactors, {},
      [&](Value j, ValueRange) {
        auto read = [&](int64_t i, int64_t feature) -> Value {
          Value key = add(j, code.constant(i));
          Index place = at(minimum(add(firstKey, key), last), keyCount);
          Value isKey = arith::CmpIOp::create(
              builder, loc, arith::CmpIPredicate::slt, key, keysHere);
          return arith::SelectOp::create(
              builder, loc, isKey,
              readNumbers(op.getValue(), place, feature, features), zeros());
        };
        for (int64_t f = 0; f < features; f += lanes) {
          Value pair = vector::BitCastOp::create(
              builder, loc, halves, toBFloats(read(0, f), read(1, f)));
          pair =
              vector::ShuffleOp::create(builder, loc, pair, pair, interleaved);
          auto [panel, width] = valuePanel(f);
          storeVector(
              vector::BitCastOp::create(builder, loc,
                                        VectorType::get(lanes, element), pair),
              values,
              add(mul(j, width / wordFactors),
                  code.constant(panel * blockSize / wordFactors + f - panel)));
        }
        return SmallVector<Value>();
      });
}

void NumberAttentionEmitter::emitUnitTile(Value rows, Value firstQuery,
                                          Value firstInChunk) {
  auto emitWeightsOf = [&](int64_t count, Value first) {
    TileRows tile{count, add(firstQuery, first), add(firstInChunk, first)};
    auto [shifts, rescale] =
        updateTops(tile, emitScores(count, tile.firstQuery));
    updateSums(tile, rescale, emitWeights(count, shifts));
    for (auto [r, factor] : llvm::enumerate(rescale))
      memref::StoreOp::create(builder, loc, factor, rescales.buffer,
                              ValueRange{add(first, code.constant(r))});
  };
  withKeysOfTile(rows, firstQuery, [&] {
    packQueries(firstQuery, rows);
    multiplyKeys();
    forScoreRows(rows, emitWeightsOf);
    multiplyValues(rows, firstQuery, firstInChunk);
  });
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

Value NumberAttentionEmitter::placeInPanels(Value j) {
  Value inPanel =
      arith::RemUIOp::create(builder, loc, j, code.constant(keysOfPanel));
  return add(mul(sub(j, inPanel), keyWords), inPanel);
}

void NumberAttentionEmitter::multiplyKeys() {
  int64_t steps = keyWords / MatrixUnit::tileWords;
  auto loadQueries = [&](int64_t step) {
    unit->load(MatrixUnit::left(step % 2),
               unit->pointerTo(queries.buffer,
                               code.constant(step * MatrixUnit::tileWords)),
               code.constant(queryStride * MatrixUnit::wordBytes));
  };
  // What the registers of the left side hold stays there.
  bool stays = steps <= 2;
  if (stays)
    for (int64_t step = 0; step < steps; ++step)
      loadQueries(step);
  code.loop(
      code.constant(0), keysHere, keysOfPanel, {}, [&](Value j, ValueRange) {
        Value panel = mul(j, keyWords);
        auto loadKeys = [&](int64_t step, int64_t tile) {
          int64_t word = (step * keyStride + tile) * MatrixUnit::tileWords;
          unit->load(
              MatrixUnit::right(tile % 2),
              unit->pointerTo(keys.buffer, add(panel, code.constant(word))),
              code.constant(keyStride * MatrixUnit::wordBytes));
        };
        multiplyKeyTiles(
            MatrixUnit::Factors::BFloats, j, tilesOfKeys, steps,
            [&](int64_t step) {
              if (!stays)
                loadQueries(step);
            },
            loadKeys);
        return SmallVector<Value>();
      });
}

//===----------------------------------------------------------------------===//
// Weights and outputs
//===----------------------------------------------------------------------===//

void NumberAttentionEmitter::storeWeightHalves(ArrayRef<Value> weights,
                                               Value position) {
  auto numbers = VectorType::get(lanes, element);
  auto words = VectorType::get(lanes, builder.getI32Type());
  Value mask = emitSplat(builder, loc, words, int64_t(-65536));
  // Slightly more than what is left: zero would make no number of an infinite
  // value, which has weight all the same.
  Value more = splat(number(1 + 0x1p-23));
  SmallVector<Value> upper, lower;
  for (Value weight : weights) {
    Value bits = arith::BitcastOp::create(builder, loc, words, weight);
    bits = arith::AndIOp::create(builder, loc, bits, mask);
    upper.push_back(arith::BitcastOp::create(builder, loc, numbers, bits));
    lower.push_back(kernel.multiplyAdd(
        weight, more, arith::NegFOp::create(builder, loc, upper.back())));
  }
  for (auto [i, half] : llvm::enumerate(ArrayRef({upper, lower})))
    storeVector(vector::BitCastOp::create(builder, loc, numbers,
                                          toBFloats(half[0], half[1])),
                scores, add(position, code.constant(i * lanes)));
}

void NumberAttentionEmitter::multiplyValues(Value rows, Value firstQuery,
                                            Value firstInChunk) {
  int64_t all = valueStride / MatrixUnit::tileWords;
  for (int64_t first = 0; first < all; first += tilesOfValues) {
    int64_t tiles = std::min(tilesOfValues, all - first);
    multiplyValueTiles(first, tiles);
    code.loop(code.constant(0), rows, 1, {}, [&](Value row, ValueRange) {
      auto load = [&](const Storage &from, Value place) -> Value {
        return memref::LoadOp::create(builder, loc, from.buffer,
                                      ValueRange{place});
      };
      TileRows tile{1, add(firstQuery, row), add(firstInChunk, row)};
      SmallVector<Value> added;
      for (int64_t t = 0; t < tiles; ++t)
        added.push_back(arith::AddFOp::create(
            builder, loc, loadVector(parts, partAt(row, 0, t)),
            loadVector(parts, partAt(row, 1, t))));
      storeOutput(tile, added, first * MatrixUnit::tileWords,
                  {load(rescales, row)},
                  {inverse(load(sums, tile.firstInChunk))});
      return SmallVector<Value>();
    });
  }
}

void NumberAttentionEmitter::multiplyValueTiles(int64_t first, int64_t tiles) {
  auto forSums =
      [&](llvm::function_ref<void(int64_t half, int64_t tile)> body) {
        for (int64_t half = 0; half < 2; ++half)
          for (int64_t tile = 0; tile < tiles; ++tile)
            body(half, tile);
      };
  auto [panel, width] = valuePanel(first * MatrixUnit::tileWords);
  forSums([&](int64_t half, int64_t tile) {
    unit->zero(MatrixUnit::sums(half, tile));
  });
  code.loop(code.constant(0), keysHere, keysOfStep, {},
            [&](Value j, ValueRange) {
              Value word = add(mul(j, width / wordFactors),
                               code.constant(panel * blockSize / wordFactors));
              for (int64_t tile = 0; tile < tiles; ++tile)
                unit->load(
                    MatrixUnit::right(tile),
                    unit->pointerTo(
                        values.buffer,
                        add(word, code.constant(tile * MatrixUnit::tileWords))),
                    code.constant(width * MatrixUnit::wordBytes));
              for (int64_t half = 0; half < 2; ++half)
                unit->load(MatrixUnit::left(half),
                           unit->pointerTo(scores.buffer,
                                           add(j, code.constant(half * lanes))),
                           mul(code.dim(scoreStride), MatrixUnit::wordBytes));
              forSums([&](int64_t half, int64_t tile) {
                unit->multiply(MatrixUnit::Factors::BFloats,
                               MatrixUnit::sums(half, tile),
                               MatrixUnit::left(half), MatrixUnit::right(tile));
              });
              return SmallVector<Value>();
            });
  forSums([&](int64_t half, int64_t tile) {
    unit->store(
        MatrixUnit::sums(half, tile),
        unit->pointerTo(parts.buffer, partAt(code.constant(0), half, tile)),
        code.constant(2 * tilesOfValues * MatrixUnit::rowBytes));
  });
}
