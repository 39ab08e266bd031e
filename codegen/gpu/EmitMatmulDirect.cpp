//===- EmitMatmulDirect.cpp - products without shared memory, on GPUs -----===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A product (see GpuProduct.h) whose threads read what they multiply
// themselves. That is for two cases: devices whose shared memory is no faster
// than any other and whose barriers and loads cost much more than arithmetic,
// as processors are that run a subgroup in the lanes of their vectors, with
// many sums in a thread; and products of few rows, where nothing is read twice.
// For these to occupy a device, P threads share the depth, BK steps of it in
// turn, and add up their sums through shared memory.
//
// schedule: tile = [TM, TN, P], block = [BM, BN, BK], dot = none or vector;
// without P, it is 1
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/GpuProduct.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace tenon;
using namespace mlir;

namespace {
class DirectMatmulEmitter : GpuProduct {
public:
  DirectMatmulEmitter(GpuKernel &kernel, MatmulOp op)
      : GpuProduct(kernel, op) {}

  LogicalResult emit();

private:
  SmallVector<Value> multiply(Value depthBase, ValueRange sums);
  Value addParts(ArrayRef<Value> sums);
  Value add(Value a, Value b) {
    if (vectorType.getElementType().isInteger())
      return arith::AddIOp::create(builder, loc, a, b);
    return arith::AddFOp::create(builder, loc, a, b);
  }

  int64_t parts; ///< Of the depth, which threads share.
  Index part;    ///< The thread's.
};
} // namespace

SmallVector<Value> DirectMatmulEmitter::multiply(Value depthBase,
                                                 ValueRange sums) {
  int64_t vectors = tileColumns / quad;
  ElementBuilder e = code.elements(1);
  SmallVector<Value> next = llvm::to_vector(sums);
  for (int64_t step = 0; step < blockDepth; step += quad) {
    SmallVector<Value> right;
    if (sumsDots()) {
      for (int64_t v = 0; v < vectors; ++v)
        for (int64_t i = 0; i < quad; ++i)
          right.push_back(
              readRightSteps(depthBase, e.constant(step),
                             e.add(columnOfThread(v), e.constant(i))));
      for (int64_t r = 0; r < tileRows; ++r) {
        Value left = readLeft(rowOfThread(r), depthBase, e.constant(step));
        for (int64_t v = 0; v < vectors; ++v) {
          Value &sum = next[r * vectors + v];
          sum = addDots(left, ArrayRef(right).slice(v * quad, quad), sum);
        }
      }
      continue;
    }
    for (int64_t v = 0; v < vectors; ++v)
      llvm::append_range(right, readRightBlock(depthBase, e.constant(step),
                                               columnOfThread(v)));
    // A sum takes all four steps at once: it may have to be fetched for them.
    for (int64_t r = 0; r < tileRows; ++r) {
      Value left = readLeft(rowOfThread(r), depthBase, e.constant(step));
      for (int64_t i = 0; i < quad; ++i) {
        Value factor = splat(vector::ExtractOp::create(builder, loc, left, i));
        for (int64_t v = 0; v < vectors; ++v) {
          Value &sum = next[r * vectors + v];
          sum = multiplyAdd(factor, right[v * quad + i], sum);
        }
      }
    }
  }
  return next;
}

/// The sum of a vector of a row's columns, of all threads that share the depth.
/// Threads that have none of these go no further.
Value DirectMatmulEmitter::addParts(ArrayRef<Value> sums) {
  MLIRContext *context = op.getContext();
  ElementBuilder e = code.elements(1);
  int64_t across = blockColumns / quad, count = blockRows * across;
  Value memory = kernel.allocateShared(parts * count, vectorType);
  int64_t vectors = tileColumns / quad;
  for (int64_t r = 0; r < tileRows; ++r)
    for (int64_t v = 0; v < vectors; ++v) {
      Index vector =
          e.floorDiv(columnOfThread(v), getConstantDim(context, quad));
      Index at =
          e.add(e.mul(rowOfThread(r), getConstantDim(context, across)), vector);
      at = e.add(e.mul(part, getConstantDim(context, count)), at);
      memref::StoreOp::create(builder, loc, sums[r * vectors + v], memory,
                              ValueRange{at.base});
    }
  auto sumAt = kernel.combineLists(
      memory, parts, count, [this](Value a, Value b) { return add(a, b); });
  if (count < kernel.threads)
    code.enterIf(arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                                       kernel.thread.base,
                                       code.constant(count)));
  return sumAt(kernel.thread.base);
}

LogicalResult DirectMatmulEmitter::emit() {
  if (failed(prepare()))
    return failure();
  MLIRContext *context = op.getContext();
  ArrayRef<int64_t> tile = kernel.schedule.getTile();
  parts = tile.size() > 2 ? tile[2] : 1;
  int64_t perPart = threadRows * threadColumns;
  if (parts > 1 && blockRows * blockColumns / quad > perPart * parts)
    return op.emitError("a block has more sums than threads");
  begin(parts);
  ElementBuilder e = code.elements(1);
  // Neighbouring threads read what is next to each other in memory.
  if (isRightAlong()) {
    part = e.floorMod(kernel.thread, getConstantDim(context, parts));
    locate(e.floorDiv(kernel.thread, getConstantDim(context, parts)));
  } else {
    part = e.floorDiv(kernel.thread, getConstantDim(context, perPart));
    locate(e.floorMod(kernel.thread, getConstantDim(context, perPart)));
  }
  Value first = e.mul(part, getConstantDim(context, blockDepth)).base;
  SmallVector<Value> sums =
      code.loop(first, code.dim(depth), parts * blockDepth, noSums(),
                [&](Value k, ValueRange args) { return multiply(k, args); });
  if (parts > 1) {
    Value sum = addParts(sums);
    // From here on a thread has a vector of a row.
    if (failed(prepare(1, quad)))
      return failure();
    locate(kernel.thread);
    sums = {sum};
  }
  finish(sums);
  return failure(code.hasFailed);
}

LogicalResult tenon::emitGpuMatmulDirect(GpuKernel &kernel) {
  return emitOnly<DirectMatmulEmitter, MatmulOp>(kernel, oneProduct);
}
