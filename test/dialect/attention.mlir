// Attention and its score regions: text form, values of torch 2.8.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @T in [1, 70] typical 33
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.attention %{{.*}}, %{{.*}}, %{{.*}} {scale = 5.000000e-01 : f64} :
// CHECK-NEXT: ^bb0(%[[S:.*]]: f32, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index, %{{.*}}: index):
// CHECK-NEXT: tenon.yield %[[S]] : f32
func.func @plain(%q: tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>, %k: tensor<?x3x?x8xf32, #tenon.dims<[B, 3, T, 8]>>, %v: tensor<?x3x?x5xf32, #tenon.dims<[B, 3, T, 5]>>) -> tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>> {
  %0 = tenon.attention %q, %k, %v {scale = 0.5 : f64} : (tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>, tensor<?x3x?x8xf32, #tenon.dims<[B, 3, T, 8]>>, tensor<?x3x?x5xf32, #tenon.dims<[B, 3, T, 5]>>) -> tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>>
}

func.func @causal(%q: tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>, %k: tensor<?x3x?x8xf32, #tenon.dims<[B, 3, T, 8]>>, %v: tensor<?x3x?x5xf32, #tenon.dims<[B, 3, T, 5]>>) -> tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>> {
  %0 = tenon.attention %q, %k, %v {scale = 0.5 : f64} : (tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>, tensor<?x3x?x8xf32, #tenon.dims<[B, 3, T, 8]>>, tensor<?x3x?x5xf32, #tenon.dims<[B, 3, T, 5]>>) -> tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %m = arith.constant -3.40282347E+38 : f32
    %p = tenon.compare le %j, %i : (index, index) -> i1
    %r = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>>
}

func.func @padding(%q: tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>, %k: tensor<?x3x?x8xf32, #tenon.dims<[B, 3, T, 8]>>, %v: tensor<?x3x?x5xf32, #tenon.dims<[B, 3, T, 5]>>, %keep: tensor<?x?xi1, #tenon.dims<[B, T]>>) -> tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>> {
  %0 = tenon.attention %q, %k, %v, %keep {scale = 0.5 : f64} : (tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>, tensor<?x3x?x8xf32, #tenon.dims<[B, 3, T, 8]>>, tensor<?x3x?x5xf32, #tenon.dims<[B, 3, T, 5]>>, tensor<?x?xi1, #tenon.dims<[B, T]>>) -> tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %ckeep: tensor<?x?xi1, #tenon.dims<[B, T]>>):
    %m = arith.constant -3.40282347E+38 : f32
    %p = tenon.extract %ckeep[%b, %j] : (tensor<?x?xi1, #tenon.dims<[B, T]>>, index, index) -> i1
    %r = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>>
}

func.func @bias(%q: tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>, %k: tensor<?x3x?x8xf32, #tenon.dims<[B, 3, T, 8]>>, %v: tensor<?x3x?x5xf32, #tenon.dims<[B, 3, T, 5]>>, %t: tensor<3x70xf32>) -> tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>> {
  %0 = tenon.attention %q, %k, %v, %t {scale = 0.5 : f64} : (tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>, tensor<?x3x?x8xf32, #tenon.dims<[B, 3, T, 8]>>, tensor<?x3x?x5xf32, #tenon.dims<[B, 3, T, 5]>>, tensor<3x70xf32>) -> tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %ct: tensor<3x70xf32>):
    %e = tenon.extract %ct[%h, %j] : (tensor<3x70xf32>, index, index) -> f32
    %r = tenon.binary add %s, %e : (f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[[[-1.17999995, 0.600000024, 1.10000002], [-0.25, 0.0799999982, 0.460000008]], [[1.24000001, 1.91999996, -1.53999996], [-0.730000019, 0.790000021, 1.65999997]]]]> : tensor<1x2x2x3xf32>
  %c2 = tenon.constant dense<[[[[1.74000001, 1.75999999, 0.400000006], [-1.74000001, 0.180000007, -1.25], [-1.86000001, 1.77999997, 1.51999998]], [[-2.0, 0.370000005, -0.340000004], [-0.330000013, -0.920000017, 0.769999981], [-1.17999995, 0.730000019, 1.00999999]]]]> : tensor<1x2x3x3xf32>
  %c3 = tenon.constant dense<[[[[1.42999995, 0.75], [-1.98000002, -1.29999995], [1.0, 0.419999987]], [[-1.55999994, -1.14999998], [1.88, 1.35000002], [-0.870000005, -0.5]]]]> : tensor<1x2x3x2xf32>
  %r = tenon.attention %c1, %c2, %c3 {scale = 0.5 : f64} : (tensor<1x2x2x3xf32>, tensor<1x2x3x3xf32>, tensor<1x2x3x2xf32>) -> tensor<1x2x2x2xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  %c4 = tenon.constant dense<[[[[0.70851177, 0.256171733], [0.371837169, 0.0777720064]], [[-0.748349726, -0.503480732], [-0.517281294, -0.304556787]]]]> : tensor<1x2x2x2xf32>
  tenon.check_close %r, %c4 {tolerance = 1.0e-06 : f64} : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
  return
}

func.func @literal_causal() {
  %c1 = tenon.constant dense<[[[[-1.17999995, 0.600000024, 1.10000002], [-0.25, 0.0799999982, 0.460000008]], [[1.24000001, 1.91999996, -1.53999996], [-0.730000019, 0.790000021, 1.65999997]]]]> : tensor<1x2x2x3xf32>
  %c2 = tenon.constant dense<[[[[1.74000001, 1.75999999, 0.400000006], [-1.74000001, 0.180000007, -1.25], [-1.86000001, 1.77999997, 1.51999998]], [[-2.0, 0.370000005, -0.340000004], [-0.330000013, -0.920000017, 0.769999981], [-1.17999995, 0.730000019, 1.00999999]]]]> : tensor<1x2x3x3xf32>
  %c3 = tenon.constant dense<[[[[1.42999995, 0.75], [-1.98000002, -1.29999995], [1.0, 0.419999987]], [[-1.55999994, -1.14999998], [1.88, 1.35000002], [-0.870000005, -0.5]]]]> : tensor<1x2x3x2xf32>
  %r = tenon.attention %c1, %c2, %c3 {scale = 0.5 : f64} : (tensor<1x2x2x3xf32>, tensor<1x2x3x3xf32>, tensor<1x2x3x2xf32>) -> tensor<1x2x2x2xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %m = arith.constant -3.40282347E+38 : f32
    %p = tenon.compare le %j, %i : (index, index) -> i1
    %r = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  %c4 = tenon.constant dense<[[[[1.42999995, 0.75], [-0.268435895, -0.271053791]], [[-1.55999994, -1.14999998], [-0.00955557823, -0.0232235193]]]]> : tensor<1x2x2x2xf32>
  tenon.check_close %r, %c4 {tolerance = 1.0e-06 : f64} : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
  return
}

func.func @literal_bias() {
  %c1 = tenon.constant dense<[[[[-1.17999995, 0.600000024, 1.10000002], [-0.25, 0.0799999982, 0.460000008]], [[1.24000001, 1.91999996, -1.53999996], [-0.730000019, 0.790000021, 1.65999997]]]]> : tensor<1x2x2x3xf32>
  %c2 = tenon.constant dense<[[[[1.74000001, 1.75999999, 0.400000006], [-1.74000001, 0.180000007, -1.25], [-1.86000001, 1.77999997, 1.51999998]], [[-2.0, 0.370000005, -0.340000004], [-0.330000013, -0.920000017, 0.769999981], [-1.17999995, 0.730000019, 1.00999999]]]]> : tensor<1x2x3x3xf32>
  %c3 = tenon.constant dense<[[[[1.42999995, 0.75], [-1.98000002, -1.29999995], [1.0, 0.419999987]], [[-1.55999994, -1.14999998], [1.88, 1.35000002], [-0.870000005, -0.5]]]]> : tensor<1x2x3x2xf32>
  %c4 = tenon.constant dense<[[-1.90999997, -0.0399999991, -1.50999999], [-1.53999996, -0.109999999, 0.300000012]]> : tensor<2x3xf32>
  %r = tenon.attention %c1, %c2, %c3, %c4 {scale = 0.5 : f64} : (tensor<1x2x2x3xf32>, tensor<1x2x3x3xf32>, tensor<1x2x3x2xf32>, tensor<2x3xf32>) -> tensor<1x2x2x2xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %c: tensor<2x3xf32>):
    %e = tenon.extract %c[%h, %j] : (tensor<2x3xf32>, index, index) -> f32
    %r = tenon.binary add %s, %e : (f32, f32) -> f32
    tenon.yield %r : f32
  }
  %c5 = tenon.constant dense<[[[[-0.0128723383, -0.162396401], [-0.791817963, -0.606388211]], [[-0.440341175, -0.235147059], [-0.452448934, -0.227980331]]]]> : tensor<1x2x2x2xf32>
  tenon.check_close %r, %c5 {tolerance = 1.0e-06 : f64} : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
  return
}
