// Expand: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @fewer(%x: tensor<2x3xf32>) {
  // expected-error @below {{shape has fewer axes than the tensor}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.expand %x {shape = #tenon.dims<[3]>} : (tensor<2x3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @axis(%x: tensor<2x3xf32>) {
  // expected-error @below {{axis can't be repeated: 3 is not 4}}
  // expected-note @below {{axis 1 of operand 0 is 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.expand %x {shape = #tenon.dims<[2, 4]>} : (tensor<2x3xf32>) -> tensor<2x4xf32>
  return
}
