// Left sides of products that were observed get a constant scale; what is
// observed are the same left sides.
// RUN: tenon-opt %s --tenon-fold-weights --tenon-quantize-weights=policy=int8 | FileCheck %s
// RUN: tenon-opt %s --tenon-fold-weights --tenon-quantize-weights=policy=%S/Inputs/quantize-dynamic.toml | FileCheck %s --check-prefix=KEPT
// RUN: tenon-opt %s --tenon-fold-weights --tenon-observe-ranges=policy=int8 | FileCheck %s --check-prefix=SEEN
// RUN: tenon-opt %s --tenon-fold-weights --tenon-observe-ranges=policy=int8-weights | FileCheck %s --check-prefix=NONE

!x = tensor<?x40xf32, #tenon.dims<[S, 40]>>
!y = tensor<?x48xf32, #tenon.dims<[S, 48]>>

// CHECK: module
// CHECK-NOT: tenon.ranges
// The factor of a range, 127 / 6.35, is stored once; so are the scales of
// columns times 0.05, for the entries that run the layer. Those without are
// gone with the layer that needed them.
// CHECK: tenon.global @factor : tensor<f32>
// CHECK-NEXT: tenon.constant dense<2.000000e+01>
// CHECK-NOT: @factor
// CHECK: tenon.global @[[UP:.*]] : tensor<48xf32>
// CHECK: tenon.quantize_scales
// CHECK: tenon.fill {{.*}}value = 5.000000e-02
// CHECK: tenon.binary mul
module attributes {tenon.ranges = {up = 6.35 : f32}} {

// CHECK-LABEL: @entry
// CHECK: %[[F:.*]] = tenon.global_ref @factor
// CHECK: %[[A:.*]] = tenon.binary mul %arg0, %[[F]]
// CHECK: %[[B:.*]] = tenon.unary round %[[A]]
// CHECK: %[[Q:.*]] = tenon.cast %[[B]] {type = i8}
// CHECK: %[[U:.*]] = tenon.global_ref @[[UP]]
// CHECK: %[[I:.*]] = tenon.matmul %[[Q]]
// CHECK: %[[R:.*]] = tenon.cast %[[I]] {type = f32}
// CHECK: %[[Y:.*]] = tenon.binary mul %[[R]], %[[U]]
// CHECK: tenon.unary gelu %[[Y]]
// What wasn't observed has scales of rows.
// CHECK: tenon.quantize_scales
// CHECK: tenon.quantize
// CHECK: return
// KEPT-LABEL: @entry
// KEPT: tenon.quantize_scales %arg0
// KEPT: return
// SEEN-LABEL: func.func @entry
// SEEN-SAME: tenon.name = "tenon.range up"
// SEEN-SAME: tenon.name = "tenon.range down"
// SEEN: %[[G:.*]] = tenon.unary gelu
// SEEN: %[[ABS:.*]] = tenon.unary abs %arg0
// SEEN: %[[MAX:.*]] = tenon.reduce max %[[ABS]] {axes = array<i64: 1>, keep_axes = false}
// SEEN: %[[LIST:.*]] = tenon.reshape %[[MAX]]
// SEEN: tenon.unary abs %[[G]]
// SEEN: return %{{.*}}, %[[LIST]], %{{.*}}
// NONE-LABEL: func.func @entry
// NONE-NOT: tenon.range
// NONE: return
func.func @entry(%x: !x) -> (!x {tenon.name = "y"}) attributes {tenon.entry} {
  %u = tenon.weight "up" : tensor<48x40xf32>
  %d = tenon.weight "down" : tensor<40x48xf32>
  %0 = tenon.matmul %x, %u {transpose_rhs = true} : (!x, tensor<48x40xf32>) -> !y loc("up")
  %1 = tenon.unary gelu %0 : (!y) -> !y
  %2 = tenon.matmul %1, %d {transpose_rhs = true} : (!y, tensor<40x48xf32>) -> !x loc("down")
  return %2 : !x
}

// CHECK-LABEL: @other
// CHECK: tenon.global_ref @factor
// CHECK: tenon.global_ref @[[UP]]
func.func @other(%x: !x) -> !y {
  %u = tenon.weight "up" : tensor<48x40xf32>
  %0 = tenon.matmul %x, %u {transpose_rhs = true} : (!x, tensor<48x40xf32>) -> !y loc("up")
  return %0 : !y
}
}
