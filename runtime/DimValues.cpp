//===- DimValues.cpp - the value of every dim -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/DimValues.h"

#include <algorithm>

namespace tenon::runtime {

using format::DimNode;
using format::DimOp;

static int64_t apply(DimOp op, int64_t a, int64_t b) {
  if (a == unknownDim || b == unknownDim)
    return unknownDim;
  int64_t result = unknownDim;
  switch (op) {
  case DimOp::Add:
    return __builtin_add_overflow(a, b, &result) ? unknownDim : result;
  case DimOp::Mul:
    return __builtin_mul_overflow(a, b, &result) ? unknownDim : result;
  case DimOp::FloorDiv:
    if (b <= 0)
      return unknownDim;
    return a / b - (a % b < 0);
  case DimOp::Min:
    return std::min(a, b);
  case DimOp::Max:
    return std::max(a, b);
  case DimOp::Constant:
  case DimOp::Symbol:
    break;
  }
  return unknownDim;
}

void evaluateDims(std::span<const DimNode> nodes,
                  std::span<const int64_t> symbols, std::span<int64_t> values) {
  for (size_t i = 0; i < nodes.size(); ++i) {
    const DimNode &node = nodes[i];
    if (node.op == DimOp::Constant)
      values[i] = node.value;
    else if (node.op == DimOp::Symbol)
      values[i] = symbols[node.a];
    else
      values[i] = apply(node.op, values[node.a], values[node.b]);
  }
}

} // namespace tenon::runtime
