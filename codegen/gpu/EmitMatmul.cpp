//===- EmitMatmul.cpp - matrix products, on GPUs --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A product (see GpuProduct.h) through shared memory: a workgroup goes along
// the depth in steps of BK. Its threads together bring BM x BK elements of the
// left side and BK x BN of the right side there, in vectors of four, then each
// multiplies for its own TM x TN sums.
//
// With dot products of bytes a vector is four steps of a row or of a column.
//
// schedule: tile = [TM, TN], block = [BM, BN, BK], dot = none or vector
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/GpuProduct.h"

using namespace tenon;
using namespace mlir;

namespace {
class MatmulEmitter : GpuProduct {
public:
  MatmulEmitter(GpuKernel &kernel, MatmulOp op) : GpuProduct(kernel, op) {}

  LogicalResult emit();

private:
  SmallVector<Value> multiply(ValueRange sums);

  /// The two parts of shared memory and the vectors of a row in each. A left
  /// row has one more than it needs, so that rows start in different banks.
  Value leftMemory, rightMemory;
  int64_t leftStride, rightStride;
};
} // namespace

SmallVector<Value> MatmulEmitter::multiply(ValueRange sums) {
  MLIRContext *context = op.getContext();
  int64_t vectors = tileColumns / quad;
  auto load = [&](Value memory, const Index &at) -> Value {
    return memref::LoadOp::create(builder, loc, memory, ValueRange{at.base});
  };
  return code.loop(
      code.constant(0), code.constant(blockDepth / quad), 1, sums,
      [&](Value part, ValueRange args) {
        SmallVector<Value> next = llvm::to_vector(args);
        ElementBuilder e = code.elements(1);
        Index partIndex = e.uniform(part);
        SmallVector<Value> left;
        for (int64_t r = 0; r < tileRows; ++r)
          left.push_back(load(
              leftMemory,
              e.add(e.mul(rowOfThread(r), getConstantDim(context, leftStride)),
                    partIndex)));
        Index line =
            e.mul(partIndex, getConstantDim(context, quad * rightStride));
        if (sumsDots()) {
          for (int64_t v = 0; v < vectors; ++v) {
            SmallVector<Value> right;
            for (int64_t lane = 0; lane < quad; ++lane)
              right.push_back(load(
                  rightMemory,
                  e.add(line, e.add(columnOfThread(v), e.constant(lane)))));
            for (int64_t r = 0; r < tileRows; ++r)
              next[r * vectors + v] =
                  addDots(left[r], right, next[r * vectors + v]);
          }
          return next;
        }
        for (int64_t lane = 0; lane < quad; ++lane) {
          SmallVector<Value> right;
          for (int64_t v = 0; v < vectors; ++v) {
            Index place = e.add(threadColumn, e.constant(lane * rightStride +
                                                         v * threadColumns));
            right.push_back(load(rightMemory, e.add(line, place)));
          }
          for (int64_t r = 0; r < tileRows; ++r) {
            Value factor =
                splat(vector::ExtractOp::create(builder, loc, left[r], lane));
            for (int64_t v = 0; v < vectors; ++v) {
              Value &sum = next[r * vectors + v];
              sum = multiplyAdd(factor, right[v], sum);
            }
          }
        }
        return next;
      });
}

LogicalResult MatmulEmitter::emit() {
  if (failed(prepare()))
    return failure();
  leftStride = blockDepth / quad + 1;
  rightStride = blockColumns / quad;
  begin();
  locate(kernel.thread);
  VectorType sideVector = VectorType::get(quad, sideType);
  leftMemory = kernel.allocateShared(blockRows * leftStride, sideVector);
  rightMemory = kernel.allocateShared(blockDepth * rightStride, sideVector);
  finish(addStaged(leftMemory, leftStride, rightMemory, rightStride, noSums(),
                   [&](ValueRange sums) { return multiply(sums); }));
  return failure(code.hasFailed);
}

LogicalResult tenon::emitGpuMatmul(GpuKernel &kernel) {
  return emitOnly<MatmulEmitter, MatmulOp>(kernel, oneProduct);
}
