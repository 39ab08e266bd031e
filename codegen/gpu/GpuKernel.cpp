//===- GpuKernel.cpp - a kernel on its way to blocks of threads -----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/GpuKernel.h"

#include "codegen/KernelFrame.h"
#include "dialect/HostTensor.h"
#include "dialect/Types.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

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

void GpuKernel::beginSubgroup(DimAttr tasks, int64_t most) {
  function->setAttr(ofSubgroupName, builder.getUnitAttr());
  begin(tasks, most);
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
  // With more rounds than this there is a loop around them.
  constexpr int64_t mostCopies = 4;
  auto round = [&](const Index &i, bool isWhole) {
    OpBuilder::InsertionGuard guard(builder);
    if (!isWhole)
      code.enterIf(arith::CmpIOp::create(builder, loc,
                                         arith::CmpIPredicate::ult, i.base,
                                         code.constant(count)));
    visit(i);
  };
  ElementBuilder e = code.elements(1);
  if (count > mostCopies * threads) {
    code.loop(thread.base, code.constant(count), threads, {},
              [&](Value i, ValueRange) {
                round(e.uniform(i, 1, getConstantDim(context, 0),
                                getConstantDim(context, count - 1)),
                      /*isWhole=*/true);
                return SmallVector<Value>();
              });
    return;
  }
  for (int64_t first = 0; first < count; first += threads) {
    Index i = e.add(thread, e.constant(first));
    i.low = getConstantDim(context, first);
    i.high = getConstantDim(context, std::min(count, first + threads) - 1);
    round(i, count - first >= threads);
  }
}

Value GpuKernel::readQuad(Value tensor, ArrayRef<Index> index, unsigned axis,
                          DimAttr size, Type type, bool zeroBeyond) {
  Type element = getElementType(tensor.getType());
  auto orZero = [&](Value value, const Index &place) -> Value {
    if (!zeroBeyond || code.elements(1).isInside(place, size))
      return value;
    Value exists = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::ult, place.base, code.dim(size));
    Value none = arith::ConstantOp::create(
        builder, loc, builder.getZeroAttr(value.getType()));
    return arith::SelectOp::create(builder, loc, exists, value, none);
  };
  SmallVector<Index> at = llvm::to_vector(index);
  std::optional<int64_t> fixed = size.asConstant();
  if (fixed && *fixed % quad == 0) {
    ElementBuilder e = code.elements(quad);
    at[axis] = e.consecutive(atMostLast(index[axis], size, quad));
    at[axis].high = size - 1;
    Value value =
        code.orPoison(e.read(tensor, at), VectorType::get(quad, element));
    return orZero(emitCast(builder, loc, e.splat(value), type), index[axis]);
  }
  ElementBuilder e = code.elements(1);
  SmallVector<Value> values;
  for (int64_t lane = 0; lane < quad; ++lane) {
    Index place = e.add(index[axis], e.constant(lane));
    at[axis] = atMostLast(place, size);
    Value value = code.orPoison(e.read(tensor, at), element);
    values.push_back(orZero(emitCast(builder, loc, value, type), place));
  }
  return vector::FromElementsOp::create(builder, loc,
                                        VectorType::get(quad, type), values);
}

std::function<Value(Value)> GpuKernel::combineLists(Value memory, int64_t lists,
                                                    int64_t count,
                                                    const Combine &combine) {
  auto place = [this, count](Value list, Value element) -> Value {
    Value first =
        builder.createOrFold<arith::MulIOp>(loc, list, code.constant(count));
    return builder.createOrFold<arith::AddIOp>(loc, first, element);
  };
  auto ofLists = [=, this](Value first, int64_t apart, int64_t together,
                           Value element) {
    Value all;
    for (int64_t i = 0; i < together; ++i) {
      Value list = builder.createOrFold<arith::AddIOp>(
          loc, first, code.constant(i * apart));
      Value next = memref::LoadOp::create(builder, loc, memory,
                                          ValueRange{place(list, element)});
      all = all ? combine(all, next) : next;
    }
    return all;
  };
  MLIRContext *context = builder.getContext();
  // Of the lists, every `apart`-th holds what others were combined with.
  int64_t apart = 1;
  barrier();
  while (lists > readAtOnce) {
    int64_t together = readAtOnce;
    while (lists % together)
      --together;
    if (together == 1)
      together = lists;
    lists /= together;
    distribute(lists * count, [&](const Index &i) {
      ElementBuilder e = code.elements(1);
      DimAttr size = getConstantDim(context, count);
      Value first =
          e.mul(e.floorDiv(i, size), getConstantDim(context, apart * together))
              .base;
      Value element = e.floorMod(i, size).base;
      memref::StoreOp::create(builder, loc,
                              ofLists(first, apart, together, element), memory,
                              ValueRange{place(first, element)});
    });
    apart *= together;
    barrier();
  }
  return [=, this](Value element) {
    return ofLists(code.constant(0), apart, lists, element);
  };
}

Value GpuKernel::combineLanes(ReduceKind kind, Value vector) {
  SmallVector<Value> values;
  int64_t lanes = cast<VectorType>(vector.getType()).getNumElements();
  for (int64_t lane = 0; lane < lanes; ++lane)
    values.push_back(vector::ExtractOp::create(builder, loc, vector, lane));
  for (; values.size() > 1; values.resize(values.size() / 2))
    for (size_t i = 0; i < values.size() / 2; ++i)
      values[i] = emitCombine(builder, loc, kind, values[i],
                              values[i + values.size() / 2]);
  return values.front();
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

namespace {
struct Emitter {
  StringLiteral name;
  size_t tile, block; ///< How many sizes it takes of a schedule, at least.
  LogicalResult (*emit)(GpuKernel &);
};
} // namespace

static constexpr Emitter emitters[] = {
    {"pointwise", 0, 1, emitGpuPointwise},
    {"rows", 1, 1, emitGpuRows},
    {"rows-subgroup", 1, 0, emitGpuRows},
    {"rows-workgroup", 1, 0, emitGpuRows},
    {"matmul", 2, 3, emitGpuMatmul},
    {"matmul-direct", 2, 3, emitGpuMatmulDirect},
    {"matmul-matrix", 6, 3, emitGpuMatmulMatrix},
    {"attention", 2, 3, emitGpuAttention},
    {"attention-direct", 2, 3, emitGpuAttention},
    {"attention-codes", 2, 3, emitGpuCodedAttention},
    {"attention-matrix", 6, 3, emitGpuMatrixAttention},
};

static LogicalResult emitBody(GpuKernel &kernel) {
  ScheduleAttr schedule = kernel.schedule;
  const auto *emitter = llvm::find_if(emitters, [&](const Emitter &known) {
    return known.name == schedule.getEmitter().getValue();
  });
  if (emitter == std::end(emitters))
    return emitError(kernel.loc) << "there is no emitter '"
                                 << schedule.getEmitter().getValue() << "'";
  auto isNone = [](int64_t size) { return size < 1; };
  if (schedule.getTile().size() < emitter->tile ||
      schedule.getBlock().size() < emitter->block || schedule.getLanes() < 1 ||
      llvm::any_of(schedule.getTile(), isNone) ||
      llvm::any_of(schedule.getBlock(), isNone))
    return emitError(kernel.loc)
           << "the schedule of '" << emitter->name << "' needs "
           << emitter->tile << " sizes of a tile and " << emitter->block
           << " of a block, of 1 or more each";
  return emitter->emit(kernel);
}

/// Says on the function's parameter how many bytes a tensor of constant size
/// takes.
static void setBytes(gpu::GPUFuncOp function, const Storage &storage) {
  if (storage.places)
    return;
  int64_t elements = 1;
  for (auto [dim, stride] : llvm::zip(storage.dims, storage.strides)) {
    std::optional<int64_t> size = dim.asConstant(), step = stride.asConstant();
    if (!size || !step)
      return;
    elements = std::max(elements, *size * *step);
  }
  function.setArgAttr(
      cast<BlockArgument>(storage.buffer).getArgNumber(), "tenon.bytes",
      IntegerAttr::get(IntegerType::get(function.getContext(), 64),
                       elements * byteWidth(memoryType(storage.elementType))));
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
    for (BlockArgument argument : frame.kernel.getArguments())
      setBytes(function, *code.getStorage(argument));
    for (const KernelResult &result : kernel.results)
      setBytes(function, result.storage);
    LogicalResult emitted = emitBody(kernel);
    builder.setInsertionPointToEnd(entry);
    gpu::ReturnOp::create(builder, loc);
    return frame.finish(failure(failed(emitted) || code.hasFailed), kernel.grid,
                        getConstantDim(frame.kernel.getContext(), 0));
  });
}
