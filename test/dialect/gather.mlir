// Gathers: text form, values, places outside.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.gather %{{.*}}, %{{.*}} {axis = 0 : i64} : (tensor<11x24xf32>, tensor<?x?xi64, #tenon.dims<[B, S]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
func.func @rows(%w: tensor<11x24xf32>) -> (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) {
  %i = tenon.random {shape = #tenon.dims<[B, S]>, type = i64, low = 0.0 : f64, high = 10.0 : f64, seed = 3 : i64} : tensor<?x?xi64, #tenon.dims<[B, S]>>
  %0 = tenon.gather %w, %i {axis = 0 : i64} : (tensor<11x24xf32>, tensor<?x?xi64, #tenon.dims<[B, S]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
  return %0 : tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
}

func.func @inner(%w: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x?x7xf32, #tenon.dims<[B, S, 7]>>) {
  %i = tenon.random {shape = #tenon.dims<[7]>, type = i32, low = -2.0 : f64, high = 25.0 : f64, seed = 4 : i64} : tensor<7xi32>
  %j = tenon.binary max %i, %i : (tensor<7xi32>, tensor<7xi32>) -> tensor<7xi32>
  %k = tenon.binary mul %j, %j : (tensor<7xi32>, tensor<7xi32>) -> tensor<7xi32>
  %0 = tenon.gather %w, %k {axis = 2 : i64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, tensor<7xi32>) -> tensor<?x?x7xf32, #tenon.dims<[B, S, 7]>>
  return %0 : tensor<?x?x7xf32, #tenon.dims<[B, S, 7]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %c2 = tenon.constant dense<[[2, 0], [0, 1]]> : tensor<2x2xi64>
  %r3 = tenon.gather %c1, %c2 {axis = 0 : i64} : (tensor<3x2xf32>, tensor<2x2xi64>) -> tensor<2x2x2xf32>
  %c4 = tenon.constant dense<[[[5.0, 6.0], [1.0, 2.0]], [[1.0, 2.0], [3.0, 4.0]]]> : tensor<2x2x2xf32>
  tenon.check_close %r3, %c4 {tolerance = 0.0 : f64} : tensor<2x2x2xf32>, tensor<2x2x2xf32>
  return
}

func.func @one_column() {
  %c1 = tenon.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %c2 = tenon.constant dense<1> : tensor<i64>
  %r3 = tenon.gather %c1, %c2 {axis = 1 : i64} : (tensor<3x2xf32>, tensor<i64>) -> tensor<3xf32>
  %c4 = tenon.constant dense<[2.0, 4.0, 6.0]> : tensor<3xf32>
  tenon.check_close %r3, %c4 {tolerance = 0.0 : f64} : tensor<3xf32>, tensor<3xf32>
  return
}

func.func @outside() {
  %c1 = tenon.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %c2 = tenon.constant dense<[-5, 7]> : tensor<2xi64>
  %r3 = tenon.gather %c1, %c2 {axis = 0 : i64} : (tensor<3x2xf32>, tensor<2xi64>) -> tensor<2x2xf32>
  %c4 = tenon.constant dense<[[1.0, 2.0], [5.0, 6.0]]> : tensor<2x2xf32>
  tenon.check_close %r3, %c4 {tolerance = 0.0 : f64} : tensor<2x2xf32>, tensor<2x2xf32>
  return
}
