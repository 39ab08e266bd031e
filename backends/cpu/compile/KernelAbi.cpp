//===- KernelAbi.cpp - the calling convention of kernels ------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A kernel comes here with every buffer spread into the five values of a memref
// descriptor. Only the pointer matters: it is loaded from the table of buffers,
// and it aliases no other, because the planner gives every result memory of its
// own. The kernel is kept out of line so that this promise, made on its
// arguments, holds for all of its body.
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace tenon::cpu {
#define GEN_PASS_DEF_KERNELABI
#include "backends/cpu/compile/Passes.h.inc"
} // namespace tenon::cpu

using namespace tenon;
using namespace mlir;

namespace {
struct KernelAbi : tenon::cpu::impl::KernelAbiBase<KernelAbi> {
  using KernelAbiBase::KernelAbiBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<LLVM::LLVMFuncOp> functions(module.getOps<LLVM::LLVMFuncOp>());
    if (functions.size() != 1) {
      module.emitError("expected one kernel function");
      return signalPassFailure();
    }
    if (failed(wrap(functions.front())))
      signalPassFailure();
  }

  LogicalResult wrap(LLVM::LLVMFuncOp kernel) {
    MLIRContext *context = &getContext();
    OpBuilder builder(context);
    Location loc = kernel.getLoc();
    std::string name = kernel.getName().str();
    kernel.setName(name + "_body");
    kernel.setLinkage(LLVM::Linkage::Internal);
    kernel.setNoInline(true);

    Type pointer = LLVM::LLVMPointerType::get(context);
    Type i64 = builder.getI64Type();
    builder.setInsertionPointAfter(kernel);
    auto type =
        LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context),
                                    {pointer, pointer, pointer, i64, i64});
    auto entry = LLVM::LLVMFuncOp::create(builder, loc, name, type);
    Block *block = entry.addEntryBlock(builder);
    builder.setInsertionPointToStart(block);
    Value buffers = block->getArgument(0), dims = block->getArgument(1);
    Value zero = LLVM::ConstantOp::create(builder, loc, i64, 0);
    Value one = LLVM::ConstantOp::create(builder, loc, i64, 1);

    // Arguments are descriptors (two pointers, three integers), then dims, then
    // the scratch descriptor, begin and end.
    SmallVector<Type> parameters =
        llvm::to_vector(kernel.getFunctionType().getParams());
    SmallVector<Value> arguments;
    unsigned bufferCount = 0, dimCount = 0;
    auto element = [&](Value table, Type elementType, unsigned i) -> Value {
      Value place =
          LLVM::GEPOp::create(builder, loc, pointer, elementType, table,
                              ArrayRef<LLVM::GEPArg>{int32_t(i)});
      return LLVM::LoadOp::create(builder, loc, elementType, place);
    };
    auto pushDescriptor = [&](Value buffer) {
      kernel.setArgAttr(arguments.size() + 1, "llvm.noalias",
                        builder.getUnitAttr());
      kernel.setArgAttr(arguments.size() + 1, "llvm.nonnull",
                        builder.getUnitAttr());
      arguments.append({buffer, buffer, zero, zero, one});
    };
    for (size_t i = 0; i < parameters.size();) {
      if (isa<LLVM::LLVMPointerType>(parameters[i])) {
        // The last descriptor, before begin and end, is scratch.
        bool isScratch = i + 5 == parameters.size() - 2;
        pushDescriptor(isScratch ? Value(block->getArgument(2))
                                 : element(buffers, pointer, bufferCount++));
        i += 5;
      } else if (i + 2 >= parameters.size()) {
        arguments.push_back(
            block->getArgument(i + 2 == parameters.size() ? 3 : 4));
        ++i;
      } else {
        arguments.push_back(element(dims, i64, dimCount++));
        ++i;
      }
    }
    LLVM::CallOp::create(builder, loc, kernel, arguments);
    LLVM::ReturnOp::create(builder, loc, ValueRange());
    return success();
  }
};
} // namespace
