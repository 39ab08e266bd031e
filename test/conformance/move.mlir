// Movement ops alone and in chains.
// RUN: tenon-check %s --shapes 6
!x = tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>
tenon.symbol @B in [1, 5] typical 2
tenon.symbol @S in [3, 40] typical 17

func.func @reshape_split(%x: !x) -> tensor<?x?x3x8xf32, #tenon.dims<[B, S, 3, 8]>> {
  %0 = tenon.reshape %x {shape = #tenon.dims<[B, S, 3, 8]>} : (!x) -> tensor<?x?x3x8xf32, #tenon.dims<[B, S, 3, 8]>>
  return %0 : tensor<?x?x3x8xf32, #tenon.dims<[B, S, 3, 8]>>
}
func.func @heads_and_back(%x: !x) -> (tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>, !x) {
  %0 = tenon.reshape %x {shape = #tenon.dims<[B, S, 3, 8]>} : (!x) -> tensor<?x?x3x8xf32, #tenon.dims<[B, S, 3, 8]>>
  %1 = tenon.transpose %0 {permutation = array<i64: 0, 2, 1, 3>} : (tensor<?x?x3x8xf32, #tenon.dims<[B, S, 3, 8]>>) -> tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>
  %e = tenon.unary relu %1 : (tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>) -> tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>
  %2 = tenon.transpose %e {permutation = array<i64: 0, 2, 1, 3>} : (tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>) -> tensor<?x?x3x8xf32, #tenon.dims<[B, S, 3, 8]>>
  %3 = tenon.reshape %2 {shape = #tenon.dims<[B, S, 24]>} : (tensor<?x?x3x8xf32, #tenon.dims<[B, S, 3, 8]>>) -> !x
  return %e, %3 : tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>, !x
}
func.func @flatten(%x: !x) -> tensor<?xf32, #tenon.dims<[24 * B * S]>> {
  %0 = tenon.reshape %x {shape = #tenon.dims<[-1]>} : (!x) -> tensor<?xf32, #tenon.dims<[24 * B * S]>>
  return %0 : tensor<?xf32, #tenon.dims<[24 * B * S]>>
}
func.func @transpose_last(%x: !x) -> tensor<?x24x?xf32, #tenon.dims<[B, 24, S]>> {
  %0 = tenon.transpose %x {permutation = array<i64: 0, 2, 1>} : (!x) -> tensor<?x24x?xf32, #tenon.dims<[B, 24, S]>>
  return %0 : tensor<?x24x?xf32, #tenon.dims<[B, 24, S]>>
}
func.func @slices(%x: !x) -> (tensor<?x24xf32, #tenon.dims<[B, 24]>>, tensor<?x?x5xf32, #tenon.dims<[B, S - 2, 5]>>) {
  %0 = tenon.slice %x {axis = 1 : i64, begin = #tenon.dim<0>, size = #tenon.dim<1>} : (!x) -> tensor<?x1x24xf32, #tenon.dims<[B, 1, 24]>>
  %1 = tenon.reshape %0 {shape = #tenon.dims<[B, 24]>} : (tensor<?x1x24xf32, #tenon.dims<[B, 1, 24]>>) -> tensor<?x24xf32, #tenon.dims<[B, 24]>>
  %2 = tenon.slice %x {axis = 2 : i64, begin = #tenon.dim<3>, size = #tenon.dim<5>, step = 4 : i64} : (!x) -> tensor<?x?x5xf32, #tenon.dims<[B, S, 5]>>
  %3 = tenon.slice %2 {axis = 1 : i64, begin = #tenon.dim<2>, size = #tenon.dim<S - 2>} : (tensor<?x?x5xf32, #tenon.dims<[B, S, 5]>>) -> tensor<?x?x5xf32, #tenon.dims<[B, S - 2, 5]>>
  return %1, %3 : tensor<?x24xf32, #tenon.dims<[B, 24]>>, tensor<?x?x5xf32, #tenon.dims<[B, S - 2, 5]>>
}
func.func @pad_roll(%x: !x) -> (tensor<?x?x29xf32, #tenon.dims<[B, S, 29]>>, !x, !x) {
  %0 = tenon.pad %x {axis = 2 : i64, low = #tenon.dim<2>, high = #tenon.dim<3>, value = 1.5 : f64} : (!x) -> tensor<?x?x29xf32, #tenon.dims<[B, S, 29]>>
  %1 = tenon.roll %x {axis = 1 : i64, shift = #tenon.dim<-3>} : (!x) -> !x
  %2 = tenon.roll %x {axis = 2 : i64, shift = #tenon.dim<5>} : (!x) -> !x
  return %0, %1, %2 : tensor<?x?x29xf32, #tenon.dims<[B, S, 29]>>, !x, !x
}
func.func @windows(%x: !x) -> tensor<?x?x4x24xf32, #tenon.dims<[B, (S + 3) floordiv 4, 4, 24]>> {
  %0 = tenon.pad %x {axis = 1 : i64, low = #tenon.dim<0>, high = #tenon.dim<4 * ((S + 3) floordiv 4) - S>, value = 0.0 : f64} : (!x) -> tensor<?x?x24xf32, #tenon.dims<[B, 4 * ((S + 3) floordiv 4), 24]>>
  %1 = tenon.reshape %0 {shape = #tenon.dims<[B, (S + 3) floordiv 4, 4, 24]>} : (tensor<?x?x24xf32, #tenon.dims<[B, 4 * ((S + 3) floordiv 4), 24]>>) -> tensor<?x?x4x24xf32, #tenon.dims<[B, (S + 3) floordiv 4, 4, 24]>>
  return %1 : tensor<?x?x4x24xf32, #tenon.dims<[B, (S + 3) floordiv 4, 4, 24]>>
}
func.func @concat(%x: !x, %y: tensor<?x7x24xf32, #tenon.dims<[B, 7, 24]>>) -> (tensor<?x?x24xf32, #tenon.dims<[B, S + 7, 24]>>, tensor<?x?x48xf32, #tenon.dims<[B, S, 48]>>) {
  %0 = tenon.concat %x, %y {axis = 1 : i64} : (!x, tensor<?x7x24xf32, #tenon.dims<[B, 7, 24]>>) -> tensor<?x?x24xf32, #tenon.dims<[B, S + 7, 24]>>
  %1 = tenon.concat %x, %x {axis = 2 : i64} : (!x, !x) -> tensor<?x?x48xf32, #tenon.dims<[B, S, 48]>>
  return %0, %1 : tensor<?x?x24xf32, #tenon.dims<[B, S + 7, 24]>>, tensor<?x?x48xf32, #tenon.dims<[B, S, 48]>>
}
func.func @expand(%x: tensor<?x1x24xf32, #tenon.dims<[B, 1, 24]>>, %like: !x) -> !x {
  %0 = tenon.expand %x {shape = #tenon.dims<[B, S, 24]>} : (tensor<?x1x24xf32, #tenon.dims<[B, 1, 24]>>) -> !x
  return %0 : !x
}
