// Attention of codes: bytes and words where one instruction sums products of bytes, words
// elsewhere; on a processor with a matrix unit, its tiles: bytes by bytes, then halves of
// weights by bytes.
// RUN: tenon-opt %s --tenon-cpu-schedule=targets=x86-64-v3 --tenon-cpu-loops | FileCheck %s --check-prefixes=CHECK,WORDS
// RUN: tenon-opt %s --tenon-cpu-schedule=targets=x86-64 --tenon-cpu-loops | FileCheck %s --check-prefixes=CHECK,NARROW
// RUN: tenon-opt %s --tenon-cpu-schedule=targets=x86-64-v4-vnni --tenon-cpu-loops | FileCheck %s --check-prefixes=CHECK,BYTES
// RUN: tenon-opt %s --tenon-cpu-schedule=targets=x86-64-v4-amx --tenon-cpu-loops | FileCheck %s --check-prefix=UNIT
// RUN: tenon-opt %s --tenon-cpu-schedule=targets=x86-64-v4-amx | FileCheck %s --check-prefix=SIZES
// RUN: not tenon-opt %s --tenon-cpu-schedule="targets=x86-64-v4-amx file=%S/Inputs/unit-queries.toml" 2>&1 | FileCheck %s --check-prefix=QUERIES
// RUN: not tenon-opt %s --tenon-cpu-schedule="targets=x86-64-v4-amx file=%S/Inputs/unit-keys.toml" 2>&1 | FileCheck %s --check-prefix=KEYS
// RUN: tenon compile %s --compile-from graph --cpu x86-64-v4-vnni --emit asm | FileCheck %s --check-prefix=ASM
// RUN: tenon compile %s --compile-from graph --cpu x86-64-v4-amx --emit asm | FileCheck %s --check-prefix=ASM-UNIT

// CHECK-LABEL: module @k_attention_
// WORDS-SAME: tenon.target = "x86-64-v3"
// NARROW-SAME: tenon.target = "x86-64"
// The codes of values, and those of keys.
// CHECK: math.roundeven
// CHECK: arith.shli
// CHECK: math.roundeven
// WORDS: arith.trunci {{.*}} : vector<8xi32> to vector<8xi16>
// BYTES: arith.trunci {{.*}} : vector<16xi32> to vector<16xi8>
// CHECK: vector.shuffle
// Scores.
// WORDS-NOT: vpdpbusd
// WORDS: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// NARROW: llvm.call_intrinsic "llvm.x86.sse2.pmadd.wd"
// BYTES: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// CHECK: math.exp
// CHECK: math.roundeven
// WORDS: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// NARROW: llvm.call_intrinsic "llvm.x86.sse2.pmadd.wd"
// BYTES: llvm.call_intrinsic "llvm.x86.avx512.pmaddw.d.512"

// UNIT-LABEL: module @k_attention_
// UNIT: call_intrinsic "llvm.x86.ldtilecfg"
// Queries of 48 codes, and zeros up to a line of 64.
// UNIT: call_intrinsic "llvm.x86.tileloadd64"
// UNIT: call_intrinsic "llvm.x86.tdpbssd"
// UNIT: call_intrinsic "llvm.x86.tilestored64"
// UNIT: math.exp
// UNIT: math.roundeven
// UNIT: arith.shrui
// UNIT-COUNT-4: call_intrinsic "llvm.x86.tdpbusd"
// UNIT: call_intrinsic "llvm.x86.tilerelease"

// ASM-UNIT: tdpbssd
// ASM-UNIT: tdpbusd
// ASM-UNIT: tilerelease

// SIZES: tile = [16, 2, 4, 1], block = [128, 512], fma = true, dot = matrix

// QUERIES: unit-queries.toml:3:8: k_attention: a unit that multiplies matrices takes 16 queries and one step
// KEYS: unit-keys.toml:4:9: k_attention: the keys of a block must be a multiple of 64

// ASM: vpdpbusd
// ASM: vpdpwssd
!x = tensor<?x2x?x48xf32, #tenon.dims<[d0, 2, d1, 48]>>
func.func private @k_attention(%q: !x, %k: !x) -> !x attributes {tenon.kernel, tenon.dims = ["d0", "d1"]} {
  %0 = tenon.attention %q, %k, %k of codes {scale = 0.5 : f64} : (!x, !x, !x) -> !x {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : !x
}
