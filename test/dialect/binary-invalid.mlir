// Elementwise operators: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @types(%x: tensor<3xf32>, %y: tensor<3xi64>) {
  // expected-error @below {{add of f32 and i64: convert one side with cast}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.binary add %x, %y : (tensor<3xf32>, tensor<3xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @bool(%x: tensor<3xi1>) {
  // expected-error @below {{add isn't defined on elements of type i1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.binary add %x, %x : (tensor<3xi1>, tensor<3xi1>) -> tensor<3xi1>
  return
}

// -----

func.func @div(%x: tensor<3xi32>) {
  // expected-error @below {{div isn't defined on elements of type i32}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.binary div %x, %x : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
  return
}

// -----

func.func @and(%x: tensor<3xf32>) {
  // expected-error @below {{and_ isn't defined on elements of type f32}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.binary and_ %x, %x : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @mixed(%x: tensor<3xf32>, %y: f32) {
  // expected-error @below {{mixes tensors and scalars}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.binary add %x, %y : (tensor<3xf32>, f32) -> tensor<3xf32>
  return
}

// -----

func.func @shapes(%x: tensor<3xf32>, %y: tensor<4xf32>) {
  // expected-error @below {{shapes don't broadcast: 3 is not 4}}
  // expected-note @below {{axis 0 of operand 0 is 3}}
  // expected-note @below {{axis 0 of operand 1 is 4}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.binary add %x, %y : (tensor<3xf32>, tensor<4xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @unknown(%x: tensor<?x3xf32>) {
  // expected-error @below {{must be a tensor or a scalar, but got}}
  %0 = tenon.binary add %x, %x : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return
}
