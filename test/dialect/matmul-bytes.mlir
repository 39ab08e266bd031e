// Products of bytes, of bf16, and with panels of codes: values, and code against the
// evaluator, with the instructions that this machine has and without them.
// RUN: tenon-check %s --shapes 6 --tolerance 2e-5
// RUN: tenon-check %s --shapes 3 --tolerance 2e-5 --cpu native --threads 1,2
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 3] typical 2
tenon.symbol @S in [1, 40] typical 17
!x = tensor<?x?x37xi8, #tenon.dims<[B, S, 37]>>
!y = tensor<?x?x43xi32, #tenon.dims<[B, S, 43]>>

func.func @matrix(%x: !x, %w: tensor<43x37xi8>) -> !y {
  %0 = tenon.matmul %x, %w {transpose_rhs = true} : (!x, tensor<43x37xi8>) -> !y
  return %0 : !y
}

// Two panels, the second with 11 columns; the last step of k has one of four.
func.func @panels(%x: !x, %w: tensor<43x37xi8>) -> !y {
  %p = tenon.pack %w {width = 32 : i64, transposed = true, interleave = 4 : i64} : (tensor<43x37xi8>) -> tensor<2x10x32x4xi8>
  %0 = tenon.matmul %x, %p {columns = 43 : i64} : (!x, tensor<2x10x32x4xi8>) -> !y
  return %0 : !y
}

// The ends of the range: -128 on both sides, and sums beyond 16 bits.
func.func @ends() {
  %x = tenon.fill {value = -128 : i8, shape = #tenon.dims<[2, 9]>} : () -> tensor<2x9xi8>
  %m = tenon.fill {value = -128 : i8, shape = #tenon.dims<[9, 3]>} : () -> tensor<9x3xi8>
  %w = tenon.pack %m {width = 32 : i64, interleave = 4 : i64} : (tensor<9x3xi8>) -> tensor<1x3x32x4xi8>
  %r = tenon.matmul %x, %w {columns = 3 : i64} : (tensor<2x9xi8>, tensor<1x3x32x4xi8>) -> tensor<2x3xi32>
  %e = tenon.fill {value = 147456 : i32, shape = #tenon.dims<[2, 3]>} : () -> tensor<2x3xi32>
  tenon.check_close %r, %e {tolerance = 0.0 : f64} : tensor<2x3xi32>, tensor<2x3xi32>
  return
}

!f = tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>
!g = tensor<?x?x43xf32, #tenon.dims<[B, S, 43]>>

// One scale a column; groups of eight with the last of five, two codes a byte.
func.func @codes(%x: !f, %q: tensor<2x37x32xi8>, %s: tensor<2x1x32xf32>) -> !g {
  %w = tenon.dequantize %q, %s {axis = 1 : i64, group = 0 : i64} : (tensor<2x37x32xi8>, tensor<2x1x32xf32>) -> tensor<2x37x32xf32>
  %0 = tenon.matmul %x, %w {columns = 43 : i64} : (!f, tensor<2x37x32xf32>) -> !g
  return %0 : !g
}

func.func @nibbles(%x: !f, %q: tensor<2x19x32xi8>, %s: tensor<2x5x32xbf16>) -> !g {
  %w = tenon.dequantize %q, %s {axis = 1 : i64, group = 8 : i64, depth = 37 : i64} : (tensor<2x19x32xi8>, tensor<2x5x32xbf16>) -> tensor<2x37x32xf32>
  %0 = tenon.matmul %x, %w {columns = 43 : i64} : (!f, tensor<2x37x32xf32>) -> !g
  return %0 : !g
}

// Two steps side by side; 37 is odd, so rows are copied, 38 isn't.
!b = tensor<?x?x37xbf16, #tenon.dims<[B, S, 37]>>
!c = tensor<?x?x38xbf16, #tenon.dims<[B, S, 38]>>

func.func @odd_bf16(%x: !b, %w: tensor<43x37xbf16>) -> !g {
  %p = tenon.pack %w {width = 32 : i64, transposed = true, interleave = 2 : i64} : (tensor<43x37xbf16>) -> tensor<2x19x32x2xbf16>
  %0 = tenon.matmul %x, %p {columns = 43 : i64, wide = true} : (!b, tensor<2x19x32x2xbf16>) -> !g
  return %0 : !g
}

func.func @even_bf16(%x: !c, %w: tensor<43x38xbf16>) -> !g {
  %p = tenon.pack %w {width = 32 : i64, transposed = true, interleave = 2 : i64} : (tensor<43x38xbf16>) -> tensor<2x19x32x2xbf16>
  %0 = tenon.matmul %x, %p {columns = 43 : i64, wide = true} : (!c, tensor<2x19x32x2xbf16>) -> !g
  return %0 : !g
}

func.func @matrix_bf16(%x: !c, %w: tensor<43x38xbf16>) -> !g {
  %0 = tenon.matmul %x, %w {transpose_rhs = true, wide = true} : (!c, tensor<43x38xbf16>) -> !g
  return %0 : !g
}
