// Softmax: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @axis(%x: tensor<3xf32>) {
  // expected-error @below {{axis 1 is outside 0 .. 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.softmax %x {axis = 1 : i64} : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @integers(%x: tensor<3xi64>) {
  // expected-error @below {{operand #0 must be tensor of 16-bit float}}
  %0 = tenon.softmax %x {axis = 0 : i64} : (tensor<3xi64>) -> tensor<3xi64>
  return
}
