// Reductions: text form, values of torch 2.8, one and several axes.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.reduce mean %{{.*}} {axes = array<i64: 2>, keep_axes = true} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x1xf32, #tenon.dims<[B, S, 1]>>
func.func @rows(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x?x1xf32, #tenon.dims<[B, S, 1]>>) {
  %0 = tenon.reduce mean %x {axes = array<i64: 2>, keep_axes = true} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x1xf32, #tenon.dims<[B, S, 1]>>
  return %0 : tensor<?x?x1xf32, #tenon.dims<[B, S, 1]>>
}

func.func @columns(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x24xf32, #tenon.dims<[B, 24]>>) {
  %0 = tenon.reduce max %x {axes = array<i64: 1>, keep_axes = false} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x24xf32, #tenon.dims<[B, 24]>>
  return %0 : tensor<?x24xf32, #tenon.dims<[B, 24]>>
}

func.func @outer(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?xf32, #tenon.dims<[S]>>) {
  %0 = tenon.reduce min %x {axes = array<i64: 0, 2>, keep_axes = false} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?xf32, #tenon.dims<[S]>>
  return %0 : tensor<?xf32, #tenon.dims<[S]>>
}

func.func @all(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<f32>) {
  %0 = tenon.reduce sum %x {axes = array<i64: 0, 1, 2>, keep_axes = false} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<f32>
  return %0 : tensor<f32>
}

func.func @i64(%x: tensor<?x5xi64, #tenon.dims<[S, 5]>>) -> (tensor<?xi64, #tenon.dims<[S]>>) {
  %0 = tenon.reduce sum %x {axes = array<i64: 1>, keep_axes = false} : (tensor<?x5xi64, #tenon.dims<[S, 5]>>) -> tensor<?xi64, #tenon.dims<[S]>>
  return %0 : tensor<?xi64, #tenon.dims<[S]>>
}

func.func @any(%x: tensor<?x5xi1, #tenon.dims<[S, 5]>>) -> (tensor<1x5xi1>) {
  %0 = tenon.reduce any %x {axes = array<i64: 0>, keep_axes = true} : (tensor<?x5xi1, #tenon.dims<[S, 5]>>) -> tensor<1x5xi1>
  return %0 : tensor<1x5xi1>
}

func.func @every(%x: tensor<?x5xi1, #tenon.dims<[S, 5]>>) -> (tensor<?xi1, #tenon.dims<[S]>>) {
  %0 = tenon.reduce all %x {axes = array<i64: 1>, keep_axes = false} : (tensor<?x5xi1, #tenon.dims<[S, 5]>>) -> tensor<?xi1, #tenon.dims<[S]>>
  return %0 : tensor<?xi1, #tenon.dims<[S]>>
}

func.func @literal() {
  %x = tenon.constant dense<[[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]]> : tensor<2x3xf32>
  %r2 = tenon.reduce sum %x {axes = array<i64: 1>, keep_axes = false} : (tensor<2x3xf32>) -> tensor<2xf32>
  %c3 = tenon.constant dense<[2.0, 3.5]> : tensor<2xf32>
  tenon.check_close %r2, %c3 {tolerance = 1.0e-06 : f64} : tensor<2xf32>, tensor<2xf32>
  %r4 = tenon.reduce mean %x {axes = array<i64: 1>, keep_axes = false} : (tensor<2x3xf32>) -> tensor<2xf32>
  %c5 = tenon.constant dense<[0.666666687, 1.16666663]> : tensor<2xf32>
  tenon.check_close %r4, %c5 {tolerance = 1.0e-06 : f64} : tensor<2xf32>, tensor<2xf32>
  %r6 = tenon.reduce max %x {axes = array<i64: 1>, keep_axes = false} : (tensor<2x3xf32>) -> tensor<2xf32>
  %c7 = tenon.constant dense<[3.0, 4.0]> : tensor<2xf32>
  tenon.check_close %r6, %c7 {tolerance = 1.0e-06 : f64} : tensor<2xf32>, tensor<2xf32>
  %r8 = tenon.reduce min %x {axes = array<i64: 1>, keep_axes = false} : (tensor<2x3xf32>) -> tensor<2xf32>
  %c9 = tenon.constant dense<[-2.0, -1.0]> : tensor<2xf32>
  tenon.check_close %r8, %c9 {tolerance = 1.0e-06 : f64} : tensor<2xf32>, tensor<2xf32>
  return
}

func.func @literal_all() {
  %x = tenon.constant dense<[[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]]> : tensor<2x3xf32>
  %r2 = tenon.reduce sum %x {axes = array<i64: 0, 1>, keep_axes = true} : (tensor<2x3xf32>) -> tensor<1x1xf32>
  %c3 = tenon.constant dense<[[5.5]]> : tensor<1x1xf32>
  tenon.check_close %r2, %c3 {tolerance = 1.0e-06 : f64} : tensor<1x1xf32>, tensor<1x1xf32>
  %r4 = tenon.reduce max %x {axes = array<i64: 0, 1>, keep_axes = true} : (tensor<2x3xf32>) -> tensor<1x1xf32>
  %c5 = tenon.constant dense<[[4.0]]> : tensor<1x1xf32>
  tenon.check_close %r4, %c5 {tolerance = 1.0e-06 : f64} : tensor<1x1xf32>, tensor<1x1xf32>
  return
}

func.func @literal_i64() {
  %x = tenon.constant dense<[[1, -2], [9223372036854775807, 1]]> : tensor<2x2xi64>
  %r2 = tenon.reduce sum %x {axes = array<i64: 1>, keep_axes = false} : (tensor<2x2xi64>) -> tensor<2xi64>
  %c3 = tenon.constant dense<[-1, -9223372036854775808]> : tensor<2xi64>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<2xi64>, tensor<2xi64>
  %r4 = tenon.reduce max %x {axes = array<i64: 1>, keep_axes = false} : (tensor<2x2xi64>) -> tensor<2xi64>
  %c5 = tenon.constant dense<[1, 9223372036854775807]> : tensor<2xi64>
  tenon.check_close %r4, %c5 {tolerance = 0.0 : f64} : tensor<2xi64>, tensor<2xi64>
  %r6 = tenon.reduce min %x {axes = array<i64: 1>, keep_axes = false} : (tensor<2x2xi64>) -> tensor<2xi64>
  %c7 = tenon.constant dense<[-2, 1]> : tensor<2xi64>
  tenon.check_close %r6, %c7 {tolerance = 0.0 : f64} : tensor<2xi64>, tensor<2xi64>
  return
}

func.func @literal_bool() {
  %x = tenon.constant dense<[[true, false], [true, true], [false, false]]> : tensor<3x2xi1>
  %r2 = tenon.reduce any %x {axes = array<i64: 1>, keep_axes = false} : (tensor<3x2xi1>) -> tensor<3xi1>
  %c3 = tenon.constant dense<[true, true, false]> : tensor<3xi1>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<3xi1>, tensor<3xi1>
  %r4 = tenon.reduce all %x {axes = array<i64: 1>, keep_axes = false} : (tensor<3x2xi1>) -> tensor<3xi1>
  %c5 = tenon.constant dense<[false, true, false]> : tensor<3xi1>
  tenon.check_close %r4, %c5 {tolerance = 0.0 : f64} : tensor<3xi1>, tensor<3xi1>
  return
}

func.func @literal_nan() {
  %x = tenon.constant dense<[[1.0, 0x7FC00000], [0x7F800000, 2.0]]> : tensor<2x2xf32>
  %r2 = tenon.reduce sum %x {axes = array<i64: 1>, keep_axes = false} : (tensor<2x2xf32>) -> tensor<2xf32>
  %c3 = tenon.constant dense<[0x7FC00000, 0x7F800000]> : tensor<2xf32>
  tenon.check_close %r2, %c3 {tolerance = 1.0e-06 : f64} : tensor<2xf32>, tensor<2xf32>
  %r4 = tenon.reduce mean %x {axes = array<i64: 1>, keep_axes = false} : (tensor<2x2xf32>) -> tensor<2xf32>
  %c5 = tenon.constant dense<[0x7FC00000, 0x7F800000]> : tensor<2xf32>
  tenon.check_close %r4, %c5 {tolerance = 1.0e-06 : f64} : tensor<2xf32>, tensor<2xf32>
  %r6 = tenon.reduce max %x {axes = array<i64: 1>, keep_axes = false} : (tensor<2x2xf32>) -> tensor<2xf32>
  %c7 = tenon.constant dense<[0x7FC00000, 0x7F800000]> : tensor<2xf32>
  tenon.check_close %r6, %c7 {tolerance = 1.0e-06 : f64} : tensor<2xf32>, tensor<2xf32>
  %r8 = tenon.reduce min %x {axes = array<i64: 1>, keep_axes = false} : (tensor<2x2xf32>) -> tensor<2xf32>
  %c9 = tenon.constant dense<[0x7FC00000, 2.0]> : tensor<2xf32>
  tenon.check_close %r8, %c9 {tolerance = 1.0e-06 : f64} : tensor<2xf32>, tensor<2xf32>
  return
}
