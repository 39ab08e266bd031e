// Attention of bf16: pairs of features where one instruction sums two products, numbers that
// are rounded elsewhere; on a processor with a matrix unit, its tiles: pairs of features, then
// both parts of weights by pairs of keys.
// RUN: tenon-opt %s --tenon-cpu-schedule=targets=x86-64-v3 --tenon-cpu-loops | FileCheck %s --check-prefixes=CHECK,NUMBERS
// RUN: tenon-opt %s --tenon-cpu-schedule=targets=x86-64 --tenon-cpu-loops | FileCheck %s --check-prefixes=CHECK,NUMBERS
// RUN: tenon-opt %s --tenon-cpu-schedule=targets=x86-64-v4-bf16 --tenon-cpu-loops | FileCheck %s --check-prefixes=CHECK,PAIRS
// RUN: tenon-opt %s --tenon-cpu-schedule=targets=x86-64-v4-amx --tenon-cpu-loops | FileCheck %s --check-prefix=UNIT
// RUN: tenon-opt %s --tenon-cpu-schedule=targets=x86-64-v4-amx | FileCheck %s --check-prefix=SIZES
// RUN: tenon compile %s --compile-from graph --cpu x86-64-v4-bf16 --emit asm | FileCheck %s --check-prefix=ASM
// RUN: tenon compile %s --compile-from graph --cpu x86-64-v4-amx --emit asm | FileCheck %s --check-prefix=ASM-UNIT

// CHECK-LABEL: module @k_attention_
// Keys, values and queries.
// NUMBERS-COUNT-3: arith.truncf {{.*}} to vector<{{[48]}}xbf16>
// PAIRS: call_intrinsic "llvm.x86.avx512bf16.cvtne2ps2bf16.512"
// PAIRS: arith.truncf {{.*}} to vector<16xbf16>
// PAIRS: call_intrinsic "llvm.x86.avx512bf16.cvtne2ps2bf16.512"
// Scores, then weights times values.
// NUMBERS: {{math.fma|arith.mulf}}
// PAIRS: call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"
// CHECK: math.exp
// CHECK: {{math.fma|arith.mulf}}

// UNIT-LABEL: module @k_attention_
// UNIT: call_intrinsic "llvm.x86.ldtilecfg"
// UNIT: call_intrinsic "llvm.x86.avx512bf16.cvtne2ps2bf16.512"
// UNIT: call_intrinsic "llvm.x86.tileloadd64"
// 48 features are two lines of 32, and there are four tiles of keys.
// UNIT-COUNT-8: call_intrinsic "llvm.x86.tdpbf16ps"
// UNIT: call_intrinsic "llvm.x86.tilestored64"
// UNIT: math.exp
// UNIT: call_intrinsic "llvm.x86.avx512bf16.cvtne2ps2bf16.512"
// Three tiles of features, each by two parts of weights.
// UNIT-COUNT-6: call_intrinsic "llvm.x86.tdpbf16ps"
// UNIT: call_intrinsic "llvm.x86.tilerelease"

// ASM-UNIT: tdpbf16ps
// ASM-UNIT: tdpbf16ps
// ASM-UNIT: tilerelease

// SIZES: tile = [16, 4, 4, 1], block = [128, 512], fma = true, dot = matrix

// ASM: vcvtne2ps2bf16
// ASM: vdpbf16ps
!x = tensor<?x2x?x48xf32, #tenon.dims<[d0, 2, d1, 48]>>
func.func private @k_attention(%q: !x, %k: !x) -> !x attributes {tenon.kernel, tenon.dims = ["d0", "d1"]} {
  %0 = tenon.attention %q, %k, %k of bf16 {scale = 0.5 : f64} : (!x, !x, !x) -> !x {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : !x
}
