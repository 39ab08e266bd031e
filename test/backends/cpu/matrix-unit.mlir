// Products of bytes and of bf16 on a matrix unit: full tiles, then the last rows with
// shapes of their own, and the steps of k that don't fill a tile.
// RUN: tenon-opt %s --tenon-cpu-schedule=targets=x86-64-v4-amx --tenon-cpu-loops | FileCheck %s
// RUN: tenon-opt %s --tenon-cpu-schedule=targets=x86-64-v4-vnni --tenon-cpu-loops | FileCheck %s --check-prefix=VECTOR
// RUN: not tenon-opt %s --tenon-cpu-schedule="targets=x86-64-v4-amx file=%S/Inputs/unit-rows.toml" 2>&1 | FileCheck %s --check-prefix=ROWS
// ROWS: unit-rows.toml:3:8: k_bytes: a unit that multiplies matrices takes 16 or 32 rows, 32 columns and one step

// The left side is staged: its rows end within a tile.
// CHECK-LABEL: module @k_bytes_x86_64_v4_amx
// CHECK: llvm.call_intrinsic "llvm.x86.ldtilecfg"
// CHECK: vector.store {{.*}} vector<27xi8>
// CHECK: scf.for
// CHECK: llvm.call_intrinsic "llvm.x86.tilezero"
// CHECK: scf.for
// CHECK: memref.prefetch
// CHECK: llvm.call_intrinsic "llvm.x86.tileloadd64"
// CHECK: llvm.call_intrinsic "llvm.x86.tdpbssd"
// CHECK: llvm.call_intrinsic "llvm.x86.tilestored64"
// CHECK: scf.if
// CHECK: llvm.call_intrinsic "llvm.x86.ldtilecfg"
// CHECK: llvm.call_intrinsic "llvm.x86.tilerelease"
// VECTOR-LABEL: module @k_bytes_x86_64_v4_vnni
// VECTOR: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
func.func private @k_bytes(%x: tensor<?x37xi8, #tenon.dims<[d0, 37]>>, %p: tensor<2x10x32x4xi8>) -> tensor<?x43xi32, #tenon.dims<[d0, 43]>> attributes {tenon.kernel, tenon.dims = ["d0"]} {
  %0 = tenon.matmul %x, %p {columns = 43 : i64} : (tensor<?x37xi8, #tenon.dims<[d0, 37]>>, tensor<2x10x32x4xi8>) -> tensor<?x43xi32, #tenon.dims<[d0, 43]>>
  return %0 : tensor<?x43xi32, #tenon.dims<[d0, 43]>>
}

// Whole tiles of k are read where they are.
// CHECK-LABEL: module @k_bf16_x86_64_v4_amx
// CHECK-NOT: vector<{{.*}}xi16>
// CHECK: llvm.call_intrinsic "llvm.x86.tdpbf16ps"
// VECTOR-LABEL: module @k_bf16_x86_64_v4_vnni
func.func private @k_bf16(%x: tensor<?x64xbf16, #tenon.dims<[d0, 64]>>, %p: tensor<2x32x32x2xbf16>) -> tensor<?x43xf32, #tenon.dims<[d0, 43]>> attributes {tenon.kernel, tenon.dims = ["d0"]} {
  %0 = tenon.matmul %x, %p {columns = 43 : i64, wide = true} : (tensor<?x64xbf16, #tenon.dims<[d0, 64]>>, tensor<2x32x32x2xbf16>) -> tensor<?x43xf32, #tenon.dims<[d0, 43]>>
  return %0 : tensor<?x43xf32, #tenon.dims<[d0, 43]>>
}
