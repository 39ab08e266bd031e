// Attention of codes: text form, and code against the evaluator. Weights are rounded to
// 32767ths, so that a rounding apart shows.
// vulkan options: --shapes 1 --bind B=2 --bind S=19 --bind T=133 --tolerance 1e-4
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 1e-4 --threads 1,2
// RUN: tenon-check %s --shapes 1 --tolerance 1e-4 --bind B=1 --bind S=1 --bind T=1
// RUN: tenon-check %s --shapes 1 --tolerance 1e-4 --bind S=5 --bind T=3
// RUN: tenon-check %s --shapes 1 --tolerance 1e-4 --bind S=17 --bind T=17 --cpu native
// RUN: tenon-check %s --shapes 1 --tolerance 1e-4 --bind S=40 --bind T=129 --threads 1,2
// RUN: tenon-check %s --shapes 1 --tolerance 1e-4 --bind B=1 --bind S=19 --bind T=1090 --threads 1,2
// RUN: tenon-check %s --shapes 2 --tolerance 1e-4 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 3] typical 2
tenon.symbol @T in [1, 1100] typical 33
tenon.symbol @S in [1, 140] typical 17

// CHECK: tenon.attention %{{.*}}, %{{.*}}, %{{.*}} of codes {scale = 5.000000e-01 : f64} :
// Heads whose sizes are multiples of nothing.
func.func @plain(%q: tensor<?x3x?x7xf32, #tenon.dims<[B, 3, S, 7]>>, %k: tensor<?x3x?x7xf32, #tenon.dims<[B, 3, T, 7]>>, %v: tensor<?x3x?x5xf32, #tenon.dims<[B, 3, T, 5]>>) -> tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>> {
  %0 = tenon.attention %q, %k, %v of codes {scale = 0.5 : f64} : (tensor<?x3x?x7xf32, #tenon.dims<[B, 3, S, 7]>>, tensor<?x3x?x7xf32, #tenon.dims<[B, 3, T, 7]>>, tensor<?x3x?x5xf32, #tenon.dims<[B, 3, T, 5]>>) -> tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>>
}

func.func @odd(%q: tensor<?x2x?x33xf32, #tenon.dims<[B, 2, S, 33]>>, %k: tensor<?x2x?x33xf32, #tenon.dims<[B, 2, T, 33]>>, %v: tensor<?x2x?x17xf32, #tenon.dims<[B, 2, T, 17]>>) -> tensor<?x2x?x17xf32, #tenon.dims<[B, 2, S, 17]>> {
  %0 = tenon.attention %q, %k, %v of codes {scale = 0.125 : f64} : (tensor<?x2x?x33xf32, #tenon.dims<[B, 2, S, 33]>>, tensor<?x2x?x33xf32, #tenon.dims<[B, 2, T, 33]>>, tensor<?x2x?x17xf32, #tenon.dims<[B, 2, T, 17]>>) -> tensor<?x2x?x17xf32, #tenon.dims<[B, 2, S, 17]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x2x?x17xf32, #tenon.dims<[B, 2, S, 17]>>
}

func.func @even(%q: tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>>, %k: tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>, %v: tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>) -> tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>> {
  %0 = tenon.attention %q, %k, %v of codes {scale = 0.125 : f64} : (tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>>, tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>, tensor<?x2x?x64xf32, #tenon.dims<[B, 2, T, 64]>>) -> tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x2x?x64xf32, #tenon.dims<[B, 2, S, 64]>>
}

// More than a line of codes, and a last tile of one vector.
func.func @deep(%q: tensor<?x1x?x83xf32, #tenon.dims<[B, 1, S, 83]>>, %k: tensor<?x1x?x83xf32, #tenon.dims<[B, 1, T, 83]>>, %v: tensor<?x1x?x75xf32, #tenon.dims<[B, 1, T, 75]>>) -> tensor<?x1x?x75xf32, #tenon.dims<[B, 1, S, 75]>> {
  %0 = tenon.attention %q, %k, %v of codes {scale = 0.125 : f64} : (tensor<?x1x?x83xf32, #tenon.dims<[B, 1, S, 83]>>, tensor<?x1x?x83xf32, #tenon.dims<[B, 1, T, 83]>>, tensor<?x1x?x75xf32, #tenon.dims<[B, 1, T, 75]>>) -> tensor<?x1x?x75xf32, #tenon.dims<[B, 1, S, 75]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x1x?x75xf32, #tenon.dims<[B, 1, S, 75]>>
}

func.func @one(%q: tensor<?x1x?x1xf32, #tenon.dims<[B, 1, S, 1]>>, %k: tensor<?x1x?x1xf32, #tenon.dims<[B, 1, T, 1]>>, %v: tensor<?x1x?x1xf32, #tenon.dims<[B, 1, T, 1]>>) -> tensor<?x1x?x1xf32, #tenon.dims<[B, 1, S, 1]>> {
  %0 = tenon.attention %q, %k, %v of codes {scale = 0.5 : f64} : (tensor<?x1x?x1xf32, #tenon.dims<[B, 1, S, 1]>>, tensor<?x1x?x1xf32, #tenon.dims<[B, 1, T, 1]>>, tensor<?x1x?x1xf32, #tenon.dims<[B, 1, T, 1]>>) -> tensor<?x1x?x1xf32, #tenon.dims<[B, 1, S, 1]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x1x?x1xf32, #tenon.dims<[B, 1, S, 1]>>
}

func.func @wide(%q: tensor<?x1x?x20xf32, #tenon.dims<[B, 1, S, 20]>>, %k: tensor<?x1x?x20xf32, #tenon.dims<[B, 1, T, 20]>>, %v: tensor<?x1x?x40xf32, #tenon.dims<[B, 1, T, 40]>>) -> tensor<?x1x?x40xf32, #tenon.dims<[B, 1, S, 40]>> {
  %0 = tenon.attention %q, %k, %v of codes {scale = 0.5 : f64} : (tensor<?x1x?x20xf32, #tenon.dims<[B, 1, S, 20]>>, tensor<?x1x?x20xf32, #tenon.dims<[B, 1, T, 20]>>, tensor<?x1x?x40xf32, #tenon.dims<[B, 1, T, 40]>>) -> tensor<?x1x?x40xf32, #tenon.dims<[B, 1, S, 40]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x1x?x40xf32, #tenon.dims<[B, 1, S, 40]>>
}

// Later keys are left out.
func.func @causal(%q: tensor<?x2x?x12xf32, #tenon.dims<[B, 2, S, 12]>>, %k: tensor<?x2x?x12xf32, #tenon.dims<[B, 2, T, 12]>>, %v: tensor<?x2x?x20xf32, #tenon.dims<[B, 2, T, 20]>>) -> tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>> {
  %0 = tenon.attention %q, %k, %v of codes {scale = 0.5 : f64} : (tensor<?x2x?x12xf32, #tenon.dims<[B, 2, S, 12]>>, tensor<?x2x?x12xf32, #tenon.dims<[B, 2, T, 12]>>, tensor<?x2x?x20xf32, #tenon.dims<[B, 2, T, 20]>>) -> tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>> {
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
  %0 = tenon.attention %q, %k, %v, %x of codes {scale = 0.5 : f64} : (tensor<?x2x?x12xf32, #tenon.dims<[B, 2, S, 12]>>, tensor<?x2x?x12xf32, #tenon.dims<[B, 2, T, 12]>>, tensor<?x2x?x20xf32, #tenon.dims<[B, 2, T, 20]>>, tensor<?x?xi1, #tenon.dims<[B, S]>>) -> tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %cx: tensor<?x?xi1, #tenon.dims<[B, S]>>):
    %m = arith.constant -3.40282347E+38 : f32
    %p = tenon.extract %cx[%b, %i] : (tensor<?x?xi1, #tenon.dims<[B, S]>>, index, index) -> i1
    %r = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>>
}

func.func @infinite(%q: tensor<?x2x?x12xf32, #tenon.dims<[B, 2, S, 12]>>, %k: tensor<?x2x?x12xf32, #tenon.dims<[B, 2, T, 12]>>, %v: tensor<?x2x?x20xf32, #tenon.dims<[B, 2, T, 20]>>, %x: tensor<?x?xi1, #tenon.dims<[B, S]>>) -> tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>> {
  %0 = tenon.attention %q, %k, %v, %x of codes {scale = 0.5 : f64} : (tensor<?x2x?x12xf32, #tenon.dims<[B, 2, S, 12]>>, tensor<?x2x?x12xf32, #tenon.dims<[B, 2, T, 12]>>, tensor<?x2x?x20xf32, #tenon.dims<[B, 2, T, 20]>>, tensor<?x?xi1, #tenon.dims<[B, S]>>) -> tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %cx: tensor<?x?xi1, #tenon.dims<[B, S]>>):
    %m = arith.constant 0xFF800000 : f32
    %p = tenon.extract %cx[%b, %i] : (tensor<?x?xi1, #tenon.dims<[B, S]>>, index, index) -> i1
    %r = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : tensor<?x2x?x20xf32, #tenon.dims<[B, 2, S, 20]>>
}

func.func @padded(%q: tensor<?x2x?x16xf32, #tenon.dims<[B, 2, S, 16]>>, %k: tensor<?x2x?x16xf32, #tenon.dims<[B, 2, T, 16]>>, %v: tensor<?x2x?x16xf32, #tenon.dims<[B, 2, T, 16]>>, %x: tensor<?x?xi1, #tenon.dims<[B, T]>>) -> tensor<?x2x?x16xf32, #tenon.dims<[B, 2, S, 16]>> {
  %0 = tenon.attention %q, %k, %v, %x of codes {scale = 0.5 : f64} : (tensor<?x2x?x16xf32, #tenon.dims<[B, 2, S, 16]>>, tensor<?x2x?x16xf32, #tenon.dims<[B, 2, T, 16]>>, tensor<?x2x?x16xf32, #tenon.dims<[B, 2, T, 16]>>, tensor<?x?xi1, #tenon.dims<[B, T]>>) -> tensor<?x2x?x16xf32, #tenon.dims<[B, 2, S, 16]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %cx: tensor<?x?xi1, #tenon.dims<[B, T]>>):
    %m = arith.constant -3.40282347E+38 : f32
    %p = tenon.extract %cx[%b, %j] : (tensor<?x?xi1, #tenon.dims<[B, T]>>, index, index) -> i1
    %a = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    %f = tenon.cast %h {type = f32} : (index) -> f32
    %r = tenon.binary add %a, %f : (f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : tensor<?x2x?x16xf32, #tenon.dims<[B, 2, S, 16]>>
}

// One query, known to be one.
func.func @single(%q: tensor<?x2x1x16xf32, #tenon.dims<[B, 2, 1, 16]>>, %k: tensor<?x2x?x16xf32, #tenon.dims<[B, 2, T, 16]>>, %v: tensor<?x2x?x16xf32, #tenon.dims<[B, 2, T, 16]>>) -> tensor<?x2x1x16xf32, #tenon.dims<[B, 2, 1, 16]>> {
  %0 = tenon.attention %q, %k, %v of codes {scale = 0.5 : f64} : (tensor<?x2x1x16xf32, #tenon.dims<[B, 2, 1, 16]>>, tensor<?x2x?x16xf32, #tenon.dims<[B, 2, T, 16]>>, tensor<?x2x?x16xf32, #tenon.dims<[B, 2, T, 16]>>) -> tensor<?x2x1x16xf32, #tenon.dims<[B, 2, 1, 16]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x2x1x16xf32, #tenon.dims<[B, 2, 1, 16]>>
}

// More keys than 32 bits hold the sum of, of values that all are as large: weights are equal.
func.func @many() {
  %q = tenon.fill {value = 0.5 : f32, shape = #tenon.dims<[1, 1, 3, 4]>} : () -> tensor<1x1x3x4xf32>
  %k = tenon.fill {value = 2.0 : f32, shape = #tenon.dims<[1, 1, 1311, 4]>} : () -> tensor<1x1x1311x4xf32>
  %v = tenon.fill {value = -3.0 : f32, shape = #tenon.dims<[1, 1, 1311, 2]>} : () -> tensor<1x1x1311x2xf32>
  %r = tenon.attention %q, %k, %v of codes {scale = 0.5 : f64} : (tensor<1x1x3x4xf32>, tensor<1x1x1311x4xf32>, tensor<1x1x1311x2xf32>) -> tensor<1x1x3x2xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  %e = tenon.fill {value = -3.0 : f32, shape = #tenon.dims<[1, 1, 3, 2]>} : () -> tensor<1x1x3x2xf32>
  tenon.check_close %r, %e {tolerance = 1.0e-06 : f64} : tensor<1x1x3x2xf32>, tensor<1x1x3x2xf32>
  return
}
