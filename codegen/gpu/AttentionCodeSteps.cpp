//===- AttentionCodeSteps.cpp - a block of keys, as codes -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/AttentionCodes.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace tenon;
using namespace mlir;

/// Weights are parts of the largest; those of 15 bits are made of 7 and 8.
static constexpr int64_t largestWeight = (1 << 15) - 1;
static constexpr int64_t middleBits = 14, lowBits = 7;

Value GpuCodedAttentionEmitter::dot(Value a, Value b) {
  auto widen = [&](Value packed) -> Value {
    Value bytes = vector::BitCastOp::create(
        builder, loc, VectorType::get(quad, builder.getI8Type()),
        vector::BroadcastOp::create(
            builder, loc, VectorType::get(1, builder.getI32Type()), packed));
    return arith::ExtSIOp::create(builder, loc, wordsType, bytes);
  };
  return vector::ReductionOp::create(builder, loc, vector::CombiningKind::ADD,
                                     make<arith::MulIOp>(widen(a), widen(b)));
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

/// Adds products of a word of each of the thread's queries and of four keys, a
/// vector of the thread's, to their sums.
void GpuCodedAttentionEmitter::addProductsOf(ArrayRef<Value> queries,
                                             ArrayRef<Value> keys,
                                             int64_t vector,
                                             MutableArrayRef<Value> sums) {
  int64_t vectors = tileKeys / quad;
  auto addTo = [&](int64_t query, Value products) {
    Value &sum = sums[query * vectors + vector];
    sum = make<arith::AddIOp>(sum, products);
  };
  if (sumsDots()) {
    for (int64_t q = 0; q < tileQueries; ++q)
      addTo(q, fromLanes({dot(queries[q], keys[0]), dot(queries[q], keys[1]),
                          dot(queries[q], keys[2]), dot(queries[q], keys[3])}));
    return;
  }
  SmallVector<SmallVector<Value>> codes;
  for (Value key : keys)
    codes.push_back(unpack(key));
  for (int64_t f = 0; f < quad; ++f) {
    Value column =
        fromLanes({codes[0][f], codes[1][f], codes[2][f], codes[3][f]});
    for (int64_t q = 0; q < tileQueries; ++q)
      addTo(q, make<arith::MulIOp>(splatWord(unpack(queries[q])[f]), column));
  }
}

SmallVector<Value> GpuCodedAttentionEmitter::addCodes(ArrayRef<Value> sums) {
  return code.loop(code.constant(0), code.constant(depth.vectors), 1, sums,
                   [&](Value part, ValueRange args) {
                     SmallVector<Value> next = llvm::to_vector(args), queries;
                     for (int64_t q = 0; q < tileQueries; ++q)
                       queries.push_back(queryPart(q, 0, part));
                     for (int64_t v = 0; v < tileKeys / quad; ++v) {
                       Value vector =
                           add(keyOfThread, code.constant(v * acrossKeys));
                       SmallVector<Value> keys;
                       for (int64_t l = 0; l < quad; ++l)
                         keys.push_back(keyPart(vector, l, 0, part));
                       addProductsOf(queries, keys, v, next);
                     }
                     return next;
                   });
}

/// Sums of codes' products times the scales of query and key.
SmallVector<Value> GpuCodedAttentionEmitter::scaleSums(ArrayRef<Value> sums) {
  int64_t vectors = tileKeys / quad;
  SmallVector<Value> scaled(sums.size());
  for (int64_t v = 0; v < vectors; ++v) {
    Value first = mul(add(keyOfThread, code.constant(v * acrossKeys)), quad);
    SmallVector<Value> lanes;
    for (int64_t l = 0; l < quad; ++l)
      lanes.push_back(load(keyScales.scales, add(first, code.constant(l))));
    Value keys = fromLanes(lanes);
    for (int64_t q = 0; q < tileQueries; ++q) {
      Value row = add(queryOfThread, code.constant(q * acrossQueries));
      Value scales =
          make<arith::MulFOp>(splat(load(queryScales.scales, row)), keys);
      scaled[q * vectors + v] = make<arith::MulFOp>(
          scales, arith::SIToFPOp::create(builder, loc, vectorType,
                                          sums[q * vectors + v]));
    }
  }
  return scaled;
}

void GpuCodedAttentionEmitter::emitCodedScores() {
  findBlockScales();
  SmallVector<Value> sums(tileQueries * tileKeys / quad, words(0));
  for (int64_t chunk = 0; chunk < depth.chunks; ++chunk) {
    if (depth.chunks > 1)
      loadQueryCodes(chunk);
    loadKeyCodes(chunk);
    kernel.barrier();
    sums = addCodes(sums);
    if (chunk + 1 < depth.chunks)
      kernel.barrier();
  }
  storeScores(scaleSums(sums));
  kernel.barrier();
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

std::pair<Value, Value>
GpuCodedAttentionEmitter::numerators(Value at, Value vector, Value shift) {
  Value p = math::ExpOp::create(
      builder, loc, make<arith::SubFOp>(load(scoreMemory, at), splat(shift)));
  SmallVector<Value> scales;
  for (int64_t l = 0; l < quad; ++l)
    scales.push_back(
        load(valueScales.scales, add(mul(vector, quad), code.constant(l))));
  return {p, make<arith::MulFOp>(p, fromLanes(scales))};
}

std::pair<Value, Value> GpuCodedAttentionEmitter::findLargest(Value top,
                                                              Value most) {
  Value row = scoreRow();
  Value newTop = raiseTop(top, row);
  Value shift = shiftOf(newTop);
  Value shrink =
      math::ExpOp::create(builder, loc, make<arith::SubFOp>(top, shift));
  // Nothing is left of what was infinite, either.
  Value isGone = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ,
                                       shrink, number(0));
  most = arith::SelectOp::create(builder, loc, isGone, number(0),
                                 make<arith::MulFOp>(most, shrink));
  Value largest = splat(most);
  for (int64_t v = 0; v < keyQuads; v += perRow) {
    Value vector = add(weightPart, code.constant(v));
    Value scaled = numerators(add(row, vector), vector, shift).second;
    largest = emitLarger(builder, loc, scaled, largest);
  }
  return {newTop, kernel.combineLanes(ReduceKind::max, largest)};
}

Value GpuCodedAttentionEmitter::shareLargest(Value most) {
  store(most, mostMemory, kernel.thread.base);
  kernel.barrier();
  Value first = mul(weightRow, perRow);
  if (makesWeights)
    first = arith::SelectOp::create(builder, loc, makesWeights, first,
                                    code.constant(0));
  for (int64_t part = 0; part < perRow; ++part)
    most = arith::MaxNumFOp::create(
        builder, loc, most, load(mostMemory, add(first, code.constant(part))));
  OpBuilder::InsertionGuard guard(builder);
  if (makesWeights)
    code.enterIf(makesWeights);
  storeOfRow(make<arith::DivFOp>(most, number(largestWeight)), unitMemory);
  return most;
}

Value GpuCodedAttentionEmitter::emitCodedWeights(Value shift, Value factor,
                                                 Value sum) {
  Value row = scoreRow();
  Value total =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(vectorType));
  SmallVector<Value> weights;
  for (int64_t v = 0; v < keyQuads; v += perRow) {
    Value vector = add(weightPart, code.constant(v));
    auto [p, scaled] = numerators(add(row, vector), vector, shift);
    total = make<arith::AddFOp>(total, p);
    // The largest was found before, with other roundings.
    weights.push_back(
        make<arith::MinSIOp>(codesOf(scaled, factor), words(largestWeight)));
  }
  if (makesWeights)
    kernel.barrier();
  {
    OpBuilder::InsertionGuard guard(builder);
    if (makesWeights)
      code.enterIf(makesWeights);
    for (auto [i, weight] : llvm::enumerate(weights))
      storeWeights(weight, add(weightPart, code.constant(i * perRow)));
  }
  return make<arith::AddFOp>(sum, kernel.combineLanes(ReduceKind::sum, total));
}

void GpuCodedAttentionEmitter::storeWeights(Value weights, Value vector) {
  Value at = add(mul(weightRow, scoreStride), vector);
  if (!sumsDots())
    return store(arith::SIToFPOp::create(builder, loc, vectorType, weights),
                 scoreMemory, at);
  Value centred = make<arith::SubIOp>(weights, words(1 << middleBits));
  Value high = make<arith::ShRSIOp>(centred, words(lowBits));
  Value low = make<arith::AndIOp>(centred, words((1 << lowBits) - 1));
  for (auto [codes, memory] :
       {std::pair(high, highMemory), std::pair(low, lowMemory)})
    store(
        pack({lane(codes, 0), lane(codes, 1), lane(codes, 2), lane(codes, 3)}),
        memory, at);
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

/// Adds the products of four keys' weights, of each row, and values.
SmallVector<Value> GpuCodedAttentionEmitter::addWeighted(ValueRange sums,
                                                         Value vector,
                                                         Value values,
                                                         ArrayRef<Value> rows) {
  SmallVector<Value> next;
  if (sumsDots()) {
    auto dots = [&](Value weights) {
      SmallVector<Value> columns;
      for (int64_t f = 0; f < quad; ++f)
        columns.push_back(dot(weights, lane(values, f)));
      return fromLanes(columns);
    };
    for (auto [row, sum] : llvm::zip(rows, sums)) {
      Value at = add(mul(row, scoreStride), vector);
      Value high =
          make<arith::ShLIOp>(dots(load(highMemory, at)), words(lowBits));
      next.push_back(make<arith::AddIOp>(make<arith::AddIOp>(sum, high),
                                         dots(load(lowMemory, at))));
    }
    return next;
  }
  SmallVector<SmallVector<Value>> columns;
  for (int64_t f = 0; f < quad; ++f)
    columns.push_back(unpack(lane(values, f)));
  SmallVector<Value> keys;
  for (int64_t l = 0; l < quad; ++l)
    keys.push_back(fromLanes(
        {columns[0][l], columns[1][l], columns[2][l], columns[3][l]}));
  for (auto [row, sum] : llvm::zip(rows, sums)) {
    Value weights = arith::FPToSIOp::create(
        builder, loc, wordsType,
        load(scoreMemory, add(mul(row, scoreStride), vector)));
    Value added = sum;
    for (int64_t l = 0; l < quad; ++l)
      added = make<arith::AddIOp>(
          added, make<arith::MulIOp>(splatWord(lane(weights, l)), keys[l]));
    next.push_back(added);
  }
  return next;
}

SmallVector<Value>
GpuCodedAttentionEmitter::addCodedValues(ArrayRef<Value> outputs) {
  SmallVector<Value> next = llvm::to_vector(outputs), rows;
  for (int64_t r = 0; r < rowsOfThread; ++r)
    rows.push_back(add(outputRow, code.constant(r * outputRows)));
  for (int64_t chunk = 0; chunk < features.chunks; ++chunk) {
    loadValueCodes(chunk);
    kernel.barrier();
    // Sums of rows, and behind them of what makes up for weights less 2^14.
    SmallVector<Value> sums(rowsOfThread + (sumsDots() ? 1 : 0), words(0));
    sums = code.loop(
        code.constant(0), code.constant(keyQuads), 1, sums,
        [&](Value vector, ValueRange args) {
          Value values = load(valueMemory,
                              add(mul(vector, features.vectors), outputColumn));
          SmallVector<Value> added =
              addWeighted(args.take_front(rowsOfThread), vector, values, rows);
          if (sumsDots()) {
            SmallVector<Value> columns;
            for (int64_t f = 0; f < quad; ++f)
              columns.push_back(dot(word(0x01010101), lane(values, f)));
            added.push_back(
                make<arith::AddIOp>(args.back(), fromLanes(columns)));
          }
          return added;
        });
    for (int64_t r = 0; r < rowsOfThread; ++r) {
      Value sum = sums[r];
      if (sumsDots())
        sum = make<arith::AddIOp>(
            sum, make<arith::ShLIOp>(sums.back(), words(middleBits)));
      Value &output = next[chunk * rowsOfThread + r];
      output = make<arith::AddFOp>(
          output, arith::SIToFPOp::create(builder, loc, vectorType, sum));
    }
    kernel.barrier();
  }
  return next;
}
