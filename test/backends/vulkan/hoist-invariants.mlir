// What is the same in all rounds of a loop is computed before it, divisions by
// numbers that may be zero among them: by 1, then. What a round may not need is
// moved only where it is part of a place.
// RUN: tenon-opt %s --tenon-vulkan-hoist-invariants | FileCheck %s

// CHECK-LABEL: @places
// CHECK-SAME: (%[[N:.*]]: index, %[[D:.*]]: index, %[[X:.*]]: f32, %{{.*}}: memref<?xf32>, %[[C:.*]]: i1)
func.func @places(%n: index, %d: index, %x: f32, %m: memref<?xf32>, %c: i1) {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  // CHECK: %[[A:.*]] = arith.maxui %[[D]], %{{.*}} : index
  // CHECK-NEXT: %[[Q:.*]] = arith.divui %[[N]], %[[A]] : index
  // CHECK: %[[B:.*]] = arith.maxui %[[D]], %{{.*}} : index
  // CHECK-NEXT: %[[R:.*]] = arith.remui %[[Q]], %[[B]] : index
  // CHECK: scf.for %[[I:.*]] =
  scf.for %i = %zero to %n step %one {
    // CHECK-NEXT: scf.for %[[J:.*]] =
    scf.for %j = %zero to %n step %one {
      // CHECK-NEXT: %[[OWN:.*]] = arith.remui %[[J]], %[[D]] : index
      // CHECK-NEXT: scf.if %[[C]]
      %q = arith.divui %n, %d : index
      %own = arith.remui %j, %d : index
      scf.if %c {
        // CHECK-NEXT: %[[Y:.*]] = arith.mulf %[[X]], %[[X]]
        // CHECK-NEXT: %[[P:.*]] = arith.addi %[[OWN]], %[[R]]
        // CHECK-NEXT: memref.store %[[Y]], %{{.*}}[%[[P]]]
        %y = arith.mulf %x, %x : f32
        %r = arith.remui %q, %d : index
        %p = arith.addi %own, %r : index
        memref.store %y, %m[%p] : memref<?xf32>
      }
    }
  }
  return
}
