//===- CheckFile.cpp - functions of numeric tests -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon-check/CheckFile.h"

#include "compiler/PlanWriter.h"
#include "dialect/Types.h"

#include <cmath>

using namespace tenon;
using namespace mlir;

void tenon::isolateKernels(ModuleOp module) {
  auto isKernel = [](Operation &op) {
    return isa<func::FuncOp>(op) && op.hasAttr("tenon.kernel");
  };
  if (llvm::none_of(*module.getBody(), isKernel))
    return;
  for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
    if (!isKernel(op))
      op.erase();
  module->setAttrs(DictionaryAttr::get(module.getContext()));
  for (auto kernel : module.getOps<func::FuncOp>()) {
    // What outlining and scheduling noted; it is found anew.
    for (NamedAttribute noted : llvm::to_vector(kernel->getDiscardableAttrs()))
      kernel->removeDiscardableAttr(noted.getName());
    kernel.removeArgAttrsAttr();
    kernel.removeResAttrsAttr();
    kernel.setPublic();
  }
}

CheckFunction tenon::prepareCheck(func::FuncOp function) {
  CheckFunction check{function, {}, {}, {}};
  OpBuilder builder(function.getContext());
  Block &body = function.getBody().front();
  auto nameInput = [&](unsigned i) {
    function.setArgAttr(i, "tenon.name",
                        builder.getStringAttr("input" + std::to_string(i)));
  };
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    check.inputs.push_back(RandomOp());
    nameInput(i);
  }
  // Data stays data: as an argument it isn't folded away.
  for (auto random : llvm::make_early_inc_range(body.getOps<RandomOp>())) {
    unsigned i = function.getNumArguments();
    (void)function.insertArgument(i, random.getResult().getType(), {},
                                  random.getLoc());
    random.getResult().replaceAllUsesWith(function.getArgument(i));
    random->remove();
    check.owned.push_back(random.getOperation());
    check.inputs.push_back(random);
    nameInput(i);
  }
  Operation *yield = body.getTerminator();
  auto addResult = [&](Value value) {
    unsigned place = yield->getNumOperands();
    yield->insertOperands(place, value);
    (void)function.insertResult(place, value.getType(), {});
    return place;
  };
  for (auto close : llvm::make_early_inc_range(body.getOps<CheckCloseOp>())) {
    unsigned actual = addResult(close.getActual());
    unsigned expected = addResult(close.getExpected());
    check.comparisons.push_back({actual, expected,
                                 close.getTolerance().convertToDouble(),
                                 placeOf(close.getLoc())});
    close.erase();
  }
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    function.setResultAttr(i, "tenon.name",
                           builder.getStringAttr("output" + std::to_string(i)));
  function->setAttr("tenon.entry", builder.getUnitAttr());
  return check;
}

FailureOr<HostTensor> tenon::makeInput(CheckFunction &check, unsigned input,
                                       EvaluateContext &context, int64_t seed) {
  Location loc = check.entry.getLoc();
  Type type = check.entry.getArgumentTypes()[input];
  auto shape = context.shape(loc, type);
  if (failed(shape))
    return failure();
  HostTensor tensor(getElementType(type), *shape);
  RandomOp random = check.inputs[input];
  if (!random) {
    // Arguments without a recipe: small numbers, or bits.
    bool isFloat = tensor.isFloat();
    OpBuilder builder(check.entry.getContext());
    builder.setInsertionPointToStart(&check.entry.getBody().front());
    auto dims = DimsAttr::get(check.entry.getContext(), getDims(type));
    random = RandomOp::create(builder, loc, type, dims,
                              TypeAttr::get(getElementType(type)),
                              builder.getF64FloatAttr(isFloat ? -2 : 0),
                              builder.getF64FloatAttr(isFloat ? 2 : 1),
                              builder.getI64IntegerAttr(input + 1));
    random->remove();
    check.owned.push_back(random.getOperation());
    check.inputs[input] = random;
  }
  auto original = random.getSeedAttr();
  random.setSeed(original.getInt() + seed * 1000003);
  LogicalResult made = random.evaluate({}, tensor, context);
  random.setSeedAttr(original);
  if (failed(made))
    return failure();
  return tensor;
}

double tenon::relativeError(const HostTensor &a, const HostTensor &b) {
  if (a.shape() != b.shape())
    return INFINITY;
  double largest = 0, error = 0;
  for (int64_t i = 0; i < b.numElements(); ++i) {
    double x = a.number(i), y = b.number(i);
    // Mask fills are as large as a float gets; they don't set the scale.
    if (std::isfinite(y) && std::abs(y) < 1e37)
      largest = std::max(largest, std::abs(y));
    if (x == y || (std::isnan(x) && std::isnan(y)))
      continue;
    if (!std::isfinite(x) || !std::isfinite(y))
      return INFINITY;
    error = std::max(error, std::abs(x - y));
  }
  if (error == 0)
    return 0;
  return error / std::max(largest, 1e-30);
}
