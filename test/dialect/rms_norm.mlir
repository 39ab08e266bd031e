// RMS norm: text form, values of torch 2.8.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.rms_norm %{{.*}}, %{{.*}} {eps = {{.*}} : f64}
func.func @rows(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, %w: tensor<24xf32>) -> (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) {
  %0 = tenon.rms_norm %x, %w {eps = 1.0e-6 : f64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, tensor<24xf32>) -> tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
  return %0 : tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]]> : tensor<2x3xf32>
  %c2 = tenon.constant dense<[0.5, 1.0, 2.0]> : tensor<3xf32>
  %r3 = tenon.rms_norm %c1, %c2 {eps = 0.01 : f64} : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %c4 = tenon.constant dense<[[0.23120743, -0.924829721, 2.77448916], [0.104166664, 1.66666663, -0.833333313]]> : tensor<2x3xf32>
  tenon.check_close %r3, %c4 {tolerance = 1.0e-06 : f64} : tensor<2x3xf32>, tensor<2x3xf32>
  return
}

func.func @zeros() {
  %c1 = tenon.constant dense<[[0.0, 0.0, 0.0]]> : tensor<1x3xf32>
  %c2 = tenon.constant dense<[0.5, 1.0, 2.0]> : tensor<3xf32>
  %r3 = tenon.rms_norm %c1, %c2 {eps = 0.25 : f64} : (tensor<1x3xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  %c4 = tenon.constant dense<[[0.0, 0.0, 0.0]]> : tensor<1x3xf32>
  tenon.check_close %r3, %c4 {tolerance = 1.0e-06 : f64} : tensor<1x3xf32>, tensor<1x3xf32>
  return
}
