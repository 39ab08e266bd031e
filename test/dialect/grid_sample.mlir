// Samples of a map at points: text form, values of torch 2.8.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.grid_sample %{{.*}}, %{{.*}} {align_corners = false}
func.func @random(%x: tensor<?x3x7x?xf32, #tenon.dims<[B, 3, 7, S]>>, %g: tensor<?x?x5x2xf32, #tenon.dims<[B, S, 5, 2]>>) -> (tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>>) {
  %0 = tenon.grid_sample %x, %g {align_corners = false} : (tensor<?x3x7x?xf32, #tenon.dims<[B, 3, 7, S]>>, tensor<?x?x5x2xf32, #tenon.dims<[B, S, 5, 2]>>) -> tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>>
  return %0 : tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>>
}

func.func @corners(%x: tensor<?x3x7x?xf32, #tenon.dims<[B, 3, 7, S]>>, %g: tensor<?x?x5x2xf32, #tenon.dims<[B, S, 5, 2]>>) -> (tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>>) {
  %0 = tenon.grid_sample %x, %g {align_corners = true} : (tensor<?x3x7x?xf32, #tenon.dims<[B, 3, 7, S]>>, tensor<?x?x5x2xf32, #tenon.dims<[B, S, 5, 2]>>) -> tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>>
  return %0 : tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[[[-0.819999993, 1.19000006, -1.22000003, 1.80999994], [1.37, -1.69000006, -0.5, 0.0900000036], [0.289999992, 0.469999999, 0.779999971, 0.119999997]], [[-0.980000019, 0.949999988, -1.91999996, -1.19000006], [-0.5, -0.970000029, -0.699999988, -1.63999999], [-0.430000007, 0.430000007, -1.29999995, -0.100000001]]]]> : tensor<1x2x3x4xf32>
  %c2 = tenon.constant dense<[[[[0.0, 0.0], [-1.0, -1.0], [0.300000012, -0.699999988]], [[1.0, 1.0], [-1.39999998, 0.200000003], [3.0, 0.0]]]]> : tensor<1x2x3x2xf32>
  %r3 = tenon.grid_sample %c1, %c2 {align_corners = false} : (tensor<1x2x3x4xf32>, tensor<1x2x3x2xf32>) -> tensor<1x2x2x3xf32>
  %c4 = tenon.constant dense<[[[[-1.09500003, -0.204999998, -0.871150374], [0.0299999993, 0.0, 0.0]], [[-0.835000038, -0.245000005, -1.75465012], [-0.0250000004, 0.0, 0.0]]]]> : tensor<1x2x2x3xf32>
  tenon.check_close %r3, %c4 {tolerance = 1.0e-06 : f64} : tensor<1x2x2x3xf32>, tensor<1x2x2x3xf32>
  return
}

func.func @literal_corners() {
  %c1 = tenon.constant dense<[[[[-0.819999993, 1.19000006, -1.22000003, 1.80999994], [1.37, -1.69000006, -0.5, 0.0900000036], [0.289999992, 0.469999999, 0.779999971, 0.119999997]], [[-0.980000019, 0.949999988, -1.91999996, -1.19000006], [-0.5, -0.970000029, -0.699999988, -1.63999999], [-0.430000007, 0.430000007, -1.29999995, -0.100000001]]]]> : tensor<1x2x3x4xf32>
  %c2 = tenon.constant dense<[[[[0.0, 0.0], [-1.0, -1.0], [0.300000012, -0.699999988]], [[1.0, 1.0], [-1.39999998, 0.200000003], [3.0, 0.0]]]]> : tensor<1x2x3x2xf32>
  %r3 = tenon.grid_sample %c1, %c2 {align_corners = true} : (tensor<1x2x3x4xf32>, tensor<1x2x3x2xf32>) -> tensor<1x2x2x3xf32>
  %c4 = tenon.constant dense<[[[[-1.09500003, -0.819999993, -0.93749994], [0.119999997, 0.461600035, 0.0]], [[-0.835000038, -0.980000019, -1.45759976], [-0.100000001, -0.194400027, 0.0]]]]> : tensor<1x2x2x3xf32>
  tenon.check_close %r3, %c4 {tolerance = 1.0e-06 : f64} : tensor<1x2x2x3xf32>, tensor<1x2x2x3xf32>
  return
}
