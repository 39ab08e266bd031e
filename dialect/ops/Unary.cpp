//===- Unary.cpp - elementwise functions ----------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

#include <cmath>

LogicalResult UnaryOp::inferReturnTypes(MLIRContext *context,
                                        std::optional<Location> loc,
                                        UnaryOp::Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  Type element = rules.element(0);
  UnaryKind kind = adaptor.getKind();
  bool allowed = false;
  switch (kind) {
  case UnaryKind::not_:
    allowed = element.isInteger(1);
    break;
  case UnaryKind::neg:
  case UnaryKind::abs:
  case UnaryKind::relu:
    allowed = !element.isInteger(1);
    break;
  default:
    allowed = isa<FloatType>(element);
  }
  if (!allowed) {
    std::string text;
    llvm::raw_string_ostream(text) << element;
    return rules.fail(Twine(stringifyUnaryKind(kind)) +
                      " isn't defined on elements of type " + text);
  }
  types.push_back(adaptor.getX().getType());
  return success();
}

static double compute(UnaryKind kind, double x) {
  switch (kind) {
  case UnaryKind::neg:
    return -x;
  case UnaryKind::abs:
    return std::abs(x);
  case UnaryKind::exp:
    return std::exp(x);
  case UnaryKind::log:
    return std::log(x);
  case UnaryKind::sqrt:
    return std::sqrt(x);
  case UnaryKind::rsqrt:
    return 1 / std::sqrt(x);
  case UnaryKind::sin:
    return std::sin(x);
  case UnaryKind::cos:
    return std::cos(x);
  case UnaryKind::erf:
    return std::erf(x);
  case UnaryKind::tanh:
    return std::tanh(x);
  case UnaryKind::sigmoid:
    return 1 / (1 + std::exp(-x));
  case UnaryKind::relu:
    return x > 0 || std::isnan(x) ? x : 0;
  case UnaryKind::gelu:
    return 0.5 * x * (1 + std::erf(x * M_SQRT1_2));
  case UnaryKind::gelu_tanh:
    return 0.5 * x *
           (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
  case UnaryKind::silu:
    return x / (1 + std::exp(-x));
  case UnaryKind::hardswish:
    return x * std::min(std::max(x + 3, 0.0), 6.0) / 6;
  case UnaryKind::softplus:
    return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
  case UnaryKind::floor:
    return std::floor(x);
  case UnaryKind::ceil:
    return std::ceil(x);
  case UnaryKind::round:
    return std::nearbyint(x);
  case UnaryKind::not_:
    break;
  }
  llvm_unreachable("verified: no such function on floats");
}

static int64_t computeInteger(UnaryKind kind, int64_t x) {
  auto minus = static_cast<int64_t>(-static_cast<uint64_t>(x));
  switch (kind) {
  case UnaryKind::neg:
    return minus;
  case UnaryKind::abs:
    return x < 0 ? minus : x;
  case UnaryKind::relu:
    return std::max<int64_t>(x, 0);
  case UnaryKind::not_:
    return x == 0;
  default:
    llvm_unreachable("verified: no such function on integers");
  }
}

LogicalResult UnaryOp::evaluate(ArrayRef<HostTensor> operands,
                                MutableArrayRef<HostTensor> results,
                                EvaluateContext &) {
  const HostTensor &x = operands[0];
  HostTensor &result = results[0];
  evaluateElements(operands, result, [&](int64_t i, ArrayRef<int64_t> at) {
    if (x.isFloat())
      result.set(i, compute(getKind(), x.number(at[0])));
    else
      result.setInteger(i, computeInteger(getKind(), x.integer(at[0])));
  });
  return success();
}

Value UnaryOp::emitScalar(ElementBuilder &builder, ValueRange operands) {
  return emitUnary(builder.builder, builder.loc, getKind(), operands[0]);
}

FailureOr<Value> UnaryOp::emitElement(ElementBuilder &builder,
                                      ArrayRef<Index> index) {
  return emitBroadcastElement(*this, builder, index);
}
