// Kernels that reduce rows: long, short, odd, of several axes, and of axes that
// are not last.
// REQUIRES: vulkan
// RUN: tenon-check %s --target vulkan --shapes 6 2>&1 | FileCheck %s --implicit-check-not=Validation
// CHECK: 15 functions, 6 shapes, {{[1-3] variants?}}: all equal

tenon.symbol @B in [1, 4] typical 3
tenon.symbol @S in [1, 90] typical 33
!x = tensor<?x?x96xf32, #tenon.dims<[B, S, 96]>>

func.func @layer_norm(%x: !x, %w: tensor<96xf32>, %b: tensor<96xf32>) -> !x {
  %0 = tenon.layer_norm %x, %w, %b {eps = 1.0e-5 : f64} : (!x, tensor<96xf32>, tensor<96xf32>) -> !x
  return %0 : !x
}
func.func @residual_norm(%x: !x, %y: !x, %w: tensor<96xf32>, %b: tensor<96xf32>) -> !x {
  %s = tenon.binary add %x, %y : (!x, !x) -> !x
  %0 = tenon.layer_norm %s, %w, %b {eps = 1.0e-12 : f64} : (!x, tensor<96xf32>, tensor<96xf32>) -> !x
  return %0 : !x
}
!odd = tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>
func.func @odd_norm(%x: !odd, %w: tensor<37xf32>, %b: tensor<37xf32>) -> !odd {
  %0 = tenon.layer_norm %x, %w, %b {eps = 1.0e-5 : f64} : (!odd, tensor<37xf32>, tensor<37xf32>) -> !odd
  return %0 : !odd
}
!wide = tensor<?x1540xf32, #tenon.dims<[B, 1540]>>
func.func @wide_rms(%x: !wide, %w: tensor<1540xf32>) -> !wide {
  %0 = tenon.rms_norm %x, %w {eps = 1.0e-6 : f64} : (!wide, tensor<1540xf32>) -> !wide
  return %0 : !wide
}
!s = tensor<?x?x?xf32, #tenon.dims<[B, S, S]>>
func.func @softmax(%x: !s) -> !s {
  %0 = tenon.softmax %x {axis = 2 : i64} : (!s) -> !s
  return %0 : !s
}
func.func @softmax_middle(%x: !x) -> !x {
  %0 = tenon.softmax %x {axis = 1 : i64} : (!x) -> !x
  return %0 : !x
}
func.func @reductions(%x: !odd) -> (tensor<?x?xf32, #tenon.dims<[B, S]>>, tensor<?x?x1xf32, #tenon.dims<[B, S, 1]>>, tensor<?x?xf32, #tenon.dims<[B, S]>>) {
  %0 = tenon.reduce sum %x {axes = array<i64: 2>, keep_axes = false} : (!odd) -> tensor<?x?xf32, #tenon.dims<[B, S]>>
  %1 = tenon.reduce max %x {axes = array<i64: 2>, keep_axes = true} : (!odd) -> tensor<?x?x1xf32, #tenon.dims<[B, S, 1]>>
  %2 = tenon.reduce min %x {axes = array<i64: 2>, keep_axes = false} : (!odd) -> tensor<?x?xf32, #tenon.dims<[B, S]>>
  return %0, %1, %2 : tensor<?x?xf32, #tenon.dims<[B, S]>>, tensor<?x?x1xf32, #tenon.dims<[B, S, 1]>>, tensor<?x?xf32, #tenon.dims<[B, S]>>
}
func.func @mean_tokens(%x: !odd) -> tensor<?x37xf32, #tenon.dims<[B, 37]>> {
  %0 = tenon.reduce mean %x {axes = array<i64: 1>, keep_axes = false} : (!odd) -> tensor<?x37xf32, #tenon.dims<[B, 37]>>
  return %0 : tensor<?x37xf32, #tenon.dims<[B, 37]>>
}
func.func @mean_all(%x: !odd) -> tensor<?xf32, #tenon.dims<[B]>> {
  %0 = tenon.reduce mean %x {axes = array<i64: 1, 2>, keep_axes = false} : (!odd) -> tensor<?xf32, #tenon.dims<[B]>>
  return %0 : tensor<?xf32, #tenon.dims<[B]>>
}
func.func @group_norm(%x: tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>, %w: tensor<6xf32>, %b: tensor<6xf32>) -> tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>> {
  %0 = tenon.group_norm %x, %w, %b {groups = 2 : i64, eps = 1.0e-5 : f64} : (tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>, tensor<6xf32>, tensor<6xf32>) -> tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>
  return %0 : tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>
}
func.func @any_all(%x: !odd) -> (tensor<?x?xi1, #tenon.dims<[B, S]>>, tensor<?x?xi1, #tenon.dims<[B, S]>>) {
  %c = tenon.fill {value = 1.5 : f32, shape = #tenon.dims<[]>} : () -> tensor<f32>
  %m = tenon.compare gt %x, %c : (!odd, tensor<f32>) -> tensor<?x?x37xi1, #tenon.dims<[B, S, 37]>>
  %0 = tenon.reduce any %m {axes = array<i64: 2>, keep_axes = false} : (tensor<?x?x37xi1, #tenon.dims<[B, S, 37]>>) -> tensor<?x?xi1, #tenon.dims<[B, S]>>
  %1 = tenon.reduce all %m {axes = array<i64: 2>, keep_axes = false} : (tensor<?x?x37xi1, #tenon.dims<[B, S, 37]>>) -> tensor<?x?xi1, #tenon.dims<[B, S]>>
  return %0, %1 : tensor<?x?xi1, #tenon.dims<[B, S]>>, tensor<?x?xi1, #tenon.dims<[B, S]>>
}
func.func @argmax(%x: !odd) -> tensor<?x?xi64, #tenon.dims<[B, S]>> {
  %0 = tenon.argmax %x {axis = 2 : i64} : (!odd) -> tensor<?x?xi64, #tenon.dims<[B, S]>>
  return %0 : tensor<?x?xi64, #tenon.dims<[B, S]>>
}

// Most threads of a team have no part of so short a row: what they add changes
// nothing.
func.func @short(%x: tensor<2x?xf32, #tenon.dims<[2, S]>>) -> tensor<2xf32> {
  %0 = tenon.unary abs %x : (tensor<2x?xf32, #tenon.dims<[2, S]>>) -> tensor<2x?xf32, #tenon.dims<[2, S]>>
  %1 = tenon.reduce min %0 {axes = array<i64: 1>, keep_axes = false} : (tensor<2x?xf32, #tenon.dims<[2, S]>>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
}

// Long rows, which subgroups add up; and numbers that are none go through, even
// through a maximum.
func.func @long(%x: !wide) -> (tensor<?xf32, #tenon.dims<[B]>>, tensor<?xf32, #tenon.dims<[B]>>, tensor<?xf32, #tenon.dims<[B]>>) {
  %0 = tenon.reduce sum %x {axes = array<i64: 1>, keep_axes = false} : (!wide) -> tensor<?xf32, #tenon.dims<[B]>>
  %1 = tenon.reduce max %x {axes = array<i64: 1>, keep_axes = false} : (!wide) -> tensor<?xf32, #tenon.dims<[B]>>
  %2 = tenon.reduce min %x {axes = array<i64: 1>, keep_axes = false} : (!wide) -> tensor<?xf32, #tenon.dims<[B]>>
  return %0, %1, %2 : tensor<?xf32, #tenon.dims<[B]>>, tensor<?xf32, #tenon.dims<[B]>>, tensor<?xf32, #tenon.dims<[B]>>
}
func.func @not_a_number(%x: !wide) -> (tensor<?xi1, #tenon.dims<[B]>>, tensor<?xi1, #tenon.dims<[B]>>) {
  %0 = tenon.unary sqrt %x : (!wide) -> !wide
  %1 = tenon.reduce max %0 {axes = array<i64: 1>, keep_axes = false} : (!wide) -> tensor<?xf32, #tenon.dims<[B]>>
  %2 = tenon.compare ne %1, %1 : (tensor<?xf32, #tenon.dims<[B]>>, tensor<?xf32, #tenon.dims<[B]>>) -> tensor<?xi1, #tenon.dims<[B]>>
  %3 = tenon.compare ne %0, %0 : (!wide, !wide) -> tensor<?x1540xi1, #tenon.dims<[B, 1540]>>
  %4 = tenon.reduce any %3 {axes = array<i64: 1>, keep_axes = false} : (tensor<?x1540xi1, #tenon.dims<[B, 1540]>>) -> tensor<?xi1, #tenon.dims<[B]>>
  return %2, %4 : tensor<?xi1, #tenon.dims<[B]>>, tensor<?xi1, #tenon.dims<[B]>>
}
