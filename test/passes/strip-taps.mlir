// RUN: tenon-opt %s --tenon-strip-taps | FileCheck %s
// RUN: tenon-opt %s --tenon-strip-taps=as-results | FileCheck %s --check-prefix=KEEP

!x = tensor<?x3xf32, #tenon.dims<[S, 3]>>
!s = !tenon.state<growing, tensor<?x3xf32, #tenon.dims<[P, 3]>>, axis = 0>
tenon.symbol @S in [1, 8] typical 2
tenon.symbol @P in [0, 8] typical 2 late

// CHECK-LABEL: func.func @entry
// CHECK-NOT: tenon.tap
// CHECK: return %{{.*}}, %arg1 : tensor<?x3xf32, #tenon.dims<[S, 3]>>, !tenon.state

// A tapped value becomes a result of the tap's name, in front of the states.
// KEEP-LABEL: func.func @entry
// KEEP-SAME: -> ({{.*}}, {{.*}} {tenon.name = "first"}, {{.*}} {tenon.name = "second"}, !tenon.state
// KEEP: %[[A:.*]] = tenon.unary relu
// KEEP-NEXT: %[[B:.*]] = tenon.unary exp
// KEEP-NOT: tenon.tap
// KEEP: return %[[B]], %[[A]], %[[B]], %arg1
func.func @entry(%x: !x, %s: !s) -> (!x, !s) {
  %0 = tenon.unary relu %x : (!x) -> !x
  tenon.tap "first" %0 : !x
  %1 = tenon.unary exp %0 : (!x) -> !x
  tenon.tap "second" %1 : !x
  return %1, %s : !x, !s
}
