//===- MatrixUnit.h - registers that are matrices ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A matrix unit (AMX: Intel's Software Developer's Manual, volume 1, chapter
// 18) has eight registers of 16 rows of 64 bytes. One instruction multiplies 16
// rows of the left side by 16 columns of the right over 64 bytes of k and adds
// the products to 16 by 16 sums. In a register of the right side each row has
// a word of 32 bits for each column, with neighbours along k.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_COMPILE_MATRIXUNIT_H
#define TENON_BACKENDS_CPU_COMPILE_MATRIXUNIT_H

#include "backends/cpu/compile/CpuKernel.h"

namespace tenon::cpu {

class MatrixUnit : CpuEmitter {
public:
  static constexpr int64_t tileRows = 16, rowBytes = 64, wordBytes = 4;
  /// Words of a row: steps of the left side, columns of the others.
  static constexpr int64_t tileWords = rowBytes / wordBytes;
  /// What a product multiplies.
  enum class Factors { Bytes, UnsignedBySignedBytes, BFloats };

  /// Reserves scratch, and gives all registers their full size.
  explicit MatrixUnit(CpuKernel &kernel);

  // The registers: up to two rows of two tiles of sums, so that each load of a
  // side serves two products.
  static int64_t sums(int64_t row, int64_t column) { return 2 * row + column; }
  static int64_t left(int64_t row) { return 4 + row; }
  static int64_t right(int64_t column) { return 6 + column; }

  /// Shapes registers for `rows` rows of sums and of the left side, 1 to 32;
  /// for full tiles if that is null. What they hold is lost.
  void shape(mlir::Value rows);
  /// Gives the registers back, after which nothing may use them.
  void release();

  void zero(int64_t tile) { call("tilezero", {tile}); }
  /// Rows begin `stride` bytes apart.
  void load(int64_t tile, mlir::Value pointer, mlir::Value stride) {
    call("tileloadd64", {tile}, pointer, stride);
  }
  void store(int64_t tile, mlir::Value pointer, mlir::Value stride) {
    call("tilestored64", {tile}, pointer, stride);
  }
  /// Adds the products of two registers to one of sums.
  void multiply(Factors factors, int64_t sums, int64_t left, int64_t right);

  /// The address of an element of `buffer`.
  mlir::Value pointerTo(mlir::Value buffer, mlir::Value element);
  /// `bytes` behind an address.
  mlir::Value advance(mlir::Value pointer, mlir::Value bytes);

private:
  void call(llvm::StringRef instruction, llvm::ArrayRef<int64_t> tiles,
            mlir::Value pointer = {}, mlir::Value stride = {});

  Storage shapes; ///< Of full tiles and of the last rows' (`ldtilecfg`).
};

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_COMPILE_MATRIXUNIT_H
