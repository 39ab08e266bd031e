// Products on the GPU: packed and unpacked right sides, odd sizes, batches, and
// what is fused behind them.
// REQUIRES: vulkan
// RUN: tenon-check %s --target vulkan --shapes 5 2>&1 | FileCheck %s --implicit-check-not=Validation
// CHECK: 9 functions, 5 shapes, {{[1-3] variants?}}: all equal

tenon.symbol @B in [1, 3] typical 2
tenon.symbol @S in [1, 130] typical 65
!x = tensor<?x?x48xf32, #tenon.dims<[B, S, 48]>>
!y = tensor<?x?x96xf32, #tenon.dims<[B, S, 96]>>

// Bias, GELU and a residual behind the product.
func.func @epilogue(%x: !x, %residual: !y) -> !y {
  %w = tenon.random {shape = #tenon.dims<[48, 96]>, type = f32, low = -1.0 : f64, high = 1.0 : f64, seed = 3 : i64} : tensor<48x96xf32>
  %b = tenon.random {shape = #tenon.dims<[96]>, type = f32, low = -1.0 : f64, high = 1.0 : f64, seed = 4 : i64} : tensor<96xf32>
  %0 = tenon.matmul %x, %w : (!x, tensor<48x96xf32>) -> !y
  %1 = tenon.binary add %0, %b : (!y, tensor<96xf32>) -> !y
  %2 = tenon.unary gelu %1 : (!y) -> !y
  %3 = tenon.binary add %2, %residual : (!y, !y) -> !y
  return %3 : !y
}

// A packed right side, as prepared constants have.
func.func @packed(%x: !x) -> !y {
  %w = tenon.random {shape = #tenon.dims<[3, 48, 32]>, type = f32, low = -1.0 : f64, high = 1.0 : f64, seed = 5 : i64} : tensor<3x48x32xf32>
  %0 = tenon.matmul %x, %w {columns = 96 : i64} : (!x, tensor<3x48x32xf32>) -> !y
  return %0 : !y
}

// Neither columns nor depth are a multiple of anything, and the last panel is
// not full.
!odd = tensor<?x37xf32, #tenon.dims<[S, 37]>>
func.func @odd_packed(%x: !odd) -> tensor<?x45xf32, #tenon.dims<[S, 45]>> {
  %w = tenon.random {shape = #tenon.dims<[37, 45]>, type = f32, low = -1.0 : f64, high = 1.0 : f64, seed = 6 : i64} : tensor<37x45xf32>
  %p = tenon.pack %w {width = 32 : i64} : (tensor<37x45xf32>) -> tensor<2x37x32xf32>
  %0 = tenon.matmul %x, %p {columns = 45 : i64} : (!odd, tensor<2x37x32xf32>) -> tensor<?x45xf32, #tenon.dims<[S, 45]>>
  return %0 : tensor<?x45xf32, #tenon.dims<[S, 45]>>
}
func.func @odd_plain(%x: !odd, %w: tensor<37x45xf32>, %b: tensor<45xf32>) -> tensor<?x45xf32, #tenon.dims<[S, 45]>> {
  %0 = tenon.matmul %x, %w : (!odd, tensor<37x45xf32>) -> tensor<?x45xf32, #tenon.dims<[S, 45]>>
  %1 = tenon.binary add %0, %b : (tensor<?x45xf32, #tenon.dims<[S, 45]>>, tensor<45xf32>) -> tensor<?x45xf32, #tenon.dims<[S, 45]>>
  return %1 : tensor<?x45xf32, #tenon.dims<[S, 45]>>
}

// The depth is known only at run time, the right side is transposed, leading
// axes broadcast.
!q = tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>
!s = tensor<?x3x?x?xf32, #tenon.dims<[B, 3, S, S]>>
func.func @scores(%q: !q, %k: !q) -> !s {
  %0 = tenon.matmul %q, %k {transpose_rhs = true} : (!q, !q) -> !s
  return %0 : !s
}
func.func @mix(%p: !s, %v: !q) -> !q {
  %0 = tenon.matmul %p, %v : (!s, !q) -> !q
  return %0 : !q
}
func.func @broadcast(%p: !s, %v: tensor<3x?x8xf32, #tenon.dims<[3, S, 8]>>) -> !q {
  %0 = tenon.matmul %p, %v : (!s, tensor<3x?x8xf32, #tenon.dims<[3, S, 8]>>) -> !q
  return %0 : !q
}

// Behind the product, heads are split and transposed.
func.func @heads(%x: !x, %w: tensor<48x96xf32>) -> tensor<?x3x?x32xf32, #tenon.dims<[B, 3, S, 32]>> {
  %0 = tenon.matmul %x, %w : (!x, tensor<48x96xf32>) -> !y
  %1 = tenon.reshape %0 {shape = #tenon.dims<[B, S, 3, 32]>} : (!y) -> tensor<?x?x3x32xf32, #tenon.dims<[B, S, 3, 32]>>
  %2 = tenon.transpose %1 {permutation = array<i64: 0, 2, 1, 3>} : (tensor<?x?x3x32xf32, #tenon.dims<[B, S, 3, 32]>>) -> tensor<?x3x?x32xf32, #tenon.dims<[B, 3, S, 32]>>
  return %2 : tensor<?x3x?x32xf32, #tenon.dims<[B, 3, S, 32]>>
}

// One product, three results: slices of its columns, of which one starts in the
// middle of a vector.
!slice = tensor<?x?x40xf32, #tenon.dims<[B, S, 40]>>
func.func @slices(%x: !x, %w: tensor<48x96xf32>) -> (!slice, !slice) {
  %0 = tenon.matmul %x, %w : (!x, tensor<48x96xf32>) -> !y
  %1 = tenon.slice %0 {axis = 2 : i64, begin = #tenon.dim<0>, size = #tenon.dim<40>} : (!y) -> !slice
  %2 = tenon.slice %0 {axis = 2 : i64, begin = #tenon.dim<42>, size = #tenon.dim<40>} : (!y) -> !slice
  return %1, %2 : !slice, !slice
}
