//===- Weight.cpp - tensors of the checkpoint -----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

LogicalResult WeightOp::evaluate(ArrayRef<HostTensor>,
                                 MutableArrayRef<HostTensor> results,
                                 EvaluateContext &context) {
  if (!context.readWeight)
    return emitOpError("no checkpoint is given");
  auto tensor = context.readWeight(*this);
  if (failed(tensor))
    return failure();
  results[0] = *tensor;
  return success();
}

LogicalResult WeightOp::streamTile(const Tile &tile, void *out,
                                   StreamContext &context) {
  auto stored = context.findWeight(*this);
  if (failed(stored))
    return failure();
  copyTile(stored->data, stored->type.getShape(),
           byteWidth(stored->type.getElementType()), tile,
           static_cast<char *>(out));
  return success();
}
