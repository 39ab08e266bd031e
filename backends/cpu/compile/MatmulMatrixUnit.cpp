//===- MatmulMatrixUnit.cpp - products of whole tiles ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Panels interleave k as the unit (MatrixUnit.h) takes it.
//
// A block is up to 32 rows by 32 columns: four registers of sums, two of each
// side, so that each load serves two products. Its sums go through scratch to
// the vectors that the ops behind the product are applied to. Blocks with fewer
// rows reshape the registers. Steps of k that don't fill a tile are copied,
// with zeros behind them, once for each panel; the left side's, with its rows.
//
// schedule: tile = [rows of a block, columns of a block, 1], block = [rows]
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/MatmulEmitter.h"

#include "dialect/HostTensor.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

static constexpr int64_t tileRows = MatrixUnit::tileRows,
                         rowBytes = MatrixUnit::rowBytes,
                         wordBytes = MatrixUnit::wordBytes,
                         tileWords = MatrixUnit::tileWords;
/// Steps of k, each a word, that a register has.
static constexpr int64_t tileSteps = tileWords;

/// Elements from a row to the next, if all rows are equally far apart.
static DimAttr pitchOfRows(const Storage &storage) {
  size_t rank = storage.dims.size();
  if (storage.places || rank < 2 || !storage.strides[rank - 1].isConstant(1))
    return {};
  for (size_t axis = 0; axis + 2 < rank; ++axis)
    if (storage.strides[axis] !=
        storage.strides[axis + 1] * storage.dims[axis + 1])
      return {};
  return storage.strides[rank - 2];
}

LogicalResult MatmulEmitter::prepareMatrixUnit() {
  MLIRContext *context = op.getContext();
  std::optional<int64_t> fixedSteps = steps.asConstant();
  if (!fixedSteps || !depth.isConstant())
    return op.emitError("a packed right side has a constant depth");
  UnitPlan found;
  found.wholeTiles = *fixedSteps / tileSteps;
  found.lastCount = *fixedSteps % tileSteps;
  auto bytes = [&](int64_t count) {
    return kernel.allocateScratch(getConstantDim(context, count),
                                  IntegerType::get(context, 8));
  };
  found.sums = kernel.allocateScratch(
      getConstantDim(context, maxRows * tileColumns), element);
  if (found.lastCount)
    found.lastSteps = bytes(tileSteps * width * wordBytes);

  // Rows are read in place if a tile never reaches beyond their end.
  const Storage *storage = code.getStorage(op.getLhs());
  bool isWhole = found.lastCount == 0 && depth == steps * interleave && storage;
  if (isWhole)
    found.leftPitch = pitchOfRows(*storage);
  if (!found.leftPitch) {
    DimAttr rows = minDim(
        rowCount, getConstantDim(context, kernel.schedule.getBlock()[0]));
    // An odd number of lines, so that rows don't share a few sets of the cache.
    int64_t lines = found.wholeTiles + (found.lastCount ? 1 : 0);
    int64_t perLine = rowBytes / byteWidth(leftElement);
    found.leftPitch = getConstantDim(context, (lines | 1) * perLine);
    // The last vector of a row may reach beyond its line.
    staged =
        kernel.allocateScratch(rows * found.leftPitch + lanes, leftElement);
    staged->dims = {rowCount, depth};
    staged->strides = {found.leftPitch, getConstantDim(context, 1)};
  }
  unitPlan = found;
  unit.emplace(kernel);
  return success();
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

void MatmulEmitter::padRow(Value base) {
  int64_t perTile = rowBytes / byteWidth(leftElement);
  int64_t missing = (perTile - *depth.asConstant() % perTile) % perTile;
  if (!missing)
    return;
  Value zeros = arith::ConstantOp::create(
      builder, loc,
      builder.getZeroAttr(VectorType::get(missing, memoryType(leftElement))));
  vector::StoreOp::create(builder, loc, zeros, staged->buffer,
                          ValueRange{add(base, code.dim(depth))});
}

void MatmulEmitter::copyLastSteps(Value panelBase) {
  int64_t perVector = rowBytes / byteWidth(leftElement);
  auto type = VectorType::get(perVector, memoryType(leftElement));
  int64_t perStep = width * wordBytes / rowBytes;
  Value zeros = arith::ConstantOp::create(
      builder, loc,
      builder.getZeroAttr(VectorType::get(rowBytes, builder.getI8Type())));
  Value first = add(panelBase, code.constant(unitPlan.wholeTiles * tileSteps *
                                             width * interleave));
  for (int64_t line = 0; line < tileSteps * perStep; ++line) {
    Value value = zeros;
    if (line < unitPlan.lastCount * perStep)
      value = vector::BitCastOp::create(
          builder, loc, zeros.getType(),
          vector::LoadOp::create(
              builder, loc, type, panelStorage.buffer,
              ValueRange{add(first, code.constant(line * perVector))}));
    vector::StoreOp::create(builder, loc, value, unitPlan.lastSteps.buffer,
                            ValueRange{code.constant(line * rowBytes)});
  }
}

void MatmulEmitter::emitMatrixTiles(Value panel, Value panelBase,
                                    Value firstRow, Value rows) {
  if (unitPlan.lastCount)
    copyLastSteps(panelBase);
  Value most = code.constant(maxRows);
  Value whole = arith::DivUIOp::create(builder, loc, rows, most);
  Value rest = arith::RemUIOp::create(builder, loc, rows, most);
  for (int64_t part = 0; part < width / tileColumns; ++part) {
    code.loop(code.constant(0), whole, 1, {}, [&](Value block, ValueRange) {
      emitMatrixBlock(maxRows / tileRows, panel, panelBase,
                      add(firstRow, mul(block, maxRows)), most, block, part);
      return SmallVector<Value>();
    });
    OpBuilder::InsertionGuard guard(builder);
    code.enterIf(binary(arith::CmpIPredicate::ne, rest, code.constant(0)));
    unit->shape(rest);
    Value start = add(firstRow, mul(whole, maxRows));
    Value tiles =
        arith::CeilDivUIOp::create(builder, loc, rest, code.constant(tileRows));
    code.forCount(tiles, maxRows / tileRows, [&](int64_t count) {
      emitMatrixBlock(count, panel, panelBase, start, rest, /*block=*/{}, part);
    });
    unit->shape({});
  }
}

void MatmulEmitter::prefetchTile(Value place, Value step, Value block,
                                 int64_t part) {
  int64_t perLine = rowBytes / byteWidth(leftElement);
  if (!block) {
    // Few rows read the panel as fast as memory gives it.
    for (int64_t line = 0; line < tileSteps * tileColumns / tileWords; ++line)
      prefetchAhead(panelStorage.buffer,
                    add(place, code.constant(line * perLine)),
                    byteWidth(leftElement));
    return;
  }
  // Four blocks fetch a panel while the one before is multiplied.
  if (part != 0 || !ahead)
    return;
  int64_t lines = tileSteps * width / tileWords / 4;
  Value run = add(mul(block, unitPlan.wholeTiles), step);
  Value first =
      add(place, sub(add(code.dim(panelSize()), mul(run, lines * perLine)),
                     mul(step, tileSteps * width * interleave)));
  for (int64_t line = 0; line < lines; ++line)
    memref::PrefetchOp::create(
        builder, loc, panelStorage.buffer,
        ValueRange{add(first, code.constant(line * perLine))},
        /*isWrite=*/false, /*localityHint=*/2, /*isDataCache=*/true);
}

void MatmulEmitter::emitMatrixBlock(int64_t tiles, Value panel, Value panelBase,
                                    Value firstRow, Value rows, Value block,
                                    int64_t part) {
  int64_t columnTiles = tileColumns / tileWords;
  bool isFloat = isa<FloatType>(element);
  auto factors =
      isFloat ? MatrixUnit::Factors::BFloats : MatrixUnit::Factors::Bytes;
  for (int64_t row = 0; row < tiles; ++row)
    for (int64_t column = 0; column < columnTiles; ++column)
      unit->zero(MatrixUnit::sums(row, column));

  SmallVector<Value> left;
  for (int64_t row = 0; row < tiles; ++row)
    left.push_back(unit->pointerTo(
        leftBuffer(),
        leftRows(1, add(firstRow, code.constant(row * tileRows))).bases[0]));
  int64_t leftBytes = byteWidth(leftElement);
  Value leftStride = mul(code.dim(unitPlan.leftPitch), leftBytes);
  Value rightStride = code.constant(width * wordBytes);
  auto multiplyTiles = [&](Value step, Value right) {
    for (int64_t column = 0; column < columnTiles; ++column)
      unit->load(MatrixUnit::right(column),
                 unit->advance(right, code.constant(column * rowBytes)),
                 rightStride);
    for (int64_t row = 0; row < tiles; ++row) {
      unit->load(MatrixUnit::left(row),
                 unit->advance(left[row], mul(step, rowBytes)), leftStride);
      for (int64_t column = 0; column < columnTiles; ++column)
        unit->multiply(factors, MatrixUnit::sums(row, column),
                       MatrixUnit::left(row), MatrixUnit::right(column));
    }
  };
  Value columnBase =
      add(panelBase, code.constant(part * tileColumns * interleave));
  int64_t tileElements = tileSteps * width * interleave;
  code.loop(code.constant(0), code.constant(unitPlan.wholeTiles), 1, {},
            [&](Value step, ValueRange) {
              Value place = add(columnBase, mul(step, tileElements));
              prefetchTile(place, step, block, part);
              multiplyTiles(step, unit->pointerTo(panelStorage.buffer, place));
              return SmallVector<Value>();
            });
  if (unitPlan.lastCount)
    multiplyTiles(
        code.constant(unitPlan.wholeTiles),
        unit->pointerTo(unitPlan.lastSteps.buffer,
                        code.constant(part * tileColumns * wordBytes)));

  for (int64_t row = 0; row < tiles; ++row)
    for (int64_t column = 0; column < columnTiles; ++column)
      unit->store(MatrixUnit::sums(row, column),
                  unit->pointerTo(unitPlan.sums.buffer,
                                  code.constant(row * tileRows * tileColumns +
                                                column * tileWords)),
                  code.constant(tileColumns * wordBytes));
  code.loop(code.constant(0), rows, 1, {}, [&](Value row, ValueRange) {
    SmallVector<Value> sums;
    for (int64_t v = 0; v < vectors; ++v)
      sums.push_back(vector::LoadOp::create(
          builder, loc, VectorType::get(lanes, element), unitPlan.sums.buffer,
          ValueRange{add(mul(row, tileColumns), code.constant(v * lanes))}));
    finish(sums, 1, add(firstRow, row), panel, part);
    return SmallVector<Value>();
  });
}
