// Rolls: text form, values.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.roll %{{.*}} {axis = 1 : i64, shift = #tenon.dim<-3>}
func.func @back(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) {
  %0 = tenon.roll %x {axis = 1 : i64, shift = #tenon.dim<-3>} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
  return %0 : tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
}

func.func @symbolic(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) {
  %0 = tenon.roll %x {axis = 2 : i64, shift = #tenon.dim<S>} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
  return %0 : tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
}

func.func @around(%x: tensor<?x5xi64, #tenon.dims<[S, 5]>>) -> (tensor<?x5xi64, #tenon.dims<[S, 5]>>) {
  %0 = tenon.roll %x {axis = 1 : i64, shift = #tenon.dim<13>} : (tensor<?x5xi64, #tenon.dims<[S, 5]>>) -> tensor<?x5xi64, #tenon.dims<[S, 5]>>
  return %0 : tensor<?x5xi64, #tenon.dims<[S, 5]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]> : tensor<10xf32>
  %r2 = tenon.roll %c1 {axis = 0 : i64, shift = #tenon.dim<3>} : (tensor<10xf32>) -> tensor<10xf32>
  %c3 = tenon.constant dense<[7.0, 8.0, 9.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]> : tensor<10xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<10xf32>, tensor<10xf32>
  return
}

func.func @down() {
  %c1 = tenon.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]> : tensor<2x3xf32>
  %r2 = tenon.roll %c1 {axis = 1 : i64, shift = #tenon.dim<-1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %c3 = tenon.constant dense<[[1.0, 2.0, 0.0], [4.0, 5.0, 3.0]]> : tensor<2x3xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<2x3xf32>, tensor<2x3xf32>
  return
}

// A constant that a symbol moves is no constant.
func.func @constant(%like: tensor<?x3xf32, #tenon.dims<[S, 3]>>) -> tensor<5xf32> {
  %c = tenon.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0]> : tensor<5xf32>
  %0 = tenon.roll %c {axis = 0 : i64, shift = #tenon.dim<S>} : (tensor<5xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}
