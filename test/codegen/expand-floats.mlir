// Small floats are computed with in float; conversions without an instruction
// are integer arithmetic.
// RUN: tenon-opt %s --tenon-expand-floats | FileCheck %s --check-prefixes=CHECK,HALF
// RUN: tenon-opt %s --tenon-expand-floats=rounds-half=false | FileCheck %s --check-prefixes=CHECK,ROUND
// RUN: tenon-opt %s --tenon-expand-floats=half=false | FileCheck %s --check-prefixes=CHECK,NONE

// CHECK-LABEL: @half
// HALF: arith.extf %{{.*}} : f16 to f32
// HALF: arith.truncf %{{.*}} : f32 to f16
// ROUND: arith.extf %{{.*}} : f16 to f32
// ROUND-NOT: arith.truncf
// ROUND: arith.bitcast %{{.*}} : i16 to f16
// NONE-NOT: arith.{{extf|truncf}}
// NONE: arith.bitcast %{{.*}} : f16 to i16
// CHECK: return
func.func @half(%x: f16, %y: f16) -> f16 {
  %0 = arith.addf %x, %y : f16
  return %0 : f16
}

// CHECK-LABEL: @bfloat
// CHECK-NOT: arith.{{extf|truncf}}
// CHECK: arith.mulf %{{.*}}, %{{.*}} : vector<8xf32>
// CHECK-NOT: arith.{{extf|truncf}}
// CHECK: return
func.func @bfloat(%x: vector<8xbf16>, %y: vector<8xbf16>) -> vector<8xbf16> {
  %0 = arith.mulf %x, %y : vector<8xbf16>
  return %0 : vector<8xbf16>
}
