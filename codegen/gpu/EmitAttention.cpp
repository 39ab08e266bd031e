//===- EmitAttention.cpp - attention with a score region, on GPUs ---------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A workgroup computes BQ queries of one head and goes along the keys in blocks
// of BK. For each block its threads together
//
//   bring queries and keys to shared memory, multiply them, TQ x TK sums a
//   thread, and pass the scores through the region to shared memory;
//   find each row's maximum, make weights of its scores, and say by how much
//   what was summed before shrinks;
//   bring values to shared memory and add them, by weight, to outputs that stay
//   in registers
//
// (Milakov and Gimelshein, arXiv:1805.02867; Dao et al., arXiv:2205.14135).
// Features come in chunks that fit shared memory. The emitter
// `attention-direct` has threads read queries, keys and values themselves, for
// devices whose shared memory is no faster than any other (see
// EmitMatmulDirect.cpp); only scores and weights, which threads exchange, go
// through it.
//
// Where a workgroup has more threads than outputs, several share the keys of
// an output, and put theirs together at the end.
//
// Keys beyond the last one have the score -inf, which gives them no weight next
// to any fill value: a row whose scores all are finfo.min is uniform over its
// keys, and a row of -inf is NaN.
//
// schedule: tile = [TQ, TK], block = [BQ, BK, features of a chunk]
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/AttentionEmitter.h"

#include "dialect/Types.h"

#include <limits>

using namespace tenon;
using namespace mlir;

LogicalResult GpuAttentionEmitter::prepare() {
  MLIRContext *context = op.getContext();
  ArrayRef<int64_t> tile = kernel.schedule.getTile();
  ArrayRef<int64_t> block = kernel.schedule.getBlock();
  isStaged = kernel.schedule.getEmitter() != "attention-direct";
  tileQueries = tile[0];
  tileKeys = tile[1];
  blockQueries = block[0];
  blockKeys = block[1];
  if (blockQueries % tileQueries || blockKeys % tileKeys || tileKeys % quad ||
      block[2] % quad)
    return op.emitError("tile doesn't divide a block");
  keyQuads = blockKeys / quad;
  element = getElementType(op.getType());
  vectorType = VectorType::get(quad, builder.getF32Type());
  SmallVector<DimAttr> query = getDims(op.getQuery());
  SmallVector<DimAttr> value = getDims(op.getValue());
  batches = query[0];
  heads = query[1];
  queryCount = query[2];
  keyCount = value[2];
  if (!query[3].isConstant() || !value[3].isConstant())
    return op.emitError("the number of features of a head must be constant");
  depth = FeatureChunks(query[3].getValue(), block[2], quad);
  features = FeatureChunks(value[3].getValue(), block[2], quad);
  taskRows = ceilDiv(queryCount, getConstantDim(context, blockQueries));
  divideThreads();
  if (threads < blockQueries || threads < features.vectors)
    return op.emitError("a workgroup has too few threads for its block");
  auto found = findStorePaths(op->getResult(0), kernel.results, "attention");
  if (failed(found))
    return failure();
  paths = std::move(*found);
  return success();
}

void GpuAttentionEmitter::divideThreads() {
  /// The most parts, up to `most`, into which `whole` can be divided.
  auto mostParts = [](int64_t whole, int64_t most) {
    int64_t parts = std::min(whole, most);
    while (parts > 1 && whole % parts)
      --parts;
    return parts;
  };
  acrossQueries = blockQueries / tileQueries;
  acrossKeys = blockKeys / tileKeys;
  threads = acrossQueries * acrossKeys;
  perRow = mostParts(keyQuads, threads / blockQueries);
  outputRows = mostParts(blockQueries, threads / features.vectors);
  rowsOfThread = blockQueries / std::max<int64_t>(outputRows, 1);
  outputParts = 1;
  if (outputRows == blockQueries && canShareKeys)
    outputParts =
        mostParts(keyQuads, threads / (outputRows * features.vectors));
  queryStride = depth.vectors + 1;
  keyStride = depth.vectors + 1;
  scoreStride = keyQuads + 1;
}

void GpuAttentionEmitter::begin() {
  kernel.begin(batches * heads * taskRows, threads);
  locate();
}

Value GpuAttentionEmitter::countKeys() {
  Index lastQuery = queryInBlock(code.constant(blockQueries - 1));
  return limit.countKeys(code, batch, head, lastQuery, keysOfRow);
}

void GpuAttentionEmitter::locate() {
  ElementBuilder e = code.elements(1);
  // Workgroups with the same keys run together.
  firstQuery = mul(e.floorMod(kernel.task, taskRows).base, blockQueries);
  Index rest = e.floorDiv(kernel.task, taskRows);
  batch = e.floorDiv(rest, heads);
  head = e.floorMod(rest, heads);
  batch.part.reset();
  head.part.reset();
  const Storage *storage = code.getStorage(op.getKey());
  keysOfRow = storage && storage->places
                  ? code.stateLength(*storage, batch.base)
                  : code.dim(keyCount);
  std::tie(queryOfThread, keyOfThread) = divide(kernel.thread, acrossKeys);
  std::tie(weightRow, weightPart) = divide(kernel.thread, perRow);
  if (perRow * blockQueries < threads)
    makesWeights =
        isBelow(kernel.thread.base, code.constant(perRow * blockQueries));
  std::tie(outputRow, outputColumn) = divide(kernel.thread, features.vectors);
  int64_t shares = outputRows * outputParts;
  if (shares * features.vectors < threads) {
    // The others do what the last row's do, and store nothing.
    makesOutput = isBelow(outputRow, code.constant(shares));
    outputRow = arith::MinUIOp::create(builder, loc, outputRow,
                                       code.constant(shares - 1));
  }
  if (outputParts > 1)
    std::tie(outputPart, outputRow) = divide(e.uniform(outputRow), outputRows);
}

//===----------------------------------------------------------------------===//
// To shared memory
//===----------------------------------------------------------------------===//

Value GpuAttentionEmitter::readFeatures(Value tensor, const Index &row,
                                        const FeatureChunks &features,
                                        int64_t chunk, Value part) {
  ElementBuilder e = code.elements(1);
  DimAttr size = getConstantDim(op.getContext(), features.features);
  Value from = add(part, code.constant(chunk * features.vectors));
  int64_t last = (chunk + 1) * features.vectors * quad - 1;
  Index feature = e.uniform(mul(from, quad), quad, zero,
                            getConstantDim(op.getContext(), last - (quad - 1)));
  Value x = kernel.readQuad(tensor, {batch, head, row, feature}, 3, size,
                            builder.getF32Type(), /*zeroBeyond=*/true);
  if (!roundedTypeOf(op))
    return x;
  return emitRounded(builder, loc, x, roundedTypeOf(op));
}

Index GpuAttentionEmitter::keyAt(Value inBlock) {
  Value last = arith::SubIOp::create(builder, loc, keysOfRow, code.constant(1));
  Value place =
      arith::MinUIOp::create(builder, loc, add(firstKey, inBlock), last);
  return code.elements(1).uniform(place, 1, zero, keyCount - 1);
}

Value GpuAttentionEmitter::readValues(Value inBlock, int64_t chunk,
                                      Value part) {
  Value x = readFeatures(op.getValue(), keyAt(inBlock), features, chunk, part);
  Value exists = vector::BroadcastOp::create(
      builder, loc, VectorType::get(quad, builder.getI1Type()),
      isBelow(add(firstKey, inBlock), keysOfRow));
  return arith::SelectOp::create(builder, loc, exists, x, splat(number(0)));
}

void GpuAttentionEmitter::loadQueries(int64_t chunk) {
  kernel.distribute(blockQueries * depth.vectors, [&](const Index &i) {
    auto [row, part] = divide(i, depth.vectors);
    store(readFeatures(op.getQuery(), queryInBlock(row), depth, chunk, part),
          queryMemory, add(mul(row, queryStride), part));
  });
}

void GpuAttentionEmitter::loadKeys(int64_t chunk) {
  // A thread multiplies four keys next to each other. Rows lie so that
  // neighbouring threads read neighbouring rows: the first ones of all vectors,
  // then the second ones, and so on.
  kernel.distribute(blockKeys * depth.vectors, [&](const Index &i) {
    auto [row, part] = divide(i, depth.vectors);
    auto [lane, vector] = divide(code.elements(1).uniform(row), keyQuads);
    Index key = keyAt(add(mul(vector, quad), lane));
    store(readFeatures(op.getKey(), key, depth, chunk, part), keyMemory,
          add(mul(row, keyStride), part));
  });
}

void GpuAttentionEmitter::loadValues(int64_t chunk) {
  kernel.distribute(blockKeys * features.vectors, [&](const Index &i) {
    auto [row, part] = divide(i, features.vectors);
    store(readValues(row, chunk, part), keyMemory, i.base);
  });
}

void GpuAttentionEmitter::allocate() {
  if (isStaged) {
    queryMemory = kernel.allocateShared(blockQueries * queryStride, vectorType);
    keyMemory = kernel.allocateShared(
        blockKeys * std::max(keyStride, features.vectors), vectorType);
  }
  scoreMemory = kernel.allocateShared(blockQueries * scoreStride, vectorType);
  shrinkMemory = kernel.allocateShared(blockQueries, builder.getF32Type());
  sumMemory =
      kernel.allocateShared(blockQueries * perRow, builder.getF32Type());
}

LogicalResult GpuAttentionEmitter::emit() {
  if (failed(prepare()))
    return failure();
  begin();
  allocate();
  if (isStaged && depth.chunks == 1)
    loadQueries(0);

  Value counted = countKeys();
  Value none =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(vectorType));
  SmallVector<Value> carried(features.chunks * rowsOfThread, none);
  carried.push_back(number(-std::numeric_limits<double>::infinity()));
  carried.push_back(number(0));
  carried = code.loop(code.constant(0), counted, blockKeys, carried,
                      [&](Value key, ValueRange args) {
                        firstKey = key;
                        emitScores();
                        auto outputs = llvm::to_vector(args.drop_back(2));
                        auto [top, sum] =
                            emitWeights(args[args.size() - 2], args.back());
                        SmallVector<Value> next = addValues(outputs);
                        next.push_back(top);
                        next.push_back(sum);
                        return next;
                      });
  finish(carried.back(), ArrayRef(carried).drop_back(2));
  return failure(code.hasFailed);
}

LogicalResult tenon::emitGpuAttention(GpuKernel &kernel) {
  return emitOnly<GpuAttentionEmitter, AttentionOp>(kernel, oneAttention);
}
