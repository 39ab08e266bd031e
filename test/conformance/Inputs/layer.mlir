// A transformer layer: heads, a masked attention, norms, an MLP. Weights
// are small, as trained ones are: errors don't grow on the way.
tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [1, 60] typical 17
!x = tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
!s = tensor<?x?x3x8xf32, #tenon.dims<[B, S, 3, 8]>>
!h = tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>
!m = tensor<?x?x50xf32, #tenon.dims<[B, S, 50]>>
!keep = tensor<?x?xi1, #tenon.dims<[B, S]>>
func.func @layer(%x: !x, %keep: !keep) -> (!x, tensor<?x24xf32, #tenon.dims<[B, 24]>>) {
  %wq = tenon.random {shape = #tenon.dims<[24, 24]>, type = f32, low = -0.25 : f64, high = 0.25 : f64, seed = 1 : i64} : tensor<24x24xf32>
  %wk = tenon.random {shape = #tenon.dims<[24, 24]>, type = f32, low = -0.25 : f64, high = 0.25 : f64, seed = 2 : i64} : tensor<24x24xf32>
  %wv = tenon.random {shape = #tenon.dims<[24, 24]>, type = f32, low = -0.25 : f64, high = 0.25 : f64, seed = 3 : i64} : tensor<24x24xf32>
  %wo = tenon.random {shape = #tenon.dims<[24, 24]>, type = f32, low = -0.25 : f64, high = 0.25 : f64, seed = 4 : i64} : tensor<24x24xf32>
  %b = tenon.random {shape = #tenon.dims<[24]>, type = f32, low = -0.25 : f64, high = 0.25 : f64, seed = 5 : i64} : tensor<24xf32>
  %w1 = tenon.random {shape = #tenon.dims<[50, 24]>, type = f32, low = -0.25 : f64, high = 0.25 : f64, seed = 6 : i64} : tensor<50x24xf32>
  %b1 = tenon.random {shape = #tenon.dims<[50]>, type = f32, low = -0.25 : f64, high = 0.25 : f64, seed = 7 : i64} : tensor<50xf32>
  %w2 = tenon.random {shape = #tenon.dims<[24, 50]>, type = f32, low = -0.25 : f64, high = 0.25 : f64, seed = 8 : i64} : tensor<24x50xf32>
  %g = tenon.random {shape = #tenon.dims<[24]>, type = f32, low = -0.25 : f64, high = 0.25 : f64, seed = 9 : i64} : tensor<24xf32>
  %n = tenon.layer_norm %x, %g, %b {eps = 1.0e-5 : f64} : (!x, tensor<24xf32>, tensor<24xf32>) -> !x
  %q0 = tenon.matmul %n, %wq {transpose_rhs = true} : (!x, tensor<24x24xf32>) -> !x
  %q1 = tenon.binary add %q0, %b : (!x, tensor<24xf32>) -> !x
  %q2 = tenon.reshape %q1 {shape = #tenon.dims<[B, S, 3, 8]>} : (!x) -> !s
  %q = tenon.transpose %q2 {permutation = array<i64: 0, 2, 1, 3>} : (!s) -> !h
  %k0 = tenon.matmul %n, %wk {transpose_rhs = true} : (!x, tensor<24x24xf32>) -> !x
  %k2 = tenon.reshape %k0 {shape = #tenon.dims<[B, S, 3, 8]>} : (!x) -> !s
  %k = tenon.transpose %k2 {permutation = array<i64: 0, 2, 1, 3>} : (!s) -> !h
  %v0 = tenon.matmul %n, %wv {transpose_rhs = true} : (!x, tensor<24x24xf32>) -> !x
  %v2 = tenon.reshape %v0 {shape = #tenon.dims<[B, S, 3, 8]>} : (!x) -> !s
  %v = tenon.transpose %v2 {permutation = array<i64: 0, 2, 1, 3>} : (!s) -> !h
  %a = tenon.attention %q, %k, %v, %keep {scale = 0.35355338 : f64} : (!h, !h, !h, !keep) -> !h {
  ^bb0(%s: f32, %batch: index, %head: index, %i: index, %j: index, %kept: !keep):
    %p = tenon.extract %kept[%batch, %j] : (!keep, index, index) -> i1
    %low = arith.constant -3.40282347E+38 : f32
    %zero = arith.constant 0.0 : f32
    %f = tenon.select %p, %zero, %low : (i1, f32, f32) -> f32
    %r = tenon.binary add %s, %f : (f32, f32) -> f32
    tenon.yield %r : f32
  }
  %a1 = tenon.transpose %a {permutation = array<i64: 0, 2, 1, 3>} : (!h) -> !s
  %a2 = tenon.reshape %a1 {shape = #tenon.dims<[B, S, 24]>} : (!s) -> !x
  %o = tenon.matmul %a2, %wo {transpose_rhs = true} : (!x, tensor<24x24xf32>) -> !x
  %o1 = tenon.binary add %o, %x : (!x, !x) -> !x
  %n1 = tenon.layer_norm %o1, %g, %b {eps = 1.0e-5 : f64} : (!x, tensor<24xf32>, tensor<24xf32>) -> !x
  %m0 = tenon.matmul %n1, %w1 {transpose_rhs = true} : (!x, tensor<50x24xf32>) -> !m
  %m1 = tenon.binary add %m0, %b1 : (!m, tensor<50xf32>) -> !m
  %m2 = tenon.unary gelu %m1 : (!m) -> !m
  %m3 = tenon.matmul %m2, %w2 {transpose_rhs = true} : (!m, tensor<24x50xf32>) -> !x
  %m4 = tenon.binary add %o1, %m3 : (!x, !x) -> !x
  %first = tenon.slice %m4 {axis = 1 : i64, begin = #tenon.dim<0>, size = #tenon.dim<1>} : (!x) -> tensor<?x1x24xf32, #tenon.dims<[B, 1, 24]>>
  %pooled = tenon.reshape %first {shape = #tenon.dims<[B, 24]>} : (tensor<?x1x24xf32, #tenon.dims<[B, 1, 24]>>) -> tensor<?x24xf32, #tenon.dims<[B, 24]>>
  %t = tenon.unary tanh %pooled : (tensor<?x24xf32, #tenon.dims<[B, 24]>>) -> tensor<?x24xf32, #tenon.dims<[B, 24]>>
  return %m4, %t : !x, tensor<?x24xf32, #tenon.dims<[B, 24]>>
}
