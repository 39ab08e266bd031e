// Fill, iota, dim_value, constant: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @shape() {
  // expected-error @below {{inferred type(s) 'tensor<2xf32>'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.fill {value = 1.0 : f32, shape = #tenon.dims<[2]>} : () -> tensor<3xf32>
  return
}

// -----

func.func @f64() {
  // expected-error @below {{result #0 must be a tensor or a scalar}}
  %0 = tenon.fill {value = 1.0 : f64, shape = #tenon.dims<[2]>} : () -> tensor<2xf64>
  return
}

// -----

func.func @axis() {
  // expected-error @below {{axis 1 is outside 0 .. 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.iota {shape = #tenon.dims<[2]>, axis = 1 : i64, type = i64} : () -> tensor<2xi64>
  return
}

// -----

func.func @constant() {
  // expected-error @below {{result #0 must be tensor}}
  %0 = tenon.constant dense<1.0> : tensor<2xf64>
  return
}
