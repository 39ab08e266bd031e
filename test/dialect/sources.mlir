// Fill, iota, dim_value, constant: text form, values.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.fill {shape = #tenon.dims<[B, 3]>, value = 1.500000e+00 : f32} : () -> tensor<?x3xf32, #tenon.dims<[B, 3]>>
// CHECK: tenon.iota {axis = 1 : i64, shape = #tenon.dims<[B, S]>, type = i64} : () -> tensor<?x?xi64, #tenon.dims<[B, S]>>
// CHECK: tenon.dim_value {dim = #tenon.dim<{{.*}}>, type = i64} : () -> tensor<i64>
// CHECK: tenon.constant dense<[1, -2]> : tensor<2xi8>
func.func @sources(%like: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>) -> (tensor<?x3xf32, #tenon.dims<[B, 3]>>, tensor<?x?xi64, #tenon.dims<[B, S]>>, tensor<i64>, tensor<2xi8>, tensor<?xi1, #tenon.dims<[S]>>, tensor<?x3xf32, #tenon.dims<[S, 3]>>, tensor<f32>) {
  %0 = tenon.fill {value = 1.5 : f32, shape = #tenon.dims<[B, 3]>} : () -> tensor<?x3xf32, #tenon.dims<[B, 3]>>
  %1 = tenon.iota {shape = #tenon.dims<[B, S]>, axis = 1 : i64, type = i64} : () -> tensor<?x?xi64, #tenon.dims<[B, S]>>
  %2 = tenon.dim_value {dim = #tenon.dim<B * S + 1>, type = i64} : () -> tensor<i64>
  %3 = tenon.constant dense<[1, -2]> : tensor<2xi8>
  %4 = tenon.fill {value = true, shape = #tenon.dims<[S]>} : () -> tensor<?xi1, #tenon.dims<[S]>>
  %5 = tenon.iota {shape = #tenon.dims<[S, 3]>, axis = 0 : i64, type = f32} : () -> tensor<?x3xf32, #tenon.dims<[S, 3]>>
  %6 = tenon.dim_value {dim = #tenon.dim<S floordiv 3>, type = f32} : () -> tensor<f32>
  return %0, %1, %2, %3, %4, %5, %6 : tensor<?x3xf32, #tenon.dims<[B, 3]>>, tensor<?x?xi64, #tenon.dims<[B, S]>>, tensor<i64>, tensor<2xi8>, tensor<?xi1, #tenon.dims<[S]>>, tensor<?x3xf32, #tenon.dims<[S, 3]>>, tensor<f32>
}

func.func @fill() {
  %r1 = tenon.fill {value = -3 : i32, shape = #tenon.dims<[2]>} : () -> tensor<2xi32>
  %c2 = tenon.constant dense<[-3, -3]> : tensor<2xi32>
  tenon.check_close %r1, %c2 {tolerance = 0.0 : f64} : tensor<2xi32>, tensor<2xi32>
  return
}

func.func @iota() {
  %r1 = tenon.iota {shape = #tenon.dims<[2, 3]>, axis = 1 : i64, type = f32} : () -> tensor<2x3xf32>
  %c2 = tenon.constant dense<[[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]]> : tensor<2x3xf32>
  tenon.check_close %r1, %c2 {tolerance = 0.0 : f64} : tensor<2x3xf32>, tensor<2x3xf32>
  return
}

func.func @dim_value() {
  %r1 = tenon.dim_value {dim = #tenon.dim<max(3, 7 floordiv 2) * 5>, type = i64} : () -> tensor<i64>
  %c2 = tenon.constant dense<15> : tensor<i64>
  tenon.check_close %r1, %c2 {tolerance = 0.0 : f64} : tensor<i64>, tensor<i64>
  return
}
