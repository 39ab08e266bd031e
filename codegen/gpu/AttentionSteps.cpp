//===- AttentionSteps.cpp - scores, weights and outputs of a block --------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What GpuAttentionEmitter does with a block of keys that is in shared memory.
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/AttentionEmitter.h"

#include "dialect/Types.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace tenon;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

Index GpuAttentionEmitter::queryInBlock(Value row) {
  return kernel.atMostLast(code.elements(1).uniform(add(firstQuery, row)),
                           queryCount);
}

Index GpuAttentionEmitter::queryAt(int64_t query) {
  return queryInBlock(add(queryOfThread, code.constant(query * acrossQueries)));
}

Value GpuAttentionEmitter::queryPart(int64_t query, int64_t chunk, Value part) {
  Value row = add(queryOfThread, code.constant(query * acrossQueries));
  if (isStaged)
    return load(queryMemory, add(mul(row, queryStride), part));
  return readFeatures(op.getQuery(), queryAt(query), depth, chunk, part);
}

Value GpuAttentionEmitter::keyPart(Value vector, int64_t lane, int64_t chunk,
                                   Value part) {
  if (!isStaged)
    return readFeatures(op.getKey(),
                        keyAt(add(mul(vector, quad), code.constant(lane))),
                        depth, chunk, part);
  Value row = add(vector, code.constant(lane * keyQuads));
  return load(keyMemory, add(mul(row, keyStride), part));
}

Value GpuAttentionEmitter::valuePart(Value key, int64_t chunk) {
  if (!isStaged)
    return readValues(key, chunk, outputColumn);
  return load(keyMemory, add(mul(key, features.vectors), outputColumn));
}

/// Adds the products of a chunk of features: vectors of four keys for each of
/// the thread's queries.
SmallVector<Value> GpuAttentionEmitter::addProducts(ArrayRef<Value> sums,
                                                    int64_t chunk) {
  int64_t vectors = tileKeys / quad;
  return code.loop(
      code.constant(0), code.constant(depth.vectors), 1, sums,
      [&](Value part, ValueRange args) {
        SmallVector<Value> next = llvm::to_vector(args), left;
        for (int64_t q = 0; q < tileQueries; ++q)
          left.push_back(queryPart(q, chunk, part));
        for (int64_t v = 0; v < vectors; ++v) {
          SmallVector<Value> keys;
          Value vector = add(keyOfThread, code.constant(v * acrossKeys));
          for (int64_t lane = 0; lane < quad; ++lane)
            keys.push_back(keyPart(vector, lane, chunk, part));
          for (int64_t f = 0; f < quad; ++f) {
            SmallVector<Value> column;
            for (Value key : keys)
              column.push_back(vector::ExtractOp::create(builder, loc, key, f));
            Value right = vector::FromElementsOp::create(builder, loc,
                                                         vectorType, column);
            for (int64_t q = 0; q < tileQueries; ++q) {
              Value &sum = next[q * vectors + v];
              Value factor =
                  vector::ExtractOp::create(builder, loc, left[q], f);
              sum = multiplyAdd(splat(factor), right, sum);
            }
          }
        }
        return next;
      });
}

void GpuAttentionEmitter::storeScores(ArrayRef<Value> sums) {
  int64_t vectors = tileKeys / quad;
  ElementBuilder e = code.elements(1);
  double factor = op.getScale().convertToDouble();
  Value lowest = number(-std::numeric_limits<double>::infinity());
  SmallVector<Value> captures = llvm::to_vector(op.getCaptures());
  SmallVector<Index> queries;
  for (int64_t q = 0; q < tileQueries; ++q)
    queries.push_back(queryAt(q));
  for (int64_t v = 0; v < vectors; ++v) {
    Value vector = add(keyOfThread, code.constant(v * acrossKeys));
    SmallVector<SmallVector<Value>> scores(tileQueries);
    for (int64_t lane = 0; lane < quad; ++lane) {
      Value inBlock = add(mul(vector, quad), code.constant(lane));
      Value exists = isBelow(add(firstKey, inBlock), keysOfRow);
      Index key = keyAt(inBlock);
      for (int64_t q = 0; q < tileQueries; ++q) {
        Value score = vector::ExtractOp::create(builder, loc,
                                                sums[q * vectors + v], lane);
        if (factor != 1)
          score = arith::MulFOp::create(builder, loc, score, number(factor));
        score = emitCast(builder, loc, score, element);
        auto mapped =
            code.emitRegion(e, op.getScore().front(),
                            {score, batch, head, queries[q], key}, captures);
        if (failed(mapped)) {
          code.hasFailed = true;
          return;
        }
        score = emitCast(builder, loc, mapped->front(), builder.getF32Type());
        scores[q].push_back(
            arith::SelectOp::create(builder, loc, exists, score, lowest));
      }
    }
    for (int64_t q = 0; q < tileQueries; ++q) {
      Value row = add(queryOfThread, code.constant(q * acrossQueries));
      store(vector::FromElementsOp::create(builder, loc, vectorType, scores[q]),
            scoreMemory, add(mul(row, scoreStride), vector));
    }
  }
}

void GpuAttentionEmitter::emitScores() {
  Value none =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(vectorType));
  SmallVector<Value> sums(tileQueries * tileKeys / quad, none);
  for (int64_t chunk = 0; chunk < depth.chunks; ++chunk) {
    if (isStaged) {
      if (depth.chunks > 1)
        loadQueries(chunk);
      loadKeys(chunk);
      kernel.barrier();
    }
    sums = addProducts(sums, chunk);
    if (isStaged && chunk + 1 < depth.chunks)
      kernel.barrier();
  }
  storeScores(sums);
  kernel.barrier();
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

Value GpuAttentionEmitter::scoreRow() {
  Value row = mul(weightRow, scoreStride);
  return makesWeights ? arith::SelectOp::create(builder, loc, makesWeights, row,
                                                code.constant(0))
                      : row;
}

Value GpuAttentionEmitter::raiseTop(Value top, Value row) {
  Value lowest = number(-std::numeric_limits<double>::infinity());
  // Each thread looks at the whole row, or if that is long at its part of it.
  bool isShared = perRow > GpuKernel::readAtOnce && !makesWeights;
  Value tops =
      code.loop(isShared ? weightPart : code.constant(0),
                code.constant(keyQuads), isShared ? perRow : 1, {splat(lowest)},
                [&](Value v, ValueRange args) {
                  Value scores = load(scoreMemory, add(row, v));
                  return SmallVector<Value>{
                      arith::MaxNumFOp::create(builder, loc, args[0], scores)};
                })
          .front();
  Value found = kernel.combineLanes(ReduceKind::max, tops);
  if (isShared) {
    // Sums are there at the end only.
    store(found, sumMemory, add(mul(weightPart, blockQueries), weightRow));
    found = kernel.combineLists(
        sumMemory, perRow, blockQueries, [this](Value a, Value b) -> Value {
          return arith::MaxNumFOp::create(builder, loc, a, b);
        })(weightRow);
  }
  return arith::MaxNumFOp::create(builder, loc, top, found);
}

Value GpuAttentionEmitter::shiftOf(Value top) {
  // -inf minus -inf is no number: a row without any score so far has nothing
  // to shift.
  Value lowest = number(-std::numeric_limits<double>::infinity());
  Value isLowest = arith::CmpFOp::create(
      builder, loc, arith::CmpFPredicate::OEQ, top, lowest);
  return arith::SelectOp::create(builder, loc, isLowest, number(0), top);
}

void GpuAttentionEmitter::storeOfRow(Value value, Value memory) {
  OpBuilder::InsertionGuard guard(builder);
  if (perRow > 1)
    code.enterIf(isBelow(weightPart, code.constant(1)));
  store(value, memory, weightRow);
}

std::pair<Value, Value> GpuAttentionEmitter::emitWeights(Value top, Value sum) {
  Value row = scoreRow();
  Value newTop = raiseTop(top, row);
  Value shift = shiftOf(newTop);
  Value shrink = math::ExpOp::create(
      builder, loc, arith::SubFOp::create(builder, loc, top, shift));
  SmallVector<Value> weights;
  Value none =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(vectorType));
  for (int64_t v = 0; v < keyQuads; v += perRow) {
    Value at = add(row, add(weightPart, code.constant(v)));
    weights.push_back(math::ExpOp::create(
        builder, loc,
        arith::SubFOp::create(builder, loc, load(scoreMemory, at),
                              splat(shift))));
    none = arith::AddFOp::create(builder, loc, none, weights.back());
  }
  // Others have read the whole row.
  kernel.barrier();
  {
    OpBuilder::InsertionGuard guard(builder);
    if (makesWeights)
      code.enterIf(makesWeights);
    for (auto [i, weight] : llvm::enumerate(weights))
      storeWeights(weight, add(weightPart, code.constant(i * perRow)));
    storeOfRow(shrink, shrinkMemory);
  }
  Value total = kernel.combineLanes(ReduceKind::sum, none);
  return {newTop, multiplyAdd(sum, shrink, total)};
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

SmallVector<Value> GpuAttentionEmitter::addValues(ArrayRef<Value> outputs) {
  SmallVector<Value> next = llvm::to_vector(outputs);
  SmallVector<Value> rows;
  for (int64_t r = 0; r < rowsOfThread; ++r)
    rows.push_back(add(outputRow, code.constant(r * outputRows)));
  for (int64_t chunk = 0; chunk < features.chunks; ++chunk) {
    if (isStaged)
      loadValues(chunk);
    // Of the weights, too.
    if (isStaged || chunk == 0)
      kernel.barrier();
    MutableArrayRef<Value> own =
        MutableArrayRef(next).slice(chunk * rowsOfThread, rowsOfThread);
    for (auto [row, output] : llvm::zip(rows, own))
      output = arith::MulFOp::create(builder, loc, output,
                                     splat(load(shrinkMemory, row)));
    auto sums = code.loop(
        outputPart ? outputPart : code.constant(0), code.constant(keyQuads),
        outputParts, own, [&](Value v, ValueRange args) {
          SmallVector<Value> sums = llvm::to_vector(args), weights;
          for (Value row : rows)
            weights.push_back(load(scoreMemory, add(mul(row, scoreStride), v)));
          for (int64_t lane = 0; lane < quad; ++lane) {
            Value key = add(mul(v, quad), code.constant(lane));
            Value values = valuePart(key, chunk);
            for (auto [sum, weight] : llvm::zip(sums, weights))
              sum = multiplyAdd(
                  splat(vector::ExtractOp::create(builder, loc, weight, lane)),
                  values, sum);
          }
          return sums;
        });
    llvm::copy(sums, own.begin());
    if (isStaged || chunk + 1 == features.chunks)
      kernel.barrier();
  }
  return next;
}

void GpuAttentionEmitter::storeOutput(int64_t row, int64_t chunk, Value output,
                                      Value scale) {
  ElementBuilder e = code.elements(1);
  Value query =
      add(firstQuery, add(outputRow, code.constant(row * outputRows)));
  Value kept = isBelow(query, code.dim(queryCount));
  if (makesOutput)
    kept = arith::AndIOp::create(builder, loc, kept, makesOutput);
  if (outputPart)
    kept = arith::AndIOp::create(builder, loc, kept,
                                 isBelow(outputPart, code.constant(1)));
  Index place = kernel.atMostLast(e.uniform(query), queryCount);
  Value from =
      mul(add(outputColumn, code.constant(chunk * features.vectors)), quad);
  DimAttr size = getConstantDim(op.getContext(), features.features);
  output = arith::MulFOp::create(builder, loc, output, splat(scale));
  auto put = [&](Value value, Value feature, int64_t lanes) {
    ElementBuilder elements = code.elements(lanes);
    Value here = kept;
    Index index = e.uniform(feature, lanes);
    if (features.chunks * features.vectors * quad > features.features) {
      Value exists = isBelow(feature, code.dim(size));
      here = arith::AndIOp::create(builder, loc, kept, exists);
      index = kernel.atMostLast(index, size, lanes);
    }
    index = elements.consecutive(index);
    index.low = zero;
    index.high = size - 1;
    value = emitCast(builder, loc, value, element);
    code.bind(op.getResult(),
              [value](ElementBuilder &, ArrayRef<Index>) -> FailureOr<Value> {
                return value;
              });
    for (auto [result, path] : llvm::zip(kernel.results, paths))
      if (failed(storeResult(code, result, path, lanes,
                             {batch, head, place, index}, Value(), here)))
        code.hasFailed = true;
    code.unbind(op.getResult());
  };
  if (features.features % quad == 0)
    return put(output, from, quad);
  for (int64_t lane = 0; lane < quad; ++lane)
    put(vector::ExtractOp::create(builder, loc, output, lane),
        add(from, code.constant(lane)), 1);
}

std::function<Value(Value)>
GpuAttentionEmitter::addLists(Value memory, int64_t lists, int64_t count) {
  return kernel.combineLists(memory, lists, count,
                             [this](Value a, Value b) -> Value {
                               return arith::AddFOp::create(builder, loc, a, b);
                             });
}

Value GpuAttentionEmitter::addParts(Value output) {
  // Nobody needs weights any more, of which there are as many vectors as
  // threads, or more.
  int64_t count = outputRows * features.vectors;
  Value element = add(mul(outputRow, features.vectors), outputColumn);
  {
    OpBuilder::InsertionGuard guard(builder);
    if (makesOutput)
      code.enterIf(makesOutput);
    store(output, scoreMemory, add(mul(outputPart, count), element));
  }
  Value sum = addLists(scoreMemory, outputParts, count)(element);
  // The memory is used for the next chunk.
  kernel.barrier();
  return sum;
}

void GpuAttentionEmitter::finish(Value sum, ArrayRef<Value> outputs,
                                 Value units) {
  {
    OpBuilder::InsertionGuard guard(builder);
    if (makesWeights)
      code.enterIf(makesWeights);
    store(sum, sumMemory, add(mul(weightPart, blockQueries), weightRow));
  }
  auto totalOf = addLists(sumMemory, perRow, blockQueries);
  SmallVector<Value> added = llvm::to_vector(outputs);
  if (outputParts > 1)
    for (Value &output : added)
      output = addParts(output);
  Value isEmpty = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                        keysOfRow, code.constant(0));
  for (int64_t r = 0; r < rowsOfThread; ++r) {
    Value row = add(outputRow, code.constant(r * outputRows));
    Value scale = arith::DivFOp::create(
        builder, loc, units ? load(units, row) : number(1), totalOf(row));
    scale = arith::SelectOp::create(builder, loc, isEmpty, number(0), scale);
    for (int64_t chunk = 0; chunk < features.chunks; ++chunk)
      storeOutput(r, chunk, added[chunk * rowsOfThread + r], scale);
  }
}
