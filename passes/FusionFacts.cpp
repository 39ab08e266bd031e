//===- FusionFacts.cpp - what fusion asks of single ops -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/FusionPlan.h"

#include "dialect/HostTensor.h"
#include "dialect/Types.h"

using namespace tenon;
using namespace mlir;

std::string tenon::opId(Operation *op) {
  std::function<std::string(Location)> find = [&](Location loc) -> std::string {
    if (auto name = dyn_cast<NameLoc>(loc))
      return name.getName().str();
    if (auto fused = dyn_cast<FusedLoc>(loc)) {
      std::string ids;
      for (Location part : fused.getLocations())
        if (std::string id = find(part); !id.empty())
          ids += (ids.empty() ? "" : "+") + id;
      return ids;
    }
    return "";
  };
  std::string id = find(op->getLoc());
  return id.empty() ? op->getName().getStringRef().str() : id;
}

DimAttr tenon::bytesOf(Type type) {
  DimAttr count = productOf(type.getContext(), getDims(type));
  return count * byteWidth(getElementType(type));
}

FusionKind tenon::kindOf(Operation *op) {
  return cast<FusionOpInterface>(op).getFusionKind();
}

bool tenon::isStridedView(Operation *op) {
  if (isa<TransposeOp, SliceOp, ExpandOp>(op))
    return true;
  auto reshape = dyn_cast<ReshapeOp>(op);
  if (!reshape)
    return false;
  // Each run of result axes must come from one operand axis: then an operand
  // index is a sum of result indices times constants.
  SmallVector<DimAttr> from = getDims(reshape.getX());
  SmallVector<DimAttr> to = getDims(reshape.getResult());
  MLIRContext *context = op->getContext();
  size_t j = 0;
  for (DimAttr size : from) {
    if (size.isConstant(1))
      continue;
    DimAttr run = getConstantDim(context, 1);
    while (j < to.size() && run != size)
      run = run * to[j++];
    if (run != size)
      return false;
  }
  return true;
}

bool tenon::isDiscrete(Operation *op) {
  auto reads = [&](auto isType) {
    return llvm::any_of(op->getOperands(), [&](Value operand) {
      return isType(getElementType(operand.getType()));
    });
  };
  if (isa<CompareOp, ArgMaxOp, QuantizeOp>(op))
    return reads(llvm::IsaPred<FloatType>);
  if (auto cast = dyn_cast<CastOp>(op))
    return isa<FloatType>(getElementType(cast.getX().getType())) &&
           !isa<FloatType>(cast.getTypeAttr().getValue());
  if (auto unary = dyn_cast<UnaryOp>(op))
    return unary.getKind() == UnaryKind::floor ||
           unary.getKind() == UnaryKind::ceil ||
           unary.getKind() == UnaryKind::round;
  return false;
}
