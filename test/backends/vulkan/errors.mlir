// What has no code for Vulkan, one line each.
// RUN: not tenon-check %S/Inputs/gemm.mlir --target vulkan --cpu toaster 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET: tenon-check: error: --cpu: there is no Vulkan target 'toaster'
// TARGET-NEXT: help: known are software, desktop-matrix, desktop-dot, desktop, baseline, and files ending in .toml

// RUN: echo 'name = "x"' > %t.toml
// RUN: not tenon-check %S/Inputs/gemm.mlir --target vulkan --cpu %t.toml 2>&1 | FileCheck %s --check-prefix=TABLE
// TABLE: error: {{.*}}.toml:1:1: needs a table [workgroup]

// RUN: %exits 2 tenon compile %S/Inputs/gemm.mlir --compile-from graph --target vulkan --emit so+h -o %t.so | FileCheck %s --check-prefix=LINKED
// LINKED: tenon: error: --emit: a program can only be linked with code for the host's processor
