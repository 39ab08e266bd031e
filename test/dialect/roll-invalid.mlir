// Rolls: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @axis(%x: tensor<3xf32>) {
  // expected-error @below {{axis 3 is outside 0 .. 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.roll %x {axis = 3 : i64, shift = #tenon.dim<1>} : (tensor<3xf32>) -> tensor<3xf32>
  return
}
