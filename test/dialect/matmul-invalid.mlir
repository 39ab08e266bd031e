// Matrix products: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @rank(%x: tensor<3xf32>, %y: tensor<3x2xf32>) {
  // expected-error @below {{lhs has 1 axes, needs at least 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.matmul %x, %y : (tensor<3xf32>, tensor<3x2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @types(%x: tensor<2x3xf32>, %y: tensor<3x2xf16>) {
  // expected-error @below {{element types differ: convert one side with cast}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.matmul %x, %y : (tensor<2x3xf32>, tensor<3x2xf16>) -> tensor<2x2xf32>
  return
}

// -----

func.func @inner(%x: tensor<2x3xf32>, %y: tensor<2x3xf32>) {
  // expected-error @below {{inner dims: 3 is not 2}}
  // expected-note @below {{axis 1 of operand 0 is 3}}
  // expected-note @below {{axis 0 of operand 1 is 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.matmul %x, %y : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @leading(%x: tensor<2x2x3xf32>, %y: tensor<5x3x2xf32>) {
  // expected-error @below {{leading axes don't broadcast: 2 is not 5}}
  // expected-note @below {{axis 0 of operand 0 is 2}}
  // expected-note @below {{axis 0 of operand 1 is 5}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.matmul %x, %y : (tensor<2x2x3xf32>, tensor<5x3x2xf32>) -> tensor<5x2x2xf32>
  return
}

// -----

func.func @packed(%x: tensor<2x3xf32>, %y: tensor<3x2xf32>) {
  // expected-error @below {{packed rhs has 3 or 4 axes}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.matmul %x, %y {columns = 2 : i64} : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @panels(%x: tensor<2x3xf32>, %y: tensor<2x3x4xf32>) {
  // expected-error @below {{number of panels: 2 is not 3}}
  // expected-note @below {{axis 0 of operand 1 is 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.matmul %x, %y {columns = 9 : i64} : (tensor<2x3xf32>, tensor<2x3x4xf32>) -> tensor<2x9xf32>
  return
}

// -----

func.func @width(%x: tensor<2x3xf32>, %y: tensor<2x3x0xf32>) {
  // expected-error @below {{width of the panels isn't a positive constant}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.matmul %x, %y {columns = 9 : i64} : (tensor<2x3xf32>, tensor<2x3x0xf32>) -> tensor<2x9xf32>
  return
}

// -----

func.func @integers(%x: tensor<2x3xi8>, %y: tensor<3x2xf32>) {
  // expected-error @below {{element types differ: convert one side with cast}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.matmul %x, %y : (tensor<2x3xi8>, tensor<3x2xf32>) -> tensor<2x2xi32>
  return
}

// -----

func.func @interleaved(%x: tensor<2x9xi8>, %y: tensor<1x2x4x4xi8>) {
  // expected-error @below {{inner dims: 2 is not 3}}
  // expected-note @below {{axis 1 of operand 1 is 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.matmul %x, %y {columns = 3 : i64} : (tensor<2x9xi8>, tensor<1x2x4x4xi8>) -> tensor<2x3xi32>
  return
}
