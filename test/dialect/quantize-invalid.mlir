// Codes and scales: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @bits(%x: tensor<2x3xf32>) {
  // expected-error @below {{bits are 4 or 8}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.quantize_scales %x {axis = 1 : i64, group = 0 : i64, bits = 5 : i64} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return
}

// -----

func.func @group(%x: tensor<2x3xf32>) {
  // expected-error @below {{group must not be negative}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.quantize_scales %x {axis = 1 : i64, group = -1 : i64, bits = 8 : i64} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return
}

// -----

func.func @axis(%x: tensor<2x3xf32>) {
  // expected-error @below {{axis 2 is outside}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.quantize_scales %x {axis = 2 : i64, group = 0 : i64, bits = 8 : i64} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return
}

// -----

func.func @scales(%x: tensor<2x6xf32>, %s: tensor<2x3xf32>) {
  // expected-error @below {{scales: 3 is not 2}}
  // expected-note @below {{axis 1 of operand 1 is 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.quantize %x, %s {axis = 1 : i64, group = 3 : i64, bits = 8 : i64} : (tensor<2x6xf32>, tensor<2x3xf32>) -> tensor<2x6xi8>
  return
}

// -----

func.func @codes(%x: tensor<2x6xi32>, %s: tensor<2x1xf32>) {
  // expected-error @below {{codes are of type i8}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.dequantize %x, %s {axis = 1 : i64, group = 0 : i64} : (tensor<2x6xi32>, tensor<2x1xf32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @depth(%x: tensor<2x6xi8>, %s: tensor<2x1xf32>) {
  // expected-error @below {{bytes: 6 is not 5}}
  // expected-note @below {{axis 1 of operand 0 is 6}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.dequantize %x, %s {axis = 1 : i64, group = 0 : i64, depth = 9 : i64} : (tensor<2x6xi8>, tensor<2x1xf32>) -> tensor<2x9xf32>
  return
}

// -----

func.func @rank(%x: tensor<2x6xi8>, %s: tensor<1xf32>) {
  // expected-error @below {{scales and x have different numbers of axes}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.dequantize %x, %s {axis = 1 : i64, group = 0 : i64} : (tensor<2x6xi8>, tensor<1xf32>) -> tensor<2x6xf32>
  return
}

// -----

func.func @nibbles(%x: tensor<2x6xi32>) {
  // expected-error @below {{codes are of type i8}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.pack_nibbles %x {axis = 1 : i64} : (tensor<2x6xi32>) -> tensor<2x3xi32>
  return
}
