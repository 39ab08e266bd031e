// Attention of bf16: values, computed by a program of its own from the op's description.
// RUN: tenon-check %s --shapes 1 --threads 1,2
// RUN: tenon-check %s --shapes 1 --cpu native

// Those of attention.mlir: with f32, the first would be 0.70851, 0.25617.
func.func @literal() {
  %q = tenon.constant dense<[[[[-1.18, 0.6, 1.1], [-0.25, 0.08, 0.46]], [[1.24, 1.92, -1.54], [-0.73, 0.79, 1.66]]]]> : tensor<1x2x2x3xf32>
  %k = tenon.constant dense<[[[[1.74, 1.76, 0.4], [-1.74, 0.18, -1.25], [-1.86, 1.78, 1.52]], [[-2.0, 0.37, -0.34], [-0.33, -0.92, 0.77], [-1.18, 0.73, 1.01]]]]> : tensor<1x2x3x3xf32>
  %v = tenon.constant dense<[[[[1.43, 0.75], [-1.98, -1.3], [1.0, 0.42]], [[-1.56, -1.15], [1.88, 1.35], [-0.87, -0.5]]]]> : tensor<1x2x3x2xf32>
  %r = tenon.attention %q, %k, %v of bf16 {scale = 0.5 : f64} : (tensor<1x2x2x3xf32>, tensor<1x2x3x3xf32>, tensor<1x2x3x2xf32>) -> tensor<1x2x2x2xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  %e = tenon.constant dense<[[[[0.709864984, 0.257002239], [0.37327739, 0.0788751923]], [[-0.749456085, -0.502333994], [-0.518272734, -0.304248975]]]]> : tensor<1x2x2x2xf32>
  tenon.check_close %r, %e {tolerance = 2.0e-05 : f64} : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
  return
}

func.func @literal_causal() {
  %q = tenon.constant dense<[[[[-1.18, 0.6, 1.1], [-0.25, 0.08, 0.46]], [[1.24, 1.92, -1.54], [-0.73, 0.79, 1.66]]]]> : tensor<1x2x2x3xf32>
  %k = tenon.constant dense<[[[[1.74, 1.76, 0.4], [-1.74, 0.18, -1.25], [-1.86, 1.78, 1.52]], [[-2.0, 0.37, -0.34], [-0.33, -0.92, 0.77], [-1.18, 0.73, 1.01]]]]> : tensor<1x2x3x3xf32>
  %v = tenon.constant dense<[[[[1.43, 0.75], [-1.98, -1.3], [1.0, 0.42]], [[-1.56, -1.15], [1.88, 1.35], [-0.87, -0.5]]]]> : tensor<1x2x3x2xf32>
  %r = tenon.attention %q, %k, %v of bf16 {scale = 0.5 : f64} : (tensor<1x2x2x3xf32>, tensor<1x2x3x3xf32>, tensor<1x2x3x2xf32>) -> tensor<1x2x2x2xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %m = arith.constant -3.40282347E+38 : f32
    %p = tenon.compare le %j, %i : (index, index) -> i1
    %t = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %t : f32
  }
  %e = tenon.constant dense<[[[[1.4296875, 0.75], [-0.266622282, -0.269342117]], [[-1.5625, -1.1484375], [-0.012013029, -0.0233675891]]]]> : tensor<1x2x2x2xf32>
  tenon.check_close %r, %e {tolerance = 2.0e-05 : f64} : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
  return
}

// Halfway is to even: 1 + 2^-8 is 1, 1 + 3 * 2^-8 is 1 + 2^-6.
func.func @ties() {
  %q = tenon.constant dense<[[[[64.25, 0.0], [64.75, 0.0]]]]> : tensor<1x1x2x2xf32>
  %k = tenon.constant dense<[[[[1.0, 5.0], [0.0, 7.0]]]]> : tensor<1x1x2x2xf32>
  %v = tenon.constant dense<[[[[1.00390625, 1.01171875], [0.0, 0.0]]]]> : tensor<1x1x2x2xf32>
  %r = tenon.attention %q, %k, %v of bf16 {scale = 0.0078125 : f64} : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  %e = tenon.constant dense<[[[[0.622459331, 0.632185258], [0.624293534, 0.63404812]]]]> : tensor<1x1x2x2xf32>
  tenon.check_close %r, %e {tolerance = 2.0e-05 : f64} : tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>
  return
}

// What isn't finite, or isn't as bf16, is that feature's result.
func.func @infinite() {
  %q = tenon.constant dense<[[[[1.0], [2.0]]]]> : tensor<1x1x2x1xf32>
  %k = tenon.constant dense<[[[[0.5], [0.25], [0.0]]]]> : tensor<1x1x3x1xf32>
  %v = tenon.constant dense<[[[[1.0, 2.0, 0x7FC00000], [3.4e+38, 1.0, 1.0], [1.0, 0xFF800000, 1.0]]]]> : tensor<1x1x3x3xf32>
  %r = tenon.attention %q, %k, %v of bf16 {scale = 0.5 : f64} : (tensor<1x1x2x1xf32>, tensor<1x1x3x1xf32>, tensor<1x1x3x3xf32>) -> tensor<1x1x2x3xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  %e = tenon.constant dense<[[[[0x7F800000, 0xFF800000, 0x7FC00000], [0x7F800000, 0xFF800000, 0x7FC00000]]]]> : tensor<1x1x2x3xf32>
  tenon.check_close %r, %e {tolerance = 2.0e-05 : f64} : tensor<1x1x2x3xf32>, tensor<1x1x2x3xf32>
  return
}

// A query that is no number has no result, the others have theirs.
func.func @not_a_number() {
  %q = tenon.constant dense<[[[[1.0, 1.0], [0x7FC00000, 0.0], [0.5, -0.5]]]]> : tensor<1x1x3x2xf32>
  %k = tenon.constant dense<[[[[0.5, 1.0], [0.25, 2.0]]]]> : tensor<1x1x2x2xf32>
  %v = tenon.constant dense<[[[[1.0, 2.0], [3.0, 4.0]]]]> : tensor<1x1x2x2xf32>
  %r = tenon.attention %q, %k, %v of bf16 {scale = 0.5 : f64} : (tensor<1x1x3x2xf32>, tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x3x2xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  %e = tenon.constant dense<[[[[2.1853332, 3.1853332], [0x7FC00000, 0x7FC00000], [1.84500927, 2.84500927]]]]> : tensor<1x1x3x2xf32>
  tenon.check_close %r, %e {tolerance = 2.0e-05 : f64} : tensor<1x1x3x2xf32>, tensor<1x1x3x2xf32>
  return
}

// More keys than a block: words behind the last one are zeros, not what the block before
// left there, whose product with no weight would be no number.
func.func @behind_the_last() {
  %q = tenon.fill {value = 0.5 : f32, shape = #tenon.dims<[1, 1, 3, 4]>} : () -> tensor<1x1x3x4xf32>
  %k = tenon.fill {value = 2.0 : f32, shape = #tenon.dims<[1, 1, 531, 4]>} : () -> tensor<1x1x531x4xf32>
  %a = tenon.fill {value = 1.0 : f32, shape = #tenon.dims<[1, 1, 20, 2]>} : () -> tensor<1x1x20x2xf32>
  %b = tenon.constant dense<[[[[0x7F800000, 1.0]]]]> : tensor<1x1x1x2xf32>
  %c = tenon.fill {value = 1.0 : f32, shape = #tenon.dims<[1, 1, 510, 2]>} : () -> tensor<1x1x510x2xf32>
  %v = tenon.concat %a, %b, %c {axis = 2 : i64} : (tensor<1x1x20x2xf32>, tensor<1x1x1x2xf32>, tensor<1x1x510x2xf32>) -> tensor<1x1x531x2xf32>
  %r = tenon.attention %q, %k, %v of bf16 {scale = 0.5 : f64} : (tensor<1x1x3x4xf32>, tensor<1x1x531x4xf32>, tensor<1x1x531x2xf32>) -> tensor<1x1x3x2xf32> {
  ^bb0(%s: f32, %b0: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  %e = tenon.constant dense<[[[[0x7F800000, 1.0], [0x7F800000, 1.0], [0x7F800000, 1.0]]]]> : tensor<1x1x3x2xf32>
  tenon.check_close %r, %e {tolerance = 1.0e-06 : f64} : tensor<1x1x3x2xf32>, tensor<1x1x3x2xf32>
  return
}
