//===- Passes.td - passes of the CPU backend ------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_COMPILE_PASSES_TD
#define TENON_BACKENDS_CPU_COMPILE_PASSES_TD

include "mlir/Pass/PassBase.td"

def ChoosePanels : Pass<"tenon-cpu-panels", "::mlir::ModuleOp"> {
  let summary = "Give weights the panels that a schedule file asks for";
  let description = [{
    Writes `tenon.panel`, the columns of a panel, on globals that products read
    and of which an entry [[panel]] of the file says so; `tenon-pack-weights`
    follows. All targets of an artifact read the same panels, so an entry counts
    if it is meant for all.
  }];
  let dependentDialects = ["::tenon::TenonDialect"];
  let options = [
    ListOption<"targets", "targets", "std::string",
               "Targets by name or file; all built-in ones if none is given">,
    Option<"file", "file", "std::string", "", "Schedules (TOML)">
  ];
}

def Schedule : Pass<"tenon-cpu-schedule", "::mlir::ModuleOp"> {
  let summary = "Choose emitters, tiles and row pitches";
  let description = [{
    Writes `tenon.schedules`, a schedule for each of the module's targets, on
    every kernel, from an analytic model of the target: its vector width, its
    registers, its caches. Intermediate tensors with long rows get a pitch that
    spreads rows over the sets of the first cache.
  }];
  let dependentDialects = ["::tenon::TenonDialect"];
  let options = [
    ListOption<"targets", "targets", "std::string",
               "Targets by name or file; all built-in ones if none is given">,
    Option<"file", "file", "std::string", "",
           "Schedules that override the chosen ones (TOML)">,
    ListOption<"others", "others", "std::string",
               "Targets of other backends, which the file may be for as well">
  ];
}

def LowerToLoops : Pass<"tenon-cpu-loops", "::mlir::ModuleOp"> {
  let summary = "Write scheduled kernels as loops";
  let description = [{
    For every kernel (a function with `tenon.kernel`) and every schedule in its
    `tenon.schedules`, adds a module with one function: the kernel for that
    target, on flat buffers, running the tasks begin .. end - 1. The module's
    `tenon.grid` and `tenon.scratch` say, in the kernel's dims, how many tasks
    there are and how many bytes of scratch a thread needs.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::ub::UBDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def KernelAbi : Pass<"tenon-cpu-abi", "::mlir::ModuleOp"> {
  let summary = "Give kernels the calling convention of the runtime";
  let description = [{
    Adds the exported function (buffers, dims, scratch, begin, end) that loads
    the kernel's arguments and calls the kernel, whose pointers it marks as not
    aliasing. Runs on a module in the LLVM dialect.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // TENON_BACKENDS_CPU_COMPILE_PASSES_TD
