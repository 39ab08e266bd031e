// Reductions: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @bool(%x: tensor<3xi1>) {
  // expected-error @below {{sum doesn't combine bool elements}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.reduce sum %x {axes = array<i64: 0>, keep_axes = false} : (tensor<3xi1>) -> tensor<i1>
  return
}

// -----

func.func @any(%x: tensor<3xf32>) {
  // expected-error @below {{any combines bool elements}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.reduce any %x {axes = array<i64: 0>, keep_axes = false} : (tensor<3xf32>) -> tensor<f32>
  return
}

// -----

func.func @mean(%x: tensor<3xi64>) {
  // expected-error @below {{mean combines float elements}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.reduce mean %x {axes = array<i64: 0>, keep_axes = false} : (tensor<3xi64>) -> tensor<i64>
  return
}

// -----

func.func @none(%x: tensor<3xf32>) {
  // expected-error @below {{names no axis}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.reduce sum %x {axes = array<i64>, keep_axes = false} : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @twice(%x: tensor<3xf32>) {
  // expected-error @below {{names axis 0 twice}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.reduce sum %x {axes = array<i64: 0, 0>, keep_axes = false} : (tensor<3xf32>) -> tensor<f32>
  return
}

// -----

func.func @axis(%x: tensor<3xf32>) {
  // expected-error @below {{axis 1 is outside 0 .. 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.reduce sum %x {axes = array<i64: 1>, keep_axes = false} : (tensor<3xf32>) -> tensor<f32>
  return
}
