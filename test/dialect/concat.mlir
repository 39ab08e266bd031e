// Concat: text form, values.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.concat %{{.*}}, %{{.*}} {axis = 1 : i64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, tensor<?x1x24xf32, #tenon.dims<[B, 1, 24]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S + 1, 24]>>
func.func @middle(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, %y: tensor<?x1x24xf32, #tenon.dims<[B, 1, 24]>>) -> (tensor<?x?x24xf32, #tenon.dims<[B, S + 1, 24]>>) {
  %0 = tenon.concat %x, %y {axis = 1 : i64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, tensor<?x1x24xf32, #tenon.dims<[B, 1, 24]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S + 1, 24]>>
  return %0 : tensor<?x?x24xf32, #tenon.dims<[B, S + 1, 24]>>
}

func.func @three(%x: tensor<?x3xi64, #tenon.dims<[S, 3]>>, %y: tensor<?x5xi64, #tenon.dims<[S, 5]>>) -> (tensor<?x11xi64, #tenon.dims<[S, 11]>>) {
  %0 = tenon.concat %x, %y, %x {axis = 1 : i64} : (tensor<?x3xi64, #tenon.dims<[S, 3]>>, tensor<?x5xi64, #tenon.dims<[S, 5]>>, tensor<?x3xi64, #tenon.dims<[S, 3]>>) -> tensor<?x11xi64, #tenon.dims<[S, 11]>>
  return %0 : tensor<?x11xi64, #tenon.dims<[S, 11]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]> : tensor<2x3xf32>
  %c2 = tenon.constant dense<[[-0.0], [-3.0]]> : tensor<2x1xf32>
  %r3 = tenon.concat %c1, %c2 {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %c4 = tenon.constant dense<[[0.0, 1.0, 2.0, -0.0], [3.0, 4.0, 5.0, -3.0]]> : tensor<2x4xf32>
  tenon.check_close %r3, %c4 {tolerance = 0.0 : f64} : tensor<2x4xf32>, tensor<2x4xf32>
  return
}

func.func @single() {
  %c1 = tenon.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]> : tensor<2x3xf32>
  %r2 = tenon.concat %c1 {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %c3 = tenon.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]> : tensor<2x3xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<2x3xf32>, tensor<2x3xf32>
  return
}
