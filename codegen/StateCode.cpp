//===- StateCode.cpp - reading and writing the memory of states -----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A state's contents lie in blocks of some positions, anywhere in one buffer;
// a table of places says where (see format::StateGroup). What is known when
// code is written are places within a block, so a vector must stay within one
// position of one row. Where it doesn't, lanes go one by one.
//
//===----------------------------------------------------------------------===//

#include "codegen/KernelCode.h"

#include "dialect/HostTensor.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"
#include "runtime/Format.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace tenon;
using namespace mlir;

Storage tenon::makeStateStorage(Value buffer, Value places, Type type,
                                int64_t block) {
  MLIRContext *context = type.getContext();
  Storage storage;
  storage.buffer = buffer;
  storage.dims = getDims(type);
  storage.elementType = getElementType(type);
  storage.places = places;
  storage.axis = cast<StateType>(type).getAxis();
  // Of a block: one row, and as many positions as a block has.
  storage.dims[0] = getConstantDim(context, 1);
  storage.dims[storage.axis] = getConstantDim(context, block);
  storage.strides = rowMajorStrides(context, storage.dims);
  return storage;
}

Value KernelCode::stateLength(const Storage &storage, Value row) {
  Value place = arith::MulIOp::create(builder, loc, row, constant(2));
  return memref::LoadOp::create(builder, loc, storage.places,
                                ValueRange{place});
}

/// Whether all lanes are neighbours in one place of a block.
static bool isOneRun(const Storage &storage, ArrayRef<Index> index) {
  const Index &last = index.back();
  bool isLast = storage.axis == static_cast<int64_t>(index.size()) - 1;
  return llvm::all_of(index.drop_back(),
                      [](const Index &i) { return i.isUniform(); }) &&
         (last.isUniform() ||
          (!isLast && !last.isGeneral() && last.stride == 1));
}

Index KernelCode::placeInState(ElementBuilder &elements, const Storage &storage,
                               ArrayRef<Index> index) {
  Value row = index.front().base;
  Value position = index[storage.axis].base;
  if (storage.appends)
    position = arith::AddIOp::create(builder, loc, position,
                                     stateLength(storage, row));
  DimAttr block = storage.dims[storage.axis];
  auto load = [&](Value at) -> Value {
    return memref::LoadOp::create(builder, loc, storage.places, ValueRange{at});
  };
  Value rowPlace = arith::MulIOp::create(builder, loc, row, constant(2));
  Value first =
      load(arith::AddIOp::create(builder, loc, rowPlace, constant(1)));
  Index whole = elements.uniform(position);
  Value number = elements.floorDiv(whole, block).base;
  Value bytes = load(arith::AddIOp::create(builder, loc, first, number));
  int64_t width = byteWidth(memoryType(storage.elementType));
  Value base =
      arith::DivUIOp::create(builder, loc, bytes, constant(width)).getResult();

  SmallVector<Index> within = llvm::to_vector(index);
  within.front() = elements.constant(0);
  within[storage.axis] = elements.floorMod(whole, block);
  within[storage.axis].part.reset();
  Index at = elements.linearize(within, storage.dims, storage.strides);
  int64_t multiple = format::stateAlignment / width;
  return elements.add(at, elements.uniform(base, multiple));
}

/// What lane `lane` of an index is.
static Index laneOf(KernelCode &code, const Index &index, int64_t lane) {
  if (index.isUniform())
    return index;
  OpBuilder &builder = code.builder;
  ElementBuilder one = code.elements(1);
  if (!index.isGeneral())
    return one.uniform(arith::AddIOp::create(
        builder, code.loc, index.base, code.constant(lane * index.stride)));
  Value element = vector::ExtractOp::create(builder, code.loc, index.general,
                                            ArrayRef<int64_t>{lane});
  return one.uniform(arith::IndexCastOp::create(
      builder, code.loc, builder.getIndexType(), element));
}

SmallVector<Index> KernelCode::laneIndex(ArrayRef<Index> index, Value mask,
                                         int64_t lane) {
  SmallVector<Index> result;
  for (const Index &axis : index) {
    Index own = laneOf(*this, axis, lane);
    if (mask && lane && !axis.isUniform()) {
      // What the mask leaves out reads as the first lane, which exists.
      Value counts = vector::ExtractOp::create(builder, loc, mask,
                                               ArrayRef<int64_t>{lane});
      own.base = arith::SelectOp::create(builder, loc, counts, own.base,
                                         laneOf(*this, axis, 0).base);
    }
    result.push_back(std::move(own));
  }
  return result;
}

FailureOr<Value>
KernelCode::gatherLanes(ElementBuilder &elements, ArrayRef<Index> index,
                        Value mask, Type type,
                        llvm::function_ref<Value(ArrayRef<Index>)> element) {
  if (llvm::all_of(index, [](const Index &i) { return i.isUniform(); }))
    return element(index);
  auto vectorType = VectorType::get(elements.lanes, type);
  Value result =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(vectorType));
  for (int64_t lane = 0; lane < elements.lanes; ++lane)
    result = vector::InsertOp::create(builder, loc,
                                      element(laneIndex(index, mask, lane)),
                                      result, ArrayRef<int64_t>{lane});
  return result;
}

FailureOr<Value> KernelCode::loadState(ElementBuilder &elements,
                                       const Storage &storage,
                                       ArrayRef<Index> index, Value mask) {
  if (isOneRun(storage, index))
    return loadAt(elements, storage, placeInState(elements, storage, index),
                  mask);
  ElementBuilder one = this->elements(1);
  return gatherLanes(
      elements, index, mask, storage.elementType, [&](ArrayRef<Index> at) {
        return orPoison(
            loadAt(one, storage, placeInState(one, storage, at), Value()),
            storage.elementType);
      });
}

LogicalResult KernelCode::storeState(ElementBuilder &elements,
                                     const Storage &storage,
                                     ArrayRef<Index> index, Value value,
                                     Value mask) {
  if (isOneRun(storage, index))
    return storeAt(elements, storage, placeInState(elements, storage, index),
                   value, mask);
  value = elements.splat(value);
  ElementBuilder one = this->elements(1);
  for (int64_t lane = 0; lane < elements.lanes; ++lane) {
    OpBuilder::InsertionGuard guard(builder);
    Value element =
        vector::ExtractOp::create(builder, loc, value, ArrayRef<int64_t>{lane});
    if (mask)
      enterIf(vector::ExtractOp::create(builder, loc, mask,
                                        ArrayRef<int64_t>{lane}));
    SmallVector<Index> at = laneIndex(index, Value(), lane);
    if (failed(storeAt(one, storage, placeInState(one, storage, at), element,
                       Value())))
      return failure();
  }
  return success();
}

void KernelCode::bindLengths(StateLengthsOp op, const Storage &storage) {
  bind(op.getResult(),
       [this, storage](ElementBuilder &elements, ArrayRef<Index> index) {
         Type i64 = builder.getI64Type();
         return gatherLanes(
             elements, index, Value(), i64, [&](ArrayRef<Index> row) -> Value {
               return arith::IndexCastOp::create(
                   builder, loc, i64, stateLength(storage, row.front().base));
             });
       });
}
