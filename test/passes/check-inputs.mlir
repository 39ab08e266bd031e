// The ids that an input may hold follow from the gathers that it feeds.
// RUN: tenon-opt %s --tenon-check-inputs | FileCheck %s

!i = tensor<?xi64, #tenon.dims<[S]>>
!o = tensor<?x3xf32, #tenon.dims<[S, 3]>>

// CHECK: func.func @direct(%{{.*}}: tensor<?xi64, #tenon.dims<[S]>> {tenon.range = array<i64: 0, 10>}
func.func @direct(%ids: !i, %w: tensor<11x3xf32>) -> !o {
  %0 = tenon.gather %w, %ids {axis = 0 : i64} : (tensor<11x3xf32>, !i) -> !o
  return %0 : !o
}

// The narrower of two tables counts.
// CHECK: func.func @two(%{{.*}}: tensor<?xi64, #tenon.dims<[S]>> {tenon.range = array<i64: 0, 4>}
func.func @two(%ids: !i, %w: tensor<11x3xf32>, %v: tensor<5x3xf32>) -> (!o, !o) {
  %0 = tenon.gather %w, %ids {axis = 0 : i64} : (tensor<11x3xf32>, !i) -> !o
  %1 = tenon.gather %v, %ids {axis = 0 : i64} : (tensor<5x3xf32>, !i) -> !o
  return %0, %1 : !o, !o
}

// CHECK: func.func @offset(%{{.*}}: tensor<?xi64, #tenon.dims<[S]>> {tenon.range = array<i64: -2, 8>}
func.func @offset(%ids: !i, %w: tensor<11x3xf32>) -> !o {
  %two = tenon.fill {value = 2 : i64, shape = #tenon.dims<[]>} : () -> tensor<i64>
  %0 = tenon.binary add %ids, %two : (!i, tensor<i64>) -> !i
  %1 = tenon.gather %w, %0 {axis = 0 : i64} : (tensor<11x3xf32>, !i) -> !o
  return %1 : !o
}

// CHECK: func.func @difference(%{{.*}}: tensor<?xi64, #tenon.dims<[S]>> {tenon.range = array<i64: 1, 11>}
func.func @difference(%ids: !i, %w: tensor<11x3xf32>) -> !o {
  %one = tenon.constant dense<1> : tensor<i64>
  %0 = tenon.binary sub %ids, %one : (!i, tensor<i64>) -> !i
  %1 = tenon.cast %0 {type = i32} : (!i) -> tensor<?xi32, #tenon.dims<[S]>>
  %2 = tenon.gather %w, %1 {axis = 0 : i64} : (tensor<11x3xf32>, tensor<?xi32, #tenon.dims<[S]>>) -> !o
  return %2 : !o
}

// What is computed from floats, or chosen, decides for itself.
// CHECK: func.func @computed(%{{[a-z0-9]*}}: tensor<?xf32, #tenon.dims<[S]>>, %{{[a-z0-9]*}}: tensor<11x3xf32>)
func.func @computed(%x: tensor<?xf32, #tenon.dims<[S]>>, %w: tensor<11x3xf32>) -> !o {
  %0 = tenon.cast %x {type = i64} : (tensor<?xf32, #tenon.dims<[S]>>) -> !i
  %1 = tenon.gather %w, %0 {axis = 0 : i64} : (tensor<11x3xf32>, !i) -> !o
  return %1 : !o
}
