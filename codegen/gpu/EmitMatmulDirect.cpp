//===- EmitMatmulDirect.cpp - products without shared memory, on GPUs -----===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A product (see GpuProduct.h) for devices whose shared memory is no faster
// than any other and whose barriers and loads cost much more than arithmetic,
// as processors are that run a subgroup in the lanes of their vectors: each
// thread reads what it multiplies itself, for many sums.
//
// schedule: tile = [TM, TN], block = [BM, BN, BK], dot = none or vector
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/GpuProduct.h"

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
    for (int64_t i = 0; i < quad; ++i)
      for (int64_t v = 0; v < vectors; ++v)
        right.push_back(
            readRight(depthBase, e.constant(step + i), columnOfThread(v)));
    // A sum takes all four steps at once: it may have to be fetched for them.
    for (int64_t r = 0; r < tileRows; ++r) {
      Value left = readLeft(rowOfThread(r), depthBase, e.constant(step));
      for (int64_t i = 0; i < quad; ++i) {
        Value factor = splat(vector::ExtractOp::create(builder, loc, left, i));
        for (int64_t v = 0; v < vectors; ++v) {
          Value &sum = next[r * vectors + v];
          sum = multiplyAdd(factor, right[i * vectors + v], sum);
        }
      }
    }
  }
  return next;
}

LogicalResult DirectMatmulEmitter::emit() {
  if (failed(prepare()))
    return failure();
  begin();
  locate(kernel.thread);
  finish(
      code.loop(code.constant(0), code.dim(depth), blockDepth, noSums(),
                [&](Value k, ValueRange args) { return multiply(k, args); }));
  return failure(code.hasFailed);
}

LogicalResult tenon::emitGpuMatmulDirect(GpuKernel &kernel) {
  return emitOnly<DirectMatmulEmitter, MatmulOp>(kernel, oneProduct);
}
