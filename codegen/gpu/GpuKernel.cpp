//===- GpuKernel.cpp - a kernel on its way to blocks of threads -----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/GpuKernel.h"

#include "codegen/KernelFrame.h"

using namespace tenon;
using namespace mlir;

void GpuKernel::begin(DimAttr tasks, int64_t threadCount) {
  grid = tasks;
  threads = threadCount;
  MLIRContext *context = builder.getContext();
  DimAttr zero = getConstantDim(context, 0);
  auto sizes =
      builder.getDenseI32ArrayAttr({static_cast<int32_t>(threads), 1, 1});
  function.setKnownBlockSizeAttr(sizes);
  // The grid is a rectangle of workgroups with at least `grid` of them: no side
  // of it may be as long as a grid can be.
  Value x = gpu::BlockIdOp::create(builder, loc, gpu::Dimension::x);
  Value y = gpu::BlockIdOp::create(builder, loc, gpu::Dimension::y);
  Value width = gpu::GridDimOp::create(builder, loc, gpu::Dimension::x);
  Value position = arith::AddIOp::create(
      builder, loc, arith::MulIOp::create(builder, loc, y, width), x);
  ElementBuilder e = code.elements(1);
  task = e.uniform(position, 1, zero, grid - 1);
  thread = e.uniform(gpu::ThreadIdOp::create(builder, loc, gpu::Dimension::x),
                     1, zero, getConstantDim(context, threads - 1));
  code.enterIf(arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                                     position, code.dim(grid)));
}

Value GpuKernel::allocateShared(int64_t count, Type type) {
  auto space = gpu::AddressSpaceAttr::get(builder.getContext(),
                                          gpu::AddressSpace::Workgroup);
  return function.addWorkgroupAttribution(
      MemRefType::get({count}, type, MemRefLayoutAttrInterface(), space), loc);
}

void GpuKernel::barrier() { gpu::BarrierOp::create(builder, loc); }

void GpuKernel::distribute(int64_t count,
                           llvm::function_ref<void(const Index &)> visit) {
  MLIRContext *context = builder.getContext();
  for (int64_t first = 0; first < count; first += threads) {
    ElementBuilder e = code.elements(1);
    Index i = e.add(thread, e.constant(first));
    OpBuilder::InsertionGuard guard(builder);
    if (count - first < threads)
      code.enterIf(arith::CmpIOp::create(builder, loc,
                                         arith::CmpIPredicate::ult, i.base,
                                         code.constant(count)));
    i.low = getConstantDim(context, first);
    i.high = getConstantDim(context, std::min(count, first + threads) - 1);
    visit(i);
  }
}

Index GpuKernel::atMostLast(const Index &index, DimAttr size, int64_t step) {
  ElementBuilder e = code.elements(1);
  if (e.isInside(index, size))
    return index;
  Value last = code.dim(size - step);
  Value base = arith::MinUIOp::create(builder, loc, index.base, last);
  return e.uniform(base, step, getConstantDim(builder.getContext(), 0),
                   size - step);
}

//===----------------------------------------------------------------------===//
// The frame of a kernel
//===----------------------------------------------------------------------===//

static LogicalResult emitBody(GpuKernel &kernel) {
  StringRef emitter = kernel.schedule.getEmitter().getValue();
  if (emitter == "pointwise")
    return emitGpuPointwise(kernel);
  if (emitter == "rows")
    return emitGpuRows(kernel);
  if (emitter == "matmul")
    return emitGpuMatmul(kernel);
  return emitError(kernel.loc) << "there is no emitter '" << emitter << "'";
}

/// Devices align what a program binds to much more than any vector needs.
static constexpr int64_t bufferAlignment = 64;

LogicalResult tenon::lowerKernelsToGpu(ModuleOp module) {
  return lowerScheduledKernels(module, [](KernelFrame &frame) {
    Location loc = frame.kernel.getLoc();
    OpBuilder builder(frame.kernel.getContext());
    builder.setInsertionPointToEnd(frame.module.getBody());
    auto gpuModule = gpu::GPUModuleOp::create(builder, loc, frame.symbol);
    builder.setInsertionPointToStart(gpuModule.getBody());
    auto function = gpu::GPUFuncOp::create(
        builder, loc, frame.symbol,
        builder.getFunctionType(frame.parameterTypes(), {}));
    function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(),
                      builder.getUnitAttr());
    Block *entry = &function.getBody().front();
    builder.setInsertionPointToStart(entry);

    KernelCode code(builder, frame.kernel, frame.dims(entry->getArguments()));
    GpuKernel kernel(
        code, frame.schedule,
        frame.setStorage(code, entry->getArguments(), bufferAlignment),
        function);
    LogicalResult emitted = emitBody(kernel);
    builder.setInsertionPointToEnd(entry);
    gpu::ReturnOp::create(builder, loc);
    return frame.finish(failure(failed(emitted) || code.hasFailed), kernel.grid,
                        getConstantDim(frame.kernel.getContext(), 0));
  });
}
