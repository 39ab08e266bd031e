// States: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @kind(%s: !tenon.state<fixed, tensor<2x3xf32>, axis = 0>, %x: tensor<2x3xf32>) {
  // expected-error @below {{only a growing state takes append}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.state_append %s, %x : (!tenon.state<fixed, tensor<2x3xf32>, axis = 0>, tensor<2x3xf32>) -> !tenon.state<fixed, tensor<4x3xf32>, axis = 0>
  return
}

// -----

func.func @rank(%s: !tenon.state<growing, tensor<2x3xf32>, axis = 0>, %x: tensor<3xf32>) {
  // expected-error @below {{state has 2 axes, x has 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.state_append %s, %x : (!tenon.state<growing, tensor<2x3xf32>, axis = 0>, tensor<3xf32>) -> !tenon.state<growing, tensor<2x3xf32>, axis = 0>
  return
}

// -----

func.func @types(%s: !tenon.state<growing, tensor<2x3xf32>, axis = 0>, %x: tensor<2x3xf16>) {
  // expected-error @below {{element types differ: convert with cast}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.state_append %s, %x : (!tenon.state<growing, tensor<2x3xf32>, axis = 0>, tensor<2x3xf16>) -> !tenon.state<growing, tensor<2x3xf32>, axis = 0>
  return
}

// -----

func.func @fits(%s: !tenon.state<growing, tensor<2x3xf32>, axis = 0>, %x: tensor<2x4xf32>) {
  // expected-error @below {{doesn't fit the state: 4 is not 3}}
  // expected-note @below {{axis 1 of operand 1 is 4}}
  // expected-note @below {{axis 1 of operand 0 is 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.state_append %s, %x : (!tenon.state<growing, tensor<2x3xf32>, axis = 0>, tensor<2x4xf32>) -> !tenon.state<growing, tensor<2x3xf32>, axis = 0>
  return
}

// -----

func.func @grown(%s: !tenon.state<growing, tensor<2x3xf32>, axis = 0>, %x: tensor<2x3xf32>) {
  // expected-error @below {{inferred type(s) '!tenon.state<growing, tensor<4x3xf32>, axis = 0>'}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.state_append %s, %x : (!tenon.state<growing, tensor<2x3xf32>, axis = 0>, tensor<2x3xf32>) -> !tenon.state<growing, tensor<2x3xf32>, axis = 0>
  return
}

// -----

// expected-error @below {{axis 2 is outside 0 .. 1}}
func.func @axis(%s: !tenon.state<growing, tensor<2x3xf32>, axis = 2>) { return }

// -----

// expected-error @below {{a dim of 'tensor<?x3xf32>' isn't known}}
func.func @dims(%s: !tenon.state<growing, tensor<?x3xf32>, axis = 0>) { return }

// -----

func.func @rows(%s: !tenon.state<growing, tensor<2x3xf32>, axis = 0>) {
  // expected-error @below {{axis 0 of the state is the one that grows: it has no rows}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.state_lengths %s : (!tenon.state<growing, tensor<2x3xf32>, axis = 0>) -> tensor<2xi64>
  return
}
