//===- MatmulEmitter.h - writing matrix products ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// EmitMatmul.cpp has tasks, tiles and results, MatmulSums.cpp the inner loop,
// MatmulOperands.cpp the ways in which the two sides come, MatmulCodes.cpp
// right sides of few bits.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_COMPILE_MATMULEMITTER_H
#define TENON_BACKENDS_CPU_COMPILE_MATMULEMITTER_H

#include "backends/cpu/compile/CpuKernel.h"
#include "backends/cpu/compile/MatrixUnit.h"
#include "backends/cpu/compile/ScheduleSpace.h"

#include "dialect/ScalarMath.h"
#include "dialect/Types.h"

namespace tenon::cpu {

class MatmulEmitter : CpuEmitter {
public:
  MatmulEmitter(CpuKernel &kernel, MatmulOp op) : CpuEmitter(kernel), op(op) {}

  mlir::LogicalResult emit();

private:
  /// Some rows of the left side.
  struct LeftRows {
    llvm::SmallVector<mlir::Value>
        bases; ///< In memory; none if it isn't there.
    llvm::SmallVector<Index> indices;
  };

  mlir::LogicalResult prepare();
  /// All tasks, with panels in groups of `size`.
  void emitGroups(int64_t size);
  /// The rows of one block times panels first .. last - 1.
  void emitBlock(Index segment, mlir::Value firstPanel, mlir::Value lastPanel);
  /// Rows times one panel, which lies at `panelBase`.
  void emitTiles(mlir::Value panel, mlir::Value panelBase, mlir::Value firstRow,
                 mlir::Value rows);
  mlir::Value packPanel(mlir::Value panel);
  /// Whether elements are read from memory at places that need no arithmetic
  /// beyond strides.
  static bool isView(mlir::Value value);
  /// Copies the left side of some rows to scratch.
  void stageRows(mlir::Value firstRow, mlir::Value rows);
  void emitTile(int64_t rows, mlir::Value firstRow, mlir::Value tile,
                mlir::Value panel, mlir::Value panelBase,
                mlir::ValueRange starts, int64_t part);
  void finish(llvm::ArrayRef<mlir::Value> sums, int64_t rows,
              mlir::Value firstRow, mlir::Value panel, int64_t part);

  /// Small floats as their bits.
  mlir::Value toMemory(mlir::Value numbers);
  /// Codes as the instructions for bytes take them: 128 more.
  mlir::Value makeUnsigned(mlir::Value codes);
  /// Whether bytes are multiplied as words of 16 bits.
  bool multipliesWords() const {
    return interleave > 1 && leftElement.isInteger(8) &&
           kernel.schedule.getDot() == DotUnit::None;
  }
  /// Puts the words of a staged row that are multiplied together side by side:
  /// of each step the first and the third, then the second and the fourth.
  void pairWords(mlir::Value base);
  LeftRows leftRows(int64_t rows, mlir::Value firstRow);
  /// The memory that rows of the left side are read from.
  mlir::Value leftBuffer() {
    return staged ? staged->buffer : code.getStorage(op.getLhs())->buffer;
  }
  mlir::Value loadLeft(const LeftRows &left, int64_t row, mlir::Value k);
  llvm::SmallVector<Index> leftIndex(const Index &row, const Index &k);
  mlir::Value binary(mlir::arith::CmpIPredicate p, mlir::Value a,
                     mlir::Value b) {
    return mlir::arith::CmpIOp::create(builder, loc, p, a, b);
  }

  // The inner loop (MatmulSums.cpp). A step is one of k, or several that the
  // panels interleave.
  using StepBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(
      mlir::Value step, int64_t count, mlir::ValueRange carried)>;
  llvm::SmallVector<mlir::Value> forSteps(mlir::ValueRange initial,
                                          StepBody body);
  /// The products of some rows with a part of the panel at `panelBase`, on top
  /// of `starts`, a vector for each of the part's.
  llvm::SmallVector<mlir::Value>
  multiply(const LeftRows &left, mlir::Value panelBase,
           mlir::Value prefetchBase, mlir::ValueRange starts, int64_t part);
  /// What the sums of a panel's columns start from.
  llvm::SmallVector<mlir::Value> startSums(mlir::Value panelBase);
  mlir::Value placeInPanel(mlir::Value panelBase, mlir::Value step,
                           int64_t part);
  mlir::Value loadRight(mlir::Value place);
  /// What a step multiplies of each side: all of it, or one half after the
  /// other.
  llvm::SmallVector<mlir::Value> leftFactors(const LeftRows &left, int64_t row,
                                             mlir::Value step);
  llvm::SmallVector<mlir::Value> rightFactors(mlir::Value place);
  mlir::Value accumulate(mlir::Value sum, mlir::Value x, mlir::Value w);
  /// Elements of the right side in a line of the cache.
  int64_t lineElements() const;
  DimAttr panelSize() const { return steps * (width * interleave); }
  /// Fetches what a stream of panels will be asked for `ahead` lines from now:
  /// left to themselves, some processors read a third as fast.
  void prefetchAhead(mlir::Value buffer, mlir::Value place, int64_t bytes);
  /// So many rows take less time than reading the right side does.
  int64_t fewRows() const { return std::max<int64_t>(1, maxRows / 3); }

  // Products of whole tiles (MatmulMatrixUnit.cpp).
  bool usesMatrixUnit() const {
    return packed && interleave > 1 &&
           kernel.schedule.getDot() == DotUnit::Matrix;
  }
  mlir::LogicalResult prepareMatrixUnit();
  /// Rows times one panel.
  void emitMatrixTiles(mlir::Value panel, mlir::Value panelBase,
                       mlir::Value firstRow, mlir::Value rows);
  void emitMatrixBlock(int64_t tiles, mlir::Value panel, mlir::Value panelBase,
                       mlir::Value firstRow, mlir::Value rows,
                       mlir::Value block, int64_t part);
  /// Fetches what is multiplied soon: `block` null for the last rows.
  void prefetchTile(mlir::Value place, mlir::Value step, mlir::Value block,
                    int64_t part);
  /// Puts zeros behind a staged row of the left side, up to a whole tile.
  void padRow(mlir::Value base);
  /// Copies the steps of a panel that don't fill a tile.
  void copyLastSteps(mlir::Value panelBase);

  // Right sides of few bits (MatmulCodes.cpp).
  mlir::LogicalResult prepareCodes(DequantizeOp dequantize);
  void emitCodedPanel(mlir::Value panel, mlir::Value firstRow,
                      mlir::Value rows);
  /// The products of some rows with a part of a panel, decoded in registers.
  llvm::SmallVector<mlir::Value> multiplyCodes(const LeftRows &left,
                                               mlir::Value panel, int64_t part);
  /// Decodes a panel to scratch.
  void decodePanel(mlir::Value panel);
  /// The codes of a row of bytes from `column` on, a vector for each code in a
  /// byte, before they are scaled.
  llvm::SmallVector<mlir::Value> decode(mlir::Value panel, mlir::Value byte,
                                        int64_t column);
  mlir::Value scaleOf(mlir::Value panel, mlir::Value group, int64_t column);
  mlir::Value splat(double value);
  /// Runs `body` for each group of codes and the steps of k that it has.
  void forGroups(mlir::ValueRange initial,
                 llvm::function_ref<llvm::SmallVector<mlir::Value>(
                     mlir::Value group, int64_t size, mlir::ValueRange)>
                     body,
                 llvm::SmallVectorImpl<mlir::Value> &results);

  MatmulOp op;

  llvm::SmallVector<DimAttr> batchDims; ///< Leading axes that both sides have.
  llvm::SmallVector<DimAttr> rowDims;   ///< The axes that make up the rows.
  DimAttr rowCount, columns, depth, panels, blocks;
  DimAttr steps;          ///< Of k, by `interleave`.
  int64_t interleave = 1; ///< Steps of k that lie side by side in a panel.
  int64_t maxRows, width, tileColumns, unroll, vectors;
  int64_t ahead; ///< Lines of the right side that are fetched ahead.
  mlir::Type element, leftElement; ///< Of the result and of the left side.
  bool packed;
  Storage panelStorage; ///< The packed right side, or scratch for a panel.
  /// A packed right side that is codes.
  struct Codes {
    DequantizeOp op;
    mlir::Value buffer;
    int64_t perByte;
    int64_t group; ///< Steps of k with one scale.
  };
  std::optional<Codes> codes;
  /// Scratch for a block's rows of the left side, if that isn't in memory as it
  /// is read, and the block's first row.
  std::optional<Storage> staged;
  mlir::Value stagedFirst;
  llvm::SmallVector<Index> batch; ///< Of the current block.
  std::vector<StorePath> paths;
  /// What products of whole tiles need.
  struct UnitPlan {
    Storage sums;      ///< Of a block.
    Storage lastSteps; ///< Of a panel, if they don't fill a tile.
    DimAttr leftPitch; ///< Elements from a row of the left side to the next.
    int64_t wholeTiles, lastCount; ///< Of steps.
  };
  UnitPlan unitPlan;
  std::optional<MatrixUnit> unit; ///< Once whole tiles are multiplied.
};

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_COMPILE_MATMULEMITTER_H
