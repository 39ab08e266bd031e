// Group norm: text form, values of torch 2.8.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.group_norm %{{.*}}, %{{.*}}, %{{.*}} {eps = 1.000000e-05 : f64, groups = 4 : i64}
func.func @groups(%x: tensor<?x12x?xf32, #tenon.dims<[B, 12, S]>>, %w: tensor<12xf32>, %b: tensor<12xf32>) -> (tensor<?x12x?xf32, #tenon.dims<[B, 12, S]>>) {
  %0 = tenon.group_norm %x, %w, %b {groups = 4 : i64, eps = 1.0e-5 : f64} : (tensor<?x12x?xf32, #tenon.dims<[B, 12, S]>>, tensor<12xf32>, tensor<12xf32>) -> tensor<?x12x?xf32, #tenon.dims<[B, 12, S]>>
  return %0 : tensor<?x12x?xf32, #tenon.dims<[B, 12, S]>>
}

func.func @flat(%x: tensor<?x12xf32, #tenon.dims<[B, 12]>>, %w: tensor<12xf32>, %b: tensor<12xf32>) -> (tensor<?x12xf32, #tenon.dims<[B, 12]>>) {
  %0 = tenon.group_norm %x, %w, %b {groups = 2 : i64, eps = 1.0e-5 : f64} : (tensor<?x12xf32, #tenon.dims<[B, 12]>>, tensor<12xf32>, tensor<12xf32>) -> tensor<?x12xf32, #tenon.dims<[B, 12]>>
  return %0 : tensor<?x12xf32, #tenon.dims<[B, 12]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[[-0.00999999978, 1.07000005, -1.64999998], [-1.47000003, -0.769999981, 0.540000021], [-0.0399999991, 1.59000003, -0.180000007], [0.529999971, -0.600000024, -0.389999986]], [[-1.90999997, -1.32000005, -0.819999993], [0.0700000003, 0.790000021, 1.20000005], [-1.36000001, -0.870000005, 0.730000019], [1.65999997, -0.409999996, 1.5]]]> : tensor<2x4x3xf32>
  %c2 = tenon.constant dense<[1.0, 0.5, 2.0, -1.0]> : tensor<4xf32>
  %c3 = tenon.constant dense<[0.0, 1.0, 0.5, 2.0]> : tensor<4xf32>
  %r4 = tenon.group_norm %c1, %c2, %c3 {groups = 2 : i64, eps = 0.01 : f64} : (tensor<2x4x3xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4x3xf32>
  %c5 = tenon.constant dense<[[[0.368641376, 1.43985045, -1.25800931], [0.460262775, 0.807413876, 1.45708227], [-0.0186906178, 4.39243555, -0.397560358], [1.48807502, 3.01708484, 2.73293257]], [[-1.4087131, -0.882119238, -0.435853153], [1.17925024, 1.50056171, 1.68353081], [-2.1975019, -1.35471165, 1.39725626], [0.751581371, 2.53176045, 0.889179707]]]> : tensor<2x4x3xf32>
  tenon.check_close %r4, %c5 {tolerance = 2.0e-06 : f64} : tensor<2x4x3xf32>, tensor<2x4x3xf32>
  return
}
