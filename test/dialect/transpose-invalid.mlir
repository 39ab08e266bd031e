// Transpose: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @twice(%x: tensor<2x3xf32>) {
  // expected-error @below {{permutation isn't one of 0 .. 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.transpose %x {permutation = array<i64: 0, 0>} : (tensor<2x3xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @range(%x: tensor<2x3xf32>) {
  // expected-error @below {{permutation isn't one of 0 .. 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.transpose %x {permutation = array<i64: 0, 2>} : (tensor<2x3xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @few(%x: tensor<2x3xf32>) {
  // expected-error @below {{permutation names 1 axes of a tensor with 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.transpose %x {permutation = array<i64: 0>} : (tensor<2x3xf32>) -> tensor<2xf32>
  return
}
