// Argmax: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @axis(%x: tensor<3xf32>) {
  // expected-error @below {{axis 1 is outside 0 .. 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.argmax %x {axis = 1 : i64} : (tensor<3xf32>) -> tensor<i64>
  return
}

// -----

func.func @result(%x: tensor<3xf32>) {
  // expected-error @below {{inferred type(s) 'tensor<i64>'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.argmax %x {axis = 0 : i64} : (tensor<3xf32>) -> tensor<i32>
  return
}
