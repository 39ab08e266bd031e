// Comparisons: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @types(%x: tensor<3xf32>, %y: tensor<3xi64>) {
  // expected-error @below {{compares different element types: convert one side with cast}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.compare eq %x, %y : (tensor<3xf32>, tensor<3xi64>) -> tensor<3xi1>
  return
}

// -----

func.func @mixed(%x: tensor<3xf32>, %y: f32) {
  // expected-error @below {{mixes tensors and scalars}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.compare eq %x, %y : (tensor<3xf32>, f32) -> tensor<3xi1>
  return
}

// -----

func.func @result(%x: tensor<3xf32>) {
  // expected-error @below {{inferred type(s) 'tensor<3xi1>'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.compare eq %x, %x : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @shapes(%x: tensor<2x3xf32>, %y: tensor<2x1x4xf32>) {
  // expected-error @below {{shapes don't broadcast: 3 is not 4}}
  // expected-note @below {{axis 1 of operand 0 is 3}}
  // expected-note @below {{axis 2 of operand 1 is 4}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.compare eq %x, %y : (tensor<2x3xf32>, tensor<2x1x4xf32>) -> tensor<2x2x3xi1>
  return
}
