//===- QuantizedProducts.cpp - what quantization is about -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/QuantizedProducts.h"

#include "passes/FusionPlan.h"
#include "passes/Weights.h"

#include "dialect/Types.h"

using namespace tenon;
using namespace mlir;

void QuantizedConstant::addProduct(MatmulOp op, Quantization wanted) {
  if (products.empty())
    axis = op.getTransposeRhs() ? 1 : 0;
  mode = products.empty() ? wanted : std::min(mode, wanted);
  products.push_back(op);
}

llvm::MapVector<StringAttr, QuantizedConstant>
tenon::findQuantized(ModuleOp module, const QuantizationPolicy &policy) {
  llvm::MapVector<StringAttr, QuantizedConstant> constants;
  for (auto function : module.getOps<func::FuncOp>()) {
    for (auto ref : function.getBody().getOps<GlobalRefOp>())
      constants[ref.getGlobalAttr().getAttr()].refs.push_back(ref);
    for (auto op : function.getBody().getOps<MatmulOp>())
      if (auto ref = op.getRhs().getDefiningOp<GlobalRefOp>();
          ref && !op.getColumns() && getDims(op.getRhs()).size() == 2 &&
          getElementType(ref.getType()).isF32())
        constants[ref.getGlobalAttr().getAttr()].addProduct(
            op, policy.modeOf(opId(op)));
  }
  return constants;
}

bool tenon::multipliesCodes(const QuantizedConstant &constant, MatmulOp op) {
  // Another product may read the constant the other way round.
  return constant.mode == Quantization::Int8 &&
         constant.axis == (op.getTransposeRhs() ? 1 : 0);
}

std::string tenon::rangeIdOf(MatmulOp op) {
  for (Operation *user : usersInOrder(op.getLhs()))
    if (auto product = dyn_cast<MatmulOp>(user);
        product && product.getLhs() == op.getLhs())
      return opId(product);
  return opId(op);
}
