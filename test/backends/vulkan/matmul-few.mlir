// Products of few rows, whose threads share the depth: right sides of all layouts,
// depths that end within a thread's steps, more rows than are usual.
// RUN: tenon-check %s --target vulkan --shapes 3 2>&1 | FileCheck %s --implicit-check-not=Validation
// RUN: %machine,subgroup=8,scattered=1 tenon-check %s --target vulkan --cpu desktop --shapes 4 | FileCheck %s
// RUN: %machine,subgroup=64,integers=0 tenon-check %s --target vulkan --cpu baseline --shapes 3 | FileCheck %s
// CHECK: 9 functions, {{[34]}} shapes, {{[1-3] variants?}}: all equal

// RUN: tenon compile %s --compile-from graph --compile-to scheduled --target vulkan --cpu desktop --cpu software -o %t.mlir
// RUN: FileCheck %s --check-prefix=SCHEDULE --implicit-check-not='schedule<"matmul"' < %t.mlir
// SCHEDULE-COUNT-9: desktop = #tenon.schedule<"matmul-direct", lanes = 4, tile = [{{[48]}}, 4, 32], block = [{{[48]}}, 32, 4], {{.*}}software = #tenon.schedule<"matmul-direct", lanes = 4, tile = [{{[0-9]+}},
// SCHEDULE-NOT: #tenon.schedule

// The threads of a workgroup add up in two rounds: 32 sums, then 4.
// RUN: tenon compile %s --compile-from graph --target vulkan --cpu desktop --emit loops -o - | FileCheck %s --check-prefix=LOOPS
// LOOPS: gpu.func @{{.*}}(
// LOOPS: scf.for
// LOOPS: memref.store {{.*}}memref<1024xvector<4xf32>, #gpu.address_space<workgroup>>
// LOOPS: gpu.barrier
// LOOPS-COUNT-8: memref.load {{.*}}#gpu.address_space<workgroup>>
// LOOPS: gpu.barrier
// LOOPS-COUNT-4: memref.load {{.*}}#gpu.address_space<workgroup>>
// LOOPS-NOT: gpu.barrier
// LOOPS: gpu.return

tenon.symbol @B in [1, 13] typical 1
tenon.symbol @K in [1, 300] typical 129

func.func @packed(%x: tensor<?x301xf32, #tenon.dims<[B, 301]>>, %w: tensor<3x301x32xf32>) -> tensor<?x95xf32, #tenon.dims<[B, 95]>> {
  %0 = tenon.matmul %x, %w {columns = 95 : i64} : (tensor<?x301xf32, #tenon.dims<[B, 301]>>, tensor<3x301x32xf32>) -> tensor<?x95xf32, #tenon.dims<[B, 95]>>
  return %0 : tensor<?x95xf32, #tenon.dims<[B, 95]>>
}

func.func @transposed(%x: tensor<?x512xf32, #tenon.dims<[B, 512]>>, %w: tensor<70x512xf32>, %b: tensor<70xf32>) -> tensor<?x70xf32, #tenon.dims<[B, 70]>> {
  %0 = tenon.matmul %x, %w {transpose_rhs = true} : (tensor<?x512xf32, #tenon.dims<[B, 512]>>, tensor<70x512xf32>) -> tensor<?x70xf32, #tenon.dims<[B, 70]>>
  %1 = tenon.binary add %0, %b : (tensor<?x70xf32, #tenon.dims<[B, 70]>>, tensor<70xf32>) -> tensor<?x70xf32, #tenon.dims<[B, 70]>>
  %2 = tenon.unary gelu %1 : (tensor<?x70xf32, #tenon.dims<[B, 70]>>) -> tensor<?x70xf32, #tenon.dims<[B, 70]>>
  return %2 : tensor<?x70xf32, #tenon.dims<[B, 70]>>
}

func.func @odd_transposed(%x: tensor<3x?xf32, #tenon.dims<[3, K]>>, %w: tensor<5x?xf32, #tenon.dims<[5, K]>>) -> tensor<3x5xf32> {
  %0 = tenon.matmul %x, %w {transpose_rhs = true} : (tensor<3x?xf32, #tenon.dims<[3, K]>>, tensor<5x?xf32, #tenon.dims<[5, K]>>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

func.func @plain(%x: tensor<7x?xf32, #tenon.dims<[7, K]>>, %w: tensor<?x36xf32, #tenon.dims<[K, 36]>>) -> tensor<7x36xf32> {
  %0 = tenon.matmul %x, %w : (tensor<7x?xf32, #tenon.dims<[7, K]>>, tensor<?x36xf32, #tenon.dims<[K, 36]>>) -> tensor<7x36xf32>
  return %0 : tensor<7x36xf32>
}

func.func @batched(%x: tensor<?x2x1x?xf32, #tenon.dims<[B, 2, 1, K]>>, %y: tensor<?x2x9x?xf32, #tenon.dims<[B, 2, 9, K]>>) -> tensor<?x2x1x9xf32, #tenon.dims<[B, 2, 1, 9]>> {
  %0 = tenon.matmul %x, %y {transpose_rhs = true} : (tensor<?x2x1x?xf32, #tenon.dims<[B, 2, 1, K]>>, tensor<?x2x9x?xf32, #tenon.dims<[B, 2, 9, K]>>) -> tensor<?x2x1x9xf32, #tenon.dims<[B, 2, 1, 9]>>
  return %0 : tensor<?x2x1x9xf32, #tenon.dims<[B, 2, 1, 9]>>
}

func.func @one_column(%x: tensor<?x130xf32, #tenon.dims<[B, 130]>>, %w: tensor<130x1xf32>) -> tensor<?x1xf32, #tenon.dims<[B, 1]>> {
  %0 = tenon.matmul %x, %w : (tensor<?x130xf32, #tenon.dims<[B, 130]>>, tensor<130x1xf32>) -> tensor<?x1xf32, #tenon.dims<[B, 1]>>
  return %0 : tensor<?x1xf32, #tenon.dims<[B, 1]>>
}

func.func @short(%x: tensor<2x3xf32>, %w: tensor<3x40xf32>) -> tensor<2x40xf32> {
  %0 = tenon.matmul %x, %w : (tensor<2x3xf32>, tensor<3x40xf32>) -> tensor<2x40xf32>
  return %0 : tensor<2x40xf32>
}

func.func @half(%x: tensor<?x96xf16, #tenon.dims<[B, 96]>>, %w: tensor<64x96xf16>) -> tensor<?x64xf32, #tenon.dims<[B, 64]>> {
  %0 = tenon.matmul %x, %w {wide = true, transpose_rhs = true} : (tensor<?x96xf16, #tenon.dims<[B, 96]>>, tensor<64x96xf16>) -> tensor<?x64xf32, #tenon.dims<[B, 64]>>
  return %0 : tensor<?x64xf32, #tenon.dims<[B, 64]>>
}

func.func @codes(%x: tensor<?x40xi8, #tenon.dims<[B, 40]>>, %w: tensor<2x10x32x4xi8>) -> tensor<?x64xi32, #tenon.dims<[B, 64]>> {
  %0 = tenon.matmul %x, %w {columns = 64 : i64} : (tensor<?x40xi8, #tenon.dims<[B, 40]>>, tensor<2x10x32x4xi8>) -> tensor<?x64xi32, #tenon.dims<[B, 64]>>
  return %0 : tensor<?x64xi32, #tenon.dims<[B, 64]>>
}
