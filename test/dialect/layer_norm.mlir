// Layer norm: text form, values of torch 2.8.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.layer_norm %{{.*}}, %{{.*}}, %{{.*}} {eps = 1.000000e-05 : f64}
func.func @rows(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, %w: tensor<24xf32>, %b: tensor<24xf32>) -> (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) {
  %0 = tenon.layer_norm %x, %w, %b {eps = 1.0e-5 : f64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, tensor<24xf32>, tensor<24xf32>) -> tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
  return %0 : tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
}

func.func @one_row(%x: tensor<37xf32>, %w: tensor<37xf32>, %b: tensor<37xf32>) -> (tensor<37xf32>) {
  %0 = tenon.layer_norm %x, %w, %b {eps = 0.1 : f64} : (tensor<37xf32>, tensor<37xf32>, tensor<37xf32>) -> tensor<37xf32>
  return %0 : tensor<37xf32>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]]> : tensor<2x3xf32>
  %c2 = tenon.constant dense<[0.5, 1.0, 2.0]> : tensor<3xf32>
  %c3 = tenon.constant dense<[0.100000001, 0.0, -1.0]> : tensor<3xf32>
  %r4 = tenon.layer_norm %c1, %c2, %c3 {eps = 0.01 : f64} : (tensor<2x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %c5 = tenon.constant dense<[[0.181014836, -1.29623711, 1.26841521], [-0.058930479, 1.35090923, -3.06609631]]> : tensor<2x3xf32>
  tenon.check_close %r4, %c5 {tolerance = 1.0e-06 : f64} : tensor<2x3xf32>, tensor<2x3xf32>
  return
}

func.func @constant_row() {
  %c1 = tenon.constant dense<[[10000.0, 10000.0, 10000.0]]> : tensor<1x3xf32>
  %c2 = tenon.constant dense<[0.5, 1.0, 2.0]> : tensor<3xf32>
  %c3 = tenon.constant dense<[0.100000001, 0.0, -1.0]> : tensor<3xf32>
  %r4 = tenon.layer_norm %c1, %c2, %c3 {eps = 0.01 : f64} : (tensor<1x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  %c5 = tenon.constant dense<[[0.100000001, 0.0, -1.0]]> : tensor<1x3xf32>
  tenon.check_close %r4, %c5 {tolerance = 1.0e-06 : f64} : tensor<1x3xf32>, tensor<1x3xf32>
  return
}
