//===- Checks.cpp - ops of numeric tests ----------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

#include <cmath>

using namespace tenon;
using namespace mlir;

LogicalResult RandomOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location>,
                                         RandomOp::Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  types.push_back(
      getTensorType(context, adaptor.getShape().getDims(), adaptor.getType()));
  return success();
}

LogicalResult RandomOp::evaluate(ArrayRef<HostTensor>,
                                 MutableArrayRef<HostTensor> results,
                                 EvaluateContext &) {
  double low = getLow().convertToDouble(), high = getHigh().convertToDouble();
  bool isFloat = results[0].isFloat();
  // splitmix64 (Steele, Lea, Flood, OOPSLA 2014): the same numbers anywhere.
  uint64_t state = static_cast<uint64_t>(getSeed());
  for (int64_t i = 0; i < results[0].numElements(); ++i) {
    uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    z ^= z >> 31;
    double unit = static_cast<double>(z >> 11) * 0x1.0p-53;
    // Integers take each value of low .. high, both included.
    double value = isFloat ? low + unit * (high - low)
                           : std::floor(low + unit * (high - low + 1));
    results[0].set(i, value);
  }
  return success();
}

LogicalResult CheckCloseOp::verify() {
  if (getActual().getType() != getExpected().getType())
    return emitOpError("compares different types");
  if (!(getTolerance().convertToDouble() >= 0))
    return emitOpError("tolerance is negative");
  return success();
}
