// Panels of a matrix: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @rank(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{packs a matrix, not 3 axes}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.pack %x {width = 2 : i64} : (tensor<2x3x4xf32>) -> tensor<2x3x2xf32>
  return
}

// -----

func.func @width(%x: tensor<2x3xf32>) {
  // expected-error @below {{width and interleave must be positive}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.pack %x {width = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3x2xf32>
  return
}

// -----

func.func @panels(%x: tensor<2x3xf32>) {
  // expected-error @below {{panels have 3 or 4 axes, not 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.unpack %x {columns = 2 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @columns(%x: tensor<2x3x4xf32>) {
  // expected-error @below {{number of panels: 2 is not 3}}
  // expected-note @below {{axis 0 of operand 0 is 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.unpack %x {columns = 9 : i64} : (tensor<2x3x4xf32>) -> tensor<3x9xf32>
  return
}

// -----

func.func @empty(%x: tensor<2x3x0xf32>) {
  // expected-error @below {{width of the panels isn't a positive constant}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.unpack %x {columns = 9 : i64} : (tensor<2x3x0xf32>) -> tensor<3x9xf32>
  return
}

// -----

func.func @rows(%x: tensor<1x3x4x4xi8>) {
  // expected-error @below {{interleaved panels need the number of rows}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.unpack %x {columns = 3 : i64} : (tensor<1x3x4x4xi8>) -> tensor<9x3xi8>
  return
}
