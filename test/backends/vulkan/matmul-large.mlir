// The blocks of products that fill a device, on sizes that they don't divide.
// RUN: tenon compile %s --compile-from graph --compile-to scheduled --target vulkan --cpu desktop --cpu desktop-matrix -o %t.mlir
// RUN: FileCheck %s --check-prefix=SCHEDULE < %t.mlir
// SCHEDULE: desktop = #tenon.schedule<"matmul", lanes = 4, tile = [8, 8], block = [128, 128, 16], fma = true>
// SCHEDULE: "desktop-matrix" = #tenon.schedule<"matmul-matrix", lanes = 4, tile = [64, 32, 32, 16, 16, 16], block = [128, 64, 32], fma = true, dot = matrix>

// RUN: %machine,scattered=1 tenon-check %s --target vulkan --cpu desktop --bind M=150 | FileCheck %s
// RUN: %machine,subgroup=32,matrix=16,scattered=1 tenon-check %s --target vulkan --cpu desktop-matrix --bind M=150 | FileCheck %s
// CHECK: 3 functions, 1 shape, 1 variant: all equal

// Four strips of sums go through memory for two rows of subgroups.
// RUN: tenon compile %s --compile-from graph --target vulkan --cpu desktop-matrix --emit loops -o - | FileCheck %s --check-prefix=STRIPS
// STRIPS: gpu.func @{{.*}}gelu{{.*}}memref<544xvector<4xf32>, #gpu.address_space<workgroup>>
// STRIPS-COUNT-4: gpu.subgroup_mma_store_matrix

tenon.symbol @M in [1, 32768] typical 16384
!x = tensor<?x40xf32, #tenon.dims<[M, 40]>>
!h = tensor<?x40xf16, #tenon.dims<[M, 40]>>
!y = tensor<?x250xf32, #tenon.dims<[M, 250]>>

func.func @numbers(%x: !x, %w: tensor<40x250xf32>, %b: tensor<250xf32>) -> !y {
  %0 = tenon.matmul %x, %w : (!x, tensor<40x250xf32>) -> !y
  %1 = tenon.binary add %0, %b : (!y, tensor<250xf32>) -> !y
  return %1 : !y
}

func.func @transposed(%x: !x, %w: tensor<250x40xf32>) -> !y {
  %0 = tenon.matmul %x, %w {transpose_rhs = true} : (!x, tensor<250x40xf32>) -> !y
  return %0 : !y
}

func.func @halves(%x: !h, %w: tensor<40x250xf16>, %b: tensor<250xf32>) -> !y {
  %0 = tenon.matmul %x, %w {wide = true} : (!h, tensor<40x250xf16>) -> !y
  %1 = tenon.binary add %0, %b : (!y, tensor<250xf32>) -> !y
  %2 = tenon.unary gelu %1 : (!y) -> !y
  return %2 : !y
}
