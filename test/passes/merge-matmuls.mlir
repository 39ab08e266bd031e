// RUN: tenon-opt %s --tenon-merge-matmuls | FileCheck %s
// RUN: tenon-opt %s --tenon-merge-matmuls=policy=%S/Inputs/no-steps.toml | FileCheck %s --check-prefix=OFF
// OFF-NOT: tenon.concat

!x = tensor<?x4xf32, #tenon.dims<[S, 4]>>
!q = tensor<?x6xf32, #tenon.dims<[S, 6]>>
!v = tensor<?x2xf32, #tenon.dims<[S, 2]>>

// Siblings with biases: one product, one sum, a slice each.
// CHECK-LABEL: @siblings
// CHECK: %[[W:.*]] = tenon.concat %{{.*}}, %{{.*}} {axis = 0 : i64} : (tensor<6x4xf32>, tensor<2x4xf32>) -> tensor<8x4xf32>
// CHECK: %[[P:.*]] = tenon.matmul %{{.*}}, %[[W]] {transpose_rhs = true}
// CHECK: %[[B:.*]] = tenon.concat %{{.*}}, %{{.*}} {axis = 0 : i64} : (tensor<6xf32>, tensor<2xf32>) -> tensor<8xf32>
// CHECK: %[[R:.*]] = tenon.binary add %[[P]], %[[B]]
// CHECK-DAG: tenon.slice %[[R]] {axis = 1 : i64, begin = #tenon.dim<0>, size = #tenon.dim<6>}
// CHECK-DAG: tenon.slice %[[R]] {axis = 1 : i64, begin = #tenon.dim<6>, size = #tenon.dim<2>}
// CHECK-NOT: tenon.matmul
// CHECK: return
func.func @siblings(%x: !x) -> (!q, !v) {
  %wq = tenon.weight "self.query.weight" : tensor<6x4xf32>
  %bq = tenon.weight "self.query.bias" : tensor<6xf32>
  %0 = tenon.matmul %x, %wq {transpose_rhs = true} : (!x, tensor<6x4xf32>) -> !q
  %1 = tenon.binary add %0, %bq : (!q, tensor<6xf32>) -> !q
  %wv = tenon.weight "self.value.weight" : tensor<2x4xf32>
  %bv = tenon.weight "self.value.bias" : tensor<2xf32>
  %2 = tenon.matmul %x, %wv {transpose_rhs = true} : (!x, tensor<2x4xf32>) -> !v
  %3 = tenon.binary add %2, %bv : (!v, tensor<2xf32>) -> !v
  return %1, %3 : !q, !v
}

// Modules of different parents stay apart; so do a side with a bias and one
// without, and weights that something else reads.
// CHECK-LABEL: @strangers
// CHECK-COUNT-2: tenon.matmul
func.func @strangers(%x: !x) -> (!q, !v) {
  %w0 = tenon.weight "a.query.weight" : tensor<4x6xf32>
  %w1 = tenon.weight "b.value.weight" : tensor<4x2xf32>
  %0 = tenon.matmul %x, %w0 : (!x, tensor<4x6xf32>) -> !q
  %1 = tenon.matmul %x, %w1 : (!x, tensor<4x2xf32>) -> !v
  return %0, %1 : !q, !v
}

// CHECK-LABEL: @one_bias
// CHECK-COUNT-2: tenon.matmul
func.func @one_bias(%x: !x) -> (!q, !v) {
  %w0 = tenon.weight "c.query.weight" : tensor<4x6xf32>
  %b0 = tenon.weight "c.query.bias" : tensor<6xf32>
  %w1 = tenon.weight "c.value.weight" : tensor<4x2xf32>
  %0 = tenon.matmul %x, %w0 : (!x, tensor<4x6xf32>) -> !q
  %1 = tenon.binary add %0, %b0 : (!q, tensor<6xf32>) -> !q
  %2 = tenon.matmul %x, %w1 : (!x, tensor<4x2xf32>) -> !v
  return %1, %2 : !q, !v
}

// CHECK-LABEL: @shared_weight
// CHECK-COUNT-2: tenon.matmul
func.func @shared_weight(%x: !x) -> (!q, !q, tensor<4x6xf32>) {
  %w0 = tenon.weight "d.query.weight" : tensor<4x6xf32>
  %w1 = tenon.weight "d.key.weight" : tensor<4x6xf32>
  %again = tenon.weight "d.key.weight" : tensor<4x6xf32>
  %0 = tenon.matmul %x, %w0 : (!x, tensor<4x6xf32>) -> !q
  %1 = tenon.matmul %x, %w1 : (!x, tensor<4x6xf32>) -> !q
  return %0, %1, %again : !q, !q, tensor<4x6xf32>
}
