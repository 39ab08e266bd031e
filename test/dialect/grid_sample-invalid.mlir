// Samples of a map: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @rank(%x: tensor<2x3x4xf32>, %g: tensor<2x3x4x2xf32>) {
  // expected-error @below {{needs a map [B, C, H, W] and a grid [B, h, w, 2]}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.grid_sample %x, %g {align_corners = false} : (tensor<2x3x4xf32>, tensor<2x3x4x2xf32>) -> tensor<2x3x4xf32>
  return
}

// -----

func.func @batch(%x: tensor<2x3x4x5xf32>, %g: tensor<1x3x4x2xf32>) {
  // expected-error @below {{batch: 2 is not 1}}
  // expected-note @below {{axis 0 of operand 0 is 2}}
  // expected-note @below {{axis 0 of operand 1 is 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.grid_sample %x, %g {align_corners = false} : (tensor<2x3x4x5xf32>, tensor<1x3x4x2xf32>) -> tensor<2x3x3x4xf32>
  return
}

// -----

func.func @pairs(%x: tensor<2x3x4x5xf32>, %g: tensor<2x3x4x3xf32>) {
  // expected-error @below {{grid points are pairs: 3 is not 2}}
  // expected-note @below {{axis 3 of operand 1 is 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.grid_sample %x, %g {align_corners = false} : (tensor<2x3x4x5xf32>, tensor<2x3x4x3xf32>) -> tensor<2x3x3x4xf32>
  return
}
