// Transpose: text form, values.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.transpose %{{.*}} {permutation = array<i64: 2, 0, 1>} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<24x?x?xf32, #tenon.dims<[24, B, S]>>
func.func @cycle(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<24x?x?xf32, #tenon.dims<[24, B, S]>>) {
  %0 = tenon.transpose %x {permutation = array<i64: 2, 0, 1>} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<24x?x?xf32, #tenon.dims<[24, B, S]>>
  return %0 : tensor<24x?x?xf32, #tenon.dims<[24, B, S]>>
}

func.func @same(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) {
  %0 = tenon.transpose %x {permutation = array<i64: 0, 1, 2>} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
  return %0 : tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
}

func.func @bytes(%x: tensor<?x5xi8, #tenon.dims<[S, 5]>>) -> (tensor<5x?xi8, #tenon.dims<[5, S]>>) {
  %0 = tenon.transpose %x {permutation = array<i64: 1, 0>} : (tensor<?x5xi8, #tenon.dims<[S, 5]>>) -> tensor<5x?xi8, #tenon.dims<[5, S]>>
  return %0 : tensor<5x?xi8, #tenon.dims<[5, S]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0, 11.0]], [[12.0, 13.0, 14.0, 15.0], [16.0, 17.0, 18.0, 19.0], [20.0, 21.0, 22.0, 23.0]]]> : tensor<2x3x4xf32>
  %r2 = tenon.transpose %c1 {permutation = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  %c3 = tenon.constant dense<[[[0.0, 4.0, 8.0], [12.0, 16.0, 20.0]], [[1.0, 5.0, 9.0], [13.0, 17.0, 21.0]], [[2.0, 6.0, 10.0], [14.0, 18.0, 22.0]], [[3.0, 7.0, 11.0], [15.0, 19.0, 23.0]]]> : tensor<4x2x3xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<4x2x3xf32>, tensor<4x2x3xf32>
  return
}
