//===- MatrixUnit.cpp - registers that are matrices -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/MatrixUnit.h"

#include "dialect/HostTensor.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

/// Where `ldtilecfg` expects bytes of a row and rows of the first register.
static constexpr int64_t bytesOfRows = 16, rowsOfTiles = 48;

MatrixUnit::MatrixUnit(CpuKernel &kernel) : CpuEmitter(kernel) {
  MLIRContext *context = builder.getContext();
  shapes = kernel.allocateScratch(getConstantDim(context, 2 * rowBytes),
                                  builder.getI8Type());
  std::vector<int8_t> full(rowBytes, 0);
  full[0] = 1; // The palette.
  for (int64_t tile = 0; tile < 8; ++tile) {
    full[bytesOfRows + 2 * tile] = rowBytes;
    full[rowsOfTiles + tile] = tileRows;
  }
  auto type = VectorType::get(rowBytes, builder.getI8Type());
  Value value = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type, ArrayRef<int8_t>(full)));
  for (int64_t i = 0; i < 2; ++i)
    vector::StoreOp::create(builder, loc, value, shapes.buffer,
                            ValueRange{code.constant(i * rowBytes)});
  shape({});
}

void MatrixUnit::shape(Value rows) {
  Value place = code.constant(0);
  if (rows) {
    place = code.constant(rowBytes);
    for (int64_t row = 0; row < 2; ++row) {
      Value count = minimum(sub(rows, code.constant(row * tileRows)),
                            code.constant(tileRows));
      // A register that isn't used needs a row all the same.
      count = arith::MaxSIOp::create(builder, loc, count, code.constant(1));
      count =
          arith::IndexCastOp::create(builder, loc, builder.getI8Type(), count);
      for (int64_t tile : {sums(row, 0), sums(row, 1), left(row)})
        memref::StoreOp::create(
            builder, loc, count, shapes.buffer,
            ValueRange{code.constant(rowBytes + rowsOfTiles + tile)});
    }
  }
  call("ldtilecfg", {}, pointerTo(shapes.buffer, place));
}

void MatrixUnit::release() { call("tilerelease", {}); }

void MatrixUnit::multiply(Factors factors, int64_t sums, int64_t left,
                          int64_t right) {
  auto name = [&]() -> StringRef {
    switch (factors) {
    case Factors::Bytes:
      return "tdpbssd";
    case Factors::UnsignedBySignedBytes:
      return "tdpbusd";
    case Factors::BFloats:
      return "tdpbf16ps";
    }
    llvm_unreachable("unknown factors");
  };
  call(name(), {sums, left, right});
}

Value MatrixUnit::pointerTo(Value buffer, Value element) {
  int64_t bytes =
      byteWidth(cast<MemRefType>(buffer.getType()).getElementType());
  Value start =
      memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, buffer);
  Value address = arith::IndexCastOp::create(builder, loc, builder.getI64Type(),
                                             add(start, mul(element, bytes)));
  return LLVM::IntToPtrOp::create(
      builder, loc, LLVM::LLVMPointerType::get(builder.getContext()), address);
}

Value MatrixUnit::advance(Value pointer, Value bytes) {
  Value offset =
      arith::IndexCastOp::create(builder, loc, builder.getI64Type(), bytes);
  return LLVM::GEPOp::create(builder, loc, pointer.getType(),
                             builder.getI8Type(), pointer,
                             ArrayRef<LLVM::GEPArg>{offset});
}

void MatrixUnit::call(StringRef instruction, ArrayRef<int64_t> tiles,
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
