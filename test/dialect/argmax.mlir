// Argmax: text form, the first of equal elements, NaN.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.argmax %{{.*}} {axis = 2 : i64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?xi64, #tenon.dims<[B, S]>>
func.func @rows(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x?xi64, #tenon.dims<[B, S]>>) {
  %0 = tenon.argmax %x {axis = 2 : i64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?xi64, #tenon.dims<[B, S]>>
  return %0 : tensor<?x?xi64, #tenon.dims<[B, S]>>
}

func.func @columns(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x24xi64, #tenon.dims<[B, 24]>>) {
  %0 = tenon.argmax %x {axis = 1 : i64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x24xi64, #tenon.dims<[B, 24]>>
  return %0 : tensor<?x24xi64, #tenon.dims<[B, 24]>>
}

func.func @i32(%x: tensor<?x5xi32, #tenon.dims<[S, 5]>>) -> (tensor<?xi64, #tenon.dims<[S]>>) {
  %0 = tenon.argmax %x {axis = 1 : i64} : (tensor<?x5xi32, #tenon.dims<[S, 5]>>) -> tensor<?xi64, #tenon.dims<[S]>>
  return %0 : tensor<?xi64, #tenon.dims<[S]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[1.0, 3.0, 3.0], [0x7FC00000, 9.0, 0x7FC00000], [0xFF800000, 0xFF800000, 0xFF800000]]> : tensor<3x3xf32>
  %r2 = tenon.argmax %c1 {axis = 1 : i64} : (tensor<3x3xf32>) -> tensor<3xi64>
  %c3 = tenon.constant dense<[1, 0, 0]> : tensor<3xi64>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<3xi64>, tensor<3xi64>
  return
}

func.func @i64() {
  %c1 = tenon.constant dense<[[1, 5], [2, 5]]> : tensor<2x2xi64>
  %r2 = tenon.argmax %c1 {axis = 0 : i64} : (tensor<2x2xi64>) -> tensor<2xi64>
  %c3 = tenon.constant dense<[1, 0]> : tensor<2xi64>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<2xi64>, tensor<2xi64>
  return
}
