//===- GpuProduct.cpp - a matrix product in blocks, on GPUs ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/GpuProduct.h"

#include "dialect/Types.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace tenon;
using namespace mlir;

LogicalResult GpuProduct::prepare() {
  ArrayRef<int64_t> tile = kernel.schedule.getTile();
  return prepare(tile[0], tile[1]);
}

LogicalResult GpuProduct::prepare(int64_t rowsOfThread,
                                  int64_t columnsOfThread) {
  MLIRContext *context = op.getContext();
  ArrayRef<int64_t> block = kernel.schedule.getBlock();
  tileRows = rowsOfThread;
  tileColumns = columnsOfThread;
  blockRows = block[0];
  blockColumns = block[1];
  blockDepth = block[2];
  if (blockRows % tileRows || blockColumns % tileColumns ||
      tileColumns % quad || blockDepth % quad)
    return op.emitError("tile doesn't divide a block");
  threadRows = blockRows / tileRows;
  threadColumns = blockColumns / tileColumns;

  element = getElementType(op.getType());
  // Codes are summed as integers, which is exact.
  sumType = element.isInteger() ? element : builder.getF32Type();
  vectorType = VectorType::get(quad, sumType);
  sideType = sumType;
  SmallVector<DimAttr> result = getDims(op.getResult());
  rightDims = getDims(op.getRhs());
  columns = paddedColumns = result.back();
  depth = getDims(op.getLhs()).back();
  packed = op.getColumns().has_value();
  if (packed)
    paddedColumns = rightDims[0] * rightDims[2];
  if (sumsDots()) {
    auto isBytes = [](Value side) {
      return getElementType(side.getType()).isInteger(8);
    };
    if (!packed || rightDims.size() != 4 ||
        rightDims[3] != getConstantDim(context, quad) || !isBytes(left) ||
        !isBytes(right))
      return op.emitError("dot products are of bytes packed in fours");
    sideType = builder.getI8Type();
  }
  // One right side for all: everything in front of the columns is rows.
  if (packed || rightDims.size() == 2) {
    rowDims.assign(result.begin(), result.end() - 1);
  } else {
    batchDims.assign(result.begin(), result.end() - 2);
    rowDims = {result[result.size() - 2]};
  }
  rowCount = productOf(context, rowDims);
  rowBlocks = ceilDiv(rowCount, getConstantDim(context, blockRows));
  columnBlocks = ceilDiv(columns, getConstantDim(context, blockColumns));
  auto found = findStorePaths(op->getResult(0), kernel.results, "product");
  if (failed(found))
    return failure();
  paths = std::move(*found);
  return success();
}

void GpuProduct::begin(int64_t perPart) {
  kernel.begin(productOf(op.getContext(), batchDims) * columnBlocks * rowBlocks,
               threadRows * threadColumns * perPart);
}

void GpuProduct::locate(const Index &thread) {
  MLIRContext *context = op.getContext();
  ElementBuilder e = code.elements(1);
  auto scaled = [&](const Index &i, int64_t factor) {
    return e.mul(i, getConstantDim(context, factor)).base;
  };
  // Workgroups that read the same columns of the right side run together: it is
  // a weight more often than not.
  firstRow = scaled(e.floorMod(kernel.task, rowBlocks), blockRows);
  Index rest = e.floorDiv(kernel.task, rowBlocks);
  firstColumn = scaled(e.floorMod(rest, columnBlocks), blockColumns);
  batch = e.delinearize(e.floorDiv(rest, columnBlocks), batchDims);
  DimAttr across = getConstantDim(context, threadColumns);
  threadColumn = e.floorMod(thread, across);
  threadRow = e.floorDiv(thread, across);
}

SmallVector<Value>
GpuProduct::addStaged(Value leftMemory, int64_t leftStride, Value rightMemory,
                      int64_t rightStride, ArrayRef<Value> sums,
                      function_ref<SmallVector<Value>(ValueRange)> multiply) {
  return code.loop(code.constant(0), code.dim(depth), blockDepth, sums,
                   [&](Value k, ValueRange args) {
                     stageLeft(leftMemory, leftStride, k);
                     stageRight(rightMemory, rightStride, k);
                     kernel.barrier();
                     SmallVector<Value> next = multiply(args);
                     kernel.barrier();
                     return next;
                   });
}

Index GpuProduct::rowOfThread(int64_t row) {
  ElementBuilder e = code.elements(1);
  return e.add(threadRow, e.constant(row * threadRows));
}

Index GpuProduct::columnOfThread(int64_t vector) {
  ElementBuilder e = code.elements(1);
  return e.mul(e.add(threadColumn, e.constant(vector * threadColumns)),
               getConstantDim(op.getContext(), quad));
}

//===----------------------------------------------------------------------===//
// Both sides
//===----------------------------------------------------------------------===//

Value GpuProduct::zeroBeyondDepth(Value value, const Index &k) {
  if (isMultipleOf(depth, blockDepth))
    return value;
  Value none = arith::ConstantOp::create(builder, loc,
                                         builder.getZeroAttr(value.getType()));
  return arith::SelectOp::create(builder, loc, isBelow(k, depth), value, none);
}

Value GpuProduct::readLeft(const Index &row, Value depthBase,
                           const Index &step) {
  SmallVector<DimAttr> dims = getDims(op.getLhs());
  ElementBuilder e = code.elements(1);
  Index k = offset(depthBase, step, quad);
  Index fromRow = kernel.atMostLast(offset(firstRow, row, 1), rowCount);
  SmallVector<Index> index;
  if (batchDims.empty()) {
    index = e.delinearize(fromRow, rowDims);
  } else {
    index = e.broadcastIndex(batch, ArrayRef<DimAttr>(dims).drop_back(2));
    index.push_back(fromRow);
  }
  unsigned axis = index.size();
  index.push_back(isMultipleOf(depth, blockDepth)
                      ? e.uniform(k.base, quad, zero, depth - quad)
                      : k);
  return kernel.readQuad(left, index, axis, depth, sideType,
                         /*zeroBeyond=*/true);
}

Value GpuProduct::readRight(Value depthBase, const Index &step,
                            const Index &inBlock) {
  ElementBuilder e = code.elements(1);
  Index k = offset(depthBase, step, 1);
  Index column = offset(firstColumn, inBlock, quad);
  Index fromDepth = k;
  if (isMultipleOf(depth, blockDepth))
    fromDepth = e.uniform(k.base, 1, zero, depth - 1);
  fromDepth = kernel.atMostLast(fromDepth, depth);
  if (isMultipleOf(columns, blockColumns))
    column = e.uniform(column.base, quad, zero, columns - quad);
  SmallVector<Index> index;
  unsigned axis;
  if (packed) {
    // A vector lies within a panel, because their width is a multiple.
    column = kernel.atMostLast(column, paddedColumns, quad);
    index = {e.floorDiv(column, rightDims[2]), fromDepth,
             e.floorMod(column, rightDims[2])};
    axis = 2;
    // Steps of the depth that lie next to each other.
    if (rightDims.size() == 4) {
      index[1] = e.floorDiv(fromDepth, rightDims[3]);
      index.push_back(e.floorMod(fromDepth, rightDims[3]));
    }
  } else {
    index = e.broadcastIndex(batch, ArrayRef<DimAttr>(rightDims).drop_back(2));
    axis = index.size() + (op.getTransposeRhs() ? 0 : 1);
    index.append({fromDepth, fromDepth});
    index[axis] = column;
  }
  Value value = kernel.readQuad(right, index, axis, paddedColumns, sideType,
                                /*zeroBeyond=*/false);
  return zeroBeyondDepth(value, k);
}

SmallVector<Value> GpuProduct::readRightBlock(Value depthBase,
                                              const Index &step,
                                              const Index &column) {
  ElementBuilder e = code.elements(1);
  SmallVector<Value> rows, columns;
  if (!isRightAlong()) {
    for (int64_t i = 0; i < quad; ++i)
      rows.push_back(readRight(depthBase, e.add(step, e.constant(i)), column));
    return rows;
  }
  for (int64_t i = 0; i < quad; ++i)
    columns.push_back(
        readRightSteps(depthBase, step, e.add(column, e.constant(i))));
  for (int64_t i = 0; i < quad; ++i) {
    SmallVector<Value> row;
    for (Value steps : columns)
      row.push_back(vector::ExtractOp::create(builder, loc, steps, i));
    rows.push_back(vector::FromElementsOp::create(
        builder, loc, VectorType::get(quad, sideType), row));
  }
  return rows;
}

Value GpuProduct::readRightSteps(Value depthBase, const Index &step,
                                 const Index &inBlock) {
  ElementBuilder e = code.elements(1);
  if (isRightAlong()) {
    Index k = offset(depthBase, step, quad);
    if (isMultipleOf(depth, blockDepth))
      k = e.uniform(k.base, quad, zero, depth - quad);
    SmallVector<Index> index =
        e.broadcastIndex(batch, ArrayRef<DimAttr>(rightDims).drop_back(2));
    index.push_back(
        kernel.atMostLast(offset(firstColumn, inBlock, 1), columns));
    unsigned axis = index.size();
    index.push_back(k);
    return kernel.readQuad(right, index, axis, depth, sideType,
                           /*zeroBeyond=*/true);
  }
  Index k = kernel.atMostLast(offset(depthBase, step, quad), depth);
  Index column =
      kernel.atMostLast(offset(firstColumn, inBlock, 1), paddedColumns);
  Index index[] = {e.floorDiv(column, rightDims[2]),
                   e.floorDiv(k, rightDims[3]),
                   e.floorMod(column, rightDims[2]), e.constant(0)};
  return kernel.readQuad(right, index, 3, rightDims[3], sideType,
                         /*zeroBeyond=*/false);
}

void GpuProduct::stageLeft(Value memory, int64_t stride, Value depthBase) {
  MLIRContext *context = op.getContext();
  DimAttr perRow = getConstantDim(context, blockDepth / quad);
  kernel.distribute(blockRows * blockDepth / quad, [&](const Index &i) {
    ElementBuilder e = code.elements(1);
    Index row = e.floorDiv(i, perRow), part = e.floorMod(i, perRow);
    Value value =
        readLeft(row, depthBase, e.mul(part, getConstantDim(context, quad)));
    Index to = e.add(e.mul(row, getConstantDim(context, stride)), part);
    memref::StoreOp::create(builder, loc, value, memory, ValueRange{to.base});
  });
}

void GpuProduct::stageRight(Value memory, int64_t stride, Value depthBase) {
  MLIRContext *context = op.getContext();
  if (sumsDots()) {
    DimAttr perLine = getConstantDim(context, blockColumns);
    kernel.distribute(blockDepth / quad * blockColumns, [&](const Index &i) {
      ElementBuilder e = code.elements(1);
      Index step = e.mul(e.floorDiv(i, perLine), getConstantDim(context, quad));
      Value value = readRightSteps(depthBase, step, e.floorMod(i, perLine));
      memref::StoreOp::create(builder, loc, value, memory, ValueRange{i.base});
    });
    return;
  }
  int64_t vectors = blockColumns / quad;
  auto put = [&](Value value, const Index &row, const Index &part) {
    ElementBuilder e = code.elements(1);
    Index to = e.add(e.mul(row, getConstantDim(context, stride)), part);
    memref::StoreOp::create(builder, loc, value, memory, ValueRange{to.base});
  };
  auto column = [&](const Index &part) {
    return code.elements(1).mul(part, getConstantDim(context, quad));
  };
  if (isRightAlong()) {
    // Neighbouring threads read neighbouring steps.
    DimAttr perColumn = getConstantDim(context, blockDepth / quad);
    kernel.distribute(blockDepth / quad * vectors, [&](const Index &i) {
      ElementBuilder e = code.elements(1);
      Index part = e.floorDiv(i, perColumn);
      Index step = column(e.floorMod(i, perColumn));
      auto rows = readRightBlock(depthBase, step, column(part));
      for (auto [k, row] : llvm::enumerate(rows))
        put(row, e.add(step, e.constant(static_cast<int64_t>(k))), part);
    });
    return;
  }
  DimAttr perRow = getConstantDim(context, vectors);
  kernel.distribute(blockDepth * vectors, [&](const Index &i) {
    ElementBuilder e = code.elements(1);
    Index row = e.floorDiv(i, perRow), part = e.floorMod(i, perRow);
    put(readRight(depthBase, row, column(part)), row, part);
  });
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

Value GpuProduct::splat(Value value) {
  return vector::BroadcastOp::create(builder, loc, vectorType, value);
}

Value GpuProduct::multiplyAdd(Value a, Value b, Value c) {
  if (sumType.isInteger())
    return arith::AddIOp::create(builder, loc,
                                 arith::MulIOp::create(builder, loc, a, b), c);
  return code.multiplyAdd(kernel.schedule.getFma(), a, b, c);
}

Value GpuProduct::addDots(Value row, ArrayRef<Value> columns, Value sum) {
  auto widen = [&](Value bytes) -> Value {
    return arith::ExtSIOp::create(builder, loc, vectorType, bytes);
  };
  SmallVector<Value> dots;
  for (Value column : columns)
    dots.push_back(vector::ReductionOp::create(
        builder, loc, vector::CombiningKind::ADD,
        arith::MulIOp::create(builder, loc, widen(row), widen(column))));
  return arith::AddIOp::create(
      builder, loc,
      vector::FromElementsOp::create(builder, loc, vectorType, dots), sum);
}

SmallVector<Value> GpuProduct::noSums() {
  Value none =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(vectorType));
  return SmallVector<Value>(tileRows * tileColumns / quad, none);
}

void GpuProduct::store(Value sum, const Index &row, const Index &column,
                       Value kept, int64_t lanes) {
  ElementBuilder e = code.elements(lanes);
  SmallVector<Index> index = batch;
  if (batchDims.empty())
    index = e.delinearize(row, rowDims);
  else
    index.push_back(row);
  index.push_back(e.consecutive(column));
  index.back().high = columns - 1;
  sum = emitCast(builder, loc, sum, element);
  code.bind(op.getResult(),
            [sum](ElementBuilder &, ArrayRef<Index>) -> FailureOr<Value> {
              return sum;
            });
  for (auto [result, path] : llvm::zip(kernel.results, paths))
    if (failed(storeResult(code, result, path, lanes, index, Value(), kept)))
      code.hasFailed = true;
}

void GpuProduct::finish(ArrayRef<Value> sums) {
  ElementBuilder e = code.elements(1);
  int64_t vectors = tileColumns / quad;
  for (int64_t r = 0; r < tileRows; ++r) {
    Index row = offset(firstRow, rowOfThread(r), 1);
    Value isRow = isBelow(row, rowCount);
    row = kernel.atMostLast(row, rowCount);
    for (int64_t v = 0; v < vectors; ++v) {
      Index column = offset(firstColumn, columnOfThread(v), quad);
      Value sum = sums[r * vectors + v];
      if (isMultipleOf(columns, quad)) {
        Value isColumn;
        if (!isMultipleOf(columns, blockColumns))
          isColumn = isBelow(column, columns);
        else
          column = e.uniform(column.base, quad, zero, columns - quad);
        store(sum, row, kernel.atMostLast(column, columns, quad),
              both(isRow, isColumn), quad);
        continue;
      }
      for (int64_t lane = 0; lane < quad; ++lane) {
        Index place = e.add(column, e.constant(lane));
        store(vector::ExtractOp::create(builder, loc, sum, lane), row,
              kernel.atMostLast(place, columns),
              both(isRow, isBelow(place, columns)), 1);
      }
    }
  }
  code.unbind(op.getResult());
}
