// Reshape: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @count(%x: tensor<2x3xf32>) {
  // expected-error @below {{6 elements can't become 4}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.reshape %x {shape = #tenon.dims<[4]>} : (tensor<2x3xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @two(%x: tensor<2x3xf32>) {
  // expected-error @below {{more than one axis is -1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.reshape %x {shape = #tenon.dims<[-1, -1]>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @open(%x: tensor<?x3xf32, #tenon.dims<[S, 3]>>) {
  // expected-error @below {{3 * S elements can't be divided into runs of 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.reshape %x {shape = #tenon.dims<[-1, 2]>} : (tensor<?x3xf32, #tenon.dims<[S, 3]>>) -> tensor<3x2xf32>
  return
}

// -----

func.func @zero(%x: tensor<0x3xf32>) {
  // expected-error @below {{0 elements can't be divided into runs of 0}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.reshape %x {shape = #tenon.dims<[-1, 0]>} : (tensor<0x3xf32>) -> tensor<3x0xf32>
  return
}
