// Expand: text form, values.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.expand %{{.*}} {shape = #tenon.dims<[B, S, 24]>} : (tensor<?x1xf32, #tenon.dims<[S, 1]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
func.func @both(%like: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, %x: tensor<?x1xf32, #tenon.dims<[S, 1]>>) -> (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) {
  %0 = tenon.expand %x {shape = #tenon.dims<[B, S, 24]>} : (tensor<?x1xf32, #tenon.dims<[S, 1]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
  return %0 : tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
}

func.func @scalar(%like: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, %x: tensor<i64>) -> (tensor<?xi64, #tenon.dims<[S]>>) {
  %0 = tenon.expand %x {shape = #tenon.dims<[S]>} : (tensor<i64>) -> tensor<?xi64, #tenon.dims<[S]>>
  return %0 : tensor<?xi64, #tenon.dims<[S]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %r2 = tenon.expand %c1 {shape = #tenon.dims<[2, 2, 3]>} : (tensor<2x1xf32>) -> tensor<2x2x3xf32>
  %c3 = tenon.constant dense<[[[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]], [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]]> : tensor<2x2x3xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<2x2x3xf32>, tensor<2x2x3xf32>
  return
}
