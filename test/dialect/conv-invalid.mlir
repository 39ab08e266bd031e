// Convolutions: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @axes(%x: tensor<1x2x3x4x5xf32>, %w: tensor<1x2x3x4x5xf32>) {
  // expected-error @below {{runs over one or two axes, not 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.conv %x, %w {strides = array<i64: 1, 1, 1>, padding_low = array<i64: 0, 0, 0>, padding_high = array<i64: 0, 0, 0>, dilations = array<i64: 1, 1, 1>, groups = 1 : i64} : (tensor<1x2x3x4x5xf32>, tensor<1x2x3x4x5xf32>) -> tensor<1x2x3xf32>
  return
}

// -----

func.func @rank(%x: tensor<1x2x3x4xf32>, %w: tensor<2x2x3xf32>) {
  // expected-error @below {{x and weight need 3 axes}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.conv %x, %w {strides = array<i64: 1>, padding_low = array<i64: 0>, padding_high = array<i64: 0>, dilations = array<i64: 1>, groups = 1 : i64} : (tensor<1x2x3x4xf32>, tensor<2x2x3xf32>) -> tensor<1x2x3xf32>
  return
}

// -----

func.func @lists(%x: tensor<1x2x3xf32>, %w: tensor<2x2x3xf32>) {
  // expected-error @below {{strides, padding and dilations need 1 entries each}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.conv %x, %w {strides = array<i64: 1>, padding_low = array<i64: 0, 1>, padding_high = array<i64: 0>, dilations = array<i64: 1>, groups = 1 : i64} : (tensor<1x2x3xf32>, tensor<2x2x3xf32>) -> tensor<1x2x3xf32>
  return
}

// -----

func.func @types(%x: tensor<1x2x3xf32>, %w: tensor<2x2x3xf16>) {
  // expected-error @below {{element types differ: convert one side with cast}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.conv %x, %w {strides = array<i64: 1>, padding_low = array<i64: 0>, padding_high = array<i64: 0>, dilations = array<i64: 1>, groups = 1 : i64} : (tensor<1x2x3xf32>, tensor<2x2x3xf16>) -> tensor<1x2x3xf32>
  return
}

// -----

func.func @groups(%x: tensor<1x2x3xf32>, %w: tensor<3x1x3xf32>) {
  // expected-error @below {{3 output channels don't form 2 groups}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.conv %x, %w {strides = array<i64: 1>, padding_low = array<i64: 0>, padding_high = array<i64: 0>, dilations = array<i64: 1>, groups = 2 : i64} : (tensor<1x2x3xf32>, tensor<3x1x3xf32>) -> tensor<1x2x3xf32>
  return
}

// -----

func.func @channels(%x: tensor<1x2x3xf32>, %w: tensor<2x3x3xf32>) {
  // expected-error @below {{input channels: 2 is not 3}}
  // expected-note @below {{axis 1 of operand 0 is 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.conv %x, %w {strides = array<i64: 1>, padding_low = array<i64: 0>, padding_high = array<i64: 0>, dilations = array<i64: 1>, groups = 1 : i64} : (tensor<1x2x3xf32>, tensor<2x3x3xf32>) -> tensor<1x2x3xf32>
  return
}

// -----

func.func @stride(%x: tensor<1x2x3xf32>, %w: tensor<2x2x3xf32>) {
  // expected-error @below {{strides and dilations are positive, padding isn't negative}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.conv %x, %w {strides = array<i64: 0>, padding_low = array<i64: 0>, padding_high = array<i64: 0>, dilations = array<i64: 1>, groups = 1 : i64} : (tensor<1x2x3xf32>, tensor<2x2x3xf32>) -> tensor<1x2x3xf32>
  return
}

// -----

func.func @padding(%x: tensor<1x2x3xf32>, %w: tensor<2x2x3xf32>) {
  // expected-error @below {{strides and dilations are positive, padding isn't negative}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.conv %x, %w {strides = array<i64: 1>, padding_low = array<i64: -1>, padding_high = array<i64: 0>, dilations = array<i64: 1>, groups = 1 : i64} : (tensor<1x2x3xf32>, tensor<2x2x3xf32>) -> tensor<1x2x3xf32>
  return
}

// -----

func.func @long(%x: tensor<1x2x3xf32>, %w: tensor<2x2x3xf32>) {
  // expected-error @below {{kernel of 5 is longer than axis 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.conv %x, %w {strides = array<i64: 1>, padding_low = array<i64: 0>, padding_high = array<i64: 0>, dilations = array<i64: 2>, groups = 1 : i64} : (tensor<1x2x3xf32>, tensor<2x2x3xf32>) -> tensor<1x2x3xf32>
  return
}
