// Moving windows: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @none(%x: tensor<3xf32>) {
  // expected-error @below {{names no axis}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.windows %x {axes = array<i64>, sizes = array<i64>, strides = array<i64>, padding_low = array<i64>, padding_high = array<i64>, dilations = array<i64>, value = 0.0 : f64} : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @twice(%x: tensor<3x3xf32>) {
  // expected-error @below {{names axis 1 twice}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.windows %x {axes = array<i64: 1, 1>, sizes = array<i64: 1, 1>, strides = array<i64: 1, 1>, padding_low = array<i64: 0, 0>, padding_high = array<i64: 0, 0>, dilations = array<i64: 1, 1>, value = 0.0 : f64} : (tensor<3x3xf32>) -> tensor<3x3x1x1xf32>
  return
}

// -----

func.func @entries(%x: tensor<3x3xf32>) {
  // expected-error @below {{sizes, strides, padding and dilations need an entry for each of the 1 axes}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.windows %x {axes = array<i64: 1>, sizes = array<i64: 1>, strides = array<i64: 1, 1>, padding_low = array<i64: 0>, padding_high = array<i64: 0>, dilations = array<i64: 1>, value = 0.0 : f64} : (tensor<3x3xf32>) -> tensor<3x3x1xf32>
  return
}

// -----

func.func @long(%x: tensor<3xf32>) {
  // expected-error @below {{window of 5 is longer than axis 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.windows %x {axes = array<i64: 0>, sizes = array<i64: 3>, strides = array<i64: 1>, padding_low = array<i64: 1>, padding_high = array<i64: 0>, dilations = array<i64: 2>, value = 0.0 : f64} : (tensor<3xf32>) -> tensor<1x3xf32>
  return
}

// -----

func.func @negative(%x: tensor<3xf32>) {
  // expected-error @below {{sizes, strides and dilations are positive, padding isn't negative}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.windows %x {axes = array<i64: 0>, sizes = array<i64: 1>, strides = array<i64: 1>, padding_low = array<i64: -1>, padding_high = array<i64: 0>, dilations = array<i64: 1>, value = 0.0 : f64} : (tensor<3xf32>) -> tensor<2x1xf32>
  return
}
