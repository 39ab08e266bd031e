// Attention of bf16: text form, and code against the evaluator. Only scores and weights are
// rounded apart, so that what isn't rounded to bf16, or is where it shouldn't be, shows.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5 --threads 1,2
// RUN: tenon-check %s --shapes 1 --tolerance 2e-5 --bind B=1 --bind S=1 --bind T=1
// RUN: tenon-check %s --shapes 1 --tolerance 2e-5 --bind S=7 --bind T=65
// RUN: tenon-check %s --shapes 1 --tolerance 2e-5 --bind S=33 --bind T=129 --threads 1,2
// RUN: tenon-check %s --shapes 1 --tolerance 2e-5 --bind S=17 --bind T=16 --cpu native
// RUN: tenon-check %s --shapes 1 --tolerance 2e-5 --bind B=1 --bind S=130 --bind T=1090 --threads 1,2
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 3] typical 2
tenon.symbol @T in [1, 1100] typical 33
tenon.symbol @S in [1, 140] typical 17

// CHECK: tenon.attention %{{.*}}, %{{.*}}, %{{.*}} of bf16 {scale = 5.000000e-01 : f64} :
func.func @small(%q: tensor<?x3x?x6xf32, #tenon.dims<[B, 3, S, 6]>>, %k: tensor<?x3x?x6xf32, #tenon.dims<[B, 3, T, 6]>>, %v: tensor<?x3x?x5xf32, #tenon.dims<[B, 3, T, 5]>>) -> tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>> {
  %0 = tenon.attention %q, %k, %v of bf16 {scale = 0.5 : f64} : (tensor<?x3x?x6xf32, #tenon.dims<[B, 3, S, 6]>>, tensor<?x3x?x6xf32, #tenon.dims<[B, 3, T, 6]>>, tensor<?x3x?x5xf32, #tenon.dims<[B, 3, T, 5]>>) -> tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>>
}

func.func @odd(%q: tensor<?x2x?x33xf32, #tenon.dims<[B, 2, S, 33]>>, %k: tensor<?x2x?x33xf32, #tenon.dims<[B, 2, T, 33]>>, %v: tensor<?x2x?x17xf32, #tenon.dims<[B, 2, T, 17]>>) -> tensor<?x2x?x17xf32, #tenon.dims<[B, 2, S, 17]>> {
  %0 = tenon.attention %q, %k, %v of bf16 {scale = 0.125 : f64} : (tensor<?x2x?x33xf32, #tenon.dims<[B, 2, S, 33]>>, tensor<?x2x?x33xf32, #tenon.dims<[B, 2, T, 33]>>, tensor<?x2x?x17xf32, #tenon.dims<[B, 2, T, 17]>>) -> tensor<?x2x?x17xf32, #tenon.dims<[B, 2, S, 17]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x2x?x17xf32, #tenon.dims<[B, 2, S, 17]>>
}

func.func @some(%q: tensor<?x2x?x24xf32, #tenon.dims<[B, 2, S, 24]>>, %k: tensor<?x2x?x24xf32, #tenon.dims<[B, 2, T, 24]>>, %v: tensor<?x2x?x24xf32, #tenon.dims<[B, 2, T, 24]>>) -> tensor<?x2x?x24xf32, #tenon.dims<[B, 2, S, 24]>> {
  %0 = tenon.attention %q, %k, %v of bf16 {scale = 0.25 : f64} : (tensor<?x2x?x24xf32, #tenon.dims<[B, 2, S, 24]>>, tensor<?x2x?x24xf32, #tenon.dims<[B, 2, T, 24]>>, tensor<?x2x?x24xf32, #tenon.dims<[B, 2, T, 24]>>) -> tensor<?x2x?x24xf32, #tenon.dims<[B, 2, S, 24]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x2x?x24xf32, #tenon.dims<[B, 2, S, 24]>>
}

func.func @even(%q: tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>>, %k: tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>, %v: tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>) -> tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>> {
  %0 = tenon.attention %q, %k, %v of bf16 {scale = 0.125 : f64} : (tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>>, tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>, tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>) -> tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>>
}

// More than two lines of features.
func.func @deep(%q: tensor<?x1x?x80xf32, #tenon.dims<[B, 1, S, 80]>>, %k: tensor<?x1x?x80xf32, #tenon.dims<[B, 1, T, 80]>>, %v: tensor<?x1x?x80xf32, #tenon.dims<[B, 1, T, 80]>>) -> tensor<?x1x?x80xf32, #tenon.dims<[B, 1, S, 80]>> {
  %0 = tenon.attention %q, %k, %v of bf16 {scale = 0.125 : f64} : (tensor<?x1x?x80xf32, #tenon.dims<[B, 1, S, 80]>>, tensor<?x1x?x80xf32, #tenon.dims<[B, 1, T, 80]>>, tensor<?x1x?x80xf32, #tenon.dims<[B, 1, T, 80]>>) -> tensor<?x1x?x80xf32, #tenon.dims<[B, 1, S, 80]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x1x?x80xf32, #tenon.dims<[B, 1, S, 80]>>
}

func.func @one(%q: tensor<?x1x?x1xf32, #tenon.dims<[B, 1, S, 1]>>, %k: tensor<?x1x?x1xf32, #tenon.dims<[B, 1, T, 1]>>, %v: tensor<?x1x?x1xf32, #tenon.dims<[B, 1, T, 1]>>) -> tensor<?x1x?x1xf32, #tenon.dims<[B, 1, S, 1]>> {
  %0 = tenon.attention %q, %k, %v of bf16 {scale = 1.0 : f64} : (tensor<?x1x?x1xf32, #tenon.dims<[B, 1, S, 1]>>, tensor<?x1x?x1xf32, #tenon.dims<[B, 1, T, 1]>>, tensor<?x1x?x1xf32, #tenon.dims<[B, 1, T, 1]>>) -> tensor<?x1x?x1xf32, #tenon.dims<[B, 1, S, 1]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x1x?x1xf32, #tenon.dims<[B, 1, S, 1]>>
}

// Later keys are left out.
func.func @causal(%q: tensor<?x2x?x12xf32, #tenon.dims<[B, 2, S, 12]>>, %k: tensor<?x2x?x12xf32, #tenon.dims<[B, 2, T, 12]>>, %v: tensor<?x2x?x20xf32, #tenon.dims<[B, 2, T, 20]>>) -> tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>> {
  %0 = tenon.attention %q, %k, %v of bf16 {scale = 0.5 : f64} : (tensor<?x2x?x12xf32, #tenon.dims<[B, 2, S, 12]>>, tensor<?x2x?x12xf32, #tenon.dims<[B, 2, T, 12]>>, tensor<?x2x?x20xf32, #tenon.dims<[B, 2, T, 20]>>) -> tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %m = arith.constant 0xFF800000 : f32
    %p = tenon.compare le %j, %i : (index, index) -> i1
    %r = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>>
}

// A row without any key is uniform over all, one of -inf is no number.
func.func @masked(%q: tensor<?x2x?x12xf32, #tenon.dims<[B, 2, S, 12]>>, %k: tensor<?x2x?x12xf32, #tenon.dims<[B, 2, T, 12]>>, %v: tensor<?x2x?x20xf32, #tenon.dims<[B, 2, T, 20]>>, %x: tensor<?x?xi1, #tenon.dims<[B, S]>>) -> tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>> {
  %0 = tenon.attention %q, %k, %v, %x of bf16 {scale = 0.5 : f64} : (tensor<?x2x?x12xf32, #tenon.dims<[B, 2, S, 12]>>, tensor<?x2x?x12xf32, #tenon.dims<[B, 2, T, 12]>>, tensor<?x2x?x20xf32, #tenon.dims<[B, 2, T, 20]>>, tensor<?x?xi1, #tenon.dims<[B, S]>>) -> tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %cx: tensor<?x?xi1, #tenon.dims<[B, S]>>):
    %m = arith.constant -3.40282347E+38 : f32
    %p = tenon.extract %cx[%b, %i] : (tensor<?x?xi1, #tenon.dims<[B, S]>>, index, index) -> i1
    %r = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>>
}

func.func @infinite(%q: tensor<?x2x?x12xf32, #tenon.dims<[B, 2, S, 12]>>, %k: tensor<?x2x?x12xf32, #tenon.dims<[B, 2, T, 12]>>, %v: tensor<?x2x?x20xf32, #tenon.dims<[B, 2, T, 20]>>, %x: tensor<?x?xi1, #tenon.dims<[B, S]>>) -> tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>> {
  %0 = tenon.attention %q, %k, %v, %x of bf16 {scale = 0.5 : f64} : (tensor<?x2x?x12xf32, #tenon.dims<[B, 2, S, 12]>>, tensor<?x2x?x12xf32, #tenon.dims<[B, 2, T, 12]>>, tensor<?x2x?x20xf32, #tenon.dims<[B, 2, T, 20]>>, tensor<?x?xi1, #tenon.dims<[B, S]>>) -> tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %cx: tensor<?x?xi1, #tenon.dims<[B, S]>>):
    %m = arith.constant 0xFF800000 : f32
    %p = tenon.extract %cx[%b, %i] : (tensor<?x?xi1, #tenon.dims<[B, S]>>, index, index) -> i1
    %r = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>>
}

func.func @padded(%q: tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>>, %k: tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>, %v: tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>, %x: tensor<?x?xi1, #tenon.dims<[B, T]>>) -> tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>> {
  %0 = tenon.attention %q, %k, %v, %x of bf16 {scale = 0.125 : f64} : (tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>>, tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>, tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>, tensor<?x?xi1, #tenon.dims<[B, T]>>) -> tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %cx: tensor<?x?xi1, #tenon.dims<[B, T]>>):
    %m = arith.constant -3.40282347E+38 : f32
    %p = tenon.extract %cx[%b, %j] : (tensor<?x?xi1, #tenon.dims<[B, T]>>, index, index) -> i1
    %r = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>>
}

// Whole blocks of keys may be without a score.
func.func @blocks(%q: tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>>, %k: tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>, %v: tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>, %x: tensor<?x?xi1, #tenon.dims<[B, T]>>) -> tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>> {
  %0 = tenon.attention %q, %k, %v, %x of bf16 {scale = 0.125 : f64} : (tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>>, tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>, tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>, tensor<?x?xi1, #tenon.dims<[B, T]>>) -> tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %cx: tensor<?x?xi1, #tenon.dims<[B, T]>>):
    %m = arith.constant 0xFF800000 : f32
    %p = tenon.extract %cx[%b, %j] : (tensor<?x?xi1, #tenon.dims<[B, T]>>, index, index) -> i1
    %r = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>>
}

// One query, known to be one.
func.func @single(%q: tensor<?x2x1x16xf32, #tenon.dims<[B, 2, 1, 16]>>, %k: tensor<?x2x?x16xf32, #tenon.dims<[B, 2, T, 16]>>, %v: tensor<?x2x?x16xf32, #tenon.dims<[B, 2, T, 16]>>) -> tensor<?x2x1x16xf32, #tenon.dims<[B, 2, 1, 16]>> {
  %0 = tenon.attention %q, %k, %v of bf16 {scale = 0.5 : f64} : (tensor<?x2x1x16xf32, #tenon.dims<[B, 2, 1, 16]>>, tensor<?x2x?x16xf32, #tenon.dims<[B, 2, T, 16]>>, tensor<?x2x?x16xf32, #tenon.dims<[B, 2, T, 16]>>) -> tensor<?x2x1x16xf32, #tenon.dims<[B, 2, 1, 16]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x2x1x16xf32, #tenon.dims<[B, 2, 1, 16]>>
}
