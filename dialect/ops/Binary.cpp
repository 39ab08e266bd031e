//===- Binary.cpp - elementwise operators ---------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

#include <cmath>

LogicalResult BinaryOp::inferReturnTypes(MLIRContext *context,
                                         std::optional<Location> loc,
                                         BinaryOp::Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  ShapeRules rules(context, loc, adaptor.getOperands());
  if (failed(checkAllTensorsOrScalars(rules)))
    return failure();
  Type element = rules.element(0);
  auto text = [](Type type) {
    std::string s;
    llvm::raw_string_ostream(s) << type;
    return s;
  };
  if (element != rules.element(1))
    return rules.fail(Twine(stringifyBinaryKind(adaptor.getKind())) + " of " +
                      text(element) + " and " + text(rules.element(1)) +
                      ": convert one side with cast");
  bool isFloat = isa<FloatType>(element), isBool = element.isInteger(1);
  bool allowed;
  switch (adaptor.getKind()) {
  case BinaryKind::and_:
  case BinaryKind::or_:
    allowed = !isFloat;
    break;
  case BinaryKind::div:
  case BinaryKind::pow:
    allowed = isFloat;
    break;
  default:
    allowed = !isBool;
  }
  if (!allowed)
    return rules.fail(Twine(stringifyBinaryKind(adaptor.getKind())) +
                      " isn't defined on elements of type " + text(element));
  auto shape = rules.broadcast({0, 1});
  if (failed(shape))
    return failure();
  types.push_back(rules.result(*shape, element));
  return success();
}

static double computeFloat(BinaryKind kind, double a, double b) {
  switch (kind) {
  case BinaryKind::add:
    return a + b;
  case BinaryKind::sub:
    return a - b;
  case BinaryKind::mul:
    return a * b;
  case BinaryKind::div:
    return a / b;
  case BinaryKind::floordiv:
    return std::floor(a / b);
  case BinaryKind::mod:
    return a - b * std::floor(a / b);
  case BinaryKind::min:
    return std::isnan(a) || std::isnan(b) ? NAN : std::min(a, b);
  case BinaryKind::max:
    return std::isnan(a) || std::isnan(b) ? NAN : std::max(a, b);
  case BinaryKind::pow:
    return std::pow(a, b);
  case BinaryKind::and_:
  case BinaryKind::or_:
    break;
  }
  llvm_unreachable("verified: no such operator on floats");
}

/// Wraps around as two's complement; division by zero gives 0.
static int64_t computeInteger(BinaryKind kind, int64_t a, int64_t b) {
  auto ua = static_cast<uint64_t>(a), ub = static_cast<uint64_t>(b);
  int64_t quotient = 0;
  if (b == -1)
    quotient = static_cast<int64_t>(-ua);
  else if (b != 0)
    quotient = a / b - (a % b != 0 && (a < 0) != (b < 0));
  switch (kind) {
  case BinaryKind::add:
    return ua + ub;
  case BinaryKind::sub:
    return ua - ub;
  case BinaryKind::mul:
    return ua * ub;
  case BinaryKind::floordiv:
    return quotient;
  case BinaryKind::mod:
    return ua - static_cast<uint64_t>(quotient) * ub;
  case BinaryKind::min:
    return std::min(a, b);
  case BinaryKind::max:
    return std::max(a, b);
  case BinaryKind::and_:
    return a & b;
  case BinaryKind::or_:
    return a | b;
  case BinaryKind::div:
  case BinaryKind::pow:
    break;
  }
  llvm_unreachable("verified: no such operator on integers");
}

LogicalResult BinaryOp::evaluate(ArrayRef<HostTensor> operands,
                                 MutableArrayRef<HostTensor> results,
                                 EvaluateContext &) {
  const HostTensor &a = operands[0], &b = operands[1];
  HostTensor &result = results[0];
  evaluateElements(operands, result, [&](int64_t i, ArrayRef<int64_t> at) {
    if (a.isFloat())
      result.set(i, computeFloat(getKind(), a.number(at[0]), b.number(at[1])));
    else
      result.setInteger(
          i, computeInteger(getKind(), a.integer(at[0]), b.integer(at[1])));
  });
  return success();
}

Value BinaryOp::emitScalar(ElementBuilder &builder, ValueRange operands) {
  return emitBinary(builder.builder, builder.loc, getKind(), operands[0],
                    operands[1]);
}

FailureOr<Value> BinaryOp::emitElement(ElementBuilder &builder,
                                       ArrayRef<Index> index) {
  return emitBroadcastElement(*this, builder, index);
}
