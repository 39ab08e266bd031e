// The pass that chooses emitters, tiles and pitches, and files that override it.
// RUN: tenon-opt %s --tenon-cpu-schedule | FileCheck %s
// RUN: tenon-opt %s --tenon-cpu-schedule="targets=x86-64-v3 file=%S/Inputs/schedule.toml" | FileCheck %s --check-prefix=FILE
// RUN: not tenon-opt %s --tenon-cpu-schedule=file=%S/Inputs/rows.toml 2>&1 | FileCheck %s --check-prefix=ROWS
// RUN: not tenon-opt %s --tenon-cpu-schedule=file=%S/Inputs/count.toml 2>&1 | FileCheck %s --check-prefix=COUNT
// RUN: not tenon-opt %s --tenon-cpu-schedule=file=%S/Inputs/size.toml 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not tenon-opt %s --tenon-cpu-schedule=file=%S/Inputs/columns.toml 2>&1 | FileCheck %s --check-prefix=COLUMNS
// RUN: tenon-opt %s --tenon-cpu-schedule="targets=x86-64-v3 file=%S/Inputs/order.toml" | FileCheck %s --check-prefix=ORDER
// RUN: not tenon-opt %s --tenon-cpu-schedule=file=%S/Inputs/key.toml 2>&1 | FileCheck %s --check-prefix=KEY
// RUN: not tenon-opt %s --tenon-cpu-schedule=targets=x86-64-v9 2>&1 | FileCheck %s --check-prefix=TARGET

// ROWS: rows.toml:3:8: k_matmul: a tile has at most 16 rows
// COUNT: count.toml:1:1: k_matmul: matmul needs 3 or 4 sizes in tile and 1 or 2 in block
// SIZE: size.toml:3:8: k_matmul: only lines fetched ahead and the size of a group may be 0
// KEY: key.toml:3:1: unknown key 'tiles'
// TARGET: --cpu: there is no target 'x86-64-v9'

// CHECK: @k_matmul({{.*}}) -> (tensor<?x300xf32, #tenon.dims<[d0, 300]>> {tenon.pitch = #tenon.dim<320>})
// CHECK-SAME: "x86-64" = #tenon.schedule<"matmul", lanes = 4, tile = [{{[0-9]+}}, 8, 4], block = [{{[0-9]+}}], fma = false>
// CHECK-SAME: "x86-64-v3" = #tenon.schedule<"matmul", lanes = 8, tile = [{{[0-9]+}}, 16, 4], block = [{{[0-9]+}}], fma = true>
// CHECK-SAME: "x86-64-v4" = #tenon.schedule<"matmul", lanes = 16, tile = [{{[0-9]+}}, 32, 4], block = [{{[0-9]+}}], fma = true>
// Sizes at the end that are the default are left out.
// COLUMNS: columns.toml:3:8: k_matmul: the columns of a tile must divide 32 and be a multiple of {{[0-9]+}}
// ORDER: @k_matmul
// ORDER-SAME: #tenon.schedule<"matmul", lanes = 8, tile = [6, 16, 4, 0], block = [60, 3], fma = true>
// ORDER: @k_narrow
// ORDER-SAME: #tenon.schedule<"matmul", lanes = 8, tile = [6, 16, 4], block = [60], fma = true>
// FILE: @k_matmul
// FILE-SAME: tenon.schedules = {"x86-64-v3" = #tenon.schedule<"matmul", lanes = 8, tile = [3, 8, 2], block = [60], fma = true>}
func.func private @k_matmul(%x: tensor<?x40xf32, #tenon.dims<[d0, 40]>>, %w: tensor<10x40x32xf32> {tenon.memory = "constant"}) -> tensor<?x300xf32, #tenon.dims<[d0, 300]>> attributes {tenon.kernel, tenon.dims = ["d0"]} {
  %0 = tenon.matmul %x, %w {columns = 300 : i64} : (tensor<?x40xf32, #tenon.dims<[d0, 40]>>, tensor<10x40x32xf32>) -> tensor<?x300xf32, #tenon.dims<[d0, 300]>>
  return %0 : tensor<?x300xf32, #tenon.dims<[d0, 300]>>
}

// Panels of 16 columns are one vector wide where that has 16 lanes.
// CHECK: @k_narrow
// CHECK-SAME: "x86-64" = #tenon.schedule<"matmul", lanes = 4, tile = [{{[0-9]+}}, 8, 4]
// CHECK-SAME: "x86-64-v4" = #tenon.schedule<"matmul", lanes = 16, tile = [{{[0-9]+}}, 16, 4]
func.func private @k_narrow(%x: tensor<?x40xf32, #tenon.dims<[d0, 40]>>, %w: tensor<19x40x16xf32> {tenon.memory = "constant"}) -> tensor<?x300xf32, #tenon.dims<[d0, 300]>> attributes {tenon.kernel, tenon.dims = ["d0"]} {
  %0 = tenon.matmul %x, %w {columns = 300 : i64} : (tensor<?x40xf32, #tenon.dims<[d0, 40]>>, tensor<19x40x16xf32>) -> tensor<?x300xf32, #tenon.dims<[d0, 300]>>
  return %0 : tensor<?x300xf32, #tenon.dims<[d0, 300]>>
}

// CHECK: @k_softmax
// CHECK-SAME: "x86-64-v4" = #tenon.schedule<"rows", lanes = 16, tile = [1], block = [{{[0-9]+}}], fma = true>
// FILE: @k_softmax
// FILE-SAME: #tenon.schedule<"rows", lanes = 8, tile = [{{[0-9]+}}], block = [7], fma = true>
func.func private @k_softmax(%x: tensor<?x24xf32, #tenon.dims<[d0, 24]>>) -> tensor<?x24xf32, #tenon.dims<[d0, 24]>> attributes {tenon.kernel, tenon.dims = ["d0"]} {
  %0 = tenon.softmax %x {axis = 1 : i64} : (tensor<?x24xf32, #tenon.dims<[d0, 24]>>) -> tensor<?x24xf32, #tenon.dims<[d0, 24]>>
  return %0 : tensor<?x24xf32, #tenon.dims<[d0, 24]>>
}

// CHECK: @k_exp
// CHECK-SAME: #tenon.schedule<"pointwise", lanes = 4, tile = [1], block = [{{[0-9]+}}], fma = false>
func.func private @k_exp(%x: tensor<?x24xf32, #tenon.dims<[d0, 24]>>) -> tensor<?x24xf32, #tenon.dims<[d0, 24]>> attributes {tenon.kernel, tenon.dims = ["d0"]} {
  %0 = tenon.unary exp %x : (tensor<?x24xf32, #tenon.dims<[d0, 24]>>) -> tensor<?x24xf32, #tenon.dims<[d0, 24]>>
  return %0 : tensor<?x24xf32, #tenon.dims<[d0, 24]>>
}
