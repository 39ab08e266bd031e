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

static size_t bufferCount(func::FuncOp kernel) {
  return kernel.getNumArguments() + kernel.getNumResults();
}

SmallVector<Type> KernelFrame::parameterTypes() const {
  func::FuncOp kernel = this->kernel;
  SmallVector<Type> types;
  auto addBuffer = [&](Type type) {
    types.push_back(MemRefType::get({ShapedType::kDynamic},
                                    memoryType(getElementType(type))));
  };
  llvm::for_each(kernel.getArgumentTypes(), addBuffer);
  llvm::for_each(kernel.getResultTypes(), addBuffer);
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
  auto storageOf = [&](Value buffer, Type type, DictionaryAttr attributes) {
    Storage storage = makeStorage(buffer, type, attributes);
    if (alignment)
      storage.alignment =
          alignment / byteWidth(memoryType(storage.elementType));
    return storage;
  };
  for (auto [i, argument] : llvm::enumerate(kernel.getArguments()))
    code.setStorage(argument, storageOf(parameters[i], argument.getType(),
                                        kernel.getArgAttrDict(i)));
  SmallVector<KernelResult> results;
  Operation *yield = kernel.getBody().front().getTerminator();
  for (auto [i, value] : llvm::enumerate(yield->getOperands()))
    results.push_back(
        {value, storageOf(parameters[kernel.getNumArguments() + i],
                          value.getType(), kernel.getResultAttrDict(i))});
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
