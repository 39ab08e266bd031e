// Elementwise ops, movement, gathers and bools on the GPU.
// REQUIRES: vulkan
// RUN: tenon-check %s --target vulkan --shapes 6 2>&1 | FileCheck %s --implicit-check-not=Validation
// CHECK: 8 functions, 6 shapes, {{[1-3] variants?}}: all equal

tenon.symbol @B in [1, 4] typical 3
tenon.symbol @S in [1, 90] typical 33
!odd = tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>
!even = tensor<?x?x36xf32, #tenon.dims<[B, S, 36]>>

func.func @smooth(%x: !odd) -> (!odd, !odd, !odd, !odd, !odd) {
  %0 = tenon.unary exp %x : (!odd) -> !odd
  %1 = tenon.unary gelu %x : (!odd) -> !odd
  %2 = tenon.unary tanh %x : (!odd) -> !odd
  %3 = tenon.unary silu %x : (!odd) -> !odd
  %4 = tenon.unary sin %x : (!odd) -> !odd
  return %0, %1, %2, %3, %4 : !odd, !odd, !odd, !odd, !odd
}
func.func @chain(%x: !even, %y: !even, %b: tensor<36xf32>) -> !even {
  %0 = tenon.binary mul %x, %y : (!even, !even) -> !even
  %1 = tenon.binary add %0, %b : (!even, tensor<36xf32>) -> !even
  %2 = tenon.unary softplus %1 : (!even) -> !even
  return %2 : !even
}
func.func @rounding(%x: !even) -> (!even, !even, !even, !even) {
  %0 = tenon.unary floor %x : (!even) -> !even
  %1 = tenon.unary ceil %x : (!even) -> !even
  %2 = tenon.unary round %x : (!even) -> !even
  %3 = tenon.unary abs %x : (!even) -> !even
  return %0, %1, %2, %3 : !even, !even, !even, !even
}
func.func @bools(%x: !odd, %y: !odd) -> (tensor<?x?x37xi1, #tenon.dims<[B, S, 37]>>, !odd) {
  %0 = tenon.compare gt %x, %y : (!odd, !odd) -> tensor<?x?x37xi1, #tenon.dims<[B, S, 37]>>
  %1 = tenon.select %0, %x, %y : (tensor<?x?x37xi1, #tenon.dims<[B, S, 37]>>, !odd, !odd) -> !odd
  return %0, %1 : tensor<?x?x37xi1, #tenon.dims<[B, S, 37]>>, !odd
}
func.func @masked(%x: !even, %m: tensor<?x?xi1, #tenon.dims<[B, S]>>) -> !even {
  %r = tenon.reshape %m {shape = #tenon.dims<[B, S, 1]>} : (tensor<?x?xi1, #tenon.dims<[B, S]>>) -> tensor<?x?x1xi1, #tenon.dims<[B, S, 1]>>
  %c = tenon.fill {value = 0xFF7FFFFF : f32, shape = #tenon.dims<[]>} : () -> tensor<f32>
  %0 = tenon.select %r, %x, %c : (tensor<?x?x1xi1, #tenon.dims<[B, S, 1]>>, !even, tensor<f32>) -> !even
  return %0 : !even
}
func.func @embed(%table: tensor<11x36xf32>, %positions: tensor<90x36xf32>) -> !even {
  %ids = tenon.random {shape = #tenon.dims<[B, S]>, type = i64, low = 0.0 : f64, high = 10.0 : f64, seed = 7 : i64} : tensor<?x?xi64, #tenon.dims<[B, S]>>
  %0 = tenon.gather %table, %ids {axis = 0 : i64} : (tensor<11x36xf32>, tensor<?x?xi64, #tenon.dims<[B, S]>>) -> !even
  %1 = tenon.slice %positions {axis = 0 : i64, begin = #tenon.dim<0>, size = #tenon.dim<S>} : (tensor<90x36xf32>) -> tensor<?x36xf32, #tenon.dims<[S, 36]>>
  %2 = tenon.binary add %0, %1 : (!even, tensor<?x36xf32, #tenon.dims<[S, 36]>>) -> !even
  return %2 : !even
}
func.func @move(%x: !even) -> (tensor<?x4x?x9xf32, #tenon.dims<[B, 4, S, 9]>>, tensor<?x36x?xf32, #tenon.dims<[B, 36, S]>>, tensor<?x?x43xf32, #tenon.dims<[B, S, 43]>>, !even) {
  %0 = tenon.reshape %x {shape = #tenon.dims<[B, S, 4, 9]>} : (!even) -> tensor<?x?x4x9xf32, #tenon.dims<[B, S, 4, 9]>>
  %1 = tenon.transpose %0 {permutation = array<i64: 0, 2, 1, 3>} : (tensor<?x?x4x9xf32, #tenon.dims<[B, S, 4, 9]>>) -> tensor<?x4x?x9xf32, #tenon.dims<[B, 4, S, 9]>>
  %2 = tenon.transpose %x {permutation = array<i64: 0, 2, 1>} : (!even) -> tensor<?x36x?xf32, #tenon.dims<[B, 36, S]>>
  %3 = tenon.pad %x {axis = 2 : i64, low = #tenon.dim<4>, high = #tenon.dim<3>, value = 1.5 : f64} : (!even) -> tensor<?x?x43xf32, #tenon.dims<[B, S, 43]>>
  %4 = tenon.roll %x {axis = 2 : i64, shift = #tenon.dim<8>} : (!even) -> !even
  return %1, %2, %3, %4 : tensor<?x4x?x9xf32, #tenon.dims<[B, 4, S, 9]>>, tensor<?x36x?xf32, #tenon.dims<[B, 36, S]>>, tensor<?x?x43xf32, #tenon.dims<[B, S, 43]>>, !even
}
func.func @sources(%x: !odd) -> (!odd, tensor<?x?xi64, #tenon.dims<[B, S]>>, tensor<?x?xf32, #tenon.dims<[B, S]>>) {
  %0 = tenon.iota {shape = #tenon.dims<[B, S]>, axis = 1 : i64, type = i64} : () -> tensor<?x?xi64, #tenon.dims<[B, S]>>
  %1 = tenon.iota {shape = #tenon.dims<[B, S]>, axis = 0 : i64, type = f32} : () -> tensor<?x?xf32, #tenon.dims<[B, S]>>
  %2 = tenon.unary neg %x : (!odd) -> !odd
  return %2, %0, %1 : !odd, tensor<?x?xi64, #tenon.dims<[B, S]>>, tensor<?x?xf32, #tenon.dims<[B, S]>>
}
