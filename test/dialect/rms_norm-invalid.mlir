// RMS norm: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @scalar(%x: tensor<f32>, %w: tensor<3xf32>) {
  // expected-error @below {{x has 0 axes, needs at least 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.rms_norm %x, %w {eps = 0.1 : f64} : (tensor<f32>, tensor<3xf32>) -> tensor<f32>
  return
}

// -----

func.func @weight(%x: tensor<2x3xf32>) {
  // expected-error @below {{weight has one axis}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.rms_norm %x, %x {eps = 0.1 : f64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @length(%x: tensor<2x3xf32>, %w: tensor<2xf32>) {
  // expected-error @below {{length of a row: 2 is not 3}}
  // expected-note @below {{axis 0 of operand 1 is 2}}
  // expected-note @below {{axis 1 of operand 0 is 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.rms_norm %x, %w {eps = 0.1 : f64} : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}
