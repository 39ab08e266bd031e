// Running sums: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @axis(%x: tensor<3xf32>) {
  // expected-error @below {{axis -1 is outside 0 .. 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.cumsum %x {axis = -1 : i64} : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @bool(%x: tensor<3xi1>) {
  // expected-error @below {{doesn't add bool elements: convert them with cast}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.cumsum %x {axis = 0 : i64} : (tensor<3xi1>) -> tensor<3xi1>
  return
}
