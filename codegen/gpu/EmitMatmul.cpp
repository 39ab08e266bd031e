//===- EmitMatmul.cpp - matrix products, on GPUs --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A workgroup computes a block of BM x BN sums. It goes along the depth in
// steps of BK: its threads together bring BM x BK elements of the left side and
// BK x BN of the right side to shared memory, in vectors of four, then each
// multiplies for its own TM x TN sums, which stay in registers. The ops behind
// the product are applied to them there.
//
// Left vectors run along the depth, right ones along the columns. A thread's
// rows and column vectors lie apart, so that neighbouring threads read
// neighbouring vectors.
//
// schedule: tile = [TM, TN], block = [BM, BN, BK]
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/GpuKernel.h"

#include "dialect/Types.h"

using namespace tenon;
using namespace mlir;

namespace {
class MatmulEmitter {
public:
  MatmulEmitter(GpuKernel &kernel, MatmulOp op)
      : kernel(kernel), code(kernel.code), builder(kernel.builder),
        loc(kernel.loc), op(op), zero(getConstantDim(op.getContext(), 0)) {}

  LogicalResult emit();

private:
  static constexpr int64_t quad = GpuKernel::quad;

  LogicalResult prepare();
  void locate();
  /// Zero instead of `value` where `k` exceeds the depth.
  Value zeroBeyondDepth(Value value, const Index &k);
  void loadLeft(Value depthBase);
  void loadRight(Value depthBase);
  SmallVector<Value> multiply(ValueRange sums);
  void finish(ArrayRef<Value> sums);
  void store(Value sum, const Index &row, const Index &column, Value kept,
             int64_t lanes);

  Value multiplyAdd(Value a, Value b, Value c) {
    if (sumType.isInteger())
      return arith::AddIOp::create(
          builder, loc, arith::MulIOp::create(builder, loc, a, b), c);
    return code.multiplyAdd(kernel.schedule.getFma(), a, b, c);
  }
  Index offset(Value base, const Index &i, int64_t step) {
    ElementBuilder e = code.elements(1);
    return e.add(e.uniform(base, step), i);
  }
  bool isMultipleOf(DimAttr dim, int64_t factor) {
    std::optional<int64_t> value = dim.asConstant();
    return value && *value % factor == 0;
  }
  Value isBelow(const Index &i, DimAttr size) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                                 i.base, code.dim(size));
  }
  /// Both predicates hold; null stands for true.
  Value both(Value a, Value b) {
    if (!a || !b)
      return a ? a : b;
    return arith::AndIOp::create(builder, loc, a, b);
  }

  GpuKernel &kernel;
  KernelCode &code;
  OpBuilder &builder;
  Location loc;
  MatmulOp op;
  DimAttr zero;

  SmallVector<DimAttr> batchDims, rowDims, rightDims;
  DimAttr rowCount, columns, paddedColumns, depth, rowBlocks, columnBlocks;
  bool packed;
  /// Of a thread and of a workgroup, see above.
  int64_t tileRows, tileColumns, blockRows, blockColumns, blockDepth;
  int64_t threadRows, threadColumns;
  std::vector<StorePath> paths;
  VectorType vectorType;
  Type element, sumType;

  /// The two parts of shared memory and the vectors of a row in each. A left
  /// row has one more than it needs, so that rows start in different banks.
  Value leftMemory, rightMemory;
  int64_t leftStride, rightStride;

  SmallVector<Index> batch;
  Value firstRow, firstColumn;
  Index threadRow, threadColumn;
};
} // namespace

LogicalResult MatmulEmitter::prepare() {
  MLIRContext *context = op.getContext();
  ArrayRef<int64_t> tile = kernel.schedule.getTile();
  ArrayRef<int64_t> block = kernel.schedule.getBlock();
  tileRows = tile[0];
  tileColumns = tile[1];
  blockRows = block[0];
  blockColumns = block[1];
  blockDepth = block[2];
  if (blockRows % tileRows || blockColumns % tileColumns ||
      tileColumns % quad || blockDepth % quad)
    return op.emitError("tile doesn't divide a block");
  threadRows = blockRows / tileRows;
  threadColumns = blockColumns / tileColumns;
  leftStride = blockDepth / quad + 1;
  rightStride = blockColumns / quad;

  element = getElementType(op.getType());
  // Codes are summed as integers, which is exact.
  sumType = element.isInteger() ? element : builder.getF32Type();
  vectorType = VectorType::get(quad, sumType);
  SmallVector<DimAttr> result = getDims(op.getResult());
  rightDims = getDims(op.getRhs());
  columns = paddedColumns = result.back();
  depth = getDims(op.getLhs()).back();
  packed = op.getColumns().has_value();
  if (packed)
    paddedColumns = rightDims[0] * rightDims[2];
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

/// Finds the place of the workgroup's block and of the thread in it.
void MatmulEmitter::locate() {
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
  threadColumn = e.floorMod(kernel.thread, across);
  threadRow = e.floorDiv(kernel.thread, across);
}

//===----------------------------------------------------------------------===//
// To shared memory
//===----------------------------------------------------------------------===//

Value MatmulEmitter::zeroBeyondDepth(Value value, const Index &k) {
  if (isMultipleOf(depth, blockDepth))
    return value;
  Value none =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(vectorType));
  return arith::SelectOp::create(builder, loc, isBelow(k, depth), value, none);
}

void MatmulEmitter::loadLeft(Value depthBase) {
  MLIRContext *context = op.getContext();
  SmallVector<DimAttr> dims = getDims(op.getLhs());
  DimAttr perRow = getConstantDim(context, blockDepth / quad);
  kernel.distribute(blockRows * blockDepth / quad, [&](const Index &i) {
    ElementBuilder e = code.elements(1);
    Index row = e.floorDiv(i, perRow), part = e.floorMod(i, perRow);
    Index k =
        offset(depthBase, e.mul(part, getConstantDim(context, quad)), quad);
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
    Value value = kernel.readQuad(op.getLhs(), index, axis, depth, sumType,
                                  /*zeroBeyond=*/true);
    Index to = e.add(e.mul(row, getConstantDim(context, leftStride)), part);
    memref::StoreOp::create(builder, loc, value, leftMemory,
                            ValueRange{to.base});
  });
}

void MatmulEmitter::loadRight(Value depthBase) {
  MLIRContext *context = op.getContext();
  DimAttr perRow = getConstantDim(context, rightStride);
  auto readRight = [&](ArrayRef<Index> index, unsigned axis) {
    return kernel.readQuad(op.getRhs(), index, axis, paddedColumns, sumType,
                           /*zeroBeyond=*/false);
  };
  kernel.distribute(blockDepth * rightStride, [&](const Index &i) {
    ElementBuilder e = code.elements(1);
    Index k = offset(depthBase, e.floorDiv(i, perRow), 1);
    Index column = offset(
        firstColumn,
        e.mul(e.floorMod(i, perRow), getConstantDim(context, quad)), quad);
    Index fromDepth = k;
    if (isMultipleOf(depth, blockDepth))
      fromDepth = e.uniform(k.base, 1, zero, depth - 1);
    fromDepth = kernel.atMostLast(fromDepth, depth);
    if (isMultipleOf(columns, blockColumns))
      column = e.uniform(column.base, quad, zero, columns - quad);
    Value value;
    if (packed) {
      // A vector lies within a panel, because their width is a multiple.
      column = kernel.atMostLast(column, paddedColumns, quad);
      SmallVector<Index> index{e.floorDiv(column, rightDims[2]), fromDepth,
                               e.floorMod(column, rightDims[2])};
      // Steps of the depth that lie next to each other.
      if (rightDims.size() == 4) {
        index[1] = e.floorDiv(fromDepth, rightDims[3]);
        index.push_back(e.floorMod(fromDepth, rightDims[3]));
      }
      value = readRight(index, 2);
    } else {
      SmallVector<Index> index =
          e.broadcastIndex(batch, ArrayRef<DimAttr>(rightDims).drop_back(2));
      unsigned axis = index.size() + (op.getTransposeRhs() ? 0 : 1);
      index.append({fromDepth, fromDepth});
      index[axis] = column;
      value = readRight(index, axis);
    }
    value = zeroBeyondDepth(value, k);
    memref::StoreOp::create(builder, loc, value, rightMemory,
                            ValueRange{i.base});
  });
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

SmallVector<Value> MatmulEmitter::multiply(ValueRange sums) {
  MLIRContext *context = op.getContext();
  int64_t vectors = tileColumns / quad;
  auto load = [&](Value memory, const Index &at) -> Value {
    return memref::LoadOp::create(builder, loc, memory, ValueRange{at.base});
  };
  return code.loop(
      code.constant(0), code.constant(blockDepth / quad), 1, sums,
      [&](Value part, ValueRange args) {
        SmallVector<Value> next = llvm::to_vector(args);
        ElementBuilder e = code.elements(1);
        Index partIndex = e.uniform(part);
        SmallVector<Value> left;
        for (int64_t r = 0; r < tileRows; ++r) {
          Index row = e.add(threadRow, e.constant(r * threadRows));
          left.push_back(load(
              leftMemory, e.add(e.mul(row, getConstantDim(context, leftStride)),
                                partIndex)));
        }
        Index line =
            e.mul(partIndex, getConstantDim(context, quad * rightStride));
        for (int64_t lane = 0; lane < quad; ++lane) {
          SmallVector<Value> right;
          for (int64_t v = 0; v < vectors; ++v) {
            Index place = e.add(threadColumn, e.constant(lane * rightStride +
                                                         v * threadColumns));
            right.push_back(load(rightMemory, e.add(line, place)));
          }
          for (int64_t r = 0; r < tileRows; ++r) {
            Value factor =
                vector::ExtractOp::create(builder, loc, left[r], lane);
            factor =
                vector::BroadcastOp::create(builder, loc, vectorType, factor);
            for (int64_t v = 0; v < vectors; ++v) {
              Value &sum = next[r * vectors + v];
              sum = multiplyAdd(factor, right[v], sum);
            }
          }
        }
        return next;
      });
}

void MatmulEmitter::store(Value sum, const Index &row, const Index &column,
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

void MatmulEmitter::finish(ArrayRef<Value> sums) {
  MLIRContext *context = op.getContext();
  ElementBuilder e = code.elements(1);
  int64_t vectors = tileColumns / quad;
  for (int64_t r = 0; r < tileRows; ++r) {
    Index row =
        offset(firstRow, e.add(threadRow, e.constant(r * threadRows)), 1);
    Value isRow = isBelow(row, rowCount);
    row = kernel.atMostLast(row, rowCount);
    for (int64_t v = 0; v < vectors; ++v) {
      Index inBlock = e.mul(e.add(threadColumn, e.constant(v * threadColumns)),
                            getConstantDim(context, quad));
      Index column = offset(firstColumn, inBlock, quad);
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

LogicalResult MatmulEmitter::emit() {
  if (failed(prepare()))
    return failure();
  kernel.begin(productOf(op.getContext(), batchDims) * columnBlocks * rowBlocks,
               threadRows * threadColumns);
  locate();
  leftMemory = kernel.allocateShared(blockRows * leftStride, vectorType);
  rightMemory = kernel.allocateShared(blockDepth * rightStride, vectorType);
  Value none =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(vectorType));
  SmallVector<Value> sums(tileRows * tileColumns / quad, none);
  sums = code.loop(code.constant(0), code.dim(depth), blockDepth, sums,
                   [&](Value k, ValueRange args) {
                     loadLeft(k);
                     loadRight(k);
                     kernel.barrier();
                     SmallVector<Value> next = multiply(args);
                     kernel.barrier();
                     return next;
                   });
  finish(sums);
  return failure(code.hasFailed);
}

LogicalResult tenon::emitGpuMatmul(GpuKernel &kernel) {
  auto op = kernel.code.findOnly<MatmulOp>();
  if (!op)
    return emitError(kernel.loc, "a matmul kernel holds one product");
  return MatmulEmitter(kernel, op).emit();
}
