// Concat: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @none() {
  // expected-error @below {{needs at least one tensor}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.concat {axis = 0 : i64} : () -> tensor<3xf32>
  return
}

// -----

func.func @axis(%x: tensor<2x3xf32>) {
  // expected-error @below {{axis -1 is outside 0 .. 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.concat %x, %x {axis = -1 : i64} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @types(%x: tensor<3xf32>, %y: tensor<3xf16>) {
  // expected-error @below {{element types differ}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.concat %x, %y {axis = 0 : i64} : (tensor<3xf32>, tensor<3xf16>) -> tensor<6xf32>
  return
}

// -----

func.func @rank(%x: tensor<3xf32>, %y: tensor<3x1xf32>) {
  // expected-error @below {{tensors have different numbers of axes}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.concat %x, %y {axis = 0 : i64} : (tensor<3xf32>, tensor<3x1xf32>) -> tensor<6xf32>
  return
}

// -----

func.func @other(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) {
  // expected-error @below {{tensors can't be joined: 4 is not 3}}
  // expected-note @below {{axis 1 of operand 1 is 4}}
  // expected-note @below {{axis 1 of operand 0 is 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.concat %x, %y {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @unknown(%x: tensor<?x3xf32>) {
  // expected-error @below {{known dims}}
  %0 = tenon.concat %x, %x {axis = 0 : i64} : (tensor<?x3xf32>, tensor<?x3xf32>) -> tensor<?x3xf32>
  return
}
