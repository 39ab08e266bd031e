//===- CpuKernel.cpp - a kernel on its way to loops -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/CpuKernel.h"

#include "dialect/HostTensor.h"
#include "dialect/Types.h"

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
  return {buffer, {elements}, {getConstantDim(context, 1)}, elementType};
}

Value CpuKernel::multiplyAdd(Value a, Value b, Value c) {
  if (!schedule.getFma())
    return arith::AddFOp::create(builder, loc,
                                 arith::MulFOp::create(builder, loc, a, b), c);
  // Not vector.fma: that lets LLVM take the two operations apart.
  return math::FmaOp::create(builder, loc, a, b, c);
}

//===----------------------------------------------------------------------===//
// Store paths
//===----------------------------------------------------------------------===//

/// Collects the ops from `anchor` to `value`, nearest to the anchor first.
/// Returns how many ways lead from one to the other.
static unsigned collectPath(Value anchor, Value value,
                            SmallVectorImpl<Operation *> &path) {
  if (value == anchor)
    return 1;
  Operation *op = value.getDefiningOp();
  if (!op)
    return 0;
  unsigned ways = 0;
  for (Value operand : op->getOperands()) {
    SmallVector<Operation *> part;
    unsigned found = collectPath(anchor, operand, part);
    if (found && !ways) {
      path = std::move(part);
      path.push_back(op);
    }
    ways += found;
  }
  return ways;
}

FailureOr<StorePath> StorePath::find(Value anchor, Value result) {
  SmallVector<Operation *> ops;
  unsigned ways = collectPath(anchor, result, ops);
  if (!ways)
    return failure();
  StorePath path;
  for (Operation *op : ops) {
    if (isa<ScalarOpInterface>(op)) {
      // Elementwise ops leave the index alone, unless they broadcast.
      bool same = llvm::any_of(op->getOperands(), [&](Value operand) {
        return getDims(operand) == getDims(op->getResult(0));
      });
      if (!same)
        return failure();
      continue;
    }
    // Several ways through movement would need several places.
    if (!isa<StoreMapOpInterface>(op) || ways > 1)
      return failure();
    path.movements.push_back(op);
  }
  return path;
}

LogicalResult StorePath::map(ElementBuilder &elements, ArrayRef<Index> index,
                             SmallVectorImpl<Index> &result,
                             Value &kept) const {
  result.assign(index.begin(), index.end());
  for (Operation *op : movements) {
    SmallVector<Index> next;
    Value keep;
    if (failed(cast<StoreMapOpInterface>(op).pushIndex(elements, result, next,
                                                       keep)))
      return op->emitError("has no store map");
    result.assign(next.begin(), next.end());
    if (keep)
      kept = kept ? elements.binary(BinaryKind::and_, kept, keep) : keep;
  }
  return success();
}

LogicalResult cpu::storeResult(CpuKernel &kernel, const KernelResult &result,
                               const StorePath &path, int64_t lanes,
                               ArrayRef<Index> index, Value mask) {
  KernelCode &code = kernel.code;
  ElementBuilder elements = code.elements(lanes, mask);
  SmallVector<Index> place;
  Value kept;
  if (failed(path.map(elements, index, place, kept)))
    return failure();
  auto value = elements.read(result.value, place);
  if (failed(value))
    return failure();
  if (!kept)
    return code.store(elements, result.storage, place, *value, mask);
  if (isa<VectorType>(kept.getType())) {
    mask = mask ? elements.binary(BinaryKind::and_, mask, kept) : kept;
    return code.store(elements, result.storage, place, *value, mask);
  }
  // The whole vector is kept or dropped.
  auto branch = scf::IfOp::create(kernel.builder, kernel.loc, kept,
                                  /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(kernel.builder);
  kernel.builder.setInsertionPoint(branch.thenBlock()->getTerminator());
  return code.store(elements, result.storage, place, *value, mask);
}
