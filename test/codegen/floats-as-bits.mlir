// Half and bfloat as integers of 16 bits, wherever values go.
// RUN: tenon-opt %s --tenon-floats-as-bits | FileCheck %s

// CHECK: gpu.func @moves(%[[IN:.*]]: memref<?xi16>, %{{.*}}: index, %{{.*}}: i1)
// CHECK: arith.constant 16256 : i16
// CHECK: %[[X:.*]] = memref.load %[[IN]]
// CHECK: %[[L:.*]] = scf.for {{.*}} -> (i16)
// CHECK: arith.select %{{.*}}, %[[L]], %{{.*}} : i16
// CHECK-NOT: {{bitcast|f16}}
gpu.module @m {
  gpu.func @moves(%in: memref<?xi16>, %n: index, %c: i1) {
    %one = arith.constant 1.0 : bf16
    %i = arith.constant 0 : index
    %s = arith.constant 1 : index
    %b = memref.load %in[%i] : memref<?xi16>
    %x = arith.bitcast %b : i16 to bf16
    %l = scf.for %j = %i to %n step %s iter_args(%y = %x) -> (bf16) {
      scf.yield %one : bf16
    }
    %r = arith.select %c, %l, %one : bf16
    %w = arith.bitcast %r : bf16 to i16
    memref.store %w, %in[%i] : memref<?xi16>
    gpu.return
  }
}
