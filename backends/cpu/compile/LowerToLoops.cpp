//===- LowerToLoops.cpp - scheduled kernels as loops ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/CpuKernel.h"
#include "backends/cpu/compile/Passes.h"

#include "codegen/KernelFrame.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/UB/IR/UBOps.h"

namespace tenon::cpu {
#define GEN_PASS_DEF_LOWERTOLOOPS
#include "backends/cpu/compile/Passes.h.inc"
} // namespace tenon::cpu

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

static LogicalResult emitBody(CpuKernel &kernel) {
  StringRef emitter = kernel.schedule.getEmitter().getValue();
  if (emitter == "pointwise")
    return emitPointwise(kernel);
  if (emitter == "rows")
    return emitRows(kernel);
  if (emitter == "stencil")
    return emitStencil(kernel);
  if (emitter == "matmul")
    return emitMatmul(kernel);
  if (emitter == "attention")
    return emitAttention(kernel);
  return emitError(kernel.loc) << "there is no emitter '" << emitter << "'";
}

/// Writes the function of one kernel for one target.
static LogicalResult lowerKernel(KernelFrame &frame) {
  MLIRContext *context = frame.kernel.getContext();
  Location loc = frame.kernel.getLoc();
  OpBuilder builder(context);
  SmallVector<Type> types = frame.parameterTypes();
  size_t common = types.size();
  types.push_back(MemRefType::get({ShapedType::kDynamic},
                                  builder.getI8Type())); // scratch
  types.append(2, builder.getIndexType());               // begin, end

  builder.setInsertionPointToEnd(frame.module.getBody());
  auto function = func::FuncOp::create(builder, loc, frame.symbol,
                                       builder.getFunctionType(types, {}));
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  ValueRange parameters = entry->getArguments().take_front(common);
  ValueRange others = entry->getArguments().drop_front(common);

  KernelCode code(builder, frame.kernel, frame.dims(parameters));
  CpuKernel kernel(code, frame.schedule, frame.setStorage(code, parameters),
                   others[0], others[1], others[2]);
  LogicalResult emitted = emitBody(kernel);
  builder.setInsertionPointToEnd(entry);
  func::ReturnOp::create(builder, loc);
  return frame.finish(failure(failed(emitted) || code.hasFailed), kernel.grid,
                      kernel.scratchBytes);
}

namespace {
struct LowerToLoops : tenon::cpu::impl::LowerToLoopsBase<LowerToLoops> {
  using LowerToLoopsBase::LowerToLoopsBase;

  void runOnOperation() override {
    if (failed(lowerScheduledKernels(getOperation(), lowerKernel)))
      signalPassFailure();
  }
};
} // namespace
