//===- Passes.td - passes of the Vulkan backend ----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_COMPILE_PASSES_TD
#define TENON_BACKENDS_VULKAN_COMPILE_PASSES_TD

include "mlir/Pass/PassBase.td"

def Schedule : Pass<"tenon-vulkan-schedule", "::mlir::ModuleOp"> {
  let summary = "Choose emitters, blocks and the work of a thread";
  let description = [{
    Writes `tenon.schedules`, a schedule for each of the module's targets, on
    every kernel: how many threads a workgroup has and what each of them
    computes, within the target's limits.
  }];
  let dependentDialects = ["::tenon::TenonDialect"];
  let options = [
    ListOption<"targets", "targets", "std::string",
               "Targets by name or file; `desktop` if none is given">,
    Option<"file", "file", "std::string", "",
           "Schedules that override the chosen ones (TOML)">,
    ListOption<"others", "others", "std::string",
               "Targets of other backends, which the file may be for as well">
  ];
}

def LowerToLoops : Pass<"tenon-vulkan-loops", "::mlir::ModuleOp"> {
  let summary = "Write scheduled kernels as loops over blocks of threads";
  let description = [{
    For every kernel and every schedule in its `tenon.schedules`, adds a module
    with the kernel's code in the gpu dialect, see codegen/gpu.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::ub::UBDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def MakeProbes : Pass<"tenon-vulkan-probes", "::mlir::ModuleOp"> {
  let summary = "Write kernels that measure a device";
  let description = [{
    Adds a module for each thing that a device of the target does, in the form of
    `tenon-vulkan-loops`, with `tenon.probe` (codegen/Probe.h).
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
  let options = [
    Option<"target", "target", "std::string", /*default=*/"",
           "The target, by name or file">
  ];
}

def Legalize : Pass<"tenon-vulkan-legalize", "::mlir::ModuleOp"> {
  let summary = "Bring a kernel into the form that SPIR-V for Vulkan has";
  let description = [{
    Arguments become a descriptor set's storage buffers, in order, and dims push
    constants of 32 bits. Pointers can't be cast, so a buffer that is read or
    written in aligned vectors is declared once more, at the same binding, with
    vectors for elements; other vectors are taken apart. Sums of four products
    of bytes are one instruction.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::spirv::SPIRVDialect",
    "::mlir::vector::VectorDialect"
  ];
  let options = [
    Option<"texels", "texels", "bool", "false",
           "Read vectors of four floats as texels of buffers that the kernel "
           "doesn't write; their bindings come behind those of all buffers">
  ];
}

def BindPieces : Pass<"tenon-vulkan-bind-pieces", "::mlir::ModuleOp"> {
  let summary = "Bind in pieces what is larger than a device can bind";
  let description = [{
    A buffer whose size in bytes is known (`tenon.bytes` of a kernel's argument) and
    larger than `range` becomes buffers of `range` bytes each, and whoever reads or
    writes an element goes to the piece that has it. A vector never lies in two.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect"
  ];
  let options = [
    Option<"range", "range", "int64_t", /*default=*/"int64_t(1) << 27",
           "Bytes that can be bound at once: a power of two">
  ];
}

def HoistInvariants : Pass<"tenon-vulkan-hoist-invariants", "::mlir::ModuleOp"> {
  let summary = "Compute before a loop what is the same in all its rounds";
  let description = [{
    A driver may not do it. Besides what the pass loop-invariant-code-motion moves,
    divisions by numbers that only a call knows (dims of the places of elements,
    mostly) and what is conditional in a round.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def SplitLongs : Pass<"tenon-vulkan-split-longs", "::mlir::ModuleOp"> {
  let summary = "Compute with 64-bit integers as two words";
  let description = [{
    For devices without `shaderInt64`. A number in memory is its low and its high
    word, so buffers stay what they are, and results are what they are elsewhere.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

def WidenBytes : Pass<"tenon-vulkan-widen-bytes", "::mlir::ModuleOp"> {
  let summary = "Compute with integers of 8 and 16 bits as words";
  let description = [{
    For devices without `shaderInt8` or `shaderInt16`, or storage of these. Buffers
    stay what they are and are read by words. A whole vector is stored as words,
    an element with two atomic operations, as other threads may write what else
    is in its word.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

def Finish : Pass<"tenon-vulkan-finish", "::mlir::spirv::ModuleOp"> {
  let summary = "Say what the conversion to SPIR-V leaves unsaid";
  let description = [{
    Clamps are instructions. Float arithmetic is computed as written: drivers may neither contract nor
    reorder it and, where the target can say so, must keep NaN and infinities. Push constants have no binding. Buffers that are only read are said to be,
    and declarations that a write may be seen through; unused ones are dropped. Memory of a workgroup
    is shared by Vulkan's memory model where there are matrices. A loop that never runs results
    in what it began with. Workgroups that are meant to be a subgroup
    (`tenon.of_subgroup` on the module around) take their size from specialization
    constants. Version, capabilities and extensions are those that
    the code needs. Buffers whose binding says so (see Bindings.h; there are
    `tenon.buffers` of the module around) are buffers of texels.
  }];
}

#endif // TENON_BACKENDS_VULKAN_COMPILE_PASSES_TD
