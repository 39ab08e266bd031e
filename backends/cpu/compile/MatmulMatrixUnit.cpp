//===- MatmulMatrixUnit.cpp - products of whole tiles ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A matrix unit (AMX: Intel's Software Developer's Manual, volume 1, chapter
// 18) has eight registers of 16 rows of 64 bytes. One instruction multiplies 16
// rows of the left side by 16 columns of a panel over 64 bytes of k and adds
// the products to 16 by 16 sums. Panels interleave k as it takes them.
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

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

static constexpr int64_t tileRows = 16, rowBytes = 64, wordBytes = 4;
static constexpr int64_t tileSteps = rowBytes / wordBytes;
static constexpr int64_t tileWords = rowBytes / wordBytes;
/// Where registers of the left and of the right side begin, behind the sums.
static constexpr int64_t firstLeft = 4, firstRight = 6;

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
  MatrixUnit found;
  found.wholeTiles = *fixedSteps / tileSteps;
  found.lastCount = *fixedSteps % tileSteps;
  auto bytes = [&](int64_t count) {
    return kernel.allocateScratch(getConstantDim(context, count),
                                  IntegerType::get(context, 8));
  };
  found.shapes = bytes(2 * rowBytes);
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
  unit = found;

  // Palette 1; bytes of a row for each register, then rows.
  std::vector<int8_t> shapes(rowBytes, 0);
  shapes[0] = 1;
  for (int64_t tile = 0; tile < 8; ++tile) {
    shapes[16 + 2 * tile] = rowBytes;
    shapes[48 + tile] = tileRows;
  }
  auto type = VectorType::get(rowBytes, builder.getI8Type());
  Value full = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type, ArrayRef<int8_t>(shapes)));
  for (int64_t i = 0; i < 2; ++i)
    vector::StoreOp::create(builder, loc, full, unit->shapes.buffer,
                            ValueRange{code.constant(i * rowBytes)});
  configureTiles({});
  return success();
}

//===----------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------===//

Value MatmulEmitter::pointerTo(Value buffer, Value element) {
  int64_t bytes =
      byteWidth(cast<MemRefType>(buffer.getType()).getElementType());
  Value start =
      memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, buffer);
  Value address = arith::IndexCastOp::create(builder, loc, builder.getI64Type(),
                                             add(start, mul(element, bytes)));
  return LLVM::IntToPtrOp::create(
      builder, loc, LLVM::LLVMPointerType::get(op.getContext()), address);
}

void MatmulEmitter::callTile(StringRef instruction, ArrayRef<int64_t> tiles,
                             Value pointer, Value stride) {
  SmallVector<Value> operands;
  for (int64_t tile : tiles)
    operands.push_back(LLVM::ConstantOp::create(
        builder, loc, builder.getI8Type(), builder.getI8IntegerAttr(tile)));
  if (pointer)
    operands.push_back(pointer);
  if (stride)
    operands.push_back(
        arith::IndexCastOp::create(builder, loc, builder.getI64Type(), stride));
  LLVM::CallIntrinsicOp::create(
      builder, loc, builder.getStringAttr("llvm.x86." + instruction.str()),
      operands);
}

void MatmulEmitter::configureTiles(Value rows) {
  Value place = code.constant(0);
  if (rows) {
    // Rows of the registers of sums and of the left side, by tile row.
    place = code.constant(rowBytes);
    for (int64_t row = 0; row < maxRows / tileRows; ++row) {
      Value count = minimum(sub(rows, code.constant(row * tileRows)),
                            code.constant(tileRows));
      // A register that isn't used needs a row all the same.
      count = arith::MaxSIOp::create(builder, loc, count, code.constant(1));
      count =
          arith::IndexCastOp::create(builder, loc, builder.getI8Type(), count);
      for (int64_t tile : {2 * row, 2 * row + 1, firstLeft + row})
        memref::StoreOp::create(
            builder, loc, count, unit->shapes.buffer,
            ValueRange{code.constant(rowBytes + 48 + tile)});
    }
  }
  callTile("ldtilecfg", {}, pointerTo(unit->shapes.buffer, place));
}

void MatmulEmitter::releaseTiles() { callTile("tilerelease", {}); }

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
  Value first = add(panelBase, code.constant(unit->wholeTiles * tileSteps *
                                             width * interleave));
  for (int64_t line = 0; line < tileSteps * perStep; ++line) {
    Value value = zeros;
    if (line < unit->lastCount * perStep)
      value = vector::BitCastOp::create(
          builder, loc, zeros.getType(),
          vector::LoadOp::create(
              builder, loc, type, panelStorage.buffer,
              ValueRange{add(first, code.constant(line * perVector))}));
    vector::StoreOp::create(builder, loc, value, unit->lastSteps.buffer,
                            ValueRange{code.constant(line * rowBytes)});
  }
}

void MatmulEmitter::emitMatrixTiles(Value panel, Value panelBase,
                                    Value firstRow, Value rows) {
  if (unit->lastCount)
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
    configureTiles(rest);
    Value start = add(firstRow, mul(whole, maxRows));
    Value tiles =
        arith::CeilDivUIOp::create(builder, loc, rest, code.constant(tileRows));
    code.forCount(tiles, maxRows / tileRows, [&](int64_t count) {
      emitMatrixBlock(count, panel, panelBase, start, rest, /*block=*/{}, part);
    });
    configureTiles({});
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
  Value run = add(mul(block, unit->wholeTiles), step);
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
  auto sumsOf = [](int64_t row, int64_t column) { return 2 * row + column; };
  for (int64_t row = 0; row < tiles; ++row)
    for (int64_t column = 0; column < columnTiles; ++column)
      callTile("tilezero", {sumsOf(row, column)});

  SmallVector<Value> left;
  for (int64_t row = 0; row < tiles; ++row)
    left.push_back(pointerTo(
        leftBuffer(),
        leftRows(1, add(firstRow, code.constant(row * tileRows))).bases[0]));
  int64_t leftBytes = byteWidth(leftElement);
  Value leftStride = mul(code.dim(unit->leftPitch), leftBytes);
  Value rightStride = code.constant(width * wordBytes);
  auto addressOf = [&](Value pointer, Value bytes) -> Value {
    return LLVM::GEPOp::create(
        builder, loc, pointer.getType(), builder.getI8Type(), pointer,
        ArrayRef<LLVM::GEPArg>{arith::IndexCastOp::create(
                                   builder, loc, builder.getI64Type(), bytes)
                                   .getResult()});
  };
  auto multiplyTiles = [&](Value step, Value right) {
    for (int64_t column = 0; column < columnTiles; ++column)
      callTile("tileloadd64", {firstRight + column},
               addressOf(right, code.constant(column * rowBytes)), rightStride);
    for (int64_t row = 0; row < tiles; ++row) {
      callTile("tileloadd64", {firstLeft + row},
               addressOf(left[row], mul(step, rowBytes)), leftStride);
      for (int64_t column = 0; column < columnTiles; ++column)
        callTile(isFloat ? "tdpbf16ps" : "tdpbssd",
                 {sumsOf(row, column), firstLeft + row, firstRight + column});
    }
  };
  Value columnBase =
      add(panelBase, code.constant(part * tileColumns * interleave));
  int64_t tileElements = tileSteps * width * interleave;
  code.loop(code.constant(0), code.constant(unit->wholeTiles), 1, {},
            [&](Value step, ValueRange) {
              Value place = add(columnBase, mul(step, tileElements));
              prefetchTile(place, step, block, part);
              multiplyTiles(step, pointerTo(panelStorage.buffer, place));
              return SmallVector<Value>();
            });
  if (unit->lastCount)
    multiplyTiles(code.constant(unit->wholeTiles),
                  pointerTo(unit->lastSteps.buffer,
                            code.constant(part * tileColumns * wordBytes)));

  for (int64_t row = 0; row < tiles; ++row)
    for (int64_t column = 0; column < columnTiles; ++column)
      callTile("tilestored64", {sumsOf(row, column)},
               pointerTo(unit->sums.buffer,
                         code.constant(row * tileRows * tileColumns +
                                       column * tileWords)),
               code.constant(tileColumns * wordBytes));
  code.loop(code.constant(0), rows, 1, {}, [&](Value row, ValueRange) {
    SmallVector<Value> sums;
    for (int64_t v = 0; v < vectors; ++v)
      sums.push_back(vector::LoadOp::create(
          builder, loc, VectorType::get(lanes, element), unit->sums.buffer,
          ValueRange{add(mul(row, tileColumns), code.constant(v * lanes))}));
    finish(sums, 1, add(firstRow, row), panel, part);
    return SmallVector<Value>();
  });
}
