// RUN: tenon-opt %s --tenon-fold-weights | FileCheck %s
// RUN: tenon-opt %s --tenon-fold-weights --tenon-pack-weights=width=8 | FileCheck %s --check-prefix=PACK

!x = tensor<?x4xf32, #tenon.dims<[S, 4]>>
!y = tensor<?x6xf32, #tenon.dims<[S, 6]>>

// What depends on weights only is one global each, equal ones the same.
// CHECK-COUNT-3: tenon.global @
// CHECK-NOT: tenon.global @
// CHECK-LABEL: func.func @entry
// CHECK: %[[W:.*]] = tenon.global_ref @[[C:.*]] : tensor<4x6xf32>
// CHECK: tenon.matmul %{{.*}}, %[[W]]
// CHECK: tenon.global_ref @[[C]] : tensor<4x6xf32>
// CHECK: tenon.matmul
// A splat needs no memory.
// CHECK: tenon.fill
// CHECK-NOT: tenon.weight

// The side of a product is stored as panels; its other readers unpack them.
// PACK: tenon.global @[[C:.*]] : tensor<1x4x8xf32> {
// PACK: tenon.pack %{{.*}} {width = 8 : i64}
// PACK-LABEL: func.func @entry
// PACK: tenon.global_ref @[[C]] : tensor<1x4x8xf32>
// PACK: tenon.matmul %{{.*}}, %{{.*}} {columns = 6 : i64{{.*}}} : (tensor<?x4xf32, #tenon.dims<[S, 4]>>, tensor<1x4x8xf32>)
// PACK-LABEL: func.func @tied
// PACK: %[[P:.*]] = tenon.global_ref @{{.*}} : tensor<2x4x8xf32>
// PACK-DAG: tenon.unpack %[[P]] {columns = 11 : i64, transposed = true} : (tensor<2x4x8xf32>) -> tensor<11x4xf32>
// PACK-DAG: tenon.matmul %{{.*}}, %{{.*}} {columns = 11 : i64
func.func @entry(%x: !x) -> (!y, !y) {
  %w = tenon.weight "w" : tensor<6x4xf16>
  %f = tenon.cast %w {type = f32} : (tensor<6x4xf16>) -> tensor<6x4xf32>
  %t = tenon.transpose %f {permutation = array<i64: 1, 0>} : (tensor<6x4xf32>) -> tensor<4x6xf32>
  %0 = tenon.matmul %x, %t : (!x, tensor<4x6xf32>) -> !y
  %w1 = tenon.weight "w" : tensor<6x4xf16>
  %f1 = tenon.cast %w1 {type = f32} : (tensor<6x4xf16>) -> tensor<6x4xf32>
  %t1 = tenon.transpose %f1 {permutation = array<i64: 1, 0>} : (tensor<6x4xf32>) -> tensor<4x6xf32>
  %1 = tenon.matmul %x, %t1 : (!x, tensor<4x6xf32>) -> !y
  %c = tenon.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]> : tensor<6xf32>
  %two = tenon.fill {value = 2.0 : f32, shape = #tenon.dims<[]>} : () -> tensor<f32>
  %2 = tenon.binary add %1, %c : (!y, tensor<6xf32>) -> !y
  %3 = tenon.binary mul %2, %two : (!y, tensor<f32>) -> !y
  return %0, %3 : !y, !y
}

// CHECK-LABEL: func.func @tied
func.func @tied(%ids: tensor<?xi64, #tenon.dims<[S]>>) -> (tensor<?x11xf32, #tenon.dims<[S, 11]>>) {
  %w = tenon.weight "tied" : tensor<11x4xf32>
  %0 = tenon.gather %w, %ids {axis = 0 : i64} : (tensor<11x4xf32>, tensor<?xi64, #tenon.dims<[S]>>) -> !x
  %1 = tenon.matmul %0, %w {transpose_rhs = true} : (!x, tensor<11x4xf32>) -> tensor<?x11xf32, #tenon.dims<[S, 11]>>
  return %1 : tensor<?x11xf32, #tenon.dims<[S, 11]>>
}
