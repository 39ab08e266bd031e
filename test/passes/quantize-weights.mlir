// Which constants become codes, and what their users read.
// RUN: tenon-opt %s --tenon-fold-weights --tenon-quantize-weights=policy=int4-weights | FileCheck %s --check-prefixes=CHECK,FOUR
// RUN: tenon-opt %s --tenon-fold-weights --tenon-quantize-weights=policy=int8-weights | FileCheck %s --check-prefixes=CHECK,EIGHT
// RUN: tenon-opt %s --tenon-fold-weights --tenon-quantize-weights=policy=int8 | FileCheck %s --check-prefix=BOTH
// RUN: tenon-opt %s --tenon-fold-weights --tenon-quantize-weights=policy=%S/Inputs/quantize.toml | FileCheck %s --check-prefix=KEPT
// RUN: tenon-opt %s --tenon-fold-weights --tenon-quantize-weights=policy=int4-weights --tenon-pack-weights | FileCheck %s --check-prefix=PACKED

!x = tensor<?x40xf32, #tenon.dims<[S, 40]>>
!y = tensor<?x48xf32, #tenon.dims<[S, 48]>>

// FOUR: tenon.global @{{.*}} : tensor<48x2xbf16>
// FOUR: tenon.quantize_scales %{{.*}} {axis = 1 : i64, bits = 4 : i64, group = 32 : i64}
// EIGHT: tenon.global @{{.*}} : tensor<48x1xf32>
// EIGHT: tenon.quantize_scales %{{.*}} {axis = 1 : i64, bits = 8 : i64, group = 0 : i64}
// CHECK: tenon.global @{{.*}} : tensor<48x40xi8>

// The table is stored once: the lookup reads the codes too. Halves of bytes are
// made when it is packed.
// CHECK-LABEL: @tied
// CHECK: %[[W:.*]] = tenon.dequantize
// CHECK: tenon.gather %[[W]]
// CHECK: %[[V:.*]] = tenon.dequantize
// CHECK: tenon.matmul %{{.*}}, %[[V]] {transpose_rhs = true}
// BOTH-LABEL: @tied
// BOTH: %[[S:.*]] = tenon.quantize_scales %[[X:.*]] {axis = 1 : i64, bits = 8 : i64, group = 0 : i64}
// BOTH: %[[Q:.*]] = tenon.quantize %[[X]], %[[S]]
// BOTH: %[[I:.*]] = tenon.matmul %[[Q]], %{{.*}} {transpose_rhs = true} : (tensor<?x40xi8, {{.*}}>, tensor<48x40xi8>) -> tensor<?x48xi32
// BOTH: %[[F:.*]] = tenon.cast %[[I]] {type = f32}
// BOTH: %[[R:.*]] = tenon.binary mul %[[F]], %[[S]]
// BOTH: tenon.binary mul %[[R]]
// KEPT-LABEL: @tied
// KEPT-NOT: tenon.dequantize
// KEPT: return
// PACKED-LABEL: @tied
// PACKED: %[[P:.*]] = tenon.dequantize %{{.*}} {axis = 1 : i64, depth = 40 : i64, group = 32 : i64} : (tensor<2x20x32xi8>, tensor<2x2x32xbf16>) -> tensor<2x40x32xf32>
// PACKED: tenon.unpack %[[P]] {columns = 48 : i64, transposed = true}
// PACKED: tenon.matmul %{{.*}} {columns = 48 : i64}
func.func @tied(%ids: tensor<?xi64, #tenon.dims<[S]>>) -> !y {
  %w = tenon.weight "table" : tensor<48x40xf32>
  %0 = tenon.gather %w, %ids {axis = 0 : i64} : (tensor<48x40xf32>, tensor<?xi64, #tenon.dims<[S]>>) -> !x
  %1 = tenon.matmul %0, %w {transpose_rhs = true} : (!x, tensor<48x40xf32>) -> !y loc("lm_head")
  return %1 : !y
}

// A product that reads another's result: the codes of that are made of the
// scaled sums, once for both that read them.
// BOTH-LABEL: @chain
// BOTH: %[[A:.*]] = tenon.binary mul
// BOTH: %[[B:.*]] = tenon.binary mul
// BOTH: tenon.quantize_scales %[[B]]
// BOTH: %[[Q:.*]] = tenon.quantize %[[B]]
// BOTH-NOT: tenon.quantize
// BOTH: tenon.matmul %[[Q]]
// BOTH: tenon.matmul %[[Q]]
// BOTH: return
func.func @chain(%x: !x) -> (!x, !x) {
  %u = tenon.weight "up" : tensor<48x40xf32>
  %d = tenon.weight "down" : tensor<40x48xf32>
  %e = tenon.weight "side" : tensor<40x48xf32>
  %0 = tenon.matmul %x, %u {transpose_rhs = true} : (!x, tensor<48x40xf32>) -> !y
  %1 = tenon.matmul %0, %d {transpose_rhs = true} : (!y, tensor<40x48xf32>) -> !x
  %2 = tenon.matmul %0, %e {transpose_rhs = true} : (!y, tensor<40x48xf32>) -> !x
  return %1, %2 : !x, !x
}

// Sums of so many products of bytes don't fit 32 bits: the left side stays f32.
// BOTH-LABEL: @deep
// BOTH-NOT: tenon.quantize %
// BOTH: tenon.matmul %{{.*}} : (tensor<2x70000xf32>, tensor<70000x1xf32>)
func.func @deep(%x: tensor<2x70000xf32>) -> tensor<2x1xf32> {
  %w = tenon.weight "deep" : tensor<70000x1xf32>
  %0 = tenon.matmul %x, %w : (tensor<2x70000xf32>, tensor<70000x1xf32>) -> tensor<2x1xf32>
  return %0 : tensor<2x1xf32>
}
