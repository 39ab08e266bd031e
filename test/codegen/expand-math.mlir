// No math function is left for a library, on scalars and vectors alike.
// RUN: tenon-opt %s --tenon-expand-math | FileCheck %s
// RUN: tenon-opt %s --tenon-expand-math="fma=false rounding=false" | FileCheck %s --check-prefix=BASE

// CHECK-LABEL: @scalars
// CHECK-NOT: math.{{exp|log|erf|tanh|sin|cos|powf}}
// CHECK: math.fma
// CHECK: return
// BASE-LABEL: @scalars
// BASE-NOT: math.{{exp|log|erf|tanh|sin|cos|powf|fma|round|floor}}
// BASE: return
func.func @scalars(%x: f32, %y: f32) -> (f32, f32, f32, f32, f32, f32, f32) {
  %0 = math.exp %x : f32
  %1 = math.log %x : f32
  %2 = math.erf %x : f32
  %3 = math.tanh %x : f32
  %4 = math.sin %x : f32
  %5 = math.cos %x : f32
  %6 = math.powf %x, %y : f32
  return %0, %1, %2, %3, %4, %5, %6 : f32, f32, f32, f32, f32, f32, f32
}

// CHECK-LABEL: @vectors
// CHECK-NOT: math.{{exp|erf|tanh}}
// CHECK: math.fma {{.*}} : vector<16xf32>
// CHECK: return
func.func @vectors(%x: vector<16xf32>) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>) {
  %0 = math.exp %x : vector<16xf32>
  %1 = math.erf %x : vector<16xf32>
  %2 = math.tanh %x : vector<16xf32>
  return %0, %1, %2 : vector<16xf32>, vector<16xf32>, vector<16xf32>
}

// What is one instruction everywhere stays.
// CHECK-LABEL: @kept
// CHECK: math.sqrt
// CHECK: math.absf
func.func @kept(%x: f32) -> (f32, f32) {
  %0 = math.sqrt %x : f32
  %1 = math.absf %x : f32
  return %0, %1 : f32, f32
}
