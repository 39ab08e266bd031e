// A kernel that was tuned before Tenon was shipped has the sizes that won, without a word;
// a person's schedule counts more.
// RUN: tenon-opt %s --tenon-cpu-schedule=targets=x86-64-v4 2>&1 | FileCheck %s
// RUN: printf '[[kernel]]\nname = "k_pieces"\nblock = [24]\n' > %t.toml
// RUN: tenon-opt %s --tenon-cpu-schedule="targets=x86-64-v4 file=%t.toml" | FileCheck %s --check-prefix=MINE

// The product of ConvNeXt-tiny that halves an image of 96 channels.
!x = tensor<?x?x?x96xf32, #tenon.dims<[d0, d1 floordiv 4, d2 floordiv 4, 96]>>
!w = tensor<?x?x?x96x2x2xf32, #tenon.dims<[d0, d1 floordiv 8, d2 floordiv 8, 96, 2, 2]>>
!t = tensor<?x?x?x2x2x96xf32, #tenon.dims<[d0, d1 floordiv 8, d2 floordiv 8, 2, 2, 96]>>
!r = tensor<?x?x?x384xf32, #tenon.dims<[d0, d1 floordiv 8, d2 floordiv 8, 384]>>
!y = tensor<?x?x?x192xf32, #tenon.dims<[d0, d1 floordiv 8, d2 floordiv 8, 192]>>

// CHECK-NOT: warning
// CHECK: @k_pieces
// CHECK-SAME: tile = [12, 32, 4], block = [84]
// MINE: tile = [12, 32, 4], block = [24]
func.func private @k_pieces(%x: !x, %p: tensor<6x384x32xf32> {tenon.memory = "constant"}, %b: tensor<1x1x1x192xf32> {tenon.memory = "constant"}) -> !y attributes {tenon.dims = ["d0", "d1", "d2"], tenon.kernel} {
  %0 = tenon.windows %x {axes = array<i64: 1, 2>, dilations = array<i64: 1, 1>, padding_high = array<i64: 0, 0>, padding_low = array<i64: 0, 0>, sizes = array<i64: 2, 2>, strides = array<i64: 2, 2>, value = 0.000000e+00 : f64} : (!x) -> !w
  %1 = tenon.transpose %0 {permutation = array<i64: 0, 1, 2, 4, 5, 3>} : (!w) -> !t
  %2 = tenon.reshape %1 {shape = #tenon.dims<[d0, d1 floordiv 8, d2 floordiv 8, 384]>} : (!t) -> !r
  %3 = tenon.matmul %2, %p {columns = 192 : i64} : (!r, tensor<6x384x32xf32>) -> !y
  %4 = tenon.binary add %3, %b : (!y, tensor<1x1x1x192xf32>) -> !y
  return %4 : !y
}
