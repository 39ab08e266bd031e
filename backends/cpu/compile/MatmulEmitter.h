//===- MatmulEmitter.h - writing matrix products ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// EmitMatmul.cpp has tasks, tiles and results, MatmulOperands.cpp the ways in
// which the two sides come.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_COMPILE_MATMULEMITTER_H
#define TENON_BACKENDS_CPU_COMPILE_MATMULEMITTER_H

#include "backends/cpu/compile/CpuKernel.h"

#include "dialect/Types.h"

namespace tenon::cpu {

class MatmulEmitter : CpuEmitter {
public:
  MatmulEmitter(CpuKernel &kernel, MatmulOp op) : CpuEmitter(kernel), op(op) {}

  mlir::LogicalResult emit();

private:
  mlir::LogicalResult prepare();
  /// The rows of one block times panels first .. last - 1.
  void emitBlock(Index segment, mlir::Value firstPanel, mlir::Value lastPanel);
  void emitPanel(mlir::Value panel, mlir::Value panelBase, mlir::Value firstRow,
                 mlir::Value rows);
  mlir::Value packPanel(mlir::Value panel);
  /// Whether elements are read from memory at places that need no arithmetic
  /// beyond strides.
  static bool isView(mlir::Value value);
  /// Copies the left side of some rows to scratch.
  void stageRows(mlir::Value firstRow, mlir::Value rows);
  void emitTile(int64_t rows, mlir::Value firstRow, mlir::Value tile,
                mlir::Value panel, mlir::Value panelBase, int64_t part);
  llvm::SmallVector<mlir::Value>
  multiply(int64_t rows, llvm::ArrayRef<mlir::Value> rowBases,
           llvm::ArrayRef<Index> rowIndices, mlir::Value panelBase,
           mlir::Value prefetchBase, int64_t part);
  void finish(llvm::ArrayRef<mlir::Value> sums, int64_t rows,
              mlir::Value firstRow, mlir::Value panel, int64_t part);

  mlir::Value loadLeft(mlir::Value rowBase, const Index &row, mlir::Value k);
  llvm::SmallVector<Index> leftIndex(const Index &row, const Index &k);
  mlir::Value binary(mlir::arith::CmpIPredicate p, mlir::Value a,
                     mlir::Value b) {
    return mlir::arith::CmpIOp::create(builder, loc, p, a, b);
  }

  MatmulOp op;

  llvm::SmallVector<DimAttr> batchDims; ///< Leading axes that both sides have.
  llvm::SmallVector<DimAttr> rowDims;   ///< The axes that make up the rows.
  DimAttr rowCount, columns, depth, panels, blocks;
  int64_t maxRows, width, tileColumns, unroll, vectors;
  mlir::Type element;
  bool packed;
  Storage panelStorage; ///< The packed right side, or scratch for a panel.
  /// Scratch for a block's rows of the left side, if that isn't in memory as it
  /// is read, and the block's first row.
  std::optional<Storage> staged;
  mlir::Value stagedFirst;
  llvm::SmallVector<Index> batch; ///< Of the current block.
  std::vector<StorePath> paths;
};

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_COMPILE_MATMULEMITTER_H
