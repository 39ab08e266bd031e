// Attention of fp16: text form, and values computed by a program of its own from the op's
// description. All else is attention-bf16.mlir's, with the other type.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 1
// RUN: sed 's/of bf16/of fp16/' %S/attention-bf16.mlir > %t.mlir
// RUN: tenon-check %t.mlir --shapes 2 --tolerance 2e-5

// With f32, the first would be 0.70851176, 0.25617173.
// CHECK: tenon.attention %{{.*}}, %{{.*}}, %{{.*}} of fp16 {scale = 5.000000e-01 : f64} :
func.func @literal() {
  %q = tenon.constant dense<[[[[-1.18, 0.6, 1.1], [-0.25, 0.08, 0.46]]]]> : tensor<1x1x2x3xf32>
  %k = tenon.constant dense<[[[[1.74, 1.76, 0.4], [-1.74, 0.18, -1.25], [-1.86, 1.78, 1.52]]]]> : tensor<1x1x3x3xf32>
  %v = tenon.constant dense<[[[[1.43, 0.75], [-1.98, -1.3], [1.0, 0.42]]]]> : tensor<1x1x3x2xf32>
  %r = tenon.attention %q, %k, %v of fp16 {scale = 0.5 : f64} : (tensor<1x1x2x3xf32>, tensor<1x1x3x3xf32>, tensor<1x1x3x2xf32>) -> tensor<1x1x2x2xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  %e = tenon.constant dense<[[[[0.708292696, 0.256040343], [0.371575094, 0.077740592]]]]> : tensor<1x1x2x2xf32>
  tenon.check_close %r, %e {tolerance = 2.0e-06 : f64} : tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>
  return
}

// One key has all the weight. Halfway is to even: 1 + 2^-11 is 1, 1 + 3 * 2^-11 is
// 1 + 2^-9; 65519 is the largest of fp16, and 65520 infinite.
func.func @ties() {
  %q = tenon.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  %v = tenon.constant dense<[[[[1.00048828125, 1.00146484375, -65519.0]]]]> : tensor<1x1x1x3xf32>
  %r = tenon.attention %q, %q, %v of fp16 {scale = 1.0 : f64} : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x3xf32>) -> tensor<1x1x1x3xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  %e = tenon.constant dense<[[[[1.0, 1.001953125, -65504.0]]]]> : tensor<1x1x1x3xf32>
  tenon.check_close %r, %e {tolerance = 0.0 : f64} : tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>
  return
}

func.func @too_large() {
  %q = tenon.constant dense<[[[[1.0]]]]> : tensor<1x1x1x1xf32>
  %v = tenon.constant dense<[[[[-65520.0, 2.0]]]]> : tensor<1x1x1x2xf32>
  %r = tenon.attention %q, %q, %v of fp16 {scale = 1.0 : f64} : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  %e = tenon.constant dense<[[[[0xFF800000, 2.0]]]]> : tensor<1x1x1x2xf32>
  tenon.check_close %r, %e {tolerance = 0.0 : f64} : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  return
}
