// Which attention multiplies codes, and what the records say of it.
// RUN: tenon-opt %s --tenon-quantize-weights=policy=int8 | FileCheck %s
// RUN: tenon-opt %s --tenon-quantize-weights=policy=int8-weights | FileCheck %s --check-prefix=OTHER
// RUN: tenon-opt %s --tenon-quantize-weights="policy=int8 attention=false" | FileCheck %s --check-prefix=NONE
// RUN: tenon-opt %s --tenon-quantize-weights=policy=%S/Inputs/attention.toml | FileCheck %s --check-prefix=POLICY
// RUN: tenon-opt %s --tenon-quantize-weights=policy=int8 --tenon-fuse | FileCheck %s --check-prefix=FUSED
// RUN: tenon-opt %s --tenon-quantize-weights=policy=bf16 | FileCheck %s --check-prefix=BF16
// RUN: tenon-opt %s --tenon-quantize-weights="policy=bf16 attention=false" | FileCheck %s --check-prefix=BF16
// RUN: tenon-opt %s --tenon-quantize-weights=policy=%S/Inputs/attention-bf16.toml | FileCheck %s --check-prefix=MIXED

!x = tensor<1x2x?x16xf32, #tenon.dims<[1, 2, S, 16]>>

// OTHER-NOT: of codes
// OTHER-NOT: tenon.products
// NONE-NOT: of codes

// FUSED: tenon.records = [
// FUSED-SAME: products = "int8"
// FUSED-SAME: products = "fp32: each call would make codes of all that its state holds"
// FUSED: tenon.attention
// FUSED-NOT: tenon.products

// CHECK-LABEL: @long
// CHECK: tenon.attention {{.*}} of codes {scale = 5.000000e-01 : f64, tenon.products = "int8"}
// NONE-LABEL: @long
// NONE: tenon.products = "fp32: this backend has no code for others"
// POLICY-LABEL: @long
// POLICY: tenon.attention {{.*}} {scale = 5.000000e-01 : f64, tenon.products = "fp32: the policy says so"}
func.func @long(%x: !x) -> !x {
  %0 = tenon.attention %x, %x, %x {scale = 0.5 : f64} : (!x, !x, !x) -> !x {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  } loc("layer.0/attention#0")
  return %0 : !x
}

// CHECK-LABEL: @other
// CHECK: of codes
// POLICY-LABEL: @other
// POLICY: of codes
func.func @other(%x: !x) -> !x {
  %0 = tenon.attention %x, %x, %x {scale = 0.5 : f64} : (!x, !x, !x) -> !x {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  } loc("layer.1/attention#0")
  return %0 : !x
}

// MIXED: tenon.products = "fp32: the policy says so"
// MIXED: tenon.attention {{.*}} of codes {scale = 5.000000e-01 : f64, tenon.products = "int8"}
// MIXED: tenon.attention {{.*}} of bf16 {scale = 5.000000e-01 : f64, tenon.products = "bf16"}

// With bf16, states and few queries are no other than the rest.
// BF16-COUNT-5: tenon.attention {{.*}} of bf16 {scale = 5.000000e-01 : f64, tenon.products = "bf16"}
// BF16: tenon.attention {{.*}} {scale = 5.000000e-01 : f64, tenon.products = "fp32: it isn't of f32"}

// A layer whose mode is another has attention of that mode.
// CHECK-LABEL: @kept
// CHECK: of codes
// POLICY-LABEL: @kept
// POLICY: tenon.attention {{.*}} {scale = 5.000000e-01 : f64}
func.func @kept(%x: !x) -> !x {
  %0 = tenon.attention %x, %x, %x {scale = 0.5 : f64} : (!x, !x, !x) -> !x {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  } loc("layer.2/attention#0")
  return %0 : !x
}

// CHECK-LABEL: @few
// CHECK: tenon.attention {{.*}} {scale = 5.000000e-01 : f64, tenon.products = "fp32: so few queries don't repay codes of all keys"}
func.func @few(%q: tensor<1x2x1x16xf32>, %x: !x) -> tensor<1x2x1x16xf32> {
  %0 = tenon.attention %q, %x, %x {scale = 0.5 : f64} : (tensor<1x2x1x16xf32>, !x, !x) -> tensor<1x2x1x16xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<1x2x1x16xf32>
}

!s = !tenon.state<growing, tensor<1x2x?x16xf32, #tenon.dims<[1, 2, P, 16]>>, axis = 2>
// CHECK-LABEL: @state
// CHECK: tenon.products = "fp32: each call would make codes of all that its state holds"
func.func @state(%x: !x, %s: !s) -> !x {
  %0 = tenon.attention %x, %s, %s {scale = 0.5 : f64} : (!x, !s, !s) -> !x {
  ^bb0(%c: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %c : f32
  }
  return %0 : !x
}

!h = tensor<1x2x?x16xf16, #tenon.dims<[1, 2, S, 16]>>
// CHECK-LABEL: @half
// CHECK: tenon.products = "fp32: it isn't of f32"
func.func @half(%x: !h) -> !h {
  %0 = tenon.attention %x, %x, %x {scale = 0.5 : f64} : (!h, !h, !h) -> !h {
  ^bb0(%s: f16, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f16
  }
  return %0 : !h
}
