// Attention on the GPU: sizes that no block divides, several blocks of queries
// and keys, features in one chunk and in two, and each kind of score region.
// REQUIRES: vulkan
// RUN: tenon-check %s --target vulkan --shapes 4 2>&1 | FileCheck %s --implicit-check-not=Validation
// CHECK: 5 functions, 4 shapes, {{[1-3] variants?}}: all equal

tenon.symbol @B in [1, 3] typical 2
tenon.symbol @S in [1, 70] typical 37
tenon.symbol @T in [1, 90] typical 65
!q = tensor<?x3x?x8xf32, #tenon.dims<[B, 3, S, 8]>>
!k = tensor<?x3x?x8xf32, #tenon.dims<[B, 3, T, 8]>>
!v = tensor<?x3x?x5xf32, #tenon.dims<[B, 3, T, 5]>>
!o = tensor<?x3x?x5xf32, #tenon.dims<[B, 3, S, 5]>>

// Keys behind the query count for nothing: blocks of them are left out.
func.func @causal(%q: !q, %k: !k, %v: !v) -> !o {
  %0 = tenon.attention %q, %k, %v {scale = 0.5 : f64} : (!q, !k, !v) -> !o {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %m = arith.constant 0xFF800000 : f32
    %p = tenon.compare le %j, %i : (index, index) -> i1
    %r = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : !o
}

// A row whose keys are all filled is uniform over them, and over no others.
func.func @filled(%q: !q, %k: !k, %v: !v) -> !o {
  %0 = tenon.attention %q, %k, %v {scale = 0.5 : f64} : (!q, !k, !v) -> !o {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %m = arith.constant -3.40282347E+38 : f32
    %p = tenon.compare lt %i, %b : (index, index) -> i1
    %r = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : !o
}

// What the region reads: a mask over keys, and a table.
func.func @captures(%q: !q, %k: !k, %v: !v, %keep: tensor<?x?xi1, #tenon.dims<[B, T]>>, %t: tensor<3x?xf32, #tenon.dims<[3, T]>>) -> !o {
  %0 = tenon.attention %q, %k, %v, %keep, %t {scale = 0.5 : f64} : (!q, !k, !v, tensor<?x?xi1, #tenon.dims<[B, T]>>, tensor<3x?xf32, #tenon.dims<[3, T]>>) -> !o {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %ck: tensor<?x?xi1, #tenon.dims<[B, T]>>, %ct: tensor<3x?xf32, #tenon.dims<[3, T]>>):
    %m = arith.constant -100.0 : f32
    %p = tenon.extract %ck[%b, %j] : (tensor<?x?xi1, #tenon.dims<[B, T]>>, index, index) -> i1
    %e = tenon.extract %ct[%h, %j] : (tensor<3x?xf32, #tenon.dims<[3, T]>>, index, index) -> f32
    %x = tenon.binary add %s, %e : (f32, f32) -> f32
    %r = tenon.select %p, %x, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : !o
}

// One query, as when text is generated.
!one = tensor<?x3x1x8xf32, #tenon.dims<[B, 3, 1, 8]>>
!oneout = tensor<?x3x1x5xf32, #tenon.dims<[B, 3, 1, 5]>>
func.func @step(%q: !one, %k: !k, %v: !v) -> !oneout {
  %0 = tenon.attention %q, %k, %v {scale = 0.5 : f64} : (!one, !k, !v) -> !oneout {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : !oneout
}

// Heads of more features than a chunk has; behind it, heads are merged.
!wide = tensor<?x?x2x81xf32, #tenon.dims<[B, S, 2, 81]>>
!heads = tensor<?x2x?x81xf32, #tenon.dims<[B, 2, S, 81]>>
func.func @wide(%x: !wide, %v: tensor<?x2x?x132xf32, #tenon.dims<[B, 2, S, 132]>>) -> tensor<?x?x264xf32, #tenon.dims<[B, S, 264]>> {
  %q = tenon.transpose %x {permutation = array<i64: 0, 2, 1, 3>} : (!wide) -> !heads
  %0 = tenon.attention %q, %q, %v {scale = 0.25 : f64} : (!heads, !heads, tensor<?x2x?x132xf32, #tenon.dims<[B, 2, S, 132]>>) -> tensor<?x2x?x132xf32, #tenon.dims<[B, 2, S, 132]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  %1 = tenon.transpose %0 {permutation = array<i64: 0, 2, 1, 3>} : (tensor<?x2x?x132xf32, #tenon.dims<[B, 2, S, 132]>>) -> tensor<?x?x2x132xf32, #tenon.dims<[B, S, 2, 132]>>
  %2 = tenon.reshape %1 {shape = #tenon.dims<[B, S, 264]>} : (tensor<?x?x2x132xf32, #tenon.dims<[B, S, 2, 132]>>) -> tensor<?x?x264xf32, #tenon.dims<[B, S, 264]>>
  return %2 : tensor<?x?x264xf32, #tenon.dims<[B, S, 264]>>
}
