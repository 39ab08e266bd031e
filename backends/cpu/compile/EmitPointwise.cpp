//===- EmitPointwise.cpp - kernels without reductions ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Every result element is computed where it is stored. A task covers `block[0]`
// rows along the last axis, which the vectors run along.
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/CpuKernel.h"

#include "dialect/Types.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

LogicalResult cpu::emitPointwise(CpuKernel &kernel) {
  KernelCode &code = kernel.code;
  MLIRContext *context = kernel.builder.getContext();
  SmallVector<DimAttr> dims = getDims(kernel.results.front().value);
  for (const KernelResult &result : kernel.results)
    if (getDims(result.value) != dims)
      return emitError(kernel.loc, "results of a pointwise kernel have "
                                   "different shapes");
  bool isScalar = dims.empty();
  DimAttr size = isScalar ? getConstantDim(context, 1) : dims.back();
  ArrayRef<DimAttr> outer = ArrayRef<DimAttr>(dims).drop_back(!isScalar);
  DimAttr rows = productOf(context, outer);
  int64_t block = kernel.schedule.getBlock()[0];
  kernel.grid = ceilDiv(rows, getConstantDim(context, block));
  int64_t lanes = isScalar ? 1 : kernel.schedule.getLanes();

  Value blockValue = code.constant(block);
  Value first = arith::MulIOp::create(kernel.builder, kernel.loc, kernel.begin,
                                      blockValue);
  Value last = arith::MinSIOp::create(
      kernel.builder, kernel.loc,
      arith::MulIOp::create(kernel.builder, kernel.loc, kernel.end, blockValue),
      code.dim(rows));
  code.loop(first, last, 1, {}, [&](Value row, ValueRange) {
    ElementBuilder scalar = code.elements(1);
    SmallVector<Index> index = scalar.delinearize(
        scalar.uniform(row, 1, getConstantDim(context, 0), rows - 1), outer);
    code.vectorLoop(
        size, lanes, {},
        [&](const Index &i, Value mask, ValueRange) -> SmallVector<Value> {
          ElementBuilder elements = code.elements(lanes, mask);
          SmallVector<Index> at = index;
          if (!isScalar)
            at.push_back(i);
          for (const KernelResult &result : kernel.results) {
            auto value = elements.read(result.value, at);
            if (failed(value) ||
                failed(code.store(elements, result.storage, at, *value, mask)))
              code.hasFailed = true;
          }
          return {};
        });
    return SmallVector<Value>();
  });
  return failure(code.hasFailed);
}
