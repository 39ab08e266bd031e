// RUN: tenon-opt %s --tenon-move-layouts | FileCheck %s
// A policy leaves the step out: all stay, without their marks.
// RUN: tenon-opt %s --tenon-move-layouts=policy=%S/Inputs/no-steps.toml | FileCheck %s --check-prefix=STAY
// RUN: not tenon-opt %s --tenon-move-layouts=policy=%S/Inputs/unknown-step.toml 2>&1 | FileCheck %s --check-prefix=STEP

// STEP: unknown-step.toml:2:1: unknown key 'move'
// STAY-LABEL: @meet
// STAY-NEXT: tenon.transpose %arg0 {permutation = array<i64: 0, 3, 1, 2>} :
// STAY: tenon.transpose %{{.*}} {permutation = array<i64: 0, 2, 3, 1>} :
// STAY-NEXT: return

!first = tensor<?x12x?x9xf32, #tenon.dims<[B, 12, S, 9]>>
!last = tensor<?x?x9x12xf32, #tenon.dims<[B, S, 9, 12]>>

// Behind a convolution, through an addition of a bias, an activation and a
// residual, to the next one: nothing is left.
// CHECK-LABEL: @meet
// CHECK-NOT: tenon.transpose %arg
// CHECK: %[[BIAS:.*]] = tenon.transpose %{{.*}} {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x12x1x1xf32>) -> tensor<1x1x1x12xf32>
// CHECK: %[[SUM:.*]] = tenon.binary add %arg0, %[[BIAS]]
// CHECK: %[[ACT:.*]] = tenon.unary relu %[[SUM]]
// CHECK: %[[RES:.*]] = tenon.binary add %[[ACT]], %arg0
// CHECK: return %[[RES]]
func.func @meet(%x: !last) -> !last {
  %0 = tenon.transpose %x {permutation = array<i64: 0, 3, 1, 2>, tenon.layout = "behind"} : (!last) -> !first
  %bias = tenon.weight "b" : tensor<12x1x1xf32>
  %1 = tenon.binary add %0, %bias : (!first, tensor<12x1x1xf32>) -> !first
  %2 = tenon.unary relu %1 : (!first) -> !first
  %3 = tenon.binary add %2, %0 : (!first, !first) -> !first
  %4 = tenon.transpose %3 {permutation = array<i64: 0, 2, 3, 1>, tenon.layout = "before"} : (!first) -> !last
  return %4 : !last
}

// Maps as tokens: a reshape that joins neighbours, then the model's transpose.
// CHECK-LABEL: @tokens
// CHECK-NEXT: %[[R:.*]] = tenon.reshape %arg0 {{.*}} -> tensor<?x?x12xf32, #tenon.dims<[B, 9 * S, 12]>>
// CHECK-NEXT: return %[[R]]
func.func @tokens(%x: !last) -> tensor<?x?x12xf32, #tenon.dims<[B, 9 * S, 12]>> {
  %0 = tenon.transpose %x {permutation = array<i64: 0, 3, 1, 2>, tenon.layout = "behind"} : (!last) -> !first
  %1 = tenon.reshape %0 {shape = #tenon.dims<[B, 12, 9 * S]>} : (!first) -> tensor<?x12x?xf32, #tenon.dims<[B, 12, 9 * S]>>
  %2 = tenon.transpose %1 {permutation = array<i64: 0, 2, 1>} : (tensor<?x12x?xf32, #tenon.dims<[B, 12, 9 * S]>>) -> tensor<?x?x12xf32, #tenon.dims<[B, 9 * S, 12]>>
  return %2 : tensor<?x?x12xf32, #tenon.dims<[B, 9 * S, 12]>>
}

// And tokens as a map, seen from the convolution that wants it.
// CHECK-LABEL: @map
// CHECK-NEXT: %[[R:.*]] = tenon.reshape %arg0 {{.*}} -> tensor<?x?x9x12xf32, #tenon.dims<[B, S, 9, 12]>>
// CHECK-NEXT: return %[[R]]
func.func @map(%x: tensor<?x?x12xf32, #tenon.dims<[B, 9 * S, 12]>>) -> !last {
  %0 = tenon.transpose %x {permutation = array<i64: 0, 2, 1>} : (tensor<?x?x12xf32, #tenon.dims<[B, 9 * S, 12]>>) -> tensor<?x12x?xf32, #tenon.dims<[B, 12, 9 * S]>>
  %1 = tenon.reshape %0 {shape = #tenon.dims<[B, 12, S, 9]>} : (tensor<?x12x?xf32, #tenon.dims<[B, 12, 9 * S]>>) -> !first
  %2 = tenon.transpose %1 {permutation = array<i64: 0, 2, 3, 1>, tenon.layout = "before"} : (!first) -> !last
  return %2 : !last
}

// The mean over a map; windows and slices keep their axes.
// CHECK-LABEL: @axes
// CHECK: %[[M:.*]] = tenon.reduce mean %arg0 {axes = array<i64: 1, 2>, keep_axes = false}
// CHECK: %[[S:.*]] = tenon.slice %arg0 {axis = 2 : i64
// CHECK: %[[W:.*]] = tenon.windows %[[S]] {axes = array<i64: 1, 2>
// CHECK: %[[P:.*]] = tenon.reduce max %[[W]] {axes = array<i64: 4, 5>, keep_axes = true}
// CHECK: %[[T:.*]] = tenon.transpose %[[P]] {permutation = array<i64: 0, 3, 1, 2, 4, 5>}
// CHECK: return %[[M]], %[[T]]
func.func @axes(%x: !last) -> (tensor<?x12xf32, #tenon.dims<[B, 12]>>, tensor<?x12x?x4x1x1xf32, #tenon.dims<[B, 12, S floordiv 2, 4, 1, 1]>>) {
  %0 = tenon.transpose %x {permutation = array<i64: 0, 3, 1, 2>, tenon.layout = "behind"} : (!last) -> !first
  %1 = tenon.reduce mean %0 {axes = array<i64: 2, 3>, keep_axes = false} : (!first) -> tensor<?x12xf32, #tenon.dims<[B, 12]>>
  %2 = tenon.slice %0 {axis = 3 : i64, begin = #tenon.dim<1>, size = #tenon.dim<8>} : (!first) -> tensor<?x12x?x8xf32, #tenon.dims<[B, 12, S, 8]>>
  %3 = tenon.windows %2 {axes = array<i64: 2, 3>, sizes = array<i64: 2, 2>, strides = array<i64: 2, 2>, padding_low = array<i64: 0, 0>, padding_high = array<i64: 0, 0>, dilations = array<i64: 1, 1>, value = 0.0 : f64} : (tensor<?x12x?x8xf32, #tenon.dims<[B, 12, S, 8]>>) -> tensor<?x12x?x4x2x2xf32, #tenon.dims<[B, 12, S floordiv 2, 4, 2, 2]>>
  %4 = tenon.reduce max %3 {axes = array<i64: 4, 5>, keep_axes = true} : (tensor<?x12x?x4x2x2xf32, #tenon.dims<[B, 12, S floordiv 2, 4, 2, 2]>>) -> tensor<?x12x?x4x1x1xf32, #tenon.dims<[B, 12, S floordiv 2, 4, 1, 1]>>
  return %1, %4 : tensor<?x12xf32, #tenon.dims<[B, 12]>>, tensor<?x12x?x4x1x1xf32, #tenon.dims<[B, 12, S floordiv 2, 4, 1, 1]>>
}

// CHECK-LABEL: @joint
// CHECK: %[[C:.*]] = tenon.concat %arg0, %arg0 {axis = 2 : i64}
// CHECK: tenon.transpose %[[C]]
func.func @joint(%x: !last) -> tensor<?x12x?x18xf32, #tenon.dims<[B, 12, S, 18]>> {
  %0 = tenon.transpose %x {permutation = array<i64: 0, 3, 1, 2>, tenon.layout = "behind"} : (!last) -> !first
  %1 = tenon.concat %0, %0 {axis = 3 : i64} : (!first, !first) -> tensor<?x12x?x18xf32, #tenon.dims<[B, 12, S, 18]>>
  return %1 : tensor<?x12x?x18xf32, #tenon.dims<[B, 12, S, 18]>>
}

// Where another operand has the model's layout, the transpose stays.
// CHECK-LABEL: @other
// CHECK: %[[T:.*]] = tenon.transpose %arg0 {permutation = array<i64: 0, 3, 1, 2>} :
// CHECK: tenon.binary add %[[T]], %arg1
func.func @other(%x: !last, %y: !first) -> !first {
  %0 = tenon.transpose %x {permutation = array<i64: 0, 3, 1, 2>, tenon.layout = "behind"} : (!last) -> !first
  %1 = tenon.binary add %0, %y : (!first, !first) -> !first
  return %1 : !first
}

// The model's own, where they are all that is in the way.
// CHECK-LABEL: @joined
// CHECK-NEXT: %[[S:.*]] = tenon.binary add %arg0, %arg1
// CHECK-NEXT: return %[[S]]
func.func @joined(%x: !last, %y: !last) -> !last {
  %0 = tenon.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (!last) -> !first
  %1 = tenon.transpose %y {permutation = array<i64: 0, 3, 1, 2>} : (!last) -> !first
  %2 = tenon.binary add %0, %1 : (!first, !first) -> !first
  %3 = tenon.transpose %2 {permutation = array<i64: 0, 2, 3, 1>, tenon.layout = "before"} : (!first) -> !last
  return %3 : !last
}

// Not marked: the model's own business.
// CHECK-LABEL: @own
// CHECK-COUNT-2: tenon.transpose
func.func @own(%x: !last) -> !last {
  %0 = tenon.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (!last) -> !first
  %1 = tenon.transpose %0 {permutation = array<i64: 0, 2, 3, 1>} : (!first) -> !last
  return %1 : !last
}
