//===- EmitAttention.cpp - attention with a score region ------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What attention of numbers (AttentionNumbers.cpp) and of codes
// (AttentionCodes.cpp) share: tasks, tiles, the score region and results. A
// task is a chunk of the queries of one head.
//
// The maximum is subtracted before anything is scaled, and lanes behind the
// last key get weight zero by a predicate, not by a fill value: a row whose
// scores all are finfo.min is uniform over exactly its keys, and a row of -inf
// is NaN.
//
// schedule: tile = [queries, key vectors, value vectors, unrolling],
//           block = [queries of a chunk, keys of a block]
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/AttentionEmitter.h"

#include "dialect/Types.h"

#include <limits>

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

LogicalResult AttentionEmitter::prepare() {
  MLIRContext *context = op.getContext();
  ScheduleAttr schedule = kernel.schedule;
  tileQueries = schedule.getTile()[0];
  keyVectors = schedule.getTile()[1];
  valueVectors = schedule.getTile()[2];
  unroll = schedule.getTile()[3];
  chunkSize = schedule.getBlock()[0];
  blockSize = schedule.getBlock()[1];
  element = getElementType(op.getType());
  SmallVector<DimAttr> query = getDims(op.getQuery());
  SmallVector<DimAttr> value = getDims(op.getValue());
  batches = query[0];
  heads = query[1];
  queryCount = query[2];
  keyCount = value[2];
  if (!query[3].isConstant() || !value[3].isConstant())
    return op.emitError("the number of features of a head must be constant");
  depth = query[3].getValue();
  features = value[3].getValue();
  chunks = ceilDiv(queryCount, getConstantDim(context, chunkSize));
  firstRow = code.constant(0);
  kernel.grid = batches * heads * chunks;
  allocate();
  auto found = findStorePaths(op->getResult(0), kernel.results, "attention");
  if (failed(found))
    return failure();
  paths = std::move(*found);
  return success();
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

SmallVector<Value> AttentionEmitter::unrolled(
    Value size, ValueRange carried,
    llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  Value step = code.constant(unroll);
  Value whole = mul(arith::DivUIOp::create(builder, loc, size, step), step);
  SmallVector<Value> state = code.loop(
      code.constant(0), whole, unroll, carried, [&](Value i, ValueRange args) {
        SmallVector<Value> next = llvm::to_vector(args);
        for (int64_t u = 0; u < unroll; ++u)
          next = body(add(i, code.constant(u)), next);
        return next;
      });
  return code.loop(whole, size, 1, state, body);
}

SmallVector<Value> AttentionEmitter::unrolled(
    DimAttr size, ValueRange carried,
    llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  int64_t count = *size.asConstant(), whole = count / unroll * unroll;
  SmallVector<Value> state = llvm::to_vector(carried);
  if (whole)
    state = code.loop(code.constant(0), code.constant(whole), unroll, state,
                      [&](Value i, ValueRange args) {
                        SmallVector<Value> next = llvm::to_vector(args);
                        for (int64_t u = 0; u < unroll; ++u)
                          next = body(add(i, code.constant(u)), next);
                        return next;
                      });
  for (int64_t i = whole; i < count; ++i)
    state = body(code.constant(i), state);
  return state;
}

SmallVector<Value> AttentionEmitter::overKeys(
    int64_t keys, ValueRange carried,
    llvm::function_ref<SmallVector<Value>(Value, bool, ValueRange)> body) {
  Value step = code.constant(keys);
  Value whole = mul(arith::DivUIOp::create(builder, loc, keysHere, step), step);
  SmallVector<Value> state =
      code.loop(code.constant(0), whole, keys, carried,
                [&](Value j, ValueRange args) { return body(j, true, args); });
  return code.loop(whole, keysHere, keys, state, [&](Value j, ValueRange args) {
    return body(j, false, args);
  });
}

std::pair<Value, Value> AttentionEmitter::queriesOf(Value chunk) {
  Value first = mul(chunk, code.constant(chunkSize));
  return {first,
          minimum(sub(code.dim(queryCount), first), code.constant(chunkSize))};
}

void AttentionEmitter::forTiles(
    Value queries, int64_t height,
    llvm::function_ref<void(int64_t rows, Value first)> body) {
  Value done = code.constant(0);
  for (int64_t rows = height; rows >= 1; rows /= 2) {
    Value step = code.constant(rows);
    Value end = mul(arith::DivUIOp::create(builder, loc, queries, step), step);
    code.loop(done, end, rows, {}, [&](Value i, ValueRange) {
      body(rows, i);
      return SmallVector<Value>();
    });
    done = end;
  }
}

void AttentionEmitter::withKeysOfTile(Value rows, Value firstQuery,
                                      llvm::function_ref<void()> body) {
  Value all = std::exchange(keysHere, keysOfTile(rows, firstQuery));
  body();
  keysHere = all;
}

void AttentionEmitter::forScoreRows(
    Value rows, llvm::function_ref<void(int64_t count, Value first)> body) {
  Value none = firstRow;
  forTiles(rows, rowsAtOnce, [&](int64_t count, Value first) {
    firstRow = first;
    body(count, first);
  });
  firstRow = none;
}

void AttentionEmitter::forUnitTiles(
    Value queries, llvm::function_ref<void(Value rows, Value first)> body) {
  code.loop(code.constant(0), queries, tileQueries, {},
            [&](Value i, ValueRange) {
              body(minimum(sub(queries, i), code.constant(tileQueries)), i);
              return SmallVector<Value>();
            });
}

void AttentionEmitter::multiplyKeyTiles(
    MatrixUnit::Factors factors, Value j, int64_t tiles, int64_t steps,
    llvm::function_ref<void(int64_t step)> loadQueries,
    llvm::function_ref<void(int64_t step, int64_t tile)> loadKeys) {
  auto sumsOf = [](int64_t tile) {
    return MatrixUnit::sums(tile / 2, tile % 2);
  };
  for (int64_t tile = 0; tile < tiles; ++tile)
    unit->zero(sumsOf(tile));
  for (int64_t step = 0; step < steps; ++step) {
    loadQueries(step);
    for (int64_t tile = 0; tile < tiles; ++tile) {
      loadKeys(step, tile);
      unit->multiply(factors, sumsOf(tile), MatrixUnit::left(step % 2),
                     MatrixUnit::right(tile % 2));
    }
  }
  for (int64_t tile = 0; tile < tiles; ++tile)
    unit->store(
        sumsOf(tile),
        unit->pointerTo(scores.buffer,
                        add(j, code.constant(tile * MatrixUnit::tileWords))),
        mul(code.dim(scoreStride), MatrixUnit::wordBytes));
}

//===----------------------------------------------------------------------===//
// Tasks
//===----------------------------------------------------------------------===//

LogicalResult AttentionEmitter::emit() {
  if (failed(prepare()))
    return failure();
  // Chunks of one head follow each other, so that keys in one block are packed
  // once for all of them.
  Value perHead = code.dim(chunks);
  Value first = arith::DivUIOp::create(builder, loc, kernel.begin, perHead);
  Value last = arith::CeilDivUIOp::create(builder, loc, kernel.end, perHead);
  code.loop(first, last, 1, {}, [&](Value segment, ValueRange) {
    Value base = mul(segment, perHead);
    Value low = arith::MaxSIOp::create(builder, loc, sub(kernel.begin, base),
                                       code.constant(0));
    Value high = minimum(sub(kernel.end, base), perHead);
    ElementBuilder e = code.elements(1);
    Index position = e.uniform(segment, 1, zero, batches * heads - 1);
    batch = e.floorDiv(position, heads);
    head = e.floorMod(position, heads);
    batch.part.reset();
    head.part.reset();
    const Storage *storage = code.getStorage(op.getKey());
    keysOfRow = storage && storage->places
                    ? code.stateLength(*storage, batch.base)
                    : code.dim(keyCount);
    emitHead(low, high);
    return SmallVector<Value>();
  });
  if (unit)
    unit->release();
  return failure(code.hasFailed);
}

//===----------------------------------------------------------------------===//
// Scores and results
//===----------------------------------------------------------------------===//

Value AttentionEmitter::keysOfTile(Value rows, Value firstQuery) {
  if (!limit)
    return keysHere;
  Value counted = countKeys(add(firstQuery, rows), keysOfRow);
  return minimum(keysHere,
                 arith::MaxSIOp::create(builder, loc, sub(counted, firstKey),
                                        code.constant(0)));
}

SmallVector<Index> AttentionEmitter::placesOf(int64_t rows, Value firstQuery) {
  SmallVector<Index> places;
  for (int64_t r = 0; r < rows; ++r)
    places.push_back(at(add(firstQuery, code.constant(r)), queryCount));
  return places;
}

SmallVector<Value> AttentionEmitter::mapScores(ArrayRef<Value> products,
                                               ArrayRef<Index> places,
                                               Value offset, Value mask,
                                               ValueRange runningTops) {
  SmallVector<Value> tops = llvm::to_vector(runningTops);
  Value lowest = splat(number(-std::numeric_limits<double>::infinity()));
  SmallVector<Value> captures = llvm::to_vector(op.getCaptures());
  ElementBuilder elements = code.elements(lanes, mask);
  Index key = elements.consecutive(elements.uniform(add(firstKey, offset), 1));
  key.low = zero;
  key.high = keyCount - 1;
  for (auto [r, product] : llvm::enumerate(products)) {
    auto mapped =
        code.emitRegion(elements, op.getScore().front(),
                        {product, batch, head, places[r], key}, captures);
    if (failed(mapped)) {
      code.hasFailed = true;
      return tops;
    }
    Value score = elements.splat(mapped->front());
    storeVector(score, scores, add(scoreRow(r), offset));
    Value counted =
        mask ? Value(arith::SelectOp::create(builder, loc, mask, score, lowest))
             : score;
    tops[r] = larger(counted, tops[r]);
  }
  return tops;
}

Value AttentionEmitter::featureMask(int64_t first, int64_t count) {
  return first + lanes > count ? maskFor(code.constant(count - first))
                               : Value();
}

std::pair<ElementBuilder, Index> AttentionEmitter::featuresFrom(int64_t first,
                                                                int64_t count) {
  ElementBuilder elements = code.elements(lanes, featureMask(first, count));
  Index feature = elements.consecutive(elements.constant(first));
  feature.high = getConstantDim(op.getContext(), count - 1);
  return {elements, feature};
}

Value AttentionEmitter::sumLanes(Value vector) {
  return vector::ReductionOp::create(builder, loc, vector::CombiningKind::ADD,
                                     vector, arith::FastMathFlags::reassoc);
}

Value AttentionEmitter::largestLane(Value vector) {
  for (int64_t half = lanes / 2; half >= 1; half /= 2) {
    SmallVector<int64_t> low = llvm::to_vector(llvm::seq(half)),
                         high = llvm::to_vector(llvm::seq(half, 2 * half));
    vector =
        larger(vector::ShuffleOp::create(builder, loc, vector, vector, low),
               vector::ShuffleOp::create(builder, loc, vector, vector, high));
  }
  return vector::ExtractOp::create(builder, loc, vector, 0);
}

Value AttentionEmitter::inverse(Value total) {
  Value isEmpty = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                        keysOfRow, code.constant(0));
  return arith::SelectOp::create(
      builder, loc, isEmpty, number(0),
      arith::DivFOp::create(builder, loc, number(1), total));
}

void AttentionEmitter::storeResultVector(Value result, Value query,
                                         int64_t feature) {
  Value mask = featureMask(feature, features);
  Index place = featuresFrom(feature, features).second;
  code.bind(op.getResult(),
            [result](ElementBuilder &, ArrayRef<Index>) -> FailureOr<Value> {
              return result;
            });
  for (auto [target, path] : llvm::zip(kernel.results, paths))
    if (failed(storeResult(code, target, path, lanes,
                           {batch, head, at(query, queryCount), place}, mask)))
      code.hasFailed = true;
  code.unbind(op.getResult());
}

// In each round, blocks of half the size change places (Eklundh, 1972).
void AttentionEmitter::transpose(MutableArrayRef<Value> rows) {
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

LogicalResult cpu::emitAttention(CpuKernel &kernel) {
  auto op = kernel.code.findOnly<AttentionOp>();
  if (op && op.getFactors() == Factors::codes)
    return emitOnly<CodedAttentionEmitter, AttentionOp>(kernel, oneAttention);
  return emitOnly<NumberAttentionEmitter, AttentionOp>(kernel, oneAttention);
}
