//===- RegionCode.cpp - scalar regions as vector code ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A score region speaks of one score. Here it is emitted for a vector of them:
// indices stay symbolic as long as the arithmetic on them allows, so that
// `table[h, j - i + n]` remains one vector load.
//
//===----------------------------------------------------------------------===//

#include "codegen/KernelCode.h"

#include "dialect/TenonOps.h"
#include "dialect/Types.h"

using namespace tenon;
using namespace mlir;

namespace {
using Item = std::variant<Index, Value>;

class RegionEmitter {
public:
  RegionEmitter(KernelCode &code, ElementBuilder &elements)
      : code(code), elements(elements) {}

  llvm::DenseMap<Value, Item> items;
  /// Block arguments that stand for tensors of the kernel.
  llvm::DenseMap<Value, Value> captured;

  /// Binds the block's arguments.
  void enter(Block &block, ArrayRef<Item> arguments, ArrayRef<Value> captures);
  LogicalResult emit(Operation &op);
  Value element(Value value) { return std::get<Value>(items.at(value)); }
  Index index(Value value) { return std::get<Index>(items.at(value)); }

private:
  bool isIndex(Value value) { return isa<IndexType>(value.getType()); }
  Index emitIndexBinary(BinaryKind kind, const Index &a, const Index &b);
  LogicalResult emitExtract(ExtractOp op);

  KernelCode &code;
  ElementBuilder &elements;
};
} // namespace

/// The constant that an index is known to be.
static std::optional<int64_t> asConstant(const Index &index) {
  if (index.isUniform() && index.low && index.low == index.high)
    return index.low.asConstant();
  return std::nullopt;
}

Index RegionEmitter::emitIndexBinary(BinaryKind kind, const Index &a,
                                     const Index &b) {
  MLIRContext *context = code.builder.getContext();
  if (kind == BinaryKind::add)
    return elements.add(a, b);
  if (kind == BinaryKind::sub)
    return elements.sub(a, b);
  if (kind == BinaryKind::mul) {
    if (auto factor = asConstant(b))
      return elements.mul(a, getConstantDim(context, *factor));
    if (auto factor = asConstant(a))
      return elements.mul(b, getConstantDim(context, *factor));
  }
  Index result;
  if (a.isUniform() && b.isUniform())
    result.base = emitBinary(code.builder, code.loc, kind, a.base, b.base);
  else
    result.general = emitBinary(code.builder, code.loc, kind,
                                elements.toGeneral(a), elements.toGeneral(b));
  // A maximum is at least each side and at most the larger one.
  auto either = [](DimAttr x, DimAttr y, auto combine) {
    return x && y ? combine(x, y) : x ? x : y;
  };
  auto both = [](DimAttr x, DimAttr y, auto combine) {
    return x && y ? combine(x, y) : DimAttr();
  };
  if (kind == BinaryKind::max) {
    result.low = either(a.low, b.low, maxDim);
    result.high = both(a.high, b.high, maxDim);
  }
  if (kind == BinaryKind::min) {
    result.low = both(a.low, b.low, minDim);
    result.high = either(a.high, b.high, minDim);
  }
  return result;
}

LogicalResult RegionEmitter::emitExtract(ExtractOp op) {
  Value tensor = captured.lookup(op.getTensor());
  if (!tensor)
    return op.emitOpError("reads a tensor that isn't captured");
  SmallVector<Index> at;
  for (auto [i, size] : llvm::zip(op.getIndices(), getDims(tensor)))
    at.push_back(elements.clamp(index(i), size));
  auto value = elements.read(tensor, at);
  if (failed(value))
    return failure();
  if (isIndex(op.getResult()))
    items[op.getResult()] = elements.fromElement(*value);
  else
    items[op.getResult()] = *value;
  return success();
}

LogicalResult RegionEmitter::emit(Operation &op) {
  if (auto extract = dyn_cast<ExtractOp>(op))
    return emitExtract(extract);
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    if (isIndex(constant))
      items[constant] =
          elements.constant(cast<IntegerAttr>(constant.getValue()).getInt());
    else
      items[constant] = code.builder.clone(op)->getResult(0);
    return success();
  }
  if (auto value = dyn_cast<DimValueOp>(op)) {
    Index i = elements.dim(value.getDim());
    Type type = value.getTypeAttr().getValue();
    if (isa<IndexType>(type))
      items[value] = i;
    else
      items[value] = elements.toElement(i, type);
    return success();
  }
  if (auto binary = dyn_cast<BinaryOp>(op); binary && isIndex(binary)) {
    items[binary] = emitIndexBinary(binary.getKind(), index(binary.getLhs()),
                                    index(binary.getRhs()));
    return success();
  }
  if (auto compare = dyn_cast<CompareOp>(op);
      compare && isIndex(compare.getLhs())) {
    Index a = index(compare.getLhs()), b = index(compare.getRhs());
    bool uniform = a.isUniform() && b.isUniform();
    items[compare] = emitCompare(code.builder, code.loc, compare.getKind(),
                                 uniform ? a.base : elements.toGeneral(a),
                                 uniform ? b.base : elements.toGeneral(b));
    return success();
  }
  if (auto select = dyn_cast<SelectOp>(op); select && isIndex(select)) {
    items[select] =
        elements.select(element(select.getCondition()),
                        index(select.getOnTrue()), index(select.getOnFalse()));
    return success();
  }
  if (auto cast = dyn_cast<CastOp>(op)) {
    if (isIndex(cast.getX()) && isIndex(cast)) {
      items[cast] = index(cast.getX());
      return success();
    }
    if (isIndex(cast.getX())) {
      items[cast] =
          elements.toElement(index(cast.getX()), cast.getTypeAttr().getValue());
      return success();
    }
    if (isIndex(cast)) {
      items[cast] = elements.fromElement(element(cast.getX()));
      return success();
    }
  }
  auto scalar = dyn_cast<ScalarOpInterface>(op);
  if (!scalar)
    return op.emitOpError("can't stand in a score region");
  SmallVector<Value> operands;
  for (Value operand : op.getOperands()) {
    if (isIndex(operand))
      return op.emitOpError("mixes indices and elements");
    operands.push_back(element(operand));
  }
  elements.unify(operands);
  items[op.getResult(0)] = scalar.emitScalar(elements, operands);
  return success();
}

void RegionEmitter::enter(Block &block, ArrayRef<Item> arguments,
                          ArrayRef<Value> captures) {
  for (auto [argument, item] : llvm::zip(block.getArguments(), arguments))
    items[argument] = item;
  for (auto [argument, tensor] :
       llvm::zip(block.getArguments().drop_front(arguments.size()), captures))
    captured[argument] = tensor;
}

FailureOr<SmallVector<Value>>
KernelCode::emitRegion(ElementBuilder &elements, Block &block,
                       ArrayRef<std::variant<Index, Value>> arguments,
                       ArrayRef<Value> captures) {
  RegionEmitter emitter(*this, elements);
  emitter.enter(block, arguments, captures);
  for (Operation &op : block.without_terminator())
    if (mlir::failed(emitter.emit(op)))
      return failure();
  SmallVector<Value> results;
  for (Value value : block.getTerminator()->getOperands())
    results.push_back(emitter.element(value));
  return results;
}

FailureOr<Value>
KernelCode::emitRegionIndex(ElementBuilder &elements, Block &block,
                            ArrayRef<std::variant<Index, Value>> arguments,
                            ArrayRef<Value> captures, Value index) {
  RegionEmitter emitter(*this, elements);
  emitter.enter(block, arguments, captures);
  llvm::SmallPtrSet<Operation *, 16> needed;
  SmallVector<Value> worklist{index};
  while (!worklist.empty())
    if (Operation *op = worklist.pop_back_val().getDefiningOp();
        op && needed.insert(op).second)
      llvm::append_range(worklist, op->getOperands());
  for (Operation &op : block.without_terminator())
    if (needed.contains(&op) && mlir::failed(emitter.emit(op)))
      return failure();
  if (isa<IndexType>(index.getType()))
    return emitter.index(index).base;
  return Value(arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                          emitter.element(index)));
}
