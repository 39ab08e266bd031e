// Softmax: text form, values of torch 2.8.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.softmax %{{.*}} {axis = 2 : i64}
func.func @rows(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) {
  %0 = tenon.softmax %x {axis = 2 : i64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
  return %0 : tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
}

func.func @columns(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) {
  %0 = tenon.softmax %x {axis = 1 : i64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
  return %0 : tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
}

func.func @dynamic(%x: tensor<?x?xf32, #tenon.dims<[B, S]>>) -> (tensor<?x?xf32, #tenon.dims<[B, S]>>) {
  %0 = tenon.softmax %x {axis = 1 : i64} : (tensor<?x?xf32, #tenon.dims<[B, S]>>) -> tensor<?x?xf32, #tenon.dims<[B, S]>>
  return %0 : tensor<?x?xf32, #tenon.dims<[B, S]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]]> : tensor<2x3xf32>
  %r2 = tenon.softmax %c1 {axis = 1 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %c3 = tenon.constant dense<[[0.118499652, 0.00589975016, 0.875600576], [0.0291217621, 0.964380324, 0.00649794331]]> : tensor<2x3xf32>
  tenon.check_close %r2, %c3 {tolerance = 1.0e-06 : f64} : tensor<2x3xf32>, tensor<2x3xf32>
  return
}

func.func @literal_columns() {
  %c1 = tenon.constant dense<[[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]]> : tensor<2x3xf32>
  %r2 = tenon.softmax %c1 {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %c3 = tenon.constant dense<[[0.622459352, 0.00247262325, 0.982013762], [0.377540678, 0.997527421, 0.0179862101]]> : tensor<2x3xf32>
  tenon.check_close %r2, %c3 {tolerance = 1.0e-06 : f64} : tensor<2x3xf32>, tensor<2x3xf32>
  return
}

func.func @extreme() {
  %c1 = tenon.constant dense<[[1000.0, 999.0, 0xFF800000], [-3.40282347e+38, -3.40282347e+38, -3.40282347e+38], [0xFF800000, 0xFF800000, 0xFF800000]]> : tensor<3x3xf32>
  %r2 = tenon.softmax %c1 {axis = 1 : i64} : (tensor<3x3xf32>) -> tensor<3x3xf32>
  %c3 = tenon.constant dense<[[0.731058598, 0.268941432, 0.0], [0.333333343, 0.333333343, 0.333333343], [0x7FC00000, 0x7FC00000, 0x7FC00000]]> : tensor<3x3xf32>
  tenon.check_close %r2, %c3 {tolerance = 1.0e-06 : f64} : tensor<3x3xf32>, tensor<3x3xf32>
  return
}
