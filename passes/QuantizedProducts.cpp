//===- QuantizedProducts.cpp - what quantization is about -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/QuantizedProducts.h"

#include "passes/FusionPlan.h"
#include "passes/InputError.h"
#include "passes/Weights.h"

#include "dialect/Types.h"
#include "support/Text.h"

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
  // Another product may read the constant the other way round; and sums over
  // more steps may be no numbers of 32 bits.
  std::optional<int64_t> depth = getDims(op.getLhs()).back().asConstant();
  return constant.mode == Quantization::Int8 &&
         constant.axis == (op.getTransposeRhs() ? 1 : 0) && depth &&
         *depth <= mostCodedFeatures;
}

std::string tenon::rangeIdOf(MatmulOp op) {
  for (Operation *user : usersInOrder(op.getLhs()))
    if (auto product = dyn_cast<MatmulOp>(user);
        product && product.getLhs() == op.getLhs())
      return opId(product);
  return opId(op);
}

/// Why attention that is to multiply codes multiplies numbers; empty: it
/// doesn't.
static StringRef whyNumbers(AttentionOp op) {
  // Few queries leave little to gain by what codes of all keys cost.
  constexpr int64_t fewQueries = 4;
  if (isa<StateType>(op.getKey().getType()) ||
      isa<StateType>(op.getValue().getType()))
    return "each call would make codes of all that its state holds";
  if (!getElementType(op.getType()).isF32())
    return "it isn't of f32";
  std::optional<int64_t> queries = getDims(op.getQuery())[2].asConstant();
  if (queries && *queries < fewQueries)
    return "so few queries don't repay codes of all keys";
  std::optional<int64_t> depth = getDims(op.getQuery())[3].asConstant();
  if (!depth || *depth > mostCodedFeatures)
    return "32 bits don't hold sums over so many features";
  return "";
}

void tenon::codeAttention(ModuleOp module, const QuantizationPolicy &policy,
                          bool hasCode) {
  for (auto function : module.getOps<func::FuncOp>())
    for (auto op : function.getBody().getOps<AttentionOp>()) {
      QuantizationRule rule = policy.ruleOf(opId(op));
      if (rule.mode != Quantization::Int8)
        continue;
      StringRef why = !rule.codesAttention.value_or(true) ? "the policy says so"
                      : hasCode ? whyNumbers(op)
                                : "this backend has no code for others";
      op.setCoded(why.empty());
      op->setAttr(productsAttribute,
                  StringAttr::get(module.getContext(),
                                  why.empty() ? "int8" : "fp32: " + why));
    }
}

void tenon::warnOfStrangers(ModuleOp module, const QuantizationPolicy &policy) {
  for (const QuantizationPolicy::Layer &layer : policy.layers) {
    bool isKnown = false;
    module.walk([&](Operation *op) {
      isKnown |= isa<MatmulOp, AttentionOp>(op) && layer.matches(opId(op));
    });
    if (!isKnown)
      emitInputWarning(
          module.getContext(),
          Status::invalid(layer.place, concat("no product or attention is "
                                              "called ",
                                              quote(layer.id),
                                              "; this layer changes nothing")));
  }
}
