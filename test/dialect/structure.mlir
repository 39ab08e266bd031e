// Records of a module, kernels and launches, checks: text form.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-opt %s --mlir-print-op-generic | tenon-opt | FileCheck %s

// CHECK: tenon.symbol @S in [1, 512] typical 128
tenon.symbol @S in [1, 512] typical 128
// CHECK: tenon.symbol @P in [0, 512] typical 64 late
tenon.symbol @P in [0, 512] typical 64 late

// CHECK: tenon.global @c : tensor<3x4xf32> {
// CHECK-NEXT: tenon.weight "a.b.weight" : tensor<4x3xf32>
// CHECK: tenon.yield %{{.*}} : tensor<3x4xf32>
tenon.global @c : tensor<3x4xf32> {
  %0 = tenon.weight "a.b.weight" : tensor<4x3xf32>
  %1 = tenon.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<4x3xf32>) -> tensor<3x4xf32>
  tenon.yield %1 : tensor<3x4xf32>
}

// CHECK-LABEL: func.func @entry
func.func @entry(%x: tensor<?x3xf32, #tenon.dims<[S, 3]>>) -> tensor<?x4xf32, #tenon.dims<[S, 4]>> {
  // CHECK: tenon.require <S> eq <2 * P>
  tenon.require <S> eq <2 * P>
  // CHECK: tenon.global_ref @c : tensor<3x4xf32>
  %w = tenon.global_ref @c : tensor<3x4xf32>
  // CHECK: tenon.tap "layer.0" %{{.*}} : tensor<?x3xf32, #tenon.dims<[S, 3]>>
  tenon.tap "layer.0" %x : tensor<?x3xf32, #tenon.dims<[S, 3]>>
  // CHECK: tenon.kernel (%{{.*}} = %{{.*}} : tensor<?x3xf32, #tenon.dims<[S, 3]>>, %{{.*}} = %{{.*}} : tensor<3x4xf32>) -> (tensor<?x4xf32, #tenon.dims<[S, 4]>>) {
  %0 = tenon.kernel (%a = %x : tensor<?x3xf32, #tenon.dims<[S, 3]>>, %b = %w : tensor<3x4xf32>) -> (tensor<?x4xf32, #tenon.dims<[S, 4]>>) {
    %1 = tenon.matmul %a, %b : (tensor<?x3xf32, #tenon.dims<[S, 3]>>, tensor<3x4xf32>) -> tensor<?x4xf32, #tenon.dims<[S, 4]>>
    // CHECK: tenon.yield
    tenon.yield %1 : tensor<?x4xf32, #tenon.dims<[S, 4]>>
  }
  // CHECK: tenon.launch @k <[S]>(%{{.*}}) : (tensor<?x4xf32, #tenon.dims<[S, 4]>>) -> tensor<?x4xf32, #tenon.dims<[S, 4]>>
  %2 = tenon.launch @k <[S]>(%0) : (tensor<?x4xf32, #tenon.dims<[S, 4]>>) -> tensor<?x4xf32, #tenon.dims<[S, 4]>>
  // CHECK: tenon.random {high = 1.000000e+00 : f64, low = 0.000000e+00 : f64, seed = 7 : i64, shape = #tenon.dims<[S, 4]>, type = f32}
  %3 = tenon.random {shape = #tenon.dims<[S, 4]>, type = f32, low = 0.0 : f64, high = 1.0 : f64, seed = 7 : i64} : tensor<?x4xf32, #tenon.dims<[S, 4]>>
  // CHECK: tenon.check_close %{{.*}}, %{{.*}} {tolerance = 1.000000e+01 : f64}
  tenon.check_close %2, %3 {tolerance = 10.0 : f64} : tensor<?x4xf32, #tenon.dims<[S, 4]>>, tensor<?x4xf32, #tenon.dims<[S, 4]>>
  return %2 : tensor<?x4xf32, #tenon.dims<[S, 4]>>
}

func.func private @k(%x: tensor<?x4xf32, #tenon.dims<[d0, 4]>>) -> tensor<?x4xf32, #tenon.dims<[d0, 4]>> attributes {tenon.kernel, tenon.dims = ["d0"]} {
  return %x : tensor<?x4xf32, #tenon.dims<[d0, 4]>>
}
