// Moving windows: text form, values, padding on either side, symbolic axes.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.windows %{{.*}} {axes = array<i64: 1, 2>, dilations = array<i64: 1, 2>, padding_high = array<i64: 1, 0>, padding_low = array<i64: 1, 3>, sizes = array<i64: 3, 2>, strides = array<i64: 1, 3>, value = -1.500000e+00 : f64}
func.func @two_axes(%x: tensor<?x?x9x5xf32, #tenon.dims<[B, S, 9, 5]>>) -> (tensor<?x?x4x5x3x2xf32, #tenon.dims<[B, S, 4, 5, 3, 2]>>) {
  %0 = tenon.windows %x {axes = array<i64: 1, 2>, sizes = array<i64: 3, 2>, strides = array<i64: 1, 3>, padding_low = array<i64: 1, 3>, padding_high = array<i64: 1, 0>, dilations = array<i64: 1, 2>, value = -1.5 : f64} : (tensor<?x?x9x5xf32, #tenon.dims<[B, S, 9, 5]>>) -> tensor<?x?x4x5x3x2xf32, #tenon.dims<[B, S, 4, 5, 3, 2]>>
  return %0 : tensor<?x?x4x5x3x2xf32, #tenon.dims<[B, S, 4, 5, 3, 2]>>
}

func.func @integers(%x: tensor<?xi64, #tenon.dims<[S]>>) -> (tensor<?x2xi64, #tenon.dims<[S floordiv 2, 2]>>) {
  %0 = tenon.windows %x {axes = array<i64: 0>, sizes = array<i64: 2>, strides = array<i64: 2>, padding_low = array<i64: 0>, padding_high = array<i64: 0>, dilations = array<i64: 1>, value = 0.0 : f64} : (tensor<?xi64, #tenon.dims<[S]>>) -> tensor<?x2xi64, #tenon.dims<[S floordiv 2, 2]>>
  return %0 : tensor<?x2xi64, #tenon.dims<[S floordiv 2, 2]>>
}

// Pooling, with vectors along the channels.
func.func @largest(%x: tensor<?x?x11x20xf32, #tenon.dims<[B, S, 11, 20]>>) -> (tensor<?x?x6x20xf32, #tenon.dims<[B, (S - 1) floordiv 2 + 1, 6, 20]>>) {
  %0 = tenon.windows %x {axes = array<i64: 1, 2>, sizes = array<i64: 3, 3>, strides = array<i64: 2, 2>, padding_low = array<i64: 1, 1>, padding_high = array<i64: 1, 1>, dilations = array<i64: 1, 1>, value = 0xFFF0000000000000 : f64} : (tensor<?x?x11x20xf32, #tenon.dims<[B, S, 11, 20]>>) -> tensor<?x?x6x20x3x3xf32, #tenon.dims<[B, (S - 1) floordiv 2 + 1, 6, 20, 3, 3]>>
  %1 = tenon.reduce max %0 {axes = array<i64: 4, 5>, keep_axes = false} : (tensor<?x?x6x20x3x3xf32, #tenon.dims<[B, (S - 1) floordiv 2 + 1, 6, 20, 3, 3]>>) -> tensor<?x?x6x20xf32, #tenon.dims<[B, (S - 1) floordiv 2 + 1, 6, 20]>>
  return %1 : tensor<?x?x6x20xf32, #tenon.dims<[B, (S - 1) floordiv 2 + 1, 6, 20]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]> : tensor<2x3xf32>
  %r2 = tenon.windows %c1 {axes = array<i64: 1>, sizes = array<i64: 2>, strides = array<i64: 2>, padding_low = array<i64: 1>, padding_high = array<i64: 2>, dilations = array<i64: 2>, value = 9.0 : f64} : (tensor<2x3xf32>) -> tensor<2x2x2xf32>
  %c3 = tenon.constant dense<[[[9.0, 1.0], [1.0, 9.0]], [[9.0, 4.0], [4.0, 9.0]]]> : tensor<2x2x2xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<2x2x2xf32>, tensor<2x2x2xf32>
  return
}
