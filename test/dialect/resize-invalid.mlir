// Resampled maps: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @axes(%x: tensor<3xf32>) {
  // expected-error @below {{needs the axes H and W}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.resize %x {kind = #tenon<resize_kind nearest>, height = #tenon.dim<2>, width = #tenon.dim<2>, align_corners = false} : (tensor<3xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @corners(%x: tensor<3x3xf32>) {
  // expected-error @below {{nearest has no align_corners}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.resize %x {kind = #tenon<resize_kind nearest>, height = #tenon.dim<2>, width = #tenon.dim<2>, align_corners = true} : (tensor<3x3xf32>) -> tensor<2x2xf32>
  return
}
