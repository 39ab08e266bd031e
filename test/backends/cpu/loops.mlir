// What the emitters write for each kind of kernel.
// RUN: tenon-opt %s --tenon-cpu-schedule=targets=x86-64-v3 --tenon-cpu-loops | FileCheck %s
// RUN: not tenon-opt %s --tenon-cpu-loops 2>&1 | FileCheck %s --check-prefix=NONE

// NONE: has no schedule

// Buffers are flat; dims, scratch and the range of tasks follow.
// CHECK: module @k_exp_x86_64_v3 attributes {tenon.grid = #tenon.dim<{{.*}}>, tenon.kernel = "k_exp", tenon.scratch = #tenon.dim<0>, tenon.target = "x86-64-v3"}
// CHECK: func.func @k_exp_x86_64_v3(%{{.*}}: memref<?xf32>, %{{.*}}: memref<?xf32>, %[[D:.*]]: index, %{{.*}}: memref<?xi8>, %[[B:.*]]: index, %[[E:.*]]: index)
// CHECK: scf.for
// CHECK: scf.for
// CHECK: vector.{{load|maskedload|transfer_read}}{{.*}}vector<8xf32>
// CHECK: math.exp {{.*}} : vector<8xf32>
// CHECK: vector.{{store|maskedstore}}{{.*}}vector<8xf32>
func.func private @k_exp(%x: tensor<?x24xf32, #tenon.dims<[d0, 24]>>) -> tensor<?x24xf32, #tenon.dims<[d0, 24]>> attributes {tenon.kernel, tenon.dims = ["d0"]} {
  %0 = tenon.unary exp %x : (tensor<?x24xf32, #tenon.dims<[d0, 24]>>) -> tensor<?x24xf32, #tenon.dims<[d0, 24]>>
  return %0 : tensor<?x24xf32, #tenon.dims<[d0, 24]>>
}

// Rows: the sums stay in registers, and are combined at a row's end.
// CHECK-LABEL: module @k_norm_x86_64_v3
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<8xf32>
// CHECK: vector.reduction
// CHECK: vector.{{store|maskedstore}}
func.func private @k_norm(%x: tensor<?x24xf32, #tenon.dims<[d0, 24]>>, %w: tensor<24xf32>, %b: tensor<24xf32>) -> tensor<?x24xf32, #tenon.dims<[d0, 24]>> attributes {tenon.kernel, tenon.dims = ["d0"]} {
  %0 = tenon.layer_norm %x, %w, %b {eps = 1.0e-5 : f64} : (tensor<?x24xf32, #tenon.dims<[d0, 24]>>, tensor<24xf32>, tensor<24xf32>) -> tensor<?x24xf32, #tenon.dims<[d0, 24]>>
  return %0 : tensor<?x24xf32, #tenon.dims<[d0, 24]>>
}

// Products: accumulators in registers, the epilogue before they are stored.
// CHECK-LABEL: module @k_matmul_x86_64_v3
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<8xf32>, vector<8xf32>
// CHECK: vector.broadcast {{.*}} : f32 to vector<8xf32>
// CHECK: math.fma
// CHECK: arith.cmpf ogt
// CHECK: arith.select
func.func private @k_matmul(%x: tensor<?x40xf32, #tenon.dims<[d0, 40]>>, %w: tensor<2x40x32xf32>) -> tensor<?x50xf32, #tenon.dims<[d0, 50]>> attributes {tenon.kernel, tenon.dims = ["d0"]} {
  %0 = tenon.matmul %x, %w {columns = 50 : i64} : (tensor<?x40xf32, #tenon.dims<[d0, 40]>>, tensor<2x40x32xf32>) -> tensor<?x50xf32, #tenon.dims<[d0, 50]>>
  %1 = tenon.unary relu %0 : (tensor<?x50xf32, #tenon.dims<[d0, 50]>>) -> tensor<?x50xf32, #tenon.dims<[d0, 50]>>
  return %1 : tensor<?x50xf32, #tenon.dims<[d0, 50]>>
}

// Attention: needs scratch of a thread's own, keeps a running maximum.
// CHECK-LABEL: module @k_attention_x86_64_v3
// CHECK-SAME: tenon.scratch = #tenon.dim<{{[1-9]}}
// CHECK: arith.{{maximumf|maxnumf}}
// CHECK: math.exp
func.func private @k_attention(%q: tensor<?x2x?x8xf32, #tenon.dims<[d0, 2, d1, 8]>>, %k: tensor<?x2x?x8xf32, #tenon.dims<[d0, 2, d1, 8]>>) -> tensor<?x2x?x8xf32, #tenon.dims<[d0, 2, d1, 8]>> attributes {tenon.kernel, tenon.dims = ["d0", "d1"]} {
  %0 = tenon.attention %q, %k, %k {scale = 0.5 : f64} : (tensor<?x2x?x8xf32, #tenon.dims<[d0, 2, d1, 8]>>, tensor<?x2x?x8xf32, #tenon.dims<[d0, 2, d1, 8]>>, tensor<?x2x?x8xf32, #tenon.dims<[d0, 2, d1, 8]>>) -> tensor<?x2x?x8xf32, #tenon.dims<[d0, 2, d1, 8]>> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<?x2x?x8xf32, #tenon.dims<[d0, 2, d1, 8]>>
}
