// Reshape: text form, values, an open axis.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.reshape %{{.*}} {shape = #tenon.dims<[B, -1, 8]>} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x8xf32, #tenon.dims<[B, 3 * S, 8]>>
func.func @open(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x?x8xf32, #tenon.dims<[B, 3 * S, 8]>>) {
  %0 = tenon.reshape %x {shape = #tenon.dims<[B, -1, 8]>} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x8xf32, #tenon.dims<[B, 3 * S, 8]>>
  return %0 : tensor<?x?x8xf32, #tenon.dims<[B, 3 * S, 8]>>
}

func.func @merge(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x24xf32, #tenon.dims<[B * S, 24]>>) {
  %0 = tenon.reshape %x {shape = #tenon.dims<[B * S, 24]>} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x24xf32, #tenon.dims<[B * S, 24]>>
  return %0 : tensor<?x24xf32, #tenon.dims<[B * S, 24]>>
}

func.func @ones(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<1x?x1x?x24x1xf32, #tenon.dims<[1, B, 1, S, 24, 1]>>) {
  %0 = tenon.reshape %x {shape = #tenon.dims<[1, B, 1, S, 24, 1]>} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<1x?x1x?x24x1xf32, #tenon.dims<[1, B, 1, S, 24, 1]>>
  return %0 : tensor<1x?x1x?x24x1xf32, #tenon.dims<[1, B, 1, S, 24, 1]>>
}

func.func @across(%x: tensor<6x35xf32>) -> (tensor<14x15xf32>) {
  %0 = tenon.reshape %x {shape = #tenon.dims<[14, 15]>} : (tensor<6x35xf32>) -> tensor<14x15xf32>
  return %0 : tensor<14x15xf32>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]> : tensor<2x3xf32>
  %r2 = tenon.reshape %c1 {shape = #tenon.dims<[3, 2]>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %c3 = tenon.constant dense<[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]> : tensor<3x2xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<3x2xf32>, tensor<3x2xf32>
  return
}

func.func @scalar() {
  %c1 = tenon.constant dense<[[7]]> : tensor<1x1xi64>
  %r2 = tenon.reshape %c1 {shape = #tenon.dims<[]>} : (tensor<1x1xi64>) -> tensor<i64>
  %c3 = tenon.constant dense<7> : tensor<i64>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<i64>, tensor<i64>
  return
}
