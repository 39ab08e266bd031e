// Choices: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @condition(%c: tensor<3xi8>, %x: tensor<3xf32>) {
  // expected-error @below {{condition isn't bool}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.select %c, %x, %x : (tensor<3xi8>, tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @sides(%c: tensor<3xi1>, %x: tensor<3xf32>, %y: tensor<3xf16>) {
  // expected-error @below {{the two sides have different element types: convert one with cast}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.select %c, %x, %y : (tensor<3xi1>, tensor<3xf32>, tensor<3xf16>) -> tensor<3xf32>
  return
}

// -----

func.func @mixed(%c: i1, %x: tensor<3xf32>) {
  // expected-error @below {{mixes tensors and scalars}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.select %c, %x, %x : (i1, tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}
