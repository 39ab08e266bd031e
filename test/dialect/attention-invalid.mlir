// Attention: what the verifier says.
// RUN: tenon-opt %s --split-input-file --verify-diagnostics

func.func @rank(%q: tensor<2x3x4xf32>, %k: tensor<1x2x5x4xf32>, %v: tensor<1x2x5x6xf32>) {
  // expected-error @below {{query needs 4 axes [batch, head, position, feature], has 3}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.attention %q, %k, %v {scale = 1.0 : f64} : (tensor<2x3x4xf32>, tensor<1x2x5x4xf32>, tensor<1x2x5x6xf32>) -> tensor<1x2x3x6xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return
}

// -----

func.func @types(%q: tensor<1x2x3x4xf32>, %k: tensor<1x2x5x4xf16>, %v: tensor<1x2x5x6xf32>) {
  // expected-error @below {{element types differ: convert with cast}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.attention %q, %k, %v {scale = 1.0 : f64} : (tensor<1x2x3x4xf32>, tensor<1x2x5x4xf16>, tensor<1x2x5x6xf32>) -> tensor<1x2x3x6xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return
}

// -----

func.func @batch(%q: tensor<1x2x3x4xf32>, %k: tensor<7x2x5x4xf32>, %v: tensor<1x2x5x6xf32>) {
  // expected-error @below {{batch: 7 is not 1}}
  // expected-note @below {{axis 0 of operand 1 is 7}}
  // expected-note @below {{axis 0 of operand 0 is 1}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.attention %q, %k, %v {scale = 1.0 : f64} : (tensor<1x2x3x4xf32>, tensor<7x2x5x4xf32>, tensor<1x2x5x6xf32>) -> tensor<1x2x3x6xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return
}

// -----

func.func @heads(%q: tensor<1x2x3x4xf32>, %k: tensor<1x7x5x4xf32>, %v: tensor<1x2x5x6xf32>) {
  // expected-error @below {{heads: 7 is not 2}}
  // expected-note @below {{axis 1 of operand 1 is 7}}
  // expected-note @below {{axis 1 of operand 0 is 2}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.attention %q, %k, %v {scale = 1.0 : f64} : (tensor<1x2x3x4xf32>, tensor<1x7x5x4xf32>, tensor<1x2x5x6xf32>) -> tensor<1x2x3x6xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return
}

// -----

func.func @features(%q: tensor<1x2x3x4xf32>, %k: tensor<1x2x5x7xf32>, %v: tensor<1x2x5x6xf32>) {
  // expected-error @below {{features of query and key: 4 is not 7}}
  // expected-note @below {{axis 3 of operand 0 is 4}}
  // expected-note @below {{axis 3 of operand 1 is 7}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.attention %q, %k, %v {scale = 1.0 : f64} : (tensor<1x2x3x4xf32>, tensor<1x2x5x7xf32>, tensor<1x2x5x6xf32>) -> tensor<1x2x3x6xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return
}

// -----

func.func @positions(%q: tensor<1x2x3x4xf32>, %k: tensor<1x2x5x4xf32>, %v: tensor<1x2x7x6xf32>) {
  // expected-error @below {{positions of key and value: 5 is not 7}}
  // expected-note @below {{axis 2 of operand 1 is 5}}
  // expected-note @below {{axis 2 of operand 2 is 7}}
  // expected-error @below {{failed to infer returned types}}
  %0 = tenon.attention %q, %k, %v {scale = 1.0 : f64} : (tensor<1x2x3x4xf32>, tensor<1x2x5x4xf32>, tensor<1x2x7x6xf32>) -> tensor<1x2x3x6xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return
}

// -----

func.func @arguments(%q: tensor<1x2x3x4xf32>, %k: tensor<1x2x5x4xf32>, %v: tensor<1x2x5x6xf32>) {
  // expected-error @below {{score takes the arguments ('f32', 'index', 'index', 'index', 'index'), not ('f32')}}
  %0 = tenon.attention %q, %k, %v {scale = 1.0 : f64} : (tensor<1x2x3x4xf32>, tensor<1x2x5x4xf32>, tensor<1x2x5x6xf32>) -> tensor<1x2x3x6xf32> {
  ^bb0(%s: f32):
    tenon.yield %s : f32
  }
  return
}

// -----

func.func @yields(%q: tensor<1x2x3x4xf32>, %k: tensor<1x2x5x4xf32>, %v: tensor<1x2x5x6xf32>) {
  // expected-error @below {{score must yield one 'f32'}}
  %0 = tenon.attention %q, %k, %v {scale = 1.0 : f64} : (tensor<1x2x3x4xf32>, tensor<1x2x5x4xf32>, tensor<1x2x5x6xf32>) -> tensor<1x2x3x6xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %b : index
  }
  return
}

// -----

func.func @extract(%q: tensor<1x2x3x4xf32>, %k: tensor<1x2x5x4xf32>, %v: tensor<1x2x5x6xf32>, %c: tensor<2x3xf32>) {
  %0 = "tenon.attention"(%q, %k, %v, %c) ({
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %t: tensor<2x3xf32>):
    // expected-error @below {{tensor has 2 axes, 1 indices given}}
    // expected-error @below {{failed to infer returned types}}
    %e = tenon.extract %t[%b] : (tensor<2x3xf32>, index) -> f32
    tenon.yield %e : f32
  }) {scale = 1.0 : f64} : (tensor<1x2x3x4xf32>, tensor<1x2x5x4xf32>, tensor<1x2x5x6xf32>, tensor<2x3xf32>) -> tensor<1x2x3x6xf32>
  return
}
