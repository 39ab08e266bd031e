//===- LowerToLoops.cpp - scheduled kernels as loops ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/CpuKernel.h"
#include "backends/cpu/compile/Passes.h"

#include "codegen/Decompose.h"
#include "dialect/Types.h"

#include "mlir/Dialect/UB/IR/UBOps.h"

namespace tenon::cpu {
#define GEN_PASS_DEF_LOWERTOLOOPS
#include "backends/cpu/compile/Passes.h.inc"
} // namespace tenon::cpu

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

/// The symbol of a kernel's function for a target; see runtime/Format.h.
static std::string functionName(StringRef kernel, StringRef target) {
  std::string name = (kernel + "." + target).str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  return name;
}

static LogicalResult emitBody(CpuKernel &kernel) {
  StringRef emitter = kernel.schedule.getEmitter().getValue();
  if (emitter == "pointwise")
    return emitPointwise(kernel);
  if (emitter == "rows")
    return emitRows(kernel);
  if (emitter == "matmul")
    return emitMatmul(kernel);
  if (emitter == "attention")
    return emitAttention(kernel);
  return emitError(kernel.loc) << "there is no emitter '" << emitter << "'";
}

/// Writes one kernel for one target into a module of its own.
static LogicalResult lowerKernel(func::FuncOp kernel, StringRef target,
                                 ScheduleAttr schedule, ModuleOp parent) {
  MLIRContext *context = kernel.getContext();
  Location loc = kernel.getLoc();
  OpBuilder builder(context);
  builder.setInsertionPointToEnd(parent.getBody());
  std::string name = functionName(kernel.getName(), target);
  auto module = ModuleOp::create(builder, loc, name);
  module->setAttr("tenon.target", builder.getStringAttr(target));
  module->setAttr("tenon.kernel", builder.getStringAttr(kernel.getName()));

  // Shorthand ops are taken apart in a copy: the kernel itself stays what it
  // is, for the evaluator and for the other targets.
  OwningOpRef<func::FuncOp> copy(kernel.clone());
  if (failed(decomposeOps(*copy)))
    return failure();

  auto bufferType = [&](Type type) -> Type {
    return MemRefType::get({ShapedType::kDynamic},
                           memoryType(getElementType(type)));
  };
  Type index = builder.getIndexType();
  auto dimNames = kernel->getAttrOfType<ArrayAttr>("tenon.dims");
  SmallVector<Type> types;
  for (Type type : kernel.getArgumentTypes())
    types.push_back(bufferType(type));
  for (Type type : kernel.getResultTypes())
    types.push_back(bufferType(type));
  types.append(dimNames.size(), index);
  types.push_back(MemRefType::get({ShapedType::kDynamic},
                                  builder.getI8Type())); // scratch
  types.append(2, index);                                // begin, end

  builder.setInsertionPointToEnd(module.getBody());
  auto function = func::FuncOp::create(builder, loc, name,
                                       builder.getFunctionType(types, {}));
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  func::ReturnOp::create(builder, loc);
  builder.setInsertionPointToStart(entry);

  unsigned next = 0;
  auto take = [&]() { return entry->getArgument(next++); };
  SmallVector<Value> buffers;
  for (size_t i = 0; i < kernel.getNumArguments() + kernel.getNumResults(); ++i)
    buffers.push_back(take());
  SmallVector<std::pair<StringAttr, Value>> dimValues;
  for (Attribute dimName : dimNames)
    dimValues.push_back({cast<StringAttr>(dimName), take()});
  Value scratch = take(), begin = take(), end = take();

  // Emitters append; the return is put behind everything at the end.
  Operation *terminator = entry->getTerminator();
  terminator->remove();
  builder.setInsertionPointToEnd(entry);
  KernelCode code(builder, *copy, dimValues);
  for (auto [i, argument] : llvm::enumerate(copy->getArguments()))
    code.setStorage(argument, makeStorage(buffers[i], argument.getType(),
                                          copy->getArgAttrDict(i)));
  SmallVector<KernelResult> results;
  Operation *yield = copy->getBody().front().getTerminator();
  for (auto [i, value] : llvm::enumerate(yield->getOperands()))
    results.push_back(
        {value, makeStorage(buffers[kernel.getNumArguments() + i],
                            value.getType(), copy->getResultAttrDict(i))});
  CpuKernel cpuKernel(code, schedule, results, scratch, begin, end);
  LogicalResult emitted = emitBody(cpuKernel);
  entry->push_back(terminator);
  if (failed(emitted) || code.hasFailed)
    return emitError(loc) << "kernel " << kernel.getName()
                          << " can't be generated for " << target;
  module->setAttr("tenon.grid", cpuKernel.grid);
  module->setAttr("tenon.scratch", cpuKernel.scratchBytes);
  return success();
}

namespace {
struct LowerToLoops : tenon::cpu::impl::LowerToLoopsBase<LowerToLoops> {
  using LowerToLoopsBase::LowerToLoopsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    for (auto kernel :
         llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      if (!kernel->hasAttr("tenon.kernel"))
        continue;
      auto schedules = kernel->getAttrOfType<DictionaryAttr>("tenon.schedules");
      if (!schedules) {
        kernel.emitError("has no schedule");
        return signalPassFailure();
      }
      for (NamedAttribute entry : schedules)
        if (failed(lowerKernel(kernel, entry.getName(),
                               cast<ScheduleAttr>(entry.getValue()), module)))
          return signalPassFailure();
    }
  }
};
} // namespace
