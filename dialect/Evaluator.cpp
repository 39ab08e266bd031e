//===- Evaluator.cpp - running modules on host tensors --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/Evaluator.h"

#include "dialect/TenonOps.h"
#include "dialect/Types.h"

using namespace tenon;
using namespace mlir;

using Values = std::vector<HostTensor>;

SymbolValues tenon::typicalDims(ModuleOp module) {
  SymbolValues dims;
  for (auto symbol : module.getOps<SymbolOp>())
    dims[symbol.getSymName()] = symbol.getTypical();
  return dims;
}

//===----------------------------------------------------------------------===//
// Broadcasting
//===----------------------------------------------------------------------===//

SmallVector<int64_t> tenon::broadcastShapes(ArrayRef<HostTensor> tensors) {
  SmallVector<int64_t> shape;
  for (const HostTensor &tensor : tensors) {
    while (shape.size() < static_cast<size_t>(tensor.rank()))
      shape.insert(shape.begin(), 1);
    for (int64_t back = 1; back <= tensor.rank(); ++back) {
      int64_t &size = shape[shape.size() - back];
      if (size == 1)
        size = tensor.size(tensor.rank() - back);
    }
  }
  return shape;
}

void tenon::forEachBroadcast(
    ArrayRef<int64_t> shape, ArrayRef<HostTensor> operands,
    llvm::function_ref<void(int64_t, ArrayRef<int64_t>)> compute) {
  // Strides in the result's axes; broadcast axes have stride 0.
  SmallVector<SmallVector<int64_t>> strides;
  for (const HostTensor &operand : operands) {
    SmallVector<int64_t> own = operand.strides();
    SmallVector<int64_t> padded(shape.size() - own.size(), 0);
    for (auto [stride, size] : llvm::zip(own, operand.shape()))
      padded.push_back(size == 1 ? 0 : stride);
    strides.push_back(std::move(padded));
  }
  SmallVector<int64_t> offsets(operands.size());
  int64_t result = 0;
  forEachIndex(shape, [&](ArrayRef<int64_t> index) {
    for (auto [offset, stride] : llvm::zip(offsets, strides))
      offset = linearize(index, stride);
    compute(result++, offsets);
  });
}

//===----------------------------------------------------------------------===//
// Dims
//===----------------------------------------------------------------------===//

FailureOr<int64_t> EvaluateContext::dim(Location loc, DimAttr dim) const {
  auto value = evaluateDim(dim, [&](StringRef name) -> std::optional<int64_t> {
    auto it = symbols.find(name);
    if (it == symbols.end())
      return std::nullopt;
    return it->second;
  });
  if (!value)
    return emitError(loc) << "dim " << dim.str() << " has no value";
  return *value;
}

FailureOr<SmallVector<int64_t>>
EvaluateContext::shape(Location loc, ArrayRef<DimAttr> dims) const {
  SmallVector<int64_t> sizes;
  for (DimAttr d : dims) {
    auto size = dim(loc, d);
    if (failed(size))
      return failure();
    if (*size < 0)
      return emitError(loc) << "dim " << d.str() << " is " << *size;
    sizes.push_back(*size);
  }
  return sizes;
}

FailureOr<SmallVector<int64_t>> EvaluateContext::shape(Location loc,
                                                       Type type) const {
  return shape(loc, getDims(type));
}

/// Solves `dim == size` for the one symbol it depends on, if it is `c * s + k`.
static std::optional<std::pair<StringRef, int64_t>> solveDim(DimAttr dim,
                                                             int64_t size) {
  DimAttr symbol;
  unsigned count = 0;
  visitSymbols(dim, [&](DimAttr s) {
    symbol = s;
    ++count;
  });
  if (count != 1)
    return std::nullopt;
  auto at = [&](int64_t value) {
    return evaluateDim(dim, [&](StringRef) { return value; });
  };
  auto zero = at(0), one = at(1);
  if (!zero || !one || *zero == *one || (size - *zero) % (*one - *zero) != 0)
    return std::nullopt;
  int64_t value = (size - *zero) / (*one - *zero);
  if (at(value) != size)
    return std::nullopt;
  return std::pair(symbol.getName().getValue(), value);
}

LogicalResult EvaluateContext::bind(Location loc, ArrayRef<DimAttr> dims,
                                    ArrayRef<int64_t> sizes) {
  if (dims.size() != sizes.size())
    return emitError(loc) << "tensor has " << sizes.size() << " axes, not "
                          << dims.size();
  for (auto [dim, size] : llvm::zip(dims, sizes))
    if (!dim.isConstant())
      if (auto solution = solveDim(dim, size))
        symbols.try_emplace(solution->first, solution->second);
  return success();
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

FailureOr<Values> EvaluateContext::run(func::FuncOp function,
                                       ArrayRef<HostTensor> inputs) {
  if (inputs.size() != function.getNumArguments())
    return function.emitError() << "takes " << function.getNumArguments()
                                << " inputs, got " << inputs.size();
  for (auto [input, type] : llvm::zip(inputs, function.getArgumentTypes()))
    if (failed(bind(function.getLoc(), getDims(type), input.shape())))
      return failure();
  for (auto [i, input, type] :
       llvm::enumerate(inputs, function.getArgumentTypes())) {
    auto expected = shape(function.getLoc(), type);
    if (failed(expected))
      return failure();
    if (ArrayRef<int64_t>(*expected) != input.shape())
      return function.emitError()
             << "input " << i << " has shape [" << input.shape()
             << "], expected [" << ArrayRef<int64_t>(*expected) << "]";
  }
  return runBlock(function.getBody().front(), inputs);
}

FailureOr<Values> EvaluateContext::runBlock(Block &block,
                                            ArrayRef<HostTensor> arguments) {
  llvm::DenseMap<Value, HostTensor> values;
  llvm::DenseMap<Value, int64_t> usesLeft;
  auto define = [&](Value value, const HostTensor &tensor) {
    // Drop values after their last use: intermediate tensors are large.
    int64_t uses = std::distance(value.use_begin(), value.use_end());
    if (uses == 0)
      return;
    values[value] = tensor;
    usesLeft[value] = uses;
  };
  for (auto [argument, tensor] : llvm::zip(block.getArguments(), arguments))
    define(argument, tensor);
  for (Operation &op : block) {
    Values operands;
    for (Value operand : op.getOperands()) {
      auto it = values.find(operand);
      if (it == values.end())
        return op.emitError("uses a value of an enclosing block");
      operands.push_back(it->second);
      if (--usesLeft[operand] == 0)
        values.erase(it);
    }
    if (op.hasTrait<OpTrait::IsTerminator>())
      return operands;
    auto results = runOp(&op, operands);
    if (failed(results))
      return failure();
    for (auto [result, tensor] : llvm::zip(op.getResults(), *results))
      define(result, tensor);
  }
  return Values();
}

FailureOr<Values> EvaluateContext::runLaunch(LaunchOp launch,
                                             ArrayRef<HostTensor> operands) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      launch, launch.getKernelAttr());
  auto names = kernel->getAttrOfType<ArrayAttr>("tenon.dims");
  SymbolValues inner;
  for (auto [name, dimAttr] : llvm::zip(names, launch.getDims().getDims())) {
    auto value = dim(launch.getLoc(), dimAttr);
    if (failed(value))
      return failure();
    inner[cast<StringAttr>(name)] = *value;
  }
  std::swap(symbols, inner);
  auto results = runBlock(kernel.getBody().front(), operands);
  std::swap(symbols, inner);
  if (succeeded(results) && onLaunch &&
      failed(onLaunch(launch, operands, *results)))
    return failure();
  return results;
}

FailureOr<Values> EvaluateContext::runOp(Operation *op,
                                         ArrayRef<HostTensor> operands) {
  if (auto evaluable = dyn_cast<EvaluateOpInterface>(op)) {
    Values results;
    for (Type type : op->getResultTypes()) {
      auto sizes = shape(op->getLoc(), type);
      if (failed(sizes))
        return failure();
      results.emplace_back(getElementType(type), *sizes);
    }
    if (failed(evaluable.evaluate(operands, results, *this)))
      return failure();
    return results;
  }
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    Attribute value = constant.getValue();
    if (auto number = dyn_cast<FloatAttr>(value))
      return Values{
          HostTensor::scalar(number.getType(), number.getValueAsDouble())};
    auto integer = cast<IntegerAttr>(value);
    HostTensor result(integer.getType(), {});
    result.setInteger(0, integer.getType().isInteger(1)
                             ? integer.getValue().getZExtValue()
                             : integer.getValue().getSExtValue());
    return Values{result};
  }
  if (auto ref = dyn_cast<GlobalRefOp>(op)) {
    StringRef name = ref.getGlobal();
    auto known = globals.find(name);
    if (known == globals.end()) {
      auto global = SymbolTable::lookupNearestSymbolFrom<GlobalOp>(
          ref, ref.getGlobalAttr());
      auto results = runBlock(global.getBody().front(), {});
      if (failed(results))
        return failure();
      known = globals.try_emplace(name, results->front()).first;
    }
    return Values{known->second};
  }
  if (auto kernel = dyn_cast<KernelOp>(op))
    return runBlock(kernel.getBody().front(), operands);
  if (auto launch = dyn_cast<LaunchOp>(op))
    return runLaunch(launch, operands);
  if (auto tap = dyn_cast<TapOp>(op)) {
    if (onTap)
      onTap(tap.getName(), operands.front());
    return Values();
  }
  if (auto require = dyn_cast<RequireOp>(op)) {
    auto left = dim(op->getLoc(), require.getLeft());
    auto right = dim(op->getLoc(), require.getRight());
    if (failed(left) || failed(right))
      return failure();
    bool holds = false;
    switch (require.getKind()) {
    case CompareKind::eq:
      holds = *left == *right;
      break;
    case CompareKind::ne:
      holds = *left != *right;
      break;
    case CompareKind::lt:
      holds = *left < *right;
      break;
    case CompareKind::le:
      holds = *left <= *right;
      break;
    case CompareKind::gt:
      holds = *left > *right;
      break;
    case CompareKind::ge:
      holds = *left >= *right;
      break;
    }
    if (!holds)
      return op->emitError() << "doesn't hold: " << *left << " and " << *right;
    return Values();
  }
  return op->emitError("can't be evaluated");
}
