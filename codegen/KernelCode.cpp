//===- KernelCode.cpp - writing the loops of one kernel -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/KernelCode.h"

#include "dialect/TenonOps.h"
#include "dialect/Types.h"

#include "mlir/Dialect/UB/IR/UBOps.h"

#include <numeric>

using namespace tenon;
using namespace mlir;

SmallVector<DimAttr> tenon::rowMajorStrides(MLIRContext *context,
                                            ArrayRef<DimAttr> dims,
                                            DimAttr pitch) {
  SmallVector<DimAttr> strides(dims.size());
  DimAttr stride = getConstantDim(context, 1);
  for (int64_t axis = static_cast<int64_t>(dims.size()) - 1; axis >= 0;
       --axis) {
    strides[axis] = stride;
    bool isLast = axis == static_cast<int64_t>(dims.size()) - 1;
    stride = stride * (isLast && pitch ? pitch : dims[axis]);
  }
  return strides;
}

Type tenon::memoryType(Type elementType) {
  MLIRContext *context = elementType.getContext();
  if (elementType.isInteger(1))
    return IntegerType::get(context, 8);
  // Their bits: not every processor moves vectors of small floats.
  if (elementType.isF16() || elementType.isBF16())
    return IntegerType::get(context, 16);
  return elementType;
}

/// An element as it is in registers from what it is in memory, or back.
static Value convertMemory(OpBuilder &builder, Location loc, Value value,
                           Type to) {
  Type from = getElementTypeOrSelf(value.getType());
  if (!isa<FloatType>(from) == !isa<FloatType>(to))
    return emitCast(builder, loc, value, to);
  Type type = to;
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    type = vector.clone(to);
  return arith::BitcastOp::create(builder, loc, type, value);
}

Storage tenon::makeStorage(Value buffer, Type type, DictionaryAttr attributes) {
  SmallVector<DimAttr> dims = getDims(type);
  DimAttr pitch;
  if (attributes)
    pitch = attributes.getAs<DimAttr>("tenon.pitch");
  Storage storage;
  storage.buffer = buffer;
  storage.dims = dims;
  storage.strides = rowMajorStrides(type.getContext(), dims, pitch);
  storage.elementType = getElementType(type);
  return storage;
}

KernelCode::KernelCode(OpBuilder &builder, func::FuncOp kernel,
                       ArrayRef<std::pair<StringAttr, Value>> dimValues)
    : builder(builder), loc(kernel.getLoc()), kernel(kernel),
      entry(builder.getInsertionBlock()) {
  // Dim values that are computed come before what is computed from them.
  if (!entry->empty())
    lastDim = &entry->back();
  for (auto [name, value] : dimValues)
    dims[getSymbolDim(builder.getContext(), name)] = value;
}

Value KernelCode::orPoison(FailureOr<Value> value, Type type) {
  if (succeeded(value))
    return *value;
  hasFailed = true;
  return ub::PoisonOp::create(builder, loc, type,
                              ub::PoisonAttr::get(builder.getContext()));
}

//===----------------------------------------------------------------------===//
// Dims
//===----------------------------------------------------------------------===//

Value KernelCode::constant(int64_t value) {
  return dim(getConstantDim(builder.getContext(), value));
}

Value KernelCode::dim(DimAttr dim) {
  if (Value known = dims.lookup(dim))
    return known;
  SmallVector<Value> operands;
  for (DimAttr operand : dim.getOperands())
    operands.push_back(this->dim(operand));
  OpBuilder::InsertionGuard guard(builder);
  if (lastDim)
    builder.setInsertionPointAfter(lastDim);
  else
    builder.setInsertionPointToStart(entry);
  auto fold = [&](auto op, Value first) {
    for (Value operand : ArrayRef<Value>(operands).drop_front(first ? 0 : 1))
      first = decltype(op)::create(builder, loc, first ? first : operands[0],
                                   operand);
    return first ? first : operands[0];
  };
  Value result;
  switch (dim.getKind()) {
  case DimKind::Constant:
    result = arith::ConstantIndexOp::create(builder, loc, dim.getValue());
    break;
  case DimKind::Symbol:
    emitError(loc) << "dim " << dim.str() << " is unknown in this kernel";
    hasFailed = true;
    result = arith::ConstantIndexOp::create(builder, loc, 0);
    break;
  case DimKind::Add:
    result = fold(arith::AddIOp(), Value());
    break;
  case DimKind::Mul: {
    Value factor =
        dim.getValue() == 1
            ? Value()
            : arith::ConstantIndexOp::create(builder, loc, dim.getValue());
    result = fold(arith::MulIOp(), factor);
    break;
  }
  case DimKind::FloorDiv:
    result =
        arith::FloorDivSIOp::create(builder, loc, operands[0], operands[1]);
    break;
  case DimKind::Min:
    result = fold(arith::MinSIOp(), Value());
    break;
  case DimKind::Max:
    result = fold(arith::MaxSIOp(), Value());
    break;
  }
  if (Operation *op = result.getDefiningOp())
    lastDim = op;
  return dims[dim] = result;
}

//===----------------------------------------------------------------------===//
// Reads
//===----------------------------------------------------------------------===//

void KernelCode::setStorage(Value value, Storage storage) {
  storages[value] = std::move(storage);
}
const Storage *KernelCode::getStorage(Value value) const {
  auto it = storages.find(value);
  return it == storages.end() ? nullptr : &it->second;
}
void KernelCode::bind(Value value, Provider provider) {
  providers[value] = std::move(provider);
}
void KernelCode::unbind(Value value) { providers.erase(value); }

ElementBuilder KernelCode::elements(int64_t lanes, Value mask) {
  // The reader outlives this call but not the builder it is part of, so it gets
  // one of its own to emit with.
  auto reader = [this, lanes, mask](Value tensor, ArrayRef<Index> index) {
    ElementBuilder nested = elements(lanes, mask);
    return read(nested, mask, tensor, index);
  };
  return ElementBuilder(
      builder, loc, lanes, [this](DimAttr d) { return dim(d); }, reader);
}

static bool isSameIndex(const Index &a, const Index &b) {
  return a.base == b.base && a.stride == b.stride && a.general == b.general;
}

Value KernelCode::findRead(Value tensor, Value mask,
                           ArrayRef<Index> index) const {
  for (Block *block = builder.getInsertionBlock(); block;
       block = block->getParentOp()->getBlock()) {
    auto it = reads.find(block);
    if (it != reads.end())
      for (const Read &read : it->second)
        if (read.tensor == tensor && read.mask == mask &&
            llvm::equal(read.index, index, isSameIndex))
          return read.result;
    if (block == entry)
      break;
  }
  return {};
}

FailureOr<Value> KernelCode::read(ElementBuilder &elements, Value mask,
                                  Value tensor, ArrayRef<Index> index) {
  if (auto it = providers.find(tensor); it != providers.end())
    return it->second(elements, index);
  if (Value known = findRead(tensor, mask, index))
    return known;
  FailureOr<Value> result = failure();
  if (const Storage *storage = getStorage(tensor)) {
    result = load(elements, *storage, index, mask);
  } else if (auto op = tensor.getDefiningOp<ElementOpInterface>()) {
    result = op.emitElement(elements, index);
  } else {
    Operation *producer = tensor.getDefiningOp();
    return emitError(tensor.getLoc())
           << (producer ? producer->getName().getStringRef() : "an argument")
           << " has no element-wise form here";
  }
  if (succeeded(result))
    reads[builder.getInsertionBlock()].push_back(
        {tensor, mask, *result, llvm::to_vector(index)});
  return result;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// A vector of `count` ones.
static Value allTrue(OpBuilder &builder, Location loc, int64_t count) {
  auto type = VectorType::get(count, builder.getI1Type());
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(type, true));
}

/// What is known of the alignment of a vector at `at`, if it is more than that
/// of an element.
static llvm::MaybeAlign alignmentOf(const Storage &storage, const Index &at,
                                    Type memory) {
  int64_t elements = std::gcd(storage.alignment, at.multiple);
  if (elements <= 1)
    return {};
  // The largest power of two that divides it.
  elements &= -elements;
  return llvm::Align(elements * ((memory.getIntOrFloatBitWidth() + 7) / 8));
}

FailureOr<Value> KernelCode::load(ElementBuilder &elements,
                                  const Storage &storage, ArrayRef<Index> index,
                                  Value mask) {
  if (storage.places)
    return loadState(elements, storage, index, mask);
  return loadAt(elements, storage,
                elements.linearize(index, storage.dims, storage.strides), mask);
}

FailureOr<Value> KernelCode::loadAt(ElementBuilder &elements,
                                    const Storage &storage, const Index &at,
                                    Value mask) {
  Type memory = memoryType(storage.elementType);
  Value result;
  if (at.isUniform()) {
    result = memref::LoadOp::create(builder, loc, storage.buffer,
                                    ValueRange{at.base});
  } else {
    auto type = VectorType::get(elements.lanes, memory);
    auto zeros = [&]() -> Value {
      return arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
    };
    if (!at.isGeneral() && at.stride == 1 && !mask) {
      result = vector::LoadOp::create(
          builder, loc, type, storage.buffer, ValueRange{at.base},
          /*nontemporal=*/false, alignmentOf(storage, at, memory));
    } else if (!at.isGeneral() && at.stride == 1) {
      result = vector::MaskedLoadOp::create(builder, loc, type, storage.buffer,
                                            ValueRange{at.base}, mask, zeros());
    } else {
      Value all = mask ? mask : allTrue(builder, loc, elements.lanes);
      result = vector::GatherOp::create(builder, loc, type, storage.buffer,
                                        ValueRange{constant(0)},
                                        elements.toGeneral(at), all, zeros());
    }
  }
  return convertMemory(builder, loc, result, storage.elementType);
}

LogicalResult KernelCode::store(ElementBuilder &elements,
                                const Storage &storage, ArrayRef<Index> index,
                                Value value, Value mask) {
  if (storage.places)
    return storeState(elements, storage, index, value, mask);
  return storeAt(elements, storage,
                 elements.linearize(index, storage.dims, storage.strides),
                 value, mask);
}

LogicalResult KernelCode::storeAt(ElementBuilder &elements,
                                  const Storage &storage, const Index &at,
                                  Value value, Value mask) {
  value = convertMemory(builder, loc, value, memoryType(storage.elementType));
  if (at.isUniform()) {
    if (isa<VectorType>(value.getType()))
      return emitError(loc, "stores different elements in one place");
    memref::StoreOp::create(builder, loc, value, storage.buffer,
                            ValueRange{at.base});
    return success();
  }
  value = elements.splat(value);
  if (!at.isGeneral() && at.stride == 1 && !mask) {
    vector::StoreOp::create(
        builder, loc, value, storage.buffer, ValueRange{at.base},
        /*nontemporal=*/false,
        alignmentOf(storage, at, memoryType(storage.elementType)));
  } else if (!at.isGeneral() && at.stride == 1) {
    vector::MaskedStoreOp::create(builder, loc, storage.buffer,
                                  ValueRange{at.base}, mask, value);
  } else {
    Value all = mask ? mask : allTrue(builder, loc, elements.lanes);
    vector::ScatterOp::create(builder, loc, Type(), storage.buffer,
                              ValueRange{constant(0)}, elements.toGeneral(at),
                              all, value);
  }
  return success();
}

Value KernelCode::multiplyAdd(bool asOne, Value a, Value b, Value c) {
  if (!asOne)
    return arith::AddFOp::create(builder, loc,
                                 arith::MulFOp::create(builder, loc, a, b), c);
  // Not vector.fma: that lets LLVM take the two operations apart.
  return math::FmaOp::create(builder, loc, a, b, c);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void KernelCode::enterIf(Value condition) {
  auto branch =
      scf::IfOp::create(builder, loc, condition, /*withElseRegion=*/false);
  builder.setInsertionPoint(branch.thenBlock()->getTerminator());
}

SmallVector<Value> KernelCode::loop(Value low, Value high, Value step,
                                    ValueRange initial, const LoopBody &body) {
  auto loop = scf::ForOp::create(builder, loc, low, high, step, initial);
  OpBuilder::InsertionGuard guard(builder);
  Block *block = loop.getBody();
  // Without carried values the builder has already ended the block.
  if (initial.empty())
    builder.setInsertionPoint(block->getTerminator());
  else
    builder.setInsertionPointToEnd(block);
  SmallVector<Value> results =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!initial.empty())
    scf::YieldOp::create(builder, loc, results);
  return llvm::to_vector_of<Value>(loop.getResults());
}

std::pair<Value, Value> KernelCode::splitEvenly(Value whole, Value parts,
                                                Value part) {
  auto mul = [&](Value a, Value b) {
    return builder.createOrFold<arith::MulIOp>(loc, a, b);
  };
  auto add = [&](Value a, Value b) {
    return builder.createOrFold<arith::AddIOp>(loc, a, b);
  };
  // The first `more` parts have one more than the others.
  Value least = arith::DivUIOp::create(builder, loc, whole, parts);
  Value more =
      builder.createOrFold<arith::SubIOp>(loc, whole, mul(least, parts));
  Value isLonger = arith::CmpIOp::create(builder, loc,
                                         arith::CmpIPredicate::slt, part, more);
  Value count = arith::SelectOp::create(builder, loc, isLonger,
                                        add(least, constant(1)), least);
  Value before = arith::MinSIOp::create(builder, loc, part, more);
  return {add(mul(part, least), before), count};
}

void KernelCode::forCount(Value count, int64_t most,
                          function_ref<void(int64_t)> body) {
  SmallVector<int64_t> cases = llvm::to_vector(llvm::seq<int64_t>(1, most));
  auto choice = scf::IndexSwitchOp::create(builder, loc, TypeRange(), count,
                                           cases, cases.size());
  for (int64_t n = 1; n <= most; ++n) {
    Region &region =
        n < most ? choice.getCaseRegions()[n - 1] : choice.getDefaultRegion();
    OpBuilder::InsertionGuard guard(builder);
    builder.createBlock(&region);
    body(n);
    scf::YieldOp::create(builder, loc);
  }
}

SmallVector<Value> KernelCode::vectorLoop(DimAttr size, int64_t lanes,
                                          ValueRange initial, VectorBody body) {
  MLIRContext *context = builder.getContext();
  DimAttr zero = getConstantDim(context, 0);
  SmallVector<Value> carried = llvm::to_vector(initial);
  auto at = [&](Value i) {
    ElementBuilder e = elements(lanes);
    return e.consecutive(e.uniform(i, lanes, zero, size - 1));
  };
  std::optional<int64_t> fixed = size.asConstant();
  DimAttr whole = floorDiv(size, getConstantDim(context, lanes)) * lanes;
  if (!fixed || *fixed >= lanes) {
    if (fixed && *fixed < 2 * lanes)
      carried = body(at(constant(0)), Value(), carried);
    else
      carried = loop(
          constant(0), dim(whole), lanes, carried,
          [&](Value i, ValueRange args) { return body(at(i), Value(), args); });
  }
  if (lanes == 1 || (fixed && *fixed % lanes == 0))
    return carried;
  auto maskType = VectorType::get(lanes, builder.getI1Type());
  auto partial = [&](ValueRange args) {
    Value left = dim(size - whole);
    Value mask = vector::CreateMaskOp::create(builder, loc, maskType, left);
    return body(at(dim(whole)), mask, args);
  };
  if (fixed)
    return partial(carried);
  // Only if something is left over.
  Value any = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt,
                                    dim(whole), dim(size));
  auto branch = scf::IfOp::create(builder, loc, ValueRange(carried).getTypes(),
                                  any, /*withElseRegion=*/!carried.empty());
  OpBuilder::InsertionGuard guard(builder);
  Block *then = branch.thenBlock();
  if (carried.empty()) {
    builder.setInsertionPoint(then->getTerminator());
    partial({});
    return {};
  }
  builder.setInsertionPointToEnd(then);
  scf::YieldOp::create(builder, loc, partial(carried));
  builder.setInsertionPointToEnd(branch.elseBlock());
  scf::YieldOp::create(builder, loc, carried);
  return llvm::to_vector_of<Value>(branch.getResults());
}
