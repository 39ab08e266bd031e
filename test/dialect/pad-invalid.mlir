// Padding: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @axis(%x: tensor<3xf32>) {
  // expected-error @below {{axis 1 is outside 0 .. 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.pad %x {axis = 1 : i64, low = #tenon.dim<0>, high = #tenon.dim<0>, value = 0.0 : f64} : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @negative(%x: tensor<3xf32>) {
  // expected-error @below {{can't add -1 elements: use slice}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.pad %x {axis = 0 : i64, low = #tenon.dim<-1>, high = #tenon.dim<0>, value = 0.0 : f64} : (tensor<3xf32>) -> tensor<2xf32>
  return
}
