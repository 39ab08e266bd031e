//===- EmitMatmul.cpp - matrix products -----------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The right side is read as panels of W columns, [N/W][K][W]: packed ahead of
// time if it is a constant, else packed here, a panel a task. A task is one
// panel times one block of rows. Rows are split evenly into tiles of at most
// MR, and there is code for each number of rows, so no row is masked or
// computed twice. A tile's sums stay in registers over all of K, and the ops
// behind the product are applied to them there. A left side that isn't in
// memory as it is read (windows of a map) is copied, a block's rows at a time.
//
// schedule: tile = [MR, columns of a tile, unrolling of k, lines fetched
// ahead], block = [rows, panels that go by before the next block of rows]
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/MatmulEmitter.h"

#include "dialect/HostTensor.h"
#include "dialect/Types.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

LogicalResult MatmulEmitter::prepare() {
  MLIRContext *context = op.getContext();
  ScheduleAttr schedule = kernel.schedule;
  maxRows = schedule.getTile()[0];
  tileColumns = schedule.getTile()[1];
  unroll = schedule.getTile()[2];
  ahead = linesAheadOf(schedule);
  element = getElementType(op.getType());
  leftElement = getElementType(op.getLhs().getType());
  SmallVector<DimAttr> result = getDims(op.getResult());
  columns = result.back();
  depth = getDims(op.getLhs()).back();
  packed = op.getColumns().has_value();
  steps = depth;
  if (packed) {
    SmallVector<DimAttr> right = getDims(op.getRhs());
    width = *right[2].asConstant();
    if (right.size() == 4) {
      interleave = *right[3].asConstant();
      steps = right[1];
    }
    rowDims.assign(result.begin(), result.end() - 1);
    if (const Storage *storage = code.getStorage(op.getRhs()))
      panelStorage = *storage;
    else if (auto dequantize = op.getRhs().getDefiningOp<DequantizeOp>();
             !dequantize)
      return op.emitError("packed right side isn't in memory");
    else if (failed(prepareCodes(dequantize)))
      return failure();
  } else {
    width = 2 * tileColumns;
    batchDims.assign(result.begin(), result.end() - 2);
    rowDims = {result[result.size() - 2]};
    panelStorage = kernel.allocateScratch(
        depth * width, getElementType(op.getRhs().getType()));
  }
  if (width % tileColumns != 0 || tileColumns % lanes != 0)
    return op.emitError("tile doesn't divide a panel");
  vectors = tileColumns / lanes;
  rowCount = productOf(context, rowDims);
  panels = ceilDiv(columns, getConstantDim(context, width));
  // A panel packed here is used for all rows.
  int64_t block = schedule.getBlock()[0];
  blocks = packed ? ceilDiv(rowCount, getConstantDim(context, block))
                  : getConstantDim(context, 1);
  kernel.grid = productOf(context, batchDims) * blocks * panels;
  auto found = findStorePaths(op->getResult(0), kernel.results, "product");
  if (failed(found))
    return failure();
  paths = std::move(*found);
  if (usesMatrixUnit())
    return prepareMatrixUnit();
  // Steps that are loaded together must lie within their row; bytes are changed
  // on the way.
  bool isReady = interleave == 1 ||
                 (isa<FloatType>(element) && depth == steps * interleave &&
                  code.getStorage(op.getLhs()));
  if (!isView(op.getLhs()) || !isReady) {
    // Rows that are a power of two apart would share a few sets of the cache.
    constexpr int64_t gap = 16;
    DimAttr pitch = depth + (gap + lanes);
    staged = kernel.allocateScratch(
        minDim(rowCount, getConstantDim(context, block)) * pitch,
        multipliesWords() ? Type(IntegerType::get(context, 16)) : leftElement);
    staged->dims = {rowCount, depth};
    staged->strides = {pitch, getConstantDim(context, 1)};
  }
  return success();
}

/// Tasks in the order: groups of panels, blocks of rows, a group's panels.
void MatmulEmitter::emitGroups(int64_t size) {
  int64_t count = *panels.asConstant();
  Value blockCount = code.dim(blocks);
  Value perGroup = mul(blockCount, size);
  auto panelsOf = [&](Value group) {
    return minimum(code.constant(size),
                   sub(code.constant(count), mul(group, size)));
  };
  // Segments are the runs of one group and one block.
  auto segmentOf = [&](Value task) {
    Value group = arith::DivUIOp::create(builder, loc, task, perGroup);
    Value block = arith::DivUIOp::create(
        builder, loc, sub(task, mul(group, perGroup)), panelsOf(group));
    return add(mul(group, blockCount), block);
  };
  OpBuilder::InsertionGuard guard(builder);
  code.enterIf(binary(arith::CmpIPredicate::slt, kernel.begin, kernel.end));
  Value last = segmentOf(sub(kernel.end, code.constant(1)));
  code.loop(segmentOf(kernel.begin), add(last, code.constant(1)), 1, {},
            [&](Value segment, ValueRange) {
              Value group =
                  arith::DivUIOp::create(builder, loc, segment, blockCount);
              Value block =
                  arith::RemUIOp::create(builder, loc, segment, blockCount);
              Value here = panelsOf(group);
              Value base = add(mul(group, perGroup), mul(block, here));
              Value first = mul(group, size);
              Value low = arith::MaxSIOp::create(
                  builder, loc, sub(kernel.begin, base), code.constant(0));
              Value high = minimum(sub(kernel.end, base), here);
              ElementBuilder e = code.elements(1);
              emitBlock(e.uniform(block, 1, zero, blocks - 1), add(first, low),
                        add(first, high));
              return SmallVector<Value>();
            });
}

LogicalResult MatmulEmitter::emit() {
  if (failed(prepare()))
    return failure();
  int64_t group = groupOf(kernel.schedule);
  if (packed && group != allPanels && group < *panels.asConstant()) {
    emitGroups(group);
    if (unit)
      unit->release();
    return failure(code.hasFailed);
  }
  // Runs of panels of one block share what depends on the block.
  Value perSegment = code.dim(panels);
  Value firstSegment =
      arith::DivUIOp::create(builder, loc, kernel.begin, perSegment);
  Value endSegment =
      arith::CeilDivUIOp::create(builder, loc, kernel.end, perSegment);
  code.loop(firstSegment, endSegment, 1, {}, [&](Value segment, ValueRange) {
    Value base = mul(segment, perSegment);
    Value none = code.constant(0);
    Value low =
        arith::MaxSIOp::create(builder, loc, sub(kernel.begin, base), none);
    Value high = minimum(sub(kernel.end, base), perSegment);
    ElementBuilder e = code.elements(1);
    emitBlock(e.uniform(segment, 1, zero,
                        productOf(op.getContext(), batchDims) * blocks - 1),
              low, high);
    return SmallVector<Value>();
  });
  if (unit)
    unit->release();
  return failure(code.hasFailed);
}

void MatmulEmitter::emitBlock(Index segment, Value firstPanel,
                              Value lastPanel) {
  ElementBuilder e = code.elements(1);
  Index block = e.floorMod(segment, blocks);
  batch = e.delinearize(e.floorDiv(segment, blocks), batchDims);
  Value firstRow = code.constant(0), rows = code.dim(rowCount);
  if (packed) {
    // Blocks differ by a row at most: a short last one would read every panel
    // for few rows.
    std::tie(firstRow, rows) =
        code.splitEvenly(rows, code.dim(blocks), block.base);
  }
  if (packed && staged)
    stageRows(firstRow, rows);
  code.loop(firstPanel, lastPanel, 1, {}, [&](Value panel, ValueRange) {
    if (packed) {
      Value panelBase = mul(panel, code.dim(panelSize()));
      if (codes)
        emitCodedPanel(panel, firstRow, rows);
      else if (unit)
        emitMatrixTiles(panel, panelBase, firstRow, rows);
      else
        emitTiles(panel, panelBase, firstRow, rows);
      return SmallVector<Value>();
    }
    Value panelBase = packPanel(panel);
    if (!staged) {
      emitTiles(panel, panelBase, firstRow, rows);
      return SmallVector<Value>();
    }
    Value parts = arith::CeilDivUIOp::create(
        builder, loc, rows, code.constant(kernel.schedule.getBlock()[0]));
    code.loop(code.constant(0), parts, 1, {}, [&](Value part, ValueRange) {
      auto [first, count] = code.splitEvenly(rows, parts, part);
      stageRows(first, count);
      emitTiles(panel, panelBase, first, count);
      return SmallVector<Value>();
    });
    return SmallVector<Value>();
  });
}

void MatmulEmitter::emitTiles(Value panel, Value panelBase, Value firstRow,
                              Value rows) {
  Value tiles =
      arith::CeilDivUIOp::create(builder, loc, rows, code.constant(maxRows));
  SmallVector<Value> starts = startSums(panelBase);
  code.loop(code.constant(0), tiles, 1, {}, [&](Value tile, ValueRange) {
    auto [offset, count] = code.splitEvenly(rows, tiles, tile);
    Value start = add(firstRow, offset);
    code.forCount(count, maxRows, [&](int64_t r) {
      for (int64_t part = 0; part < width / tileColumns; ++part)
        emitTile(r, start, tile, panel, panelBase, starts, part);
    });
    return SmallVector<Value>();
  });
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

void MatmulEmitter::emitTile(int64_t rows, Value firstRow, Value tile,
                             Value panel, Value panelBase, ValueRange starts,
                             int64_t part) {
  Value prefetch;
  if (packed && !codes && part == 0 && ahead) {
    // Tile t fetches the t-th run of lines of the panel behind this one.
    Value next = mul(add(panel, code.constant(1)), code.dim(panelSize()));
    DimAttr lines = floorDiv(steps, getConstantDim(op.getContext(), unroll));
    prefetch = add(next, mul(tile, code.dim(lines * lineElements())));
  }
  SmallVector<Value> sums =
      multiply(leftRows(rows, firstRow), panelBase, prefetch,
               starts.slice(part * vectors, vectors), part);
  finish(sums, rows, firstRow, panel, part);
}

void MatmulEmitter::finish(ArrayRef<Value> sums, int64_t rows, Value firstRow,
                           Value panel, int64_t part) {
  ElementBuilder e = code.elements(1);
  for (int64_t v = 0; v < vectors; ++v) {
    Value start = add(mul(panel, code.constant(width)),
                      code.constant(part * tileColumns + v * lanes));
    auto [column, mask] = vectorFrom(start, columns, width);
    for (int64_t r = 0; r < rows; ++r) {
      Index row =
          e.uniform(add(firstRow, code.constant(r)), 1, zero, rowCount - 1);
      SmallVector<Index> index = batch;
      if (packed)
        index = e.delinearize(row, rowDims);
      else
        index.push_back(row);
      index.push_back(column);
      Value sum = sums[r * vectors + v];
      code.bind(op.getResult(),
                [sum](ElementBuilder &, ArrayRef<Index>) -> FailureOr<Value> {
                  return sum;
                });
      for (auto [result, path] : llvm::zip(kernel.results, paths))
        if (failed(storeResult(code, result, path, lanes, index, mask)))
          code.hasFailed = true;
    }
  }
  code.unbind(op.getResult());
}

LogicalResult cpu::emitMatmul(CpuKernel &kernel) {
  return emitOnly<MatmulEmitter, MatmulOp>(kernel, oneProduct);
}
