//===- GpuProbes.cpp - kernels that measure a GPU -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Arithmetic: every thread adds products to sums that depend on nothing but
// themselves, in registers. They begin with different numbers, so that no
// compiler finds two of them equal, and what comes of them is stored if it has
// a value that it never has, which no compiler knows.
//
// Reading: neighbouring threads read neighbouring vectors, of more memory than
// caches hold.
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/GpuProbes.h"

#include "codegen/gpu/GpuKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace tenon;
using namespace mlir;

namespace {
class GpuProbeWriter {
public:
  GpuProbeWriter(ModuleOp into, const GpuProbeTarget &target)
      : into(into), target(target), builder(into.getContext()),
        loc(into.getLoc()), words(VectorType::get(quad, builder.getI32Type())),
        floats(VectorType::get(quad, builder.getF32Type())) {}

  void addFloats();
  void addIntegers();
  void addDots();
  void addMatrices();
  void addReads();
  void addNothing();

private:
  static constexpr int64_t quad = GpuKernel::quad;
  /// Sums of a thread, enough to hide how long one takes, and few enough for
  /// the registers of a processor that plays a GPU.
  static constexpr int64_t lanes = 16;
  /// Times that each is added to in a step, so that the loop costs little, and
  /// steps of a task: some ten microseconds.
  static constexpr int64_t copies = 16, steps = 256;

  /// Writes a kernel on buffers of `element`, of what `body` computes.
  void write(StringRef name, const Probe &probe, Type element,
             llvm::function_ref<void()> body);
  Probe arithmetic(format::Products products, StringRef unit, Type sum);
  SmallVector<Value> addUp(ArrayRef<Value> sums, int64_t copies,
                           llvm::function_ref<Value(Value)> add);
  SmallVector<Value> differentSums(VectorType type, int64_t count);
  Value combine(ArrayRef<Value> sums);
  void keep(Value sum);

  Value number(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  Value add(Value a, Value b) {
    return arith::AddIOp::create(builder, loc, a, b);
  }
  Value multiply(Value a, Value b) {
    return arith::MulIOp::create(builder, loc, a, b);
  }
  Value asWord(Value index) {
    return arith::IndexCastOp::create(builder, loc, builder.getI32Type(),
                                      index);
  }
  Value asFloat(Value index) {
    return arith::SIToFPOp::create(builder, loc, builder.getF32Type(),
                                   asWord(index));
  }
  /// A small number that is known at run time only.
  Value fraction() {
    Value one =
        arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(1));
    return arith::DivFOp::create(builder, loc, one, asFloat(stepCount));
  }
  Value splat(VectorType type, Value value) {
    return vector::BroadcastOp::create(builder, loc, type, value);
  }

  ModuleOp into;
  const GpuProbeTarget &target;
  OpBuilder builder;
  Location loc;
  VectorType words, floats; ///< Four of them.

  // Of the kernel that is being written:
  gpu::GPUFuncOp function;
  SmallVector<Value> buffers;
  Value taskCount, stepCount, task, thread;
};
} // namespace

void GpuProbeWriter::write(StringRef name, const Probe &probe, Type element,
                           llvm::function_ref<void()> body) {
  std::string symbol = format::kernelSymbol(name.str(), target.name);
  builder.setInsertionPointToEnd(into.getBody());
  auto module = ModuleOp::create(builder, loc, symbol);
  module->setAttr("tenon.target", builder.getStringAttr(target.name));
  module->setAttr("tenon.kernel", builder.getStringAttr(name));
  probe.attach(module);

  builder.setInsertionPointToStart(module.getBody());
  auto gpuModule = gpu::GPUModuleOp::create(builder, loc, symbol);
  builder.setInsertionPointToStart(gpuModule.getBody());
  SmallVector<Type> types(probe.sizes.size(),
                          MemRefType::get({ShapedType::kDynamic}, element));
  types.append(2, builder.getIndexType());
  function = gpu::GPUFuncOp::create(builder, loc, symbol,
                                    builder.getFunctionType(types, {}));
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(),
                    builder.getUnitAttr());
  function.setKnownBlockSizeAttr(builder.getDenseI32ArrayAttr(
      {static_cast<int32_t>(target.threads), 1, 1}));
  Block *entry = &function.getBody().front();
  ValueRange parameters = entry->getArguments();
  buffers = llvm::to_vector(parameters.drop_back(2));
  taskCount = parameters[buffers.size()];
  stepCount = parameters[buffers.size() + 1];

  builder.setInsertionPointToStart(entry);
  // The grid is a rectangle with at least as many workgroups as there are
  // tasks.
  Value x = gpu::BlockIdOp::create(builder, loc, gpu::Dimension::x);
  Value y = gpu::BlockIdOp::create(builder, loc, gpu::Dimension::y);
  Value width = gpu::GridDimOp::create(builder, loc, gpu::Dimension::x);
  task = add(multiply(y, width), x);
  thread = gpu::ThreadIdOp::create(builder, loc, gpu::Dimension::x);
  Value exists = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                                       task, taskCount);
  auto ifExists = scf::IfOp::create(builder, loc, exists);
  builder.setInsertionPointToStart(ifExists.thenBlock());
  body();
  builder.setInsertionPointToEnd(entry);
  gpu::ReturnOp::create(builder, loc);
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// Of lanes of vectors. A multiplication with an addition counts as two.
Probe GpuProbeWriter::arithmetic(format::Products products, StringRef unit,
                                 Type sum) {
  Probe probe;
  probe.entry = unit.str();
  probe.unit = unit.str();
  probe.products = products;
  probe.steps = steps;
  probe.flops = target.threads * lanes * copies * steps * 2;
  probe.sizes = {target.threads * sum.getIntOrFloatBitWidth() / 8};
  return probe;
}

/// Each step adds to each of `sums`, `copies` times.
SmallVector<Value> GpuProbeWriter::addUp(ArrayRef<Value> sums, int64_t copies,
                                         llvm::function_ref<Value(Value)> add) {
  auto loop = scf::ForOp::create(
      builder, loc, number(0), stepCount, number(1), sums,
      [&](OpBuilder &inside, Location, Value, ValueRange carried) {
        OpBuilder::InsertionGuard guard(builder);
        builder.restoreInsertionPoint(inside.saveInsertionPoint());
        SmallVector<Value> next = llvm::to_vector(carried);
        for (int64_t i = 0; i < copies; ++i)
          for (Value &sum : next)
            sum = add(sum);
        scf::YieldOp::create(builder, loc, next);
      });
  return llvm::to_vector_of<Value>(loop.getResults());
}

/// Vectors none of whose lanes equals another one, in any thread.
SmallVector<Value> GpuProbeWriter::differentSums(VectorType type,
                                                 int64_t count) {
  SmallVector<Value> sums;
  Value first = asWord(multiply(thread, number(count * quad)));
  for (int64_t i = 0; i < count; ++i) {
    SmallVector<int32_t> lane;
    for (int64_t j = 0; j < quad; ++j)
      lane.push_back(static_cast<int32_t>(i * quad + j));
    Value numbers = add(splat(words, first),
                        arith::ConstantOp::create(
                            builder, loc, builder.getI32VectorAttr(lane)));
    sums.push_back(type == words
                       ? numbers
                       : arith::SIToFPOp::create(builder, loc, type, numbers));
  }
  return sums;
}

/// All lanes of all sums, added up.
Value GpuProbeWriter::combine(ArrayRef<Value> sums) {
  auto addAny = [&](Value a, Value b) -> Value {
    if (getElementTypeOrSelf(a.getType()).isF32())
      return arith::AddFOp::create(builder, loc, a, b);
    return add(a, b);
  };
  Value all = sums.front();
  for (Value sum : sums.drop_front())
    all = addAny(all, sum);
  if (!isa<VectorType>(all.getType()))
    return all;
  Value lane = vector::ExtractOp::create(builder, loc, all, 0);
  for (int64_t i = 1; i < quad; ++i)
    lane = addAny(lane, vector::ExtractOp::create(builder, loc, all, i));
  return lane;
}

/// Makes a thread's sum something that is needed.
void GpuProbeWriter::keep(Value sum) {
  Value wanted;
  if (sum.getType().isF32())
    wanted = arith::CmpFOp::create(
        builder, loc, arith::CmpFPredicate::OEQ, sum,
        arith::ConstantOp::create(builder, loc,
                                  builder.getF32FloatAttr(0x1p100f)));
  else
    wanted = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::eq, sum,
        arith::ConstantOp::create(builder, loc,
                                  builder.getI32IntegerAttr(0x2545f491)));
  OpBuilder::InsertionGuard guard(builder);
  auto ifWanted = scf::IfOp::create(builder, loc, wanted);
  builder.setInsertionPointToStart(ifWanted.thenBlock());
  memref::StoreOp::create(builder, loc, sum, buffers.back(),
                          ValueRange{thread});
}

void GpuProbeWriter::addFloats() {
  Type type = builder.getF32Type();
  write("floats", arithmetic(format::Products::Floats, target.floats, type),
        type, [&] {
          // Sums come near to a small number: none that is slow, as denormal
          // ones are for some.
          Value factor = splat(floats, fraction());
          keep(combine(addUp(differentSums(floats, lanes / quad), copies,
                             [&](Value sum) -> Value {
                               return math::FmaOp::create(builder, loc, sum,
                                                          factor, factor);
                             })));
        });
}

void GpuProbeWriter::addIntegers() {
  Type type = builder.getI32Type();
  write("integers", arithmetic(format::Products::Bytes, target.integers, type),
        type, [&] {
          Value factor = splat(words, asWord(stepCount));
          keep(combine(
              addUp(differentSums(words, lanes / quad), copies, [&](Value sum) {
                return add(multiply(sum, factor), factor);
              })));
        });
}

/// A sum is itself a word of four bytes, which are multiplied by others.
void GpuProbeWriter::addDots() {
  Type word = builder.getI32Type();
  auto bytes = VectorType::get(quad, builder.getI8Type());
  auto asBytes = [&](Value value) -> Value {
    Value one = splat(VectorType::get(1, word), value);
    Value four = vector::BitCastOp::create(builder, loc, bytes, one);
    return arith::ExtSIOp::create(builder, loc, words, four);
  };
  Probe probe = arithmetic(format::Products::Bytes, target.dots, word);
  probe.flops *= quad;
  write("dots", probe, word, [&] {
    SmallVector<Value> sums;
    for (Value four : differentSums(words, lanes / quad))
      for (int64_t i = 0; i < quad; ++i)
        sums.push_back(vector::ExtractOp::create(builder, loc, four, i));
    Value factors = asBytes(asWord(stepCount));
    keep(combine(addUp(sums, copies, [&](Value sum) {
      return add(sum, vector::ReductionOp::create(
                          builder, loc, vector::CombiningKind::ADD,
                          multiply(asBytes(sum), factors)));
    })));
  });
}

void GpuProbeWriter::addMatrices() {
  // Each takes longer than a lane's products, and much more registers.
  constexpr int64_t matrices = 4, copiesOfMatrices = copies / matrices;
  Type half = builder.getF16Type(), type = builder.getF32Type();
  auto left = gpu::MMAMatrixType::get({target.rows, target.depth}, half, "AOp");
  auto right =
      gpu::MMAMatrixType::get({target.depth, target.columns}, half, "BOp");
  auto sum =
      gpu::MMAMatrixType::get({target.rows, target.columns}, type, "COp");
  int64_t subgroups = target.threads / target.subgroup;
  int64_t vectors = target.rows * target.columns / quad; // of a matrix
  Probe probe = arithmetic(format::Products::Halves, target.matrices, type);
  probe.flops = subgroups * matrices * copiesOfMatrices * steps * 2 *
                target.rows * target.columns * target.depth;
  auto constant = [&](gpu::MMAMatrixType type, Value value) -> Value {
    return gpu::SubgroupMmaConstantMatrixOp::create(builder, loc, type, value);
  };
  write("matrices", probe, type, [&] {
    Value number = fraction();
    Value factor = arith::TruncFOp::create(builder, loc, half, number);
    Value a = constant(left, factor), b = constant(right, factor);
    SmallVector<Value> sums;
    for (int64_t i = 0; i < matrices; ++i)
      sums.push_back(constant(
          sum, arith::AddFOp::create(
                   builder, loc, number,
                   arith::ConstantOp::create(
                       builder, loc, builder.getF32FloatAttr(float(i))))));
    sums = addUp(sums, copiesOfMatrices, [&](Value c) -> Value {
      return gpu::SubgroupMmaComputeOp::create(builder, loc, sum, a, b, c,
                                               UnitAttr(), UnitAttr());
    });
    Value all = sums.front();
    for (Value next : ArrayRef(sums).drop_front())
      all = gpu::SubgroupMmaElementwiseOp::create(builder, loc, sum,
                                                  ValueRange{all, next},
                                                  gpu::MMAElementwiseOp::ADDF);
    // Who holds which element is the device's business: through shared memory,
    // each thread gets one.
    auto space = gpu::AddressSpaceAttr::get(builder.getContext(),
                                            gpu::AddressSpace::Workgroup);
    Value shared = function.addWorkgroupAttribution(
        MemRefType::get({subgroups * vectors}, floats,
                        MemRefLayoutAttrInterface(), space),
        loc);
    Value part = gpu::SubgroupIdOp::create(builder, loc, IntegerAttr());
    gpu::SubgroupMmaStoreMatrixOp::create(
        builder, loc, all, shared,
        ValueRange{multiply(part, this->number(vectors))},
        builder.getIndexAttr(target.columns / quad), UnitAttr());
    gpu::BarrierOp::create(builder, loc);
    Value own = arith::RemUIOp::create(builder, loc, thread,
                                       this->number(subgroups * vectors));
    keep(combine(
        {memref::LoadOp::create(builder, loc, shared, ValueRange{own})}));
  });
}

//===----------------------------------------------------------------------===//
// Memory, and nothing
//===----------------------------------------------------------------------===//

void GpuProbeWriter::addReads() {
  // Together more than the caches of any device.
  constexpr int64_t sources = 4, stepsOfTask = 16;
  constexpr int64_t vectorBytes = 4 * quad;
  Type type = builder.getF32Type();
  Probe touch;
  touch.entry = touch.unit = "memory";
  touch.sizes.assign(sources, target.range);
  Probe read = touch;
  read.sizes.push_back(target.threads * 4);

  // Memory that nobody has written may be the same page of zeros everywhere.
  constexpr int64_t page = 4096;
  touch.tasks = target.range / page / target.threads;
  write("touch", touch, type, [&] {
    Value place = add(multiply(task, number(target.threads)), thread);
    for (Value buffer : buffers)
      memref::StoreOp::create(builder, loc, asFloat(thread), buffer,
                              ValueRange{multiply(place, number(page / 4))});
  });

  read.steps = stepsOfTask;
  read.bytes = sources * stepsOfTask * target.threads * vectorBytes;
  read.tasks = sources * target.range / read.bytes;
  write("read", read, type, [&] {
    Value threads = number(target.threads);
    Value first = multiply(task, stepCount);
    Value none =
        arith::ConstantOp::create(builder, loc, builder.getZeroAttr(floats));
    auto loop = scf::ForOp::create(
        builder, loc, number(0), stepCount, number(1),
        SmallVector<Value>(sources, none),
        [&](OpBuilder &inside, Location, Value step, ValueRange sums) {
          OpBuilder::InsertionGuard guard(builder);
          builder.restoreInsertionPoint(inside.saveInsertionPoint());
          Value place = add(multiply(add(first, step), threads), thread);
          SmallVector<Value> next;
          for (auto [buffer, sum] : llvm::zip(buffers, sums)) {
            Value value = vector::LoadOp::create(
                builder, loc, floats, buffer,
                ValueRange{multiply(place, number(quad))},
                /*nontemporal=*/false, llvm::MaybeAlign(vectorBytes));
            next.push_back(arith::AddFOp::create(builder, loc, sum, value));
          }
          scf::YieldOp::create(builder, loc, next);
        });
    keep(combine(llvm::to_vector_of<Value>(loop.getResults())));
  });
}

void GpuProbeWriter::addNothing() {
  Probe probe;
  probe.entry = probe.unit = "launches";
  probe.tasks = 1;
  probe.launches = 1024;
  probe.sizes = {4};
  write("nothing", probe, builder.getF32Type(), [] {});
}

void tenon::addGpuProbes(ModuleOp module, const GpuProbeTarget &target) {
  GpuProbeWriter writer(module, target);
  // What may not be there comes first: memory.
  writer.addReads();
  writer.addNothing();
  writer.addFloats();
  if (target.dots.empty())
    writer.addIntegers();
  else
    writer.addDots();
  if (!target.matrices.empty())
    writer.addMatrices();
}
