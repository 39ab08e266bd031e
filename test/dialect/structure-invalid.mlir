// Records of a module, kernels and launches, checks: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{bounds 5 .. 3 are empty or negative}}
tenon.symbol @S in [5, 3] typical 4

// -----

// expected-error @below {{bounds -1 .. 3 are empty or negative}}
tenon.symbol @S in [-1, 3] typical 1

// -----

// expected-error @below {{typical value 9 is outside the bounds}}
tenon.symbol @S in [1, 8] typical 9

// -----

// expected-error @below {{must end with a yield of one 'tensor<3xf32>'}}
tenon.global @c : tensor<3xf32> {
  %0 = tenon.weight "w" : tensor<4xf32>
  tenon.yield %0 : tensor<4xf32>
}

// -----

// expected-error @below {{takes no arguments}}
tenon.global @c : tensor<3xf32> {
^bb0(%0: tensor<3xf32>):
  tenon.yield %0 : tensor<3xf32>
}

// -----

func.func @no_global() {
  // expected-error @below {{there is no global @c}}
  %0 = tenon.global_ref @c : tensor<3xf32>
  return
}

// -----

tenon.global @c : tensor<3xf32> {
  %0 = tenon.weight "w" : tensor<3xf32>
  tenon.yield %0 : tensor<3xf32>
}
func.func @other_type() {
  // expected-error @below {{has type 'tensor<4xf32>', the global 'tensor<3xf32>'}}
  %0 = tenon.global_ref @c : tensor<4xf32>
  return
}

// -----

func.func @yields(%x: tensor<3xf32>) {
  // expected-error @below {{yields don't match the outputs}}
  %0 = tenon.kernel (%a = %x : tensor<3xf32>) -> (tensor<4xf32>) {
    tenon.yield %a : tensor<3xf32>
  }
  return
}

// -----

func.func @arguments(%x: tensor<3xf32>) {
  // expected-error @below {{arguments don't match the inputs}}
  %0 = "tenon.kernel"(%x) ({
  ^bb0(%a: tensor<4xf32>):
    tenon.yield %a : tensor<4xf32>
  }) : (tensor<3xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @no_kernel(%x: tensor<3xf32>) {
  // expected-error @below {{there is no kernel @k}}
  %0 = tenon.launch @k <[]> (%x) : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @not_a_kernel(%x: tensor<3xf32>) {
  // expected-error @below {{@not_a_kernel isn't a kernel}}
  %0 = tenon.launch @not_a_kernel <[]> (%x) : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func private @k(tensor<3xf32>) -> tensor<3xf32> attributes {tenon.dims = ["d0"]}
func.func @launch_dims(%x: tensor<3xf32>) {
  // expected-error @below {{gives 0 dims, the kernel has 1}}
  %0 = tenon.launch @k <[]> (%x) : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func private @k(tensor<3xf32>) -> tensor<3xf32> attributes {tenon.dims = []}
func.func @launch_arguments(%x: tensor<3xf32>) {
  // expected-error @below {{doesn't match the kernel's arguments and results}}
  %0 = tenon.launch @k <[]> (%x, %x) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @different(%x: tensor<3xf32>, %y: tensor<4xf32>) {
  // expected-error @below {{compares different types}}
  tenon.check_close %x, %y {tolerance = 0.0 : f64} : tensor<3xf32>, tensor<4xf32>
  return
}

// -----

func.func @tolerance(%x: tensor<3xf32>) {
  // expected-error @below {{tolerance is negative}}
  tenon.check_close %x, %x {tolerance = -1.0 : f64} : tensor<3xf32>, tensor<3xf32>
  return
}

// -----

func.func @yield_elsewhere(%x: tensor<3xf32>) {
  // expected-error @below {{expects parent op to be one of}}
  tenon.yield %x : tensor<3xf32>
}
