// Attention of bf16 and of codes: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @coded(%q: tensor<1x2x3x4xf16>, %k: tensor<1x2x5x4xf16>, %v: tensor<1x2x5x6xf16>) {
  // expected-error @below {{codes are made of f32 tensors}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.attention %q, %k, %v of codes {scale = 1.0 : f64} : (tensor<1x2x3x4xf16>, tensor<1x2x5x4xf16>, tensor<1x2x5x6xf16>) -> tensor<1x2x3x6xf16> {
  ^bb0(%s: f16, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f16
  }
  return
}

// -----

func.func @too_deep(%q: tensor<1x1x1x66312xf32>, %k: tensor<1x1x1x66312xf32>, %v: tensor<1x1x1x6xf32>) {
  // expected-error @below {{sums of codes need a constant number of features, at most 66311}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.attention %q, %k, %v of codes {scale = 1.0 : f64} : (tensor<1x1x1x66312xf32>, tensor<1x1x1x66312xf32>, tensor<1x1x1x6xf32>) -> tensor<1x1x1x6xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return
}

// -----

func.func @rounded(%q: tensor<1x2x3x4xf16>, %k: tensor<1x2x5x4xf16>, %v: tensor<1x2x5x6xf16>) {
  // expected-error @below {{what is rounded is f32}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.attention %q, %k, %v of bf16 {scale = 1.0 : f64} : (tensor<1x2x3x4xf16>, tensor<1x2x5x4xf16>, tensor<1x2x5x6xf16>) -> tensor<1x2x3x6xf16> {
  ^bb0(%s: f16, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f16
  }
  return
}
