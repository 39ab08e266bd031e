// Attention of codes: values, computed by a program of its own from the op's description.
// RUN: tenon-check %s --shapes 1 --tolerance 1e-4 --threads 1,2

// Those of attention.mlir: with numbers, the first would be 0.70851, 0.25617.
func.func @literal() {
  %q = tenon.constant dense<[[[[-1.18, 0.6, 1.1], [-0.25, 0.08, 0.46]], [[1.24, 1.92, -1.54], [-0.73, 0.79, 1.66]]]]> : tensor<1x2x2x3xf32>
  %k = tenon.constant dense<[[[[1.74, 1.76, 0.4], [-1.74, 0.18, -1.25], [-1.86, 1.78, 1.52]], [[-2.0, 0.37, -0.34], [-0.33, -0.92, 0.77], [-1.18, 0.73, 1.01]]]]> : tensor<1x2x3x3xf32>
  %v = tenon.constant dense<[[[[1.43, 0.75], [-1.98, -1.3], [1.0, 0.42]], [[-1.56, -1.15], [1.88, 1.35], [-0.87, -0.5]]]]> : tensor<1x2x3x2xf32>
  %r = tenon.attention %q, %k, %v of codes {scale = 0.5 : f64} : (tensor<1x2x2x3xf32>, tensor<1x2x3x3xf32>, tensor<1x2x3x2xf32>) -> tensor<1x2x2x2xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  %e = tenon.constant dense<[[[[0.708530465, 0.254782715], [0.371574915, 0.0788222453]], [[-0.748150685, -0.505873513], [-0.515089582, -0.304373494]]]]> : tensor<1x2x2x2xf32>
  tenon.check_close %r, %e {tolerance = 1.0e-06 : f64} : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
  return
}

func.func @literal_causal() {
  %q = tenon.constant dense<[[[[-1.18, 0.6, 1.1], [-0.25, 0.08, 0.46]], [[1.24, 1.92, -1.54], [-0.73, 0.79, 1.66]]]]> : tensor<1x2x2x3xf32>
  %k = tenon.constant dense<[[[[1.74, 1.76, 0.4], [-1.74, 0.18, -1.25], [-1.86, 1.78, 1.52]], [[-2.0, 0.37, -0.34], [-0.33, -0.92, 0.77], [-1.18, 0.73, 1.01]]]]> : tensor<1x2x3x3xf32>
  %v = tenon.constant dense<[[[[1.43, 0.75], [-1.98, -1.3], [1.0, 0.42]], [[-1.56, -1.15], [1.88, 1.35], [-0.87, -0.5]]]]> : tensor<1x2x3x2xf32>
  %r = tenon.attention %q, %k, %v of codes {scale = 0.5 : f64} : (tensor<1x2x2x3xf32>, tensor<1x2x3x3xf32>, tensor<1x2x3x2xf32>) -> tensor<1x2x2x2xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %m = arith.constant -3.40282347E+38 : f32
    %p = tenon.compare le %j, %i : (index, index) -> i1
    %t = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %t : f32
  }
  %e = tenon.constant dense<[[[[1.4299999, 0.754409396], [-0.269398057, -0.266436946]], [[-1.55999992, -1.15464561], [-0.00111947692, -0.0209533443]]]]> : tensor<1x2x2x2xf32>
  tenon.check_close %r, %e {tolerance = 1.0e-06 : f64} : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
  return
}

func.func @literal_bias() {
  %q = tenon.constant dense<[[[[-1.18, 0.6, 1.1], [-0.25, 0.08, 0.46]], [[1.24, 1.92, -1.54], [-0.73, 0.79, 1.66]]]]> : tensor<1x2x2x3xf32>
  %k = tenon.constant dense<[[[[1.74, 1.76, 0.4], [-1.74, 0.18, -1.25], [-1.86, 1.78, 1.52]], [[-2.0, 0.37, -0.34], [-0.33, -0.92, 0.77], [-1.18, 0.73, 1.01]]]]> : tensor<1x2x3x3xf32>
  %v = tenon.constant dense<[[[[1.43, 0.75], [-1.98, -1.3], [1.0, 0.42]], [[-1.56, -1.15], [1.88, 1.35], [-0.87, -0.5]]]]> : tensor<1x2x3x2xf32>
  %x = tenon.constant dense<[[-1.91, -0.04, -1.51], [-1.54, -0.11, 0.3]]> : tensor<2x3xf32>
  %r = tenon.attention %q, %k, %v, %x of codes {scale = 0.5 : f64} : (tensor<1x2x2x3xf32>, tensor<1x2x3x3xf32>, tensor<1x2x3x2xf32>, tensor<2x3xf32>) -> tensor<1x2x2x2xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %c: tensor<2x3xf32>):
    %e = tenon.extract %c[%h, %j] : (tensor<2x3xf32>, index, index) -> f32
    %t = tenon.binary add %s, %e : (f32, f32) -> f32
    tenon.yield %t : f32
  }
  %e = tenon.constant dense<[[[[-0.0125641971, -0.161737935], [-0.792045747, -0.603198139]], [[-0.440816274, -0.236625651], [-0.452118857, -0.228431161]]]]> : tensor<1x2x2x2xf32>
  tenon.check_close %r, %e {tolerance = 1.0e-06 : f64} : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
  return
}

// Most of the weight is on a value that is nearly nothing: what is left counts.
func.func @literal_sink() {
  %q = tenon.constant dense<[[[[-1.18, 0.6, 1.1], [-0.25, 0.08, 0.46]], [[1.24, 1.92, -1.54], [-0.73, 0.79, 1.66]]]]> : tensor<1x2x2x3xf32>
  %k = tenon.constant dense<[[[[1.74, 1.76, 0.4], [-1.74, 0.18, -1.25], [-1.86, 1.78, 1.52]], [[-2.0, 0.37, -0.34], [-0.33, -0.92, 0.77], [-1.18, 0.73, 1.01]]]]> : tensor<1x2x3x3xf32>
  %v = tenon.constant dense<[[[[0.000143, 7.5e-06], [-1.98, -1.3], [1.0, 0.42]], [[-1.56e-05, -0.000115], [1.88, 1.35], [-0.87, -0.5]]]]> : tensor<1x2x3x2xf32>
  %r = tenon.attention %q, %k, %v of codes {scale = 0.5 : f64} : (tensor<1x2x2x3xf32>, tensor<1x2x3x3xf32>, tensor<1x2x3x2xf32>) -> tensor<1x2x2x2xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %z = arith.constant 0 : index
    %n = arith.constant 9.0 : f32
    %o = arith.constant 0.0 : f32
    %p = tenon.compare eq %j, %z : (index, index) -> i1
    %a = tenon.select %p, %n, %o : (i1, f32, f32) -> f32
    %t = tenon.binary add %s, %a : (f32, f32) -> f32
    tenon.yield %t : f32
  }
  %e = tenon.constant dense<[[[[0.00159059492, 0.000498953524], [0.000151108042, -4.60360807e-05]], [[-2.41958352e-05, -0.000108618296], [-0.000107401149, -0.000140605707]]]]> : tensor<1x2x2x2xf32>
  tenon.check_close %r, %e {tolerance = 1.0e-06 : f64} : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
  return
}

// Rows of zeros are codes of zero.
func.func @literal_zeros() {
  %q = tenon.constant dense<[[[[0.0, 0.0], [1.0, -2.0]]]]> : tensor<1x1x2x2xf32>
  %k = tenon.constant dense<[[[[0.0, 0.0], [3.0, 1.0]]]]> : tensor<1x1x2x2xf32>
  %v = tenon.constant dense<[[[[0.0], [5.0]]]]> : tensor<1x1x2x1xf32>
  %r = tenon.attention %q, %k, %v of codes {scale = 0.5 : f64} : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>, tensor<1x1x2x1xf32>) -> tensor<1x1x2x1xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  %e = tenon.constant dense<[[[[2.49999999], [3.13537056]]]]> : tensor<1x1x2x1xf32>
  tenon.check_close %r, %e {tolerance = 1.0e-06 : f64} : tensor<1x1x2x1xf32>, tensor<1x1x2x1xf32>
  return
}

// A value that is no number takes its key's score along: rows that give the key no
// weight are as without it. (-2 is -85 of 127 parts of 3.)
func.func @not_finite() {
  %q = tenon.constant dense<[[[[1.0, 2.0], [0.5, -1.0]]]]> : tensor<1x1x2x2xf32>
  %k = tenon.constant dense<[[[[1.0, 0.0], [0.0, 1.0]]]]> : tensor<1x1x2x2xf32>
  %v = tenon.constant dense<[[[[3.0, -2.0], [0x7FC00000, 1.0]]]]> : tensor<1x1x2x2xf32>
  %r = tenon.attention %q, %k, %v of codes {scale = 0.5 : f64} : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %m = arith.constant 0xFF800000 : f32
    %p = tenon.compare le %j, %i : (index, index) -> i1
    %t = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %t : f32
  }
  %e = tenon.constant dense<[[[[3.0, -2.00787402], [0x7FC00000, 0x7FC00000]]]]> : tensor<1x1x2x2xf32>
  tenon.check_close %r, %e {tolerance = 1.0e-06 : f64} : tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>
  return
}
