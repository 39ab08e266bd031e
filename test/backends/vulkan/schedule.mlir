// Schedule files for GPUs: an emitter, blocks and threads of odd sizes, for one target or
// for all, and what is refused.
// RUN: tenon-opt %s --tenon-vulkan-schedule="targets=desktop,software file=%S/Inputs/schedule.toml" | FileCheck %s

// CHECK: @k_matmul
// CHECK-SAME: desktop = #tenon.schedule<"matmul-direct", lanes = 4, tile = [3, 4, 3], block = [9, 20, 12], fma = true>
// CHECK-SAME: software = #tenon.schedule<"matmul-direct", lanes = 4, tile = [5, 4], block = [5, 12, 4], fma = true>
func.func private @k_matmul(%x: tensor<?x43xf32, #tenon.dims<[d0, 43]>>, %w: tensor<10x43x32xf32> {tenon.memory = "constant"}) -> tensor<?x301xf32, #tenon.dims<[d0, 301]>> attributes {tenon.kernel, tenon.dims = ["d0"]} {
  %0 = tenon.matmul %x, %w {columns = 301 : i64} : (tensor<?x43xf32, #tenon.dims<[d0, 43]>>, tensor<10x43x32xf32>) -> tensor<?x301xf32, #tenon.dims<[d0, 301]>>
  return %0 : tensor<?x301xf32, #tenon.dims<[d0, 301]>>
}

// CHECK: @k_softmax
// CHECK-SAME: desktop = #tenon.schedule<"rows", lanes = 1, tile = [8], block = [7], fma = true>
// CHECK-SAME: software = #tenon.schedule<"rows", lanes = 1, tile = [8], block = [7], fma = true>
func.func private @k_softmax(%x: tensor<?x333xf32, #tenon.dims<[d0, 333]>>) -> tensor<?x333xf32, #tenon.dims<[d0, 333]>> attributes {tenon.kernel, tenon.dims = ["d0"]} {
  %0 = tenon.softmax %x {axis = 1 : i64} : (tensor<?x333xf32, #tenon.dims<[d0, 333]>>) -> tensor<?x333xf32, #tenon.dims<[d0, 333]>>
  return %0 : tensor<?x333xf32, #tenon.dims<[d0, 333]>>
}

// CHECK: @k_exp
// CHECK-SAME: desktop = #tenon.schedule<"pointwise", lanes = 1, tile = [], block = [48], fma = true>
func.func private @k_exp(%x: tensor<?x23xf32, #tenon.dims<[d0, 23]>>) -> tensor<?x23xf32, #tenon.dims<[d0, 23]>> attributes {tenon.kernel, tenon.dims = ["d0"]} {
  %0 = tenon.unary exp %x : (tensor<?x23xf32, #tenon.dims<[d0, 23]>>) -> tensor<?x23xf32, #tenon.dims<[d0, 23]>>
  return %0 : tensor<?x23xf32, #tenon.dims<[d0, 23]>>
}

// What the target has no room for, or the emitter can't divide, at its place.
// RUN: printf '[[kernel]]\nname = "k_matmul"\ntile = [1, 4]\nblock = [32, 64, 16]\n' > %t.toml
// RUN: not tenon-opt %s --tenon-vulkan-schedule="targets=desktop file=%t.toml" 2>&1 | FileCheck %s --check-prefix=THREADS
// THREADS: toml:3:8: k_matmul: a block needs 512 threads, more than the 256 of a workgroup (target desktop){{$}}
// RUN: printf '[[kernel]]\nname = "k_matmul"\nblock = [32, 32, 256]\n' > %t.toml
// RUN: not tenon-opt %s --tenon-vulkan-schedule="targets=desktop file=%t.toml" 2>&1 | FileCheck %s --check-prefix=SHARED
// SHARED: toml:3:9: k_matmul: a block needs 66048 bytes of shared memory, more than the 32768 of a workgroup (target desktop){{$}}
// RUN: printf '[[kernel]]\nname = "k_matmul"\ntile = [3, 4]\nblock = [32, 32, 16]\n' > %t.toml
// RUN: not tenon-opt %s --tenon-vulkan-schedule="targets=desktop file=%t.toml" 2>&1 | FileCheck %s --check-prefix=DIVIDE
// DIVIDE: toml:3:8: k_matmul: a thread's part must divide the block (target desktop){{$}}
// RUN: printf '[[kernel]]\nname = "k_matmul"\ntile = [2, 4, 2]\n' > %t.toml
// RUN: not tenon-opt %s --tenon-vulkan-schedule="targets=desktop file=%t.toml" 2>&1 | FileCheck %s --check-prefix=COUNT
// COUNT: toml:3:8: k_matmul: matmul needs 2 sizes in tile (target desktop){{$}}
// RUN: printf '[[kernel]]\nname = "k_matmul"\nemitter = "matmul-matrix"\n' > %t.toml
// RUN: not tenon-opt %s --tenon-vulkan-schedule="targets=desktop file=%t.toml" 2>&1 | FileCheck %s --check-prefix=EMITTER
// EMITTER: toml:3:11: k_matmul: there is no emitter 'matmul-matrix' for this kernel, but matmul, matmul-direct (target desktop){{$}}
// RUN: printf '[[kernel]]\nname = "k_softmax"\nemitter = "rows"\ntile = [24]\n' > %t.toml
// RUN: not tenon-opt %s --tenon-vulkan-schedule="targets=desktop file=%t.toml" 2>&1 | FileCheck %s --check-prefix=TEAM
// TEAM: toml:4:8: k_softmax: a row has 1, 2, 4, 8 .. threads (target desktop){{$}}
// RUN: printf '[[kernel]]\nname = "k_softmax"\nemitter = "rows-subgroup"\ntile = [32]\n' > %t.toml
// RUN: not tenon-opt %s --tenon-vulkan-schedule="targets=desktop file=%t.toml" 2>&1 | FileCheck %s --check-prefix=SUBGROUP
// SUBGROUP: toml:4:8: k_softmax: the target's subgroups have 64 threads at most (target desktop){{$}}
// RUN: printf '[[kernel]]\nname = "k_softmax"\nemitter = "rows-workgroup"\ntile = [512]\n' > %t.toml
// RUN: not tenon-opt %s --tenon-vulkan-schedule="targets=desktop file=%t.toml" 2>&1 | FileCheck %s --check-prefix=WORKGROUP
// WORKGROUP: toml:4:8: k_softmax: a workgroup has 1 .. 256 threads, not 512 (target desktop){{$}}
// RUN: printf '[[kernel]]\nname = "k_softmax"\nemitter = "rows-workgroup"\ntile = [32]\n' > %t.toml
// RUN: tenon-opt %s --tenon-vulkan-schedule="targets=desktop file=%t.toml" | FileCheck %s --check-prefix=FEW
// FEW: desktop = #tenon.schedule<"rows-workgroup", lanes = 1, tile = [32], block = [], fma = true>
// RUN: not tenon-opt %s --tenon-vulkan-schedule="targets=baseline file=%t.toml" 2>&1 | FileCheck %s --check-prefix=LACKS
// LACKS: toml:3:11: k_softmax: there is no emitter 'rows-workgroup' for this kernel, but rows (target baseline){{$}}
// RUN: printf '[[kernel]]\nname = "k_exp"\nblock = [65]\n' > %t.toml
// RUN: not tenon-opt %s --tenon-vulkan-schedule="targets=software file=%t.toml" 2>&1 | FileCheck %s --check-prefix=POINTWISE
// POINTWISE: toml:3:9: k_exp: a workgroup has 1 .. 64 threads, not 65 (target software){{$}}
// RUN: tenon-opt %s --tenon-vulkan-schedule="targets=desktop file=%t.toml" | FileCheck %s --check-prefix=ROOM
// ROOM: desktop = #tenon.schedule<"pointwise", lanes = 1, tile = [], block = [65], fma = true>
