//===- OutlineKernels.cpp - kernels as functions --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/KernelDims.h"
#include "passes/Passes.h"
#include "passes/Weights.h"

#include "dialect/TenonOps.h"
#include "dialect/Types.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon {
#define GEN_PASS_DEF_OUTLINEKERNELS
#include "passes/Passes.h.inc"
} // namespace tenon

using namespace tenon;
using namespace mlir;

namespace {
struct OutlineKernels : tenon::impl::OutlineKernelsBase<OutlineKernels> {
  using OutlineKernelsBase::OutlineKernelsBase;

  void runOnOperation() override {
    SmallVector<KernelOp> kernels;
    getOperation().walk([&](KernelOp kernel) { kernels.push_back(kernel); });
    for (KernelOp kernel : kernels)
      outline(kernel);
  }

private:
  void outline(KernelOp kernel) {
    MLIRContext *context = &getContext();
    OpBuilder builder(context);
    Location loc = kernel.getLoc();
    builder.setInsertionPointToEnd(getOperation().getBody());
    auto function = func::FuncOp::create(
        builder, loc, "kernel",
        builder.getFunctionType(kernel.getInputs().getTypes(),
                                kernel.getOutputs().getTypes()));
    function.setPrivate();
    function.getBody().takeBody(kernel.getBody());
    Operation *yield = function.getBody().front().getTerminator();
    builder.setInsertionPoint(yield);
    func::ReturnOp::create(builder, yield->getLoc(), yield->getOperands());
    yield->erase();
    markMemory(kernel, function);

    KernelDims dims(context);
    dims.collect(function);
    dims.rename(function);
    function->setAttr("tenon.kernel", builder.getUnitAttr());
    function->setAttr("tenon.dims",
                      builder.getArrayAttr(SmallVector<Attribute>(
                          dims.names().begin(), dims.names().end())));

    function = unique(function);
    builder.setInsertionPoint(kernel);
    auto launch = LaunchOp::create(
        builder, loc, kernel.getOutputs().getTypes(), function.getName(),
        DimsAttr::get(context, dims.meanings()), kernel.getInputs());
    kernel->replaceAllUsesWith(launch);
    kernel.erase();
  }

  /// Says of each argument and result where it lives, unless in the arena.
  /// (What holds a state follows from its type.)
  static void markMemory(KernelOp kernel, func::FuncOp function) {
    OpBuilder builder(kernel);
    for (auto [i, input] : llvm::enumerate(kernel.getInputs())) {
      StringRef memory;
      if (isa<StateType>(input.getType()))
        continue;
      if (isa<BlockArgument>(input))
        memory = "input";
      else if (input.getDefiningOp<GlobalRefOp>())
        memory = "constant";
      if (!memory.empty())
        function.setArgAttr(i, "tenon.memory", builder.getStringAttr(memory));
      // An output that later kernels read is read where the caller wants it.
      else if (isReturned(input))
        function.setArgAttr(i, "tenon.memory", builder.getStringAttr("output"));
    }
    for (auto [i, output] : llvm::enumerate(kernel.getOutputs()))
      if (!isa<StateType>(output.getType()) && isReturned(output))
        function.setResultAttr(i, "tenon.memory",
                               builder.getStringAttr("output"));
  }

  static bool isReturned(Value value) {
    return llvm::any_of(value.getUsers(), [](Operation *user) {
      return isa<func::ReturnOp>(user);
    });
  }

  /// The function that does what `function` does: itself, or an earlier one.
  func::FuncOp unique(func::FuncOp function) {
    std::string text;
    llvm::raw_string_ostream os(text);
    function.print(os, OpPrintingFlags().useLocalScope());
    auto [it, isNew] = known.try_emplace(text, function);
    if (!isNew) {
      function.erase();
      return it->second;
    }
    function.setName(nameFor(function));
    return function;
  }

  /// A name that says what a kernel does: `k3_matmul_gelu`.
  std::string nameFor(func::FuncOp function) {
    std::string name = "k" + std::to_string(count++);
    SmallVector<StringRef> parts;
    for (Operation &op : function.getBody().front()) {
      auto fusible = dyn_cast<FusionOpInterface>(op);
      if (!fusible || fusible.getFusionKind() == FusionKind::Source ||
          fusible.getFusionKind() == FusionKind::Movement)
        continue;
      StringRef part = op.getName().stripDialect();
      if (auto unary = dyn_cast<UnaryOp>(op))
        part = stringifyUnaryKind(unary.getKind());
      if (auto binary = dyn_cast<BinaryOp>(op))
        part = stringifyBinaryKind(binary.getKind());
      parts.push_back(part);
    }
    if (parts.empty())
      parts.push_back("move");
    // Long chains are cut: the name is for people.
    for (StringRef part : ArrayRef<StringRef>(parts).take_front(5))
      name += ("_" + part).str();
    // An entry may be called like that.
    while (getOperation().lookupSymbol(name))
      name += "_";
    return name;
  }

  llvm::StringMap<func::FuncOp> known;
  unsigned count = 0;
};
} // namespace
