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
static StringRef whyNoCodes(AttentionOp op) {
  // Few queries leave little to gain by what codes of all keys cost.
  constexpr int64_t fewQueries = 4;
  if (isa<StateType>(op.getKey().getType()) ||
      isa<StateType>(op.getValue().getType()))
    return "each call would make codes of all that its state holds";
  std::optional<int64_t> queries = getDims(op.getQuery())[2].asConstant();
  if (queries && *queries < fewQueries)
    return "so few queries don't repay codes of all keys";
  std::optional<int64_t> depth = getDims(op.getQuery())[3].asConstant();
  if (!depth || *depth > mostCodedFeatures)
    return "32 bits don't hold sums over so many features";
  return "";
}

static Factors factorsOf(Quantization mode) {
  switch (mode) {
  case Quantization::Int8:
    return Factors::codes;
  case Quantization::BFloat16:
    return Factors::bf16;
  case Quantization::Float16:
    return Factors::fp16;
  default:
    return Factors::numbers;
  }
}

void tenon::quantizeAttention(ModuleOp module, const QuantizationPolicy &policy,
                              bool hasCodes) {
  for (auto function : module.getOps<func::FuncOp>())
    for (auto op : function.getBody().getOps<AttentionOp>()) {
      auto mode = policy.ruleOf(opId(op)).attentionMode();
      if (!mode)
        continue;
      StringRef why;
      if (mode == Quantization::None)
        why = "the policy says so";
      else if (!getElementType(op.getType()).isF32())
        why = "it isn't of f32";
      else if (mode == Quantization::Int8)
        why = hasCodes ? whyNoCodes(op) : "this backend has no code for others";
      if (why.empty())
        op.setFactors(factorsOf(*mode));
      std::string products = why.empty() ? std::string(nameOf(*mode))
                                         : concat("fp32: ", why.str());
      op->setAttr(productsAttribute,
                  StringAttr::get(module.getContext(), products));
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
