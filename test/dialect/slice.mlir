// Slices: text form, values, steps and symbolic places.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.slice %{{.*}} {axis = 1 : i64, begin = #tenon.dim<S - 1>, size = #tenon.dim<1>} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x1x24xf32, #tenon.dims<[B, 1, 24]>>
func.func @last(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x1x24xf32, #tenon.dims<[B, 1, 24]>>) {
  %0 = tenon.slice %x {axis = 1 : i64, begin = #tenon.dim<S - 1>, size = #tenon.dim<1>} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x1x24xf32, #tenon.dims<[B, 1, 24]>>
  return %0 : tensor<?x1x24xf32, #tenon.dims<[B, 1, 24]>>
}

func.func @half(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x?x24xf32, #tenon.dims<[B, S - S floordiv 2, 24]>>) {
  %0 = tenon.slice %x {axis = 1 : i64, begin = #tenon.dim<S floordiv 2>, size = #tenon.dim<S - S floordiv 2>} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S - S floordiv 2, 24]>>
  return %0 : tensor<?x?x24xf32, #tenon.dims<[B, S - S floordiv 2, 24]>>
}

func.func @steps(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x?x8xf32, #tenon.dims<[B, S, 8]>>) {
  %0 = tenon.slice %x {axis = 2 : i64, begin = #tenon.dim<1>, size = #tenon.dim<8>, step = 3 : i64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x8xf32, #tenon.dims<[B, S, 8]>>
  return %0 : tensor<?x?x8xf32, #tenon.dims<[B, S, 8]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]> : tensor<10xf32>
  %r2 = tenon.slice %c1 {axis = 0 : i64, begin = #tenon.dim<1>, size = #tenon.dim<3>, step = 4 : i64} : (tensor<10xf32>) -> tensor<3xf32>
  %c3 = tenon.constant dense<[1.0, 5.0, 9.0]> : tensor<3xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<3xf32>, tensor<3xf32>
  return
}

func.func @inner() {
  %c1 = tenon.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]> : tensor<2x3xf32>
  %r2 = tenon.slice %c1 {axis = 1 : i64, begin = #tenon.dim<1>, size = #tenon.dim<2>} : (tensor<2x3xf32>) -> tensor<2x2xf32>
  %c3 = tenon.constant dense<[[1.0, 2.0], [4.0, 5.0]]> : tensor<2x2xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<2x2xf32>, tensor<2x2xf32>
  return
}
