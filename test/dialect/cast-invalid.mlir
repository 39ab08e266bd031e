// Conversions: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @result(%x: tensor<3xf32>) {
  // expected-error @below {{inferred type(s) 'tensor<3xi8>'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.cast %x {type = i8} : (tensor<3xf32>) -> tensor<3xi32>
  return
}

// -----

func.func @f64(%x: tensor<3xf32>) {
  // expected-error @below {{result #0 must be a tensor or a scalar}}
  %0 = tenon.cast %x {type = f64} : (tensor<3xf32>) -> tensor<3xf64>
  return
}

// -----

func.func @attribute(%x: tensor<3xf32>) {
  // expected-error @below {{requires attribute 'type'}}
  %0 = tenon.cast %x : (tensor<3xf32>) -> tensor<3xi8>
  return
}
