// Elementwise functions: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @bool(%x: tensor<3xi1>) {
  // expected-error @below {{neg isn't defined on elements of type i1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.unary neg %x : (tensor<3xi1>) -> tensor<3xi1>
  return
}

// -----

func.func @integer(%x: tensor<3xi64>) {
  // expected-error @below {{exp isn't defined on elements of type i64}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.unary exp %x : (tensor<3xi64>) -> tensor<3xi64>
  return
}

// -----

func.func @negation(%x: tensor<3xf32>) {
  // expected-error @below {{not_ isn't defined on elements of type f32}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.unary not_ %x : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @shape(%x: tensor<3xf32>) {
  // expected-error @below {{inferred type(s) 'tensor<3xf32>' are incompatible}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.unary exp %x : (tensor<3xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @kind(%x: tensor<3xf32>) {
  // expected-error @below {{failed to parse Tenon_UnaryKindAttr}}
  // expected-error @below {{to be one of: neg, abs}}
  %0 = tenon.unary expp %x : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @unranked(%x: tensor<*xf32>) {
  // expected-error @below {{must be a tensor or a scalar, but got}}
  %0 = tenon.unary exp %x : (tensor<*xf32>) -> tensor<*xf32>
  return
}

// -----

func.func @f64(%x: tensor<3xf64>) {
  // expected-error @below {{operand #0 must be a tensor or a scalar}}
  %0 = tenon.unary exp %x : (tensor<3xf64>) -> tensor<3xf64>
  return
}
