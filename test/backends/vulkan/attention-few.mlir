// Attention of one query, as a step of a decoder has it: threads share a row's maximum, its
// sum and each of its outputs. Several blocks of keys, features in two chunks, and in a
// number that no vector divides; keys that no thread has a vector of.
// RUN: tenon-check %s --target vulkan --shapes 2 2>&1 | FileCheck %s --implicit-check-not=Validation
// RUN: %machine,subgroup=16,scattered=1 tenon-check %s --target vulkan --cpu desktop --shapes 4 | FileCheck %s
// RUN: %machine,subgroup=4,integers=0 tenon-check %s --target vulkan --cpu baseline --shapes 3 | FileCheck %s
// RUN: %machine tenon-check %s --target vulkan --cpu desktop --bind K=1300 --bind B=1 | FileCheck %s
// CHECK: 4 functions, {{[1-4]}} {{shapes?}}, {{[1-3] variants?}}: all equal

// RUN: tenon compile %s --compile-from graph --target vulkan --cpu desktop --emit loops -o - | FileCheck %s --check-prefix=LOOPS
// LOOPS: desktop = #tenon.schedule<"attention-direct", lanes = 4, tile = [1, 4], block = [1, 512, 64], fma = true>
// A maximum of 128 threads, then the sums of their weights, then of outputs.
// LOOPS: gpu.func {{.*}}memref<129xvector<4xf32>, #gpu.address_space<workgroup>>
// LOOPS: arith.maxnumf
// LOOPS: gpu.barrier
// LOOPS-COUNT-8: memref.load {{.*}}memref<128xf32, #gpu.address_space<workgroup>>
// LOOPS: gpu.barrier

tenon.symbol @B in [1, 3] typical 2
tenon.symbol @K in [1, 1400] typical 130

!q = tensor<?x2x1x64xf32, #tenon.dims<[B, 2, 1, 64]>>
!k = tensor<?x2x?x64xf32, #tenon.dims<[B, 2, K, 64]>>
func.func @masked(%q: !q, %k: !k, %v: !k, %keep: tensor<?x?xi1, #tenon.dims<[B, K]>>) -> !q {
  %0 = tenon.attention %q, %k, %v, %keep {scale = 0.125 : f64} : (!q, !k, !k, tensor<?x?xi1, #tenon.dims<[B, K]>>) -> !q {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %ck: tensor<?x?xi1, #tenon.dims<[B, K]>>):
    %m = arith.constant -3.40282347E+38 : f32
    %p = tenon.extract %ck[%b, %j] : (tensor<?x?xi1, #tenon.dims<[B, K]>>, index, index) -> i1
    %r = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : !q
}

!qw = tensor<?x1x1x70xf32, #tenon.dims<[B, 1, 1, 70]>>
!kw = tensor<?x1x?x70xf32, #tenon.dims<[B, 1, K, 70]>>
!vw = tensor<?x1x?x133xf32, #tenon.dims<[B, 1, K, 133]>>
!ow = tensor<?x1x1x133xf32, #tenon.dims<[B, 1, 1, 133]>>
func.func @wide(%q: !qw, %k: !kw, %v: !vw) -> !ow {
  %0 = tenon.attention %q, %k, %v {scale = 0.3 : f64} : (!qw, !kw, !vw) -> !ow {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : !ow
}

!q3 = tensor<?x3x1x3xf32, #tenon.dims<[B, 3, 1, 3]>>
!k3 = tensor<?x3x?x3xf32, #tenon.dims<[B, 3, K, 3]>>
func.func @narrow(%q: !q3, %k: !k3, %v: !k3) -> !q3 {
  %0 = tenon.attention %q, %k, %v {scale = 1.0 : f64} : (!q3, !k3, !k3) -> !q3 {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : !q3
}

// The query counts among the keys: only the first has weight.
func.func @causal(%q: !q3, %k: !k3, %v: !k3) -> !q3 {
  %0 = tenon.attention %q, %k, %v {scale = 1.0 : f64} : (!q3, !k3, !k3) -> !q3 {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %m = arith.constant 0xFF800000 : f32
    %p = tenon.compare le %j, %i : (index, index) -> i1
    %r = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : !q3
}
