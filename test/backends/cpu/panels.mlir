// How wide panels are that weights are packed as, by a schedule file.
// RUN: tenon-opt %s --tenon-cpu-panels="targets=x86-64-v3 file=%S/Inputs/panels.toml" --tenon-pack-weights | FileCheck %s
// RUN: tenon-opt %s --tenon-cpu-panels="targets=x86-64-v4 file=%S/Inputs/panels.toml" --tenon-pack-weights | FileCheck %s --check-prefix=V4
// RUN: tenon-opt %s --tenon-cpu-panels="targets=x86-64-v3,x86-64-v4 file=%S/Inputs/panels.toml" --tenon-pack-weights | FileCheck %s --check-prefix=BOTH
// RUN: tenon-opt %s --tenon-cpu-panels="targets=x86-64-v4-amx file=%S/Inputs/panels.toml" --tenon-pack-weights | FileCheck %s --check-prefix=BOTH
// RUN: not tenon-opt %s --tenon-cpu-panels=file=%S/Inputs/width.toml 2>&1 | FileCheck %s --check-prefix=WIDTH

// WIDTH: width.toml:5:9: panels have 16, 32 or 64 columns

// CHECK: tenon.global @w : tensor<5x40x64xf32>
// CHECK: tenon.global @v : tensor<7x40x16xf32>
// CHECK-NOT: tenon.panel
// V4: tenon.global @w : tensor<19x40x16xf32>
// V4: tenon.global @v : tensor<4x40x32xf32>
// All targets of an artifact read the same panels.
// BOTH: tenon.global @w : tensor<5x40x64xf32>
// BOTH: tenon.global @v : tensor<4x40x32xf32>
tenon.global @w : tensor<300x40xf32> {
  %0 = tenon.weight "w" : tensor<300x40xf32>
  tenon.yield %0 : tensor<300x40xf32>
}
tenon.global @v : tensor<40x100xf32> {
  %0 = tenon.weight "v" : tensor<40x100xf32>
  tenon.yield %0 : tensor<40x100xf32>
}
// CHECK: tenon.matmul %{{.*}} {columns = 300 : i64} : (tensor<3x40xf32>, tensor<5x40x64xf32>) -> tensor<3x300xf32>
// CHECK: tenon.matmul %{{.*}} {columns = 100 : i64} : (tensor<3x40xf32>, tensor<7x40x16xf32>) -> tensor<3x100xf32>
func.func @main(%x: tensor<3x40xf32>) -> (tensor<3x300xf32>, tensor<3x100xf32>) {
  %w = tenon.global_ref @w : tensor<300x40xf32>
  %v = tenon.global_ref @v : tensor<40x100xf32>
  %0 = tenon.matmul %x, %w {transpose_rhs = true} : (tensor<3x40xf32>, tensor<300x40xf32>) -> tensor<3x300xf32>
  %1 = tenon.matmul %x, %v : (tensor<3x40xf32>, tensor<40x100xf32>) -> tensor<3x100xf32>
  return %0, %1 : tensor<3x300xf32>, tensor<3x100xf32>
}
