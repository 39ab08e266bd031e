// Padding: text form, values, symbolic amounts.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.pad %{{.*}} {axis = 1 : i64, high = #tenon.dim<{{.*}}>, low = #tenon.dim<0>, value = -1.500000e+00 : f64}
func.func @windows(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x?x24xf32, #tenon.dims<[B, 7 * (S ceildiv 7), 24]>>) {
  %0 = tenon.pad %x {axis = 1 : i64, low = #tenon.dim<0>, high = #tenon.dim<7 * (S ceildiv 7) - S>, value = -1.5 : f64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, 7 * (S ceildiv 7), 24]>>
  return %0 : tensor<?x?x24xf32, #tenon.dims<[B, 7 * (S ceildiv 7), 24]>>
}

func.func @front(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x?x?xf32, #tenon.dims<[B, S, S + 25]>>) {
  %0 = tenon.pad %x {axis = 2 : i64, low = #tenon.dim<S>, high = #tenon.dim<1>, value = 0.0 : f64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> tensor<?x?x?xf32, #tenon.dims<[B, S, S + 25]>>
  return %0 : tensor<?x?x?xf32, #tenon.dims<[B, S, S + 25]>>
}

func.func @integers(%x: tensor<?xi64, #tenon.dims<[S]>>) -> (tensor<?xi64, #tenon.dims<[S + 5]>>) {
  %0 = tenon.pad %x {axis = 0 : i64, low = #tenon.dim<2>, high = #tenon.dim<3>, value = -7.0 : f64} : (tensor<?xi64, #tenon.dims<[S]>>) -> tensor<?xi64, #tenon.dims<[S + 5]>>
  return %0 : tensor<?xi64, #tenon.dims<[S + 5]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]> : tensor<2x3xf32>
  %r2 = tenon.pad %c1 {axis = 1 : i64, low = #tenon.dim<1>, high = #tenon.dim<2>, value = 9.0 : f64} : (tensor<2x3xf32>) -> tensor<2x6xf32>
  %c3 = tenon.constant dense<[[9.0, 0.0, 1.0, 2.0, 9.0, 9.0], [9.0, 3.0, 4.0, 5.0, 9.0, 9.0]]> : tensor<2x6xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<2x6xf32>, tensor<2x6xf32>
  return
}

func.func @infinite() {
  %c1 = tenon.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]> : tensor<2x3xf32>
  %r2 = tenon.pad %c1 {axis = 0 : i64, low = #tenon.dim<0>, high = #tenon.dim<1>, value = 0xFFF0000000000000 : f64} : (tensor<2x3xf32>) -> tensor<3x3xf32>
  %c3 = tenon.constant dense<[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0], [0xFF800000, 0xFF800000, 0xFF800000]]> : tensor<3x3xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<3x3xf32>, tensor<3x3xf32>
  return
}
