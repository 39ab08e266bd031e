//===- EmitPointwise.cpp - kernels without reductions, on GPUs ------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A thread computes one vector of the results' elements, where it is stored.
//
// schedule: block = [threads]
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/GpuKernel.h"

#include "dialect/Types.h"

using namespace tenon;
using namespace mlir;

LogicalResult tenon::emitGpuPointwise(GpuKernel &kernel) {
  KernelCode &code = kernel.code;
  MLIRContext *context = kernel.builder.getContext();
  SmallVector<DimAttr> dims = getDims(kernel.results.front().value);
  for (const KernelResult &result : kernel.results)
    if (getDims(result.value) != dims)
      return emitError(kernel.loc, "results of a pointwise kernel have "
                                   "different shapes");
  int64_t lanes = kernel.schedule.getLanes();
  DimAttr size = productOf(context, dims);
  DimAttr vectors = floorDiv(size, getConstantDim(context, lanes));
  DimAttr threads = getConstantDim(context, kernel.schedule.getBlock()[0]);
  kernel.begin(ceilDiv(vectors, threads), kernel.schedule.getBlock()[0]);

  ElementBuilder elements = code.elements(lanes);
  Index position =
      elements.add(elements.mul(kernel.task, threads), kernel.thread);
  code.enterIf(arith::CmpIOp::create(kernel.builder, kernel.loc,
                                     arith::CmpIPredicate::ult, position.base,
                                     code.dim(vectors)));
  position.high = vectors - 1;
  Index first = elements.mul(position, getConstantDim(context, lanes));
  first = elements.consecutive(first);
  first.high = size - 1;
  SmallVector<Index> index = elements.delinearize(first, dims);
  for (const KernelResult &result : kernel.results) {
    auto value = elements.read(result.value, index);
    if (failed(value) ||
        failed(code.store(elements, result.storage, index, *value, Value())))
      return failure();
  }
  return failure(code.hasFailed);
}
