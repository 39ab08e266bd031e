//===- Schedules.cpp - what choosing a schedule begins with ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/Schedules.h"

#include "codegen/Decompose.h"

using namespace tenon;
using namespace mlir;

/// The size of a dim where its symbols have these values, and others `none`.
static std::optional<int64_t> valueOf(DimAttr dim, const SymbolValues &values,
                                      std::optional<int64_t> none = {}) {
  return evaluateDim(dim, [&](StringRef symbol) {
    auto found = values.find(symbol);
    return found == values.end() ? none : std::optional(found->second);
  });
}

int64_t tenon::estimateDim(DimAttr dim, const SymbolValues &usual) {
  static constexpr int64_t middling = 128;
  return std::max<int64_t>(valueOf(dim, usual, middling).value_or(middling), 1);
}

llvm::StringMap<SymbolValues> tenon::usualSizes(ModuleOp module) {
  SymbolValues typical = typicalDims(module);
  llvm::StringMap<SymbolValues> sizes;
  module.walk([&](LaunchOp launch) {
    auto kernel = module.lookupSymbol<func::FuncOp>(launch.getKernel());
    auto names =
        kernel ? kernel->getAttrOfType<ArrayAttr>("tenon.dims") : ArrayAttr();
    if (!names)
      return;
    SymbolValues &own = sizes[kernel.getName()];
    for (auto [name, dim] : llvm::zip(names, launch.getDims().getDims()))
      if (std::optional<int64_t> value = valueOf(dim, typical)) {
        int64_t &size = own[cast<StringAttr>(name).getValue()];
        size = std::max(size, *value);
      }
  });
  return sizes;
}

void tenon::setStateBlocks(func::FuncOp kernel) {
  // As many positions as a vector has lanes at most: long enough for runs of
  // keys, short enough that little is copied where two beams part.
  constexpr int64_t positions = 16;
  OpBuilder builder(kernel);
  for (auto [i, type] : llvm::enumerate(kernel.getArgumentTypes()))
    if (isa<StateType>(type))
      kernel.setArgAttr(i, "tenon.block", builder.getI64IntegerAttr(positions));
}

FailureOr<KernelShape> KernelShape::analyze(func::FuncOp kernel) {
  KernelShape shape;
  for (Operation &op : kernel.getBody().front()) {
    shape.matmul = dyn_cast<MatmulOp>(op);
    shape.attention = dyn_cast<AttentionOp>(op);
    if (shape.matmul || shape.attention)
      return shape;
  }
  shape.decomposed = kernel.clone();
  if (failed(decomposeOps(*shape.decomposed)))
    return failure();
  bool reduces =
      llvm::any_of(shape.decomposed->getBody().front(),
                   [](Operation &op) { return isa<ReductionOpInterface>(op); });
  if (!reduces)
    return shape;
  auto plan = RowPlan::analyze(*shape.decomposed);
  if (failed(plan))
    return failure();
  shape.rows = std::move(*plan);
  return shape;
}
