// Reductions whose rows are neighbours: a thread has a vector of rows where enough threads are left.
// REQUIRES: vulkan
// RUN: tenon-check %s --target vulkan --shapes 3 2>&1 | FileCheck %s --check-prefix=EQUAL --implicit-check-not=Validation
// EQUAL: 6 functions, 3 shapes, {{[1-3] variants?}}: all equal
// RUN: tenon compile %s --compile-from graph --compile-to scheduled --target vulkan --cpu software -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// CHECK-COUNT-6: software = #tenon.schedule<"rows", lanes = 4, tile = [1], block = [64]

tenon.symbol @B in [1, 3] typical 3
tenon.symbol @S in [1, 50] typical 33
!x = tensor<?x5x?x32xf32, #tenon.dims<[B, 5, S, 32]>>
!y = tensor<?x?x32xf32, #tenon.dims<[B, S, 32]>>
!image = tensor<?x?x9x8xf32, #tenon.dims<[B, S, 9, 8]>>

func.func @depthwise(%x: !image, %w: tensor<8x1x3x3xf32>, %b: tensor<8xf32>) -> !image attributes {tenon.entry} {
  %0 = tenon.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (!image) -> tensor<?x8x?x9xf32, #tenon.dims<[B, 8, S, 9]>>
  %1 = tenon.conv %0, %w {strides = array<i64: 1, 1>, padding_low = array<i64: 1, 1>, padding_high = array<i64: 1, 1>, dilations = array<i64: 1, 1>, groups = 8 : i64} : (tensor<?x8x?x9xf32, #tenon.dims<[B, 8, S, 9]>>, tensor<8x1x3x3xf32>) -> tensor<?x8x?x9xf32, #tenon.dims<[B, 8, S, 9]>>
  %2 = tenon.transpose %1 {permutation = array<i64: 0, 2, 3, 1>} : (tensor<?x8x?x9xf32, #tenon.dims<[B, 8, S, 9]>>) -> !image
  %3 = tenon.binary add %2, %b : (!image, tensor<8xf32>) -> !image
  return %3 : !image
}

func.func @maximum(%x: !x) -> !y attributes {tenon.entry} {
  %0 = tenon.reduce max %x {axes = array<i64: 1>, keep_axes = false} : (!x) -> !y
  return %0 : !y
}

func.func @kept(%x: !x) -> tensor<?x1x?x32xf32, #tenon.dims<[B, 1, S, 32]>> attributes {tenon.entry} {
  %0 = tenon.reduce mean %x {axes = array<i64: 1>, keep_axes = true} : (!x) -> tensor<?x1x?x32xf32, #tenon.dims<[B, 1, S, 32]>>
  return %0 : tensor<?x1x?x32xf32, #tenon.dims<[B, 1, S, 32]>>
}

// Several passes over a row, whose results are as large as it is.
func.func @softmax(%x: !x) -> !x attributes {tenon.entry} {
  %0 = tenon.softmax %x {axis = 1 : i64} : (!x) -> !x
  return %0 : !x
}

func.func @any(%x: tensor<?x5x?x32xi1, #tenon.dims<[B, 5, S, 32]>>) -> tensor<?x?x32xi1, #tenon.dims<[B, S, 32]>> attributes {tenon.entry} {
  %0 = tenon.reduce any %x {axes = array<i64: 1>, keep_axes = false} : (tensor<?x5x?x32xi1, #tenon.dims<[B, 5, S, 32]>>) -> tensor<?x?x32xi1, #tenon.dims<[B, S, 32]>>
  return %0 : tensor<?x?x32xi1, #tenon.dims<[B, S, 32]>>
}

func.func @places(%x: !x) -> tensor<?x?x32xi64, #tenon.dims<[B, S, 32]>> attributes {tenon.entry} {
  %0 = tenon.argmax %x {axis = 1 : i64, keep_axis = false} : (!x) -> tensor<?x?x32xi64, #tenon.dims<[B, S, 32]>>
  return %0 : tensor<?x?x32xi64, #tenon.dims<[B, S, 32]>>
}
