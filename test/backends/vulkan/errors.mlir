// What has no code for Vulkan, one line each.
// RUN: not tenon-check %S/Inputs/gemm.mlir --target vulkan --cpu toaster 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET: tenon-check: error: --cpu: there is no Vulkan target 'toaster'
// TARGET-NEXT: help: known are software, desktop-matrix, desktop-dot, desktop, baseline, and files ending in .toml

// RUN: echo 'name = "x"' > %t.toml
// RUN: not tenon-check %S/Inputs/gemm.mlir --target vulkan --cpu %t.toml 2>&1 | FileCheck %s --check-prefix=TABLE
// TABLE: error: {{.*}}.toml:1:1: needs a table [workgroup]

// RUN: %exits 2 tenon compile %S/Inputs/gemm.mlir --compile-from graph --target vulkan --emit so+h -o %t.so | FileCheck %s --check-prefix=LINKED
// LINKED: tenon: error: --emit: a program can only be linked with code for the host's processor

// A schedule that somebody wrote.
// RUN: tenon compile %S/Inputs/attention.mlir --compile-from graph --compile-to scheduled --target vulkan --cpu desktop -o %t.mlir
// RUN: sed 's/block = .[0-9, ]*./block = [32]/' %t.mlir > %t.few.mlir
// RUN: not tenon compile %t.few.mlir --compile-from scheduled --target vulkan --cpu desktop -o %t.tenon 2>&1 | FileCheck %s --check-prefix=SIZES
// RUN: sed 's/tile = .[0-9, ]*./tile = [0, 4]/' %t.mlir > %t.none.mlir
// RUN: not tenon compile %t.none.mlir --compile-from scheduled --target vulkan --cpu desktop -o %t.tenon 2>&1 | FileCheck %s --check-prefix=SIZES
// SIZES: the schedule of 'attention' needs 2 sizes of a tile and 3 of a block, of 1 or more each
