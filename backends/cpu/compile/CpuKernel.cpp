//===- CpuKernel.cpp - a kernel on its way to loops -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/CpuKernel.h"

#include "dialect/HostTensor.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

Storage CpuKernel::allocateScratch(DimAttr elements, Type elementType) {
  MLIRContext *context = builder.getContext();
  Type memory = memoryType(elementType);
  DimAttr alignment = getConstantDim(context, 64);
  DimAttr bytes = ceilDiv(elements * byteWidth(memory), alignment) * alignment;
  auto type = MemRefType::get({ShapedType::kDynamic}, memory);
  Value offset = code.dim(scratchBytes);
  Value buffer = memref::ViewOp::create(builder, loc, type, scratch, offset,
                                        ValueRange{code.dim(elements)});
  scratchBytes = scratchBytes + bytes;
  Storage storage;
  storage.buffer = buffer;
  storage.dims = {elements};
  storage.strides = {getConstantDim(context, 1)};
  storage.elementType = elementType;
  return storage;
}

Value CpuKernel::combine(ReduceKind kind, Value accumulator, Value term) {
  if (kind == ReduceKind::sum && schedule.getFma())
    if (auto product = term.getDefiningOp<arith::MulFOp>())
      return multiplyAdd(product.getLhs(), product.getRhs(), accumulator);
  return emitCombine(builder, loc, kind, accumulator, term);
}

Value CpuEmitter::maskFor(Value left) {
  auto type = VectorType::get(lanes, builder.getI1Type());
  return vector::CreateMaskOp::create(builder, loc, type, left);
}

std::pair<Index, Value> CpuEmitter::vectorFrom(Value first, DimAttr size,
                                               int64_t step) {
  Value mask;
  std::optional<int64_t> fixed = size.asConstant();
  if (!fixed || *fixed % step != 0)
    mask = maskFor(sub(code.dim(size), first));
  ElementBuilder elements = code.elements(lanes, mask);
  Index index = elements.consecutive(elements.uniform(first, lanes));
  index.low = zero;
  index.high = size - 1;
  return {index, mask};
}

Value CpuEmitter::callIntrinsic(StringRef name, Type type,
                                ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(builder, loc, type,
                                       builder.getStringAttr(name), operands)
      .getResult(0);
}

Value CpuEmitter::addByteProducts(Value sum, Value unsignedBytes,
                                  Value signedBytes) {
  return callIntrinsic(lanes == 16 ? "llvm.x86.avx512.vpdpbusd.512"
                                   : "llvm.x86.avx512.vpdpbusd.256",
                       sum.getType(), {sum, unsignedBytes, signedBytes});
}

Value CpuEmitter::addWordProducts(Value sum, Value a, Value b) {
  // With VNNI, this becomes one instruction (vpdpwssd).
  StringRef multiply = lanes == 16  ? "llvm.x86.avx512.pmaddw.d.512"
                       : lanes == 8 ? "llvm.x86.avx2.pmadd.wd"
                                    : "llvm.x86.sse2.pmadd.wd";
  return arith::AddIOp::create(builder, loc, sum,
                               callIntrinsic(multiply, sum.getType(), {a, b}));
}

Value CpuEmitter::addBFloatProducts(Value sum, Value a, Value b) {
  return callIntrinsic(lanes == 16 ? "llvm.x86.avx512bf16.dpbf16ps.512"
                                   : "llvm.x86.avx512bf16.dpbf16ps.256",
                       sum.getType(), {sum, a, b});
}

Value CpuEmitter::toBFloats(Value low, Value high) {
  return callIntrinsic(lanes == 16 ? "llvm.x86.avx512bf16.cvtne2ps2bf16.512"
                                   : "llvm.x86.avx512bf16.cvtne2ps2bf16.256",
                       VectorType::get(2 * lanes, builder.getBF16Type()),
                       {high, low});
}

Value CpuEmitter::broadcastWord(Value buffer, Value place) {
  Type i32 = builder.getI32Type();
  Type type = cast<MemRefType>(buffer.getType()).getElementType();
  int64_t count = 32 / type.getIntOrFloatBitWidth();
  Value word = vector::LoadOp::create(
      builder, loc, VectorType::get(count, type), buffer, ValueRange{place});
  word = vector::BitCastOp::create(builder, loc, VectorType::get(1, i32), word);
  word = vector::BroadcastOp::create(builder, loc, VectorType::get(lanes, i32),
                                     word);
  return vector::BitCastOp::create(builder, loc,
                                   VectorType::get(lanes * count, type), word);
}
