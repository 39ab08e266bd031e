//===- Cost.cpp - arithmetic and traffic of a kernel ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/Cost.h"

#include "dialect/HostTensor.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"

using namespace tenon;
using namespace mlir;

static DimAttr countOf(Value value) {
  return productOf(value.getContext(), getDims(value));
}

static DimAttr sizeOf(Value value) {
  return countOf(value) * byteWidth(getElementType(value.getType()));
}

DimAttr tenon::flopsOf(func::FuncOp kernel) {
  DimAttr flops = getConstantDim(kernel.getContext(), 0);
  for (Operation &op : kernel.getBody().front()) {
    auto fusible = dyn_cast<FusionOpInterface>(op);
    if (!fusible)
      continue;
    DimAttr count = countOf(op.getResult(0));
    switch (fusible.getFusionKind()) {
    case FusionKind::Contraction: {
      auto reduction = cast<ReductionOpInterface>(op);
      DimAttr depth =
          productOf(kernel.getContext(), reduction.getReductionDims());
      flops = flops + count * depth * 2;
      break;
    }
    case FusionKind::Attention: {
      auto attention = cast<AttentionOp>(op);
      SmallVector<DimAttr> query = getDims(attention.getQuery());
      SmallVector<DimAttr> value = getDims(attention.getValue());
      DimAttr scores = query[0] * query[1] * query[2] * value[2];
      flops = flops + scores * (query[3] + value[3]) * 2;
      break;
    }
    case FusionKind::Row:
      flops = flops + countOf(op.getOperand(0)) * fusible.getElementCost();
      break;
    case FusionKind::Elementwise:
    case FusionKind::Indexed:
      flops = flops + count * fusible.getElementCost();
      break;
    case FusionKind::Source:
    case FusionKind::Movement:
    case FusionKind::Update:
      break;
    }
  }
  return flops;
}

format::Products tenon::productsOf(func::FuncOp kernel) {
  using format::Products;
  for (auto attention : kernel.getOps<AttentionOp>())
    switch (attention.getFactors()) {
    case Factors::numbers:
      break;
    case Factors::fp16:
      return Products::Halves;
    case Factors::bf16:
      return Products::BFloats;
    case Factors::codes:
      return Products::Bytes;
    }
  auto isHalf = [](Value side) {
    return getElementType(side.getType()).isF16();
  };
  for (auto product : kernel.getOps<MatmulOp>())
    if (isHalf(product.getLhs()) && isHalf(product.getRhs()))
      return Products::Halves;
  // Panels with four axes hold what is side by side along k together, for
  // products whose sums are wider.
  constexpr int64_t rankOfInterleaved = 4;
  for (BlockArgument argument : kernel.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (!type || type.getRank() != rankOfInterleaved ||
        !kernel.getArgAttr(argument.getArgNumber(), "tenon.memory"))
      continue;
    if (type.getElementType().isInteger(8))
      return Products::Bytes;
    if (type.getElementType().isBF16())
      return Products::BFloats;
  }
  return Products::Floats;
}

DimAttr tenon::trafficOf(func::FuncOp kernel) {
  DimAttr bytes = getConstantDim(kernel.getContext(), 0);
  for (BlockArgument argument : kernel.getArguments()) {
    if (isa<StateType>(argument.getType()) &&
        llvm::all_of(argument.getUsers(),
                     llvm::IsaPred<StateUpdateOpInterface, StateLengthsOp>))
      continue; // Nothing of it is read.
    // Of a table, only the rows that indices name.
    DimAttr read = sizeOf(argument);
    std::function<std::optional<DimAttr>(Value)> gathered =
        [&](Value value) -> std::optional<DimAttr> {
      std::optional<DimAttr> sum;
      for (Operation *user : value.getUsers()) {
        std::optional<DimAttr> part;
        if (auto gather = dyn_cast<GatherOp>(user);
            gather && gather.getX() == value)
          part = sizeOf(gather.getResult());
        else if (isa<UnpackOp, DequantizeOp, SliceOp>(user))
          part = isa<SliceOp>(user) ? sizeOf(user->getResult(0))
                                    : gathered(user->getResult(0));
        if (!part)
          return std::nullopt;
        sum = sum ? *sum + *part : *part;
      }
      return sum;
    };
    bytes = bytes + gathered(argument).value_or(read);
  }
  for (Value result : kernel.getBody().front().getTerminator()->getOperands()) {
    auto update = result.getDefiningOp<StateUpdateOpInterface>();
    bytes = bytes + sizeOf(update ? update.getStored() : result);
  }
  return bytes;
}
