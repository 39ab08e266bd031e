// Several kernels behind each other: buffers of the arena, waits between
// launches, constants of the artifact.
// REQUIRES: vulkan
// RUN: tenon-check %s --target vulkan --shapes 5 2>&1 | FileCheck %s --implicit-check-not=Validation
// RUN: tenon-check %s --target vulkan --shapes 3 --fusion %S/../../conformance/Inputs/unfused.toml 2>&1 | FileCheck %s --implicit-check-not=Validation
// CHECK: 2 functions, {{[0-9]}} shapes, {{[1-3] variants?}}: all equal

tenon.symbol @B in [1, 3] typical 2
tenon.symbol @S in [1, 70] typical 37
!x = tensor<?x?x36xf32, #tenon.dims<[B, S, 36]>>
!h = tensor<?x?x75xf32, #tenon.dims<[B, S, 75]>>

// A feed-forward block: two products with all that is between and behind them.
func.func @block(%x: !x, %w1: tensor<36x75xf32>, %b1: tensor<75xf32>, %w2: tensor<75x36xf32>, %b2: tensor<36xf32>, %g: tensor<36xf32>, %b: tensor<36xf32>) -> (!x, !h) {
  %0 = tenon.matmul %x, %w1 : (!x, tensor<36x75xf32>) -> !h
  %1 = tenon.binary add %0, %b1 : (!h, tensor<75xf32>) -> !h
  %2 = tenon.unary gelu %1 : (!h) -> !h
  %3 = tenon.matmul %2, %w2 : (!h, tensor<75x36xf32>) -> !x
  %4 = tenon.binary add %3, %b2 : (!x, tensor<36xf32>) -> !x
  %5 = tenon.binary add %4, %x : (!x, !x) -> !x
  %6 = tenon.layer_norm %5, %g, %b {eps = 1.0e-5 : f64} : (!x, tensor<36xf32>, tensor<36xf32>) -> !x
  return %6, %2 : !x, !h
}

// Attention as its parts: scores, a softmax over them, the mixture.
!q = tensor<?x3x?x12xf32, #tenon.dims<[B, 3, S, 12]>>
!s = tensor<?x3x?x?xf32, #tenon.dims<[B, 3, S, S]>>
func.func @parts(%x: !x, %k: !q, %v: !q) -> !x {
  %0 = tenon.reshape %x {shape = #tenon.dims<[B, S, 3, 12]>} : (!x) -> tensor<?x?x3x12xf32, #tenon.dims<[B, S, 3, 12]>>
  %1 = tenon.transpose %0 {permutation = array<i64: 0, 2, 1, 3>} : (tensor<?x?x3x12xf32, #tenon.dims<[B, S, 3, 12]>>) -> !q
  %2 = tenon.matmul %1, %k {transpose_rhs = true} : (!q, !q) -> !s
  %3 = tenon.softmax %2 {axis = 3 : i64} : (!s) -> !s
  %4 = tenon.matmul %3, %v : (!s, !q) -> !q
  %5 = tenon.transpose %4 {permutation = array<i64: 0, 2, 1, 3>} : (!q) -> tensor<?x?x3x12xf32, #tenon.dims<[B, S, 3, 12]>>
  %6 = tenon.reshape %5 {shape = #tenon.dims<[B, S, 36]>} : (tensor<?x?x3x12xf32, #tenon.dims<[B, S, 3, 12]>>) -> !x
  return %6 : !x
}
