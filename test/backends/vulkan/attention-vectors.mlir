// Heads that lie beside each other in rows, of sequences whose length only a
// call knows: places of a batch are multiples of that length times the row, so
// of the row. Queries, keys and values are read, and what comes of them is
// written, in vectors.
// RUN: tenon compile %s --compile-from graph --target vulkan --cpu desktop --emit spirv -o - | FileCheck %s --implicit-check-not="OpAccessChain %_ptr_StorageBuffer_float "
// RUN: %machine tenon-check %s --target vulkan --cpu desktop --shapes 3 | FileCheck %s --check-prefix=EQUAL
// CHECK: OpEntryPoint GLCompute %{{.*}} "{{.*}}attention{{.*}}"
// CHECK-COUNT-4: OpAccessChain %_ptr_StorageBuffer_v4float %
// EQUAL: 1 function, 3 shapes, 1 variant: all equal

tenon.symbol @B in [1, 3] typical 2
tenon.symbol @S in [1, 70] typical 37
!row = tensor<?x?x72xf32, #tenon.dims<[B, S, 72]>>
!part = tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
!heads = tensor<?x?x2x12xf32, #tenon.dims<[B, S, 2, 12]>>
!h = tensor<?x2x?x12xf32, #tenon.dims<[B, 2, S, 12]>>

func.func @main(%x: !row) -> !part attributes {tenon.entry} {
  %q0 = tenon.slice %x {axis = 2 : i64, begin = #tenon.dim<0>, size = #tenon.dim<24>} : (!row) -> !part
  %q1 = tenon.reshape %q0 {shape = #tenon.dims<[B, S, 2, 12]>} : (!part) -> !heads
  %q = tenon.transpose %q1 {permutation = array<i64: 0, 2, 1, 3>} : (!heads) -> !h
  %k0 = tenon.slice %x {axis = 2 : i64, begin = #tenon.dim<24>, size = #tenon.dim<24>} : (!row) -> !part
  %k1 = tenon.reshape %k0 {shape = #tenon.dims<[B, S, 2, 12]>} : (!part) -> !heads
  %k = tenon.transpose %k1 {permutation = array<i64: 0, 2, 1, 3>} : (!heads) -> !h
  %v0 = tenon.slice %x {axis = 2 : i64, begin = #tenon.dim<48>, size = #tenon.dim<24>} : (!row) -> !part
  %v1 = tenon.reshape %v0 {shape = #tenon.dims<[B, S, 2, 12]>} : (!part) -> !heads
  %v = tenon.transpose %v1 {permutation = array<i64: 0, 2, 1, 3>} : (!heads) -> !h
  %0 = tenon.attention %q, %k, %v {scale = 0.5 : f64} : (!h, !h, !h) -> !h {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  %1 = tenon.transpose %0 {permutation = array<i64: 0, 2, 1, 3>} : (!h) -> !heads
  %2 = tenon.reshape %1 {shape = #tenon.dims<[B, S, 24]>} : (!heads) -> !part
  return %2 : !part
}
