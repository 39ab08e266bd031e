// Group norm: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @axes(%x: tensor<4xf32>) {
  // expected-error @below {{x has 1 axes, needs at least 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.group_norm %x, %x, %x {groups = 2 : i64, eps = 0.1 : f64} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @groups(%x: tensor<2x4xf32>, %w: tensor<4xf32>) {
  // expected-error @below {{4 channels don't form 3 groups}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.group_norm %x, %w, %w {groups = 3 : i64, eps = 0.1 : f64} : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @weight(%x: tensor<2x4xf32>) {
  // expected-error @below {{weight and bias have one axis}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.group_norm %x, %x, %x {groups = 2 : i64, eps = 0.1 : f64} : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @channels(%x: tensor<2x4xf32>, %w: tensor<3xf32>) {
  // expected-error @below {{number of channels: 3 is not 4}}
  // expected-note @below {{axis 0 of operand 1 is 3}}
  // expected-note @below {{axis 1 of operand 0 is 4}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.group_norm %x, %w, %w {groups = 2 : i64, eps = 0.1 : f64} : (tensor<2x4xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x4xf32>
  return
}
