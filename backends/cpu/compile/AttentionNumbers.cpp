//===- AttentionNumbers.cpp - attention of numbers ------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Keys come in blocks: a block's keys are transposed into scratch and its
// values copied there, then each tile of queries makes its scores (keys along
// the lanes), passes them through the score region, and updates its running
// maximum, sum and output (Milakov and Gimelshein, arXiv:1805.02867; Dao et
// al., arXiv:2205.14135). Scores live in scratch for one tile and one block
// only.
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/AttentionEmitter.h"

#include "dialect/Types.h"

#include <limits>

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

void NumberAttentionEmitter::allocate() {
  MLIRContext *context = op.getContext();
  auto constant = [&](int64_t v) { return getConstantDim(context, v); };
  keyWords = hasPairs() ? llvm::divideCeil(depth, 2) : depth;
  if (usesUnit())
    keyWords = llvm::alignTo(keyWords, MatrixUnit::tileWords);
  // An odd number of cache lines between rows spreads them over the sets.
  keyStride = usesUnit() ? keysOfPanel : roundUp(blockSize) + 16;
  valueStride = roundUp(features);
  scoreStride = constant(roundUp(blockSize) + 16);
  keys = kernel.allocateScratch(
      constant(keyWords * llvm::alignTo(blockSize, keyStride)), element);
  values = kernel.allocateScratch(constant(blockSize * valueStride), element);
  scores = kernel.allocateScratch(scoreStride * tileQueries, element);
  tops = kernel.allocateScratch(constant(chunkSize), element);
  sums = kernel.allocateScratch(constant(chunkSize), element);
  outputs = kernel.allocateScratch(constant(chunkSize * valueStride), element);
  queryStride = roundUp(keyWords);
  if (isRounded())
    queries =
        kernel.allocateScratch(constant(tileQueries * queryStride), element);
  if (usesUnit())
    allocateUnit();
}

void NumberAttentionEmitter::emitHead(Value firstChunk, Value lastChunk) {
  code.loop(firstChunk, lastChunk, 1, {}, [&](Value chunk, ValueRange) {
    auto [firstQuery, queries] = queriesOf(chunk);
    // Without keys there is one block all the same: it stores the zeros.
    Value counted = countKeys(add(firstQuery, queries), keysOfRow);
    Value blockCount = arith::MaxSIOp::create(
        builder, loc,
        arith::CeilDivUIOp::create(builder, loc, counted,
                                   code.constant(blockSize)),
        code.constant(1));
    code.loop(
        code.constant(0), blockCount, 1, {}, [&](Value block, ValueRange) {
          using P = arith::CmpIPredicate;
          firstKey = mul(block, code.constant(blockSize));
          keysHere =
              minimum(sub(keysOfRow, firstKey), code.constant(blockSize));
          isFirst = arith::CmpIOp::create(builder, loc, P::eq, block,
                                          code.constant(0));
          isLast = arith::CmpIOp::create(
              builder, loc, P::eq, add(block, code.constant(1)), blockCount);
          // A single block stays packed from chunk to chunk.
          Value several = arith::CmpIOp::create(builder, loc, P::sgt,
                                                blockCount, code.constant(1));
          Value fresh =
              arith::CmpIOp::create(builder, loc, P::eq, chunk, firstChunk);
          Value mustPack = arith::OrIOp::create(builder, loc, several, fresh);
          auto branch = scf::IfOp::create(builder, loc, mustPack,
                                          /*withElseRegion=*/false);
          {
            OpBuilder::InsertionGuard guard(builder);
            builder.setInsertionPoint(branch.thenBlock()->getTerminator());
            packKeys();
            if (usesUnit())
              packValuePairs();
            else
              packValues();
          }
          if (usesUnit())
            forUnitTiles(queries, [&, first = firstQuery](Value rows, Value i) {
              emitUnitTile(rows, add(first, i), i);
            });
          else
            forTiles(queries, tileQueries,
                     [&, first = firstQuery](int64_t rows, Value i) {
                       emitTile({rows, add(first, i), i});
                     });
          return SmallVector<Value>();
        });
    return SmallVector<Value>();
  });
}

void NumberAttentionEmitter::emitTile(const TileRows &tile) {
  Value rows = code.constant(tile.count);
  withKeysOfTile(rows, tile.firstQuery, [&] {
    if (isRounded())
      packQueries(tile.firstQuery, rows);
    auto [shifts, rescale] =
        updateTops(tile, emitScores(tile.count, tile.firstQuery));
    SmallVector<Value> totals =
        updateSums(tile, rescale, emitWeights(tile.count, shifts));
    emitOutput(tile, rescale, totals);
  });
}

NumberAttentionEmitter::Shifts
NumberAttentionEmitter::updateTops(const TileRows &tile,
                                   ArrayRef<Value> blockTops) {
  Value lowest = number(-std::numeric_limits<double>::infinity());
  Shifts found;
  for (auto [r, blockTop] : llvm::enumerate(blockTops)) {
    Value place = add(tile.firstInChunk, code.constant(r));
    Value old =
        memref::LoadOp::create(builder, loc, tops.buffer, ValueRange{place});
    old = arith::SelectOp::create(builder, loc, isFirst, lowest, old);
    Value top = arith::MaxNumFOp::create(builder, loc, old, blockTop);
    memref::StoreOp::create(builder, loc, top, tops.buffer, ValueRange{place});
    // -inf minus -inf is no number: a row without any score so far has nothing
    // to shift.
    Value isLowest = arith::CmpFOp::create(
        builder, loc, arith::CmpFPredicate::OEQ, top, lowest);
    Value shift =
        arith::SelectOp::create(builder, loc, isLowest, number(0), top);
    found.shifts.push_back(shift);
    found.rescale.push_back(math::ExpOp::create(
        builder, loc, arith::SubFOp::create(builder, loc, old, shift)));
  }
  return found;
}

SmallVector<Value> NumberAttentionEmitter::updateSums(const TileRows &tile,
                                                      ArrayRef<Value> rescale,
                                                      ArrayRef<Value> totals) {
  SmallVector<Value> updated;
  for (auto [r, total] : llvm::enumerate(totals)) {
    Value place = add(tile.firstInChunk, code.constant(r));
    Value old =
        memref::LoadOp::create(builder, loc, sums.buffer, ValueRange{place});
    old = arith::SelectOp::create(builder, loc, isFirst, number(0), old);
    updated.push_back(kernel.multiplyAdd(old, rescale[r], total));
    memref::StoreOp::create(builder, loc, updated.back(), sums.buffer,
                            ValueRange{place});
  }
  return updated;
}

void NumberAttentionEmitter::emitOutput(const TileRows &tile,
                                        ArrayRef<Value> rescale,
                                        ArrayRef<Value> totals) {
  auto type = VectorType::get(lanes, element);
  SmallVector<Value> scales;
  for (Value total : totals)
    scales.push_back(inverse(total));
  int64_t vectorCount = valueStride / lanes;
  int64_t group = rowsOfOutput(tile.count);
  for (int64_t v0 = 0; v0 < vectorCount; v0 += valueVectors) {
    int64_t vectors = std::min(valueVectors, vectorCount - v0);
    for (int64_t r0 = 0; r0 < tile.count; r0 += group) {
      SmallVector<Value> mixed(group * vectors, zeros());
      mixed = unrolled(keysHere, mixed, [&](Value j, ValueRange args) {
        SmallVector<Value> next = llvm::to_vector(args);
        SmallVector<Value> right;
        Value row = mul(j, code.constant(valueStride));
        for (int64_t v = 0; v < vectors; ++v)
          right.push_back(
              loadVector(values, add(row, code.constant((v0 + v) * lanes))));
        for (int64_t r = 0; r < group; ++r) {
          Value weight =
              memref::LoadOp::create(builder, loc, scores.buffer,
                                     ValueRange{add(scoreRow(r0 + r), j)});
          weight = vector::BroadcastOp::create(builder, loc, type, weight);
          for (int64_t v = 0; v < vectors; ++v)
            next[r * vectors + v] =
                kernel.multiplyAdd(weight, right[v], next[r * vectors + v]);
        }
        return next;
      });
      TileRows rows{group, add(tile.firstQuery, code.constant(r0)),
                    add(tile.firstInChunk, code.constant(r0))};
      storeOutput(rows, mixed, v0 * lanes, rescale.slice(r0, group),
                  ArrayRef(scales).slice(r0, group));
    }
  }
}

void NumberAttentionEmitter::storeOutput(const TileRows &tile,
                                         MutableArrayRef<Value> added,
                                         int64_t first, ArrayRef<Value> rescale,
                                         ArrayRef<Value> scales) {
  int64_t vectors = added.size() / tile.count;
  auto forVectors =
      [&](llvm::function_ref<void(Value & sum, int64_t r, int64_t feature)>
              body) {
        for (int64_t r = 0; r < tile.count; ++r)
          for (int64_t v = 0; v < vectors; ++v)
            body(added[r * vectors + v], r, first + v * lanes);
      };
  auto placeOf = [&](int64_t r, int64_t feature) {
    return add(mul(add(tile.firstInChunk, code.constant(r)),
                   code.constant(valueStride)),
               code.constant(feature));
  };
  forVectors([&](Value &sum, int64_t r, int64_t feature) {
    Value old = loadVector(outputs, placeOf(r, feature));
    old = arith::SelectOp::create(builder, loc, isFirst, zeros(), old);
    sum = kernel.multiplyAdd(old, splat(rescale[r]), sum);
  });
  auto branch =
      scf::IfOp::create(builder, loc, isLast, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(branch.thenBlock()->getTerminator());
  forVectors([&](Value &sum, int64_t r, int64_t feature) {
    storeResultVector(
        arith::MulFOp::create(builder, loc, sum, splat(scales[r])),
        add(tile.firstQuery, code.constant(r)), feature);
  });
  builder.setInsertionPoint(branch.elseBlock()->getTerminator());
  forVectors([&](Value &sum, int64_t r, int64_t feature) {
    storeVector(sum, outputs, placeOf(r, feature));
  });
}
