// Products of fp16 with sums in fp32: packed and unpacked right sides, odd sizes,
// batches, and what is fused behind them. On devices with matrices of the right
// shape these multiply (matrices.toml has that of Mesa's software driver).
// REQUIRES: vulkan
// RUN: tenon-check %s --target vulkan --shapes 4 2>&1 | FileCheck %s --implicit-check-not=Validation
// CHECK: 6 functions, 4 shapes, {{[1-3] variants?}}: all equal

tenon.symbol @B in [1, 3] typical 2
tenon.symbol @S in [1, 130] typical 65
!x = tensor<?x?x48xf16, #tenon.dims<[B, S, 48]>>
!y = tensor<?x?x96xf32, #tenon.dims<[B, S, 96]>>

// Bias, GELU and a residual behind the product.
func.func @epilogue(%x: !x, %residual: !y) -> !y {
  %r = tenon.random {shape = #tenon.dims<[48, 96]>, type = f32, low = -1.0 : f64, high = 1.0 : f64, seed = 3 : i64} : tensor<48x96xf32>
  %w = tenon.cast %r {type = f16} : (tensor<48x96xf32>) -> tensor<48x96xf16>
  %b = tenon.random {shape = #tenon.dims<[96]>, type = f32, low = -1.0 : f64, high = 1.0 : f64, seed = 4 : i64} : tensor<96xf32>
  %0 = tenon.matmul %x, %w {wide = true} : (!x, tensor<48x96xf16>) -> !y
  %1 = tenon.binary add %0, %b : (!y, tensor<96xf32>) -> !y
  %2 = tenon.unary gelu %1 : (!y) -> !y
  %3 = tenon.binary add %2, %residual : (!y, !y) -> !y
  return %3 : !y
}

// Neither columns nor depth are a multiple of anything, and the last panel is
// not full.
!odd = tensor<?x37xf16, #tenon.dims<[S, 37]>>
!odd_y = tensor<?x45xf32, #tenon.dims<[S, 45]>>
func.func @odd_packed(%x: !odd) -> !odd_y {
  %w = tenon.random {shape = #tenon.dims<[37, 45]>, type = f32, low = -1.0 : f64, high = 1.0 : f64, seed = 6 : i64} : tensor<37x45xf32>
  %h = tenon.cast %w {type = f16} : (tensor<37x45xf32>) -> tensor<37x45xf16>
  %p = tenon.pack %h {width = 32 : i64} : (tensor<37x45xf16>) -> tensor<2x37x32xf16>
  %0 = tenon.matmul %x, %p {columns = 45 : i64, wide = true} : (!odd, tensor<2x37x32xf16>) -> !odd_y
  return %0 : !odd_y
}
func.func @odd_plain(%x: !odd, %w: tensor<37x45xf16>, %b: tensor<45xf32>) -> !odd_y {
  %0 = tenon.matmul %x, %w {wide = true} : (!odd, tensor<37x45xf16>) -> !odd_y
  %1 = tenon.binary add %0, %b : (!odd_y, tensor<45xf32>) -> !odd_y
  return %1 : !odd_y
}

// The depth is known only at run time, the right side is transposed, there are
// batches.
!q = tensor<?x3x?x8xf16, #tenon.dims<[B, 3, S, 8]>>
!s = tensor<?x3x?x?xf32, #tenon.dims<[B, 3, S, S]>>
!p = tensor<?x3x?x?xf16, #tenon.dims<[B, 3, S, S]>>
!m = tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>
func.func @scores(%q: !q, %k: !q) -> !s {
  %0 = tenon.matmul %q, %k {transpose_rhs = true, wide = true} : (!q, !q) -> !s
  return %0 : !s
}
func.func @mix(%p: !p, %v: !q) -> !m {
  %0 = tenon.matmul %p, %v {wide = true} : (!p, !q) -> !m
  return %0 : !m
}

// One product, two results: slices of its columns, of which one starts in the
// middle of a vector; heads are split and transposed.
!slice = tensor<?x?x40xf32, #tenon.dims<[B, S, 40]>>
func.func @slices(%x: !x, %w: tensor<48x96xf16>) -> (!slice, !slice) {
  %0 = tenon.matmul %x, %w {wide = true} : (!x, tensor<48x96xf16>) -> !y
  %1 = tenon.slice %0 {axis = 2 : i64, begin = #tenon.dim<0>, size = #tenon.dim<40>} : (!y) -> !slice
  %2 = tenon.slice %0 {axis = 2 : i64, begin = #tenon.dim<42>, size = #tenon.dim<40>} : (!y) -> !slice
  return %1, %2 : !slice, !slice
}
