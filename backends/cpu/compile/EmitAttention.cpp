//===- EmitAttention.cpp - attention with a score region ------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A task is a chunk of the queries of one head. Keys come in blocks: a block's
// keys are transposed into scratch and its values copied there, then each tile
// of queries makes its scores (keys along the lanes), passes them through the
// score region, and updates its running maximum, sum and output (Milakov and
// Gimelshein, arXiv:1805.02867; Dao et al., arXiv:2205.14135). Scores live in
// scratch for one tile and one block only.
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

  auto constant = [&](int64_t v) { return getConstantDim(context, v); };
  auto roundUp = [&](int64_t v) { return (v + lanes - 1) / lanes * lanes; };
  chunks = ceilDiv(queryCount, constant(chunkSize));
  kernel.grid = batches * heads * chunks;
  // An odd number of cache lines between rows spreads them over the sets.
  keyStride = roundUp(blockSize) + 16;
  valueStride = roundUp(features);
  scoreStride = roundUp(blockSize) + 16;
  keys = kernel.allocateScratch(constant(depth * keyStride), element);
  values = kernel.allocateScratch(constant(blockSize * valueStride), element);
  scores = kernel.allocateScratch(constant(tileQueries * scoreStride), element);
  tops = kernel.allocateScratch(constant(chunkSize), element);
  sums = kernel.allocateScratch(constant(chunkSize), element);
  outputs = kernel.allocateScratch(constant(chunkSize * valueStride), element);
  auto found = findStorePaths(op->getResult(0), kernel.results, "attention");
  if (failed(found))
    return failure();
  paths = std::move(*found);
  return success();
}

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
  return failure(code.hasFailed);
}

void AttentionEmitter::emitHead(Value firstChunk, Value lastChunk) {
  code.loop(firstChunk, lastChunk, 1, {}, [&](Value chunk, ValueRange) {
    Value firstQuery = mul(chunk, code.constant(chunkSize));
    Value queries = minimum(sub(code.dim(queryCount), firstQuery),
                            code.constant(chunkSize));
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
            packValues();
          }
          emitKeyBlock(firstQuery, queries, block);
          return SmallVector<Value>();
        });
    return SmallVector<Value>();
  });
}

void AttentionEmitter::emitKeyBlock(Value firstQuery, Value queries, Value) {
  // Tiles of the full height, then of half the height, and so on down to 1.
  Value done = code.constant(0);
  for (int64_t rows = tileQueries; rows >= 1; rows /= 2) {
    Value step = code.constant(rows);
    Value end = mul(arith::DivUIOp::create(builder, loc, queries, step), step);
    code.loop(done, end, rows, {}, [&](Value i, ValueRange) {
      emitTile(rows, add(firstQuery, i), i);
      return SmallVector<Value>();
    });
    done = end;
  }
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

void AttentionEmitter::emitTile(int64_t rows, Value firstQuery,
                                Value firstInChunk) {
  Value keysOfBlock = keysHere;
  if (limit)
    keysHere = minimum(
        keysOfBlock,
        arith::MaxSIOp::create(
            builder, loc,
            sub(countKeys(add(firstQuery, code.constant(rows)), keysOfRow),
                firstKey),
            code.constant(0)));
  SmallVector<Value> blockTops = emitScores(rows, firstQuery);
  Value lowest = number(-std::numeric_limits<double>::infinity());
  Value none = number(0);
  SmallVector<Value> shifts, rescale;
  for (int64_t r = 0; r < rows; ++r) {
    Value place = add(firstInChunk, code.constant(r));
    Value old =
        memref::LoadOp::create(builder, loc, tops.buffer, ValueRange{place});
    old = arith::SelectOp::create(builder, loc, isFirst, lowest, old);
    Value top = arith::MaxNumFOp::create(builder, loc, old, blockTops[r]);
    memref::StoreOp::create(builder, loc, top, tops.buffer, ValueRange{place});
    // -inf minus -inf is no number: a row without any score so far has nothing
    // to shift.
    Value isLowest = arith::CmpFOp::create(
        builder, loc, arith::CmpFPredicate::OEQ, top, lowest);
    Value shift = arith::SelectOp::create(builder, loc, isLowest, none, top);
    shifts.push_back(shift);
    rescale.push_back(math::ExpOp::create(
        builder, loc, arith::SubFOp::create(builder, loc, old, shift)));
  }
  SmallVector<Value> totals = emitWeights(rows, shifts);
  for (int64_t r = 0; r < rows; ++r) {
    Value place = add(firstInChunk, code.constant(r));
    Value old =
        memref::LoadOp::create(builder, loc, sums.buffer, ValueRange{place});
    old = arith::SelectOp::create(builder, loc, isFirst, none, old);
    totals[r] = kernel.multiplyAdd(old, rescale[r], totals[r]);
    memref::StoreOp::create(builder, loc, totals[r], sums.buffer,
                            ValueRange{place});
  }
  emitOutput(rows, firstQuery, firstInChunk, rescale, totals);
  keysHere = keysOfBlock;
}

void AttentionEmitter::emitOutput(int64_t rows, Value firstQuery,
                                  Value firstInChunk, ArrayRef<Value> rescale,
                                  ArrayRef<Value> totals) {
  auto type = VectorType::get(lanes, element);
  Value zeros =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  SmallVector<Value> scales;
  Value isEmpty = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                        keysOfRow, code.constant(0));
  for (Value total : totals)
    scales.push_back(arith::SelectOp::create(
        builder, loc, isEmpty, number(0),
        arith::DivFOp::create(builder, loc, number(1), total)));
  int64_t vectorCount = valueStride / lanes;
  // Half the rows at a time when there are many, to stay within registers.
  int64_t group =
      std::min<int64_t>(rows, std::max<int64_t>(1, tileQueries / 2));
  for (int64_t v0 = 0; v0 < vectorCount; v0 += valueVectors) {
    int64_t vectors = std::min(valueVectors, vectorCount - v0);
    for (int64_t r0 = 0; r0 < rows; r0 += group) {
      SmallVector<Value> mixed(group * vectors, zeros);
      mixed = unrolled(keysHere, mixed, [&](Value j, ValueRange args) {
        SmallVector<Value> next = llvm::to_vector(args);
        SmallVector<Value> right;
        Value row = mul(j, code.constant(valueStride));
        for (int64_t v = 0; v < vectors; ++v)
          right.push_back(
              loadVector(values, add(row, code.constant((v0 + v) * lanes))));
        for (int64_t r = 0; r < group; ++r) {
          Value weight = memref::LoadOp::create(
              builder, loc, scores.buffer,
              ValueRange{add(code.constant((r0 + r) * scoreStride), j)});
          weight = vector::BroadcastOp::create(builder, loc, type, weight);
          for (int64_t v = 0; v < vectors; ++v)
            next[r * vectors + v] =
                kernel.multiplyAdd(weight, right[v], next[r * vectors + v]);
        }
        return next;
      });
      for (int64_t r = 0; r < group; ++r) {
        Value inChunk = add(firstInChunk, code.constant(r0 + r));
        for (int64_t v = 0; v < vectors; ++v) {
          Value position = add(mul(inChunk, code.constant(valueStride)),
                               code.constant((v0 + v) * lanes));
          Value old = loadVector(outputs, position);
          old = arith::SelectOp::create(builder, loc, isFirst, zeros, old);
          Value &sum = mixed[r * vectors + v];
          sum = kernel.multiplyAdd(old, splat(rescale[r0 + r]), sum);
        }
      }
      auto branch = scf::IfOp::create(builder, loc, isLast,
                                      /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPoint(branch.thenBlock()->getTerminator());
      for (int64_t r = 0; r < group; ++r)
        for (int64_t v = 0; v < vectors; ++v) {
          int64_t f = (v0 + v) * lanes;
          Value mask;
          if (f + lanes > features)
            mask = maskFor(code.constant(features - f));
          ElementBuilder elements = code.elements(lanes, mask);
          Index feature = elements.consecutive(elements.constant(f));
          feature.high = getConstantDim(op.getContext(), features - 1);
          Value result = arith::MulFOp::create(
              builder, loc, mixed[r * vectors + v], splat(scales[r0 + r]));
          code.bind(
              op.getResult(),
              [result](ElementBuilder &, ArrayRef<Index>) -> FailureOr<Value> {
                return result;
              });
          Index place = at(add(firstQuery, code.constant(r0 + r)), queryCount);
          for (auto [target, path] : llvm::zip(kernel.results, paths))
            if (failed(storeResult(code, target, path, lanes,
                                   {batch, head, place, feature}, mask)))
              code.hasFailed = true;
          code.unbind(op.getResult());
        }
      builder.setInsertionPoint(branch.elseBlock()->getTerminator());
      for (int64_t r = 0; r < group; ++r)
        for (int64_t v = 0; v < vectors; ++v) {
          Value inChunk = add(firstInChunk, code.constant(r0 + r));
          storeVector(mixed[r * vectors + v], outputs,
                      add(mul(inChunk, code.constant(valueStride)),
                          code.constant((v0 + v) * lanes)));
        }
    }
  }
}

LogicalResult cpu::emitAttention(CpuKernel &kernel) {
  auto op = kernel.code.findOnly<AttentionOp>();
  if (!op)
    return emitError(kernel.loc, "an attention kernel holds one attention");
  return AttentionEmitter(kernel, op).emit();
}
