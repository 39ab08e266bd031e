// Layer norm: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @axes(%x: f32, %w: tensor<3xf32>) {
  // expected-error @below {{operand #0 must be tensor}}
  %0 = tenon.layer_norm %x, %w, %w {eps = 0.1 : f64} : (f32, tensor<3xf32>, tensor<3xf32>) -> f32
  return
}

// -----

func.func @scalar(%x: tensor<f32>, %w: tensor<3xf32>) {
  // expected-error @below {{x has 0 axes, needs at least 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.layer_norm %x, %w, %w {eps = 0.1 : f64} : (tensor<f32>, tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
  return
}

// -----

func.func @weight(%x: tensor<2x3xf32>, %w: tensor<1x3xf32>) {
  // expected-error @below {{weight and bias have one axis}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.layer_norm %x, %w, %w {eps = 0.1 : f64} : (tensor<2x3xf32>, tensor<1x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @length(%x: tensor<2x3xf32>, %w: tensor<2xf32>) {
  // expected-error @below {{length of a row: 2 is not 3}}
  // expected-note @below {{axis 0 of operand 1 is 2}}
  // expected-note @below {{axis 1 of operand 0 is 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.layer_norm %x, %w, %w {eps = 0.1 : f64} : (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}
