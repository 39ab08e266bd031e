//===- GpuKernel.cpp - a kernel on its way to blocks of threads -----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/GpuKernel.h"

#include "codegen/Decompose.h"
#include "dialect/HostTensor.h"
#include "dialect/Types.h"
#include "runtime/Format.h"

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

/// A buffer's storage. Devices align what a program binds to much more than
/// any vector needs.
static Storage makeGpuStorage(Value buffer, Type type,
                              DictionaryAttr attributes) {
  constexpr int64_t bytes = 64;
  Storage storage = makeStorage(buffer, type, attributes);
  storage.alignment = bytes / byteWidth(memoryType(storage.elementType));
  return storage;
}

/// Writes one kernel for one target into a module of its own.
static LogicalResult lowerKernel(func::FuncOp kernel, StringRef target,
                                 ScheduleAttr schedule, ModuleOp parent) {
  MLIRContext *context = kernel.getContext();
  Location loc = kernel.getLoc();
  OpBuilder builder(context);
  builder.setInsertionPointToEnd(parent.getBody());
  std::string name = format::kernelSymbol(kernel.getName(), target);
  auto module = ModuleOp::create(builder, loc, name);
  module->setAttr("tenon.target", builder.getStringAttr(target));
  module->setAttr("tenon.kernel", builder.getStringAttr(kernel.getName()));
  builder.setInsertionPointToEnd(module.getBody());
  auto gpuModule = gpu::GPUModuleOp::create(builder, loc, name);
  builder.setInsertionPointToStart(gpuModule.getBody());

  // Shorthand ops are taken apart in a copy: the kernel itself stays what it
  // is, for the evaluator and for the other targets.
  OwningOpRef<func::FuncOp> copy(kernel.clone());
  if (failed(decomposeOps(*copy)))
    return failure();

  auto dimNames = kernel->getAttrOfType<ArrayAttr>("tenon.dims");
  SmallVector<Type> types;
  auto addBuffer = [&](Type type) {
    types.push_back(MemRefType::get({ShapedType::kDynamic},
                                    memoryType(getElementType(type))));
  };
  llvm::for_each(kernel.getArgumentTypes(), addBuffer);
  llvm::for_each(kernel.getResultTypes(), addBuffer);
  types.append(dimNames.size(), builder.getIndexType());
  auto function = gpu::GPUFuncOp::create(builder, loc, name,
                                         builder.getFunctionType(types, {}));
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(),
                    builder.getUnitAttr());
  Block *entry = &function.getBody().front();
  builder.setInsertionPointToStart(entry);

  unsigned next = 0;
  SmallVector<Value> buffers;
  for (size_t i = 0; i < kernel.getNumArguments() + kernel.getNumResults(); ++i)
    buffers.push_back(entry->getArgument(next++));
  SmallVector<std::pair<StringAttr, Value>> dimValues;
  for (Attribute dimName : dimNames)
    dimValues.push_back(
        {cast<StringAttr>(dimName), entry->getArgument(next++)});

  KernelCode code(builder, *copy, dimValues);
  for (auto [i, argument] : llvm::enumerate(copy->getArguments()))
    code.setStorage(argument, makeGpuStorage(buffers[i], argument.getType(),
                                             copy->getArgAttrDict(i)));
  SmallVector<KernelResult> results;
  Operation *yield = copy->getBody().front().getTerminator();
  for (auto [i, value] : llvm::enumerate(yield->getOperands()))
    results.push_back(
        {value, makeGpuStorage(buffers[kernel.getNumArguments() + i],
                               value.getType(), copy->getResultAttrDict(i))});
  GpuKernel gpuKernel(code, schedule, results, function);
  LogicalResult emitted = emitBody(gpuKernel);
  builder.setInsertionPointToEnd(entry);
  gpu::ReturnOp::create(builder, loc);
  if (failed(emitted) || code.hasFailed)
    return emitError(loc) << "kernel " << kernel.getName()
                          << " can't be generated for " << target;
  module->setAttr("tenon.grid", gpuKernel.grid);
  module->setAttr("tenon.scratch", getConstantDim(context, 0));
  return success();
}

LogicalResult tenon::lowerKernelsToGpu(ModuleOp module) {
  for (auto kernel :
       llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
    if (!kernel->hasAttr("tenon.kernel"))
      continue;
    auto schedules = kernel->getAttrOfType<DictionaryAttr>("tenon.schedules");
    if (!schedules)
      return kernel.emitError("has no schedule");
    for (NamedAttribute entry : schedules)
      if (failed(lowerKernel(kernel, entry.getName(),
                             cast<ScheduleAttr>(entry.getValue()), module)))
        return failure();
  }
  return success();
}
