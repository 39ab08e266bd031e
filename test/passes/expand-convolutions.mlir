// RUN: tenon-opt %s --tenon-expand-convolutions | FileCheck %s

!x = tensor<?x12x?x9xf32, #tenon.dims<[B, 12, S, 9]>>
!y = tensor<?x7x?x5xf32, #tenon.dims<[B, 7, S - 1, 5]>>

// Channels last: windows over the middle axes, whose own axes come before the
// channels, so that what a row of the product reads lies in runs.
// CHECK-LABEL: @dense
// CHECK: %[[X:.*]] = tenon.transpose %{{.*}} {permutation = array<i64: 0, 2, 3, 1>, tenon.layout = "before"}
// CHECK: %[[W:.*]] = tenon.windows %[[X]] {axes = array<i64: 1, 2>, dilations = array<i64: 1, 1>, padding_high = array<i64: 0, 1>, padding_low = array<i64: 0, 1>, sizes = array<i64: 2, 3>, strides = array<i64: 1, 2>, value = 0.000000e+00 : f64}
// CHECK: %[[T:.*]] = tenon.transpose %[[W]] {permutation = array<i64: 0, 1, 2, 4, 5, 3>} : {{.*}} -> tensor<?x?x5x2x3x12xf32, #tenon.dims<[B, S - 1, 5, 2, 3, 12]>>
// CHECK: %[[R:.*]] = tenon.transpose %{{.*}} {permutation = array<i64: 0, 2, 3, 1>} : (tensor<7x12x2x3xf32>) -> tensor<7x2x3x12xf32>
// CHECK: %[[A:.*]] = tenon.reshape %[[T]] {{.*}} -> tensor<?x?x5x72xf32
// CHECK: %[[B:.*]] = tenon.reshape %[[R]] {{.*}} -> tensor<7x72xf32>
// CHECK: %[[P:.*]] = tenon.matmul %[[A]], %[[B]] {transpose_rhs = true}
// CHECK: tenon.transpose %[[P]] {permutation = array<i64: 0, 3, 1, 2>, tenon.layout = "behind"}
func.func @dense(%x: !x) -> !y {
  %w = tenon.weight "w" : tensor<7x12x2x3xf32>
  %0 = tenon.conv %x, %w {strides = array<i64: 1, 2>, padding_low = array<i64: 0, 1>, padding_high = array<i64: 0, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (!x, tensor<7x12x2x3xf32>) -> !y
  return %0 : !y
}

// The few channels of an image stay first.
// CHECK-LABEL: @image
// CHECK: %[[W:.*]] = tenon.windows %{{.*}} {axes = array<i64: 2, 3>
// CHECK: tenon.transpose %[[W]] {permutation = array<i64: 0, 2, 3, 1, 4, 5>} : {{.*}} -> tensor<1x4x4x3x4x4xf32>
// CHECK: tenon.reshape %{{.*}} : (tensor<8x3x4x4xf32>) -> tensor<8x48xf32>
func.func @image(%x: tensor<1x3x17x16xf32>) -> tensor<1x8x4x4xf32> {
  %w = tenon.weight "i" : tensor<8x3x4x4xf32>
  %0 = tenon.conv %x, %w {strides = array<i64: 4, 4>, padding_low = array<i64: 0, 0>, padding_high = array<i64: 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x3x17x16xf32>, tensor<8x3x4x4xf32>) -> tensor<1x8x4x4xf32>
  return %0 : tensor<1x8x4x4xf32>
}

// Nothing to gather for a window of one place.
// CHECK-LABEL: @pointwise
// CHECK-NOT: tenon.windows
// CHECK: tenon.matmul
func.func @pointwise(%x: tensor<?x12x?xf32, #tenon.dims<[B, 12, S]>>) -> tensor<?x7x?xf32, #tenon.dims<[B, 7, S]>> {
  %w = tenon.weight "p" : tensor<7x12x1xf32>
  %0 = tenon.conv %x, %w {strides = array<i64: 1>, padding_low = array<i64: 0>, padding_high = array<i64: 0>, dilations = array<i64: 1>, groups = 1 : i64} : (tensor<?x12x?xf32, #tenon.dims<[B, 12, S]>>, tensor<7x12x1xf32>) -> tensor<?x7x?xf32, #tenon.dims<[B, 7, S]>>
  return %0 : tensor<?x7x?xf32, #tenon.dims<[B, 7, S]>>
}

// A group for each channel: a sum over the windows.
// CHECK-LABEL: @depthwise
// CHECK: tenon.windows
// CHECK: %[[M:.*]] = tenon.binary mul %{{.*}}, %{{.*}} : (tensor<?x?x9x3x3x12xf32, #tenon.dims<[B, S, 9, 3, 3, 12]>>, tensor<3x3x12xf32>)
// CHECK: tenon.reduce sum %[[M]] {axes = array<i64: 3, 4>, keep_axes = false}
func.func @depthwise(%x: !x) -> !x {
  %w = tenon.weight "d" : tensor<12x1x3x3xf32>
  %0 = tenon.conv %x, %w {strides = array<i64: 1, 1>, padding_low = array<i64: 1, 1>, padding_high = array<i64: 1, 1>, dilations = array<i64: 1, 1>, groups = 12 : i64} : (!x, tensor<12x1x3x3xf32>) -> !x
  return %0 : !x
}

// CHECK-LABEL: @grouped
// CHECK: tenon.conv
func.func @grouped(%x: !x) -> !x {
  %w = tenon.weight "g" : tensor<12x4x1x1xf32>
  %0 = tenon.conv %x, %w {strides = array<i64: 1, 1>, padding_low = array<i64: 0, 0>, padding_high = array<i64: 0, 0>, dilations = array<i64: 1, 1>, groups = 3 : i64} : (!x, tensor<12x4x1x1xf32>) -> !x
  return %0 : !x
}

// Groups of many channels: a product each.
// CHECK-LABEL: @groups
// CHECK: %[[A:.*]] = tenon.reshape %{{.*}} {shape = #tenon.dims<[2, B * S, 18]>}
// CHECK: %[[B:.*]] = tenon.reshape %{{.*}} {shape = #tenon.dims<[2, 18, 8]>}
// CHECK: %[[P:.*]] = tenon.matmul %[[A]], %[[B]] : {{.*}} -> tensor<2x?x8xf32, #tenon.dims<[2, B * S, 8]>>
// CHECK: tenon.transpose %{{.*}} {permutation = array<i64: 1, 2, 0, 3>}
func.func @groups(%x: tensor<?x12x?xf32, #tenon.dims<[B, 12, S]>>) -> tensor<?x16x?xf32, #tenon.dims<[B, 16, S]>> {
  %w = tenon.weight "gs" : tensor<16x6x3xf32>
  %0 = tenon.conv %x, %w {strides = array<i64: 1>, padding_low = array<i64: 1>, padding_high = array<i64: 1>, dilations = array<i64: 1>, groups = 2 : i64} : (tensor<?x12x?xf32, #tenon.dims<[B, 12, S]>>, tensor<16x6x3xf32>) -> tensor<?x16x?xf32, #tenon.dims<[B, 16, S]>>
  return %0 : tensor<?x16x?xf32, #tenon.dims<[B, 16, S]>>
}
