// Slices: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @axis(%x: tensor<2x3xf32>) {
  // expected-error @below {{axis 2 is outside 0 .. 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.slice %x {axis = 2 : i64, begin = #tenon.dim<0>, size = #tenon.dim<1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @step(%x: tensor<2x3xf32>) {
  // expected-error @below {{step 0 isn't positive}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.slice %x {axis = 0 : i64, begin = #tenon.dim<0>, size = #tenon.dim<1>, step = 0 : i64} : (tensor<2x3xf32>) -> tensor<1x3xf32>
  return
}

// -----

func.func @begin(%x: tensor<2x3xf32>) {
  // expected-error @below {{begin -1 is negative}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.slice %x {axis = 0 : i64, begin = #tenon.dim<-1>, size = #tenon.dim<1>} : (tensor<2x3xf32>) -> tensor<1x3xf32>
  return
}

// -----

func.func @size(%x: tensor<2x3xf32>) {
  // expected-error @below {{size -2 is negative}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.slice %x {axis = 0 : i64, begin = #tenon.dim<0>, size = #tenon.dim<-2>} : (tensor<2x3xf32>) -> tensor<1x3xf32>
  return
}

// -----

func.func @end(%x: tensor<2x3xf32>) {
  // expected-error @below {{slice ends at 4, past the end of axis 1, which is 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.slice %x {axis = 1 : i64, begin = #tenon.dim<1>, size = #tenon.dim<2>, step = 2 : i64} : (tensor<2x3xf32>) -> tensor<2x2xf32>
  return
}

// -----

func.func @symbolic_end(%x: tensor<?xf32, #tenon.dims<[S]>>) {
  // expected-error @below {{slice ends at S + 2, past the end of axis 0, which is S}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.slice %x {axis = 0 : i64, begin = #tenon.dim<2>, size = #tenon.dim<S>} : (tensor<?xf32, #tenon.dims<[S]>>) -> tensor<?xf32, #tenon.dims<[S]>>
  return
}
