// Running sums: text form, values.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.cumsum %{{.*}} {axis = 1 : i64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
func.func @columns(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) {
  %0 = tenon.cumsum %x {axis = 1 : i64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
  return %0 : tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
}

func.func @rows(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) {
  %0 = tenon.cumsum %x {axis = 2 : i64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
  return %0 : tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
}

func.func @mask(%x: tensor<?x?xi64, #tenon.dims<[B, S]>>) -> (tensor<?x?xi64, #tenon.dims<[B, S]>>) {
  %0 = tenon.cumsum %x {axis = 1 : i64} : (tensor<?x?xi64, #tenon.dims<[B, S]>>) -> tensor<?x?xi64, #tenon.dims<[B, S]>>
  return %0 : tensor<?x?xi64, #tenon.dims<[B, S]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]]> : tensor<2x3xf32>
  %r2 = tenon.cumsum %c1 {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %c3 = tenon.constant dense<[[1.0, -1.0, 2.0], [0.5, 4.5, 3.5]]> : tensor<2x3xf32>
  tenon.check_close %r2, %c3 {tolerance = 1.0e-06 : f64} : tensor<2x3xf32>, tensor<2x3xf32>
  return
}

func.func @i64() {
  %c1 = tenon.constant dense<[3, -1, 5]> : tensor<3xi64>
  %r2 = tenon.cumsum %c1 {axis = 0 : i64} : (tensor<3xi64>) -> tensor<3xi64>
  %c3 = tenon.constant dense<[3, 2, 7]> : tensor<3xi64>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<3xi64>, tensor<3xi64>
  return
}
