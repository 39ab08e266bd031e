//===- KernelFrame.cpp - what surrounds a kernel's code -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/KernelFrame.h"

#include "codegen/Decompose.h"
#include "dialect/HostTensor.h"
#include "dialect/Types.h"
#include "runtime/Format.h"

using namespace tenon;
using namespace mlir;

static ArrayAttr dimNames(func::FuncOp kernel) {
  return kernel->getAttrOfType<ArrayAttr>("tenon.dims");
}

unsigned tenon::buffersOfArgument(Type type) {
  return isa<StateType>(type) ? 2 : 1;
}

unsigned tenon::buffersOfResult(Type type) {
  return isa<StateType>(type) ? 0 : 1;
}

unsigned tenon::bufferCount(func::FuncOp kernel) {
  unsigned count = 0;
  for (Type type : kernel.getArgumentTypes())
    count += buffersOfArgument(type);
  for (Type type : kernel.getResultTypes())
    count += buffersOfResult(type);
  return count;
}

SmallVector<Type> KernelFrame::parameterTypes() const {
  func::FuncOp kernel = this->kernel;
  SmallVector<Type> types;
  auto addBuffer = [&](Type element) {
    types.push_back(MemRefType::get({ShapedType::kDynamic}, element));
  };
  for (Type type : kernel.getArgumentTypes()) {
    addBuffer(memoryType(getElementType(type)));
    if (isa<StateType>(type))
      addBuffer(IndexType::get(kernel.getContext()));
  }
  for (Type type : kernel.getResultTypes())
    if (!isa<StateType>(type))
      addBuffer(memoryType(getElementType(type)));
  types.append(dimNames(kernel).size(), IndexType::get(kernel.getContext()));
  return types;
}

SmallVector<std::pair<StringAttr, Value>>
KernelFrame::dims(ValueRange parameters) const {
  SmallVector<std::pair<StringAttr, Value>> dims;
  for (auto [name, value] :
       llvm::zip(dimNames(kernel), parameters.drop_front(bufferCount(kernel))))
    dims.push_back({cast<StringAttr>(name), value});
  return dims;
}

SmallVector<KernelResult> KernelFrame::setStorage(KernelCode &code,
                                                  ValueRange parameters,
                                                  int64_t alignment) const {
  func::FuncOp kernel = this->kernel;
  auto aligned = [&](Storage storage) {
    if (alignment)
      storage.alignment =
          alignment / byteWidth(memoryType(storage.elementType));
    return storage;
  };
  auto storageOf = [&](Value buffer, Type type, DictionaryAttr attributes) {
    return aligned(makeStorage(buffer, type, attributes));
  };
  unsigned next = 0;
  for (auto [i, argument] : llvm::enumerate(kernel.getArguments())) {
    DictionaryAttr attributes = kernel.getArgAttrDict(i);
    if (isa<StateType>(argument.getType())) {
      auto block = attributes.getAs<IntegerAttr>("tenon.block");
      code.setStorage(argument, aligned(makeStateStorage(
                                    parameters[next], parameters[next + 1],
                                    argument.getType(), block.getInt())));
    } else {
      code.setStorage(argument, storageOf(parameters[next], argument.getType(),
                                          attributes));
    }
    next += buffersOfArgument(argument.getType());
  }
  for (auto op : kernel.getBody().front().getOps<StateLengthsOp>())
    code.bindLengths(op, *code.getStorage(op.getState()));
  SmallVector<KernelResult> results;
  Operation *yield = kernel.getBody().front().getTerminator();
  for (auto [i, value] : llvm::enumerate(yield->getOperands())) {
    if (auto update = value.getDefiningOp<StateUpdateOpInterface>()) {
      Storage storage = *code.getStorage(update.getUpdatedState());
      storage.appends = !update.replacesContents();
      results.push_back({update.getStored(), storage});
      continue;
    }
    results.push_back({value, storageOf(parameters[next++], value.getType(),
                                        kernel.getResultAttrDict(i))});
  }
  return results;
}

LogicalResult KernelFrame::finish(LogicalResult emitted, DimAttr grid,
                                  DimAttr scratchBytes) const {
  func::FuncOp kernel = this->kernel;
  if (failed(emitted))
    return emitError(kernel.getLoc()) << "kernel " << kernel.getName()
                                      << " can't be generated for " << target;
  ModuleOp into = module;
  into->setAttr("tenon.grid", grid);
  into->setAttr("tenon.scratch", scratchBytes);
  return success();
}

LogicalResult
tenon::lowerScheduledKernels(ModuleOp module,
                             function_ref<LogicalResult(KernelFrame &)> lower) {
  for (auto kernel :
       llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
    if (!kernel->hasAttr("tenon.kernel"))
      continue;
    auto schedules = kernel->getAttrOfType<DictionaryAttr>("tenon.schedules");
    if (!schedules)
      return kernel.emitError("has no schedule");
    for (NamedAttribute entry : schedules) {
      StringRef target = entry.getName();
      OpBuilder builder(module.getContext());
      builder.setInsertionPointToEnd(module.getBody());
      std::string symbol =
          format::kernelSymbol(kernel.getName().str(), target.str());
      auto into = ModuleOp::create(builder, kernel.getLoc(), symbol);
      into->setAttr("tenon.target", builder.getStringAttr(target));
      into->setAttr("tenon.kernel", builder.getStringAttr(kernel.getName()));
      // The kernel itself stays what it is, for the evaluator and for the other
      // targets.
      OwningOpRef<func::FuncOp> copy(kernel.clone());
      if (failed(decomposeOps(*copy)))
        return failure();
      KernelFrame frame{*copy, target, cast<ScheduleAttr>(entry.getValue()),
                        into, symbol};
      if (failed(lower(frame)))
        return failure();
    }
  }
  return success();
}
