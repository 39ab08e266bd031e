// A policy turns rules off, for all ops or for some, by their ids.
// RUN: tenon-opt %s --tenon-fuse=policy=%S/Inputs/policy.toml --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s
// RUN: not tenon-opt %s --tenon-fuse=policy=%S/Inputs/unknown-rule.toml 2>&1 | FileCheck %s --check-prefix=RULE
// RUN: not tenon-opt %s --tenon-fuse=policy=%S/Inputs/not-a-bool.toml 2>&1 | FileCheck %s --check-prefix=BOOL
// RUN: not tenon-opt %s --tenon-fuse=policy=%S/Inputs/no-id.toml 2>&1 | FileCheck %s --check-prefix=ID
// RUN: not tenon-opt %s --tenon-fuse=policy=%S/Inputs/bad-rule.toml 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not tenon-opt %s --tenon-fuse=policy=%S/Inputs/bad-glob.toml 2>&1 | FileCheck %s --check-prefix=GLOB
// RUN: not tenon-opt %s --tenon-fuse=policy=%S/Inputs/no-such-file.toml 2>&1 | FileCheck %s --check-prefix=FILE

// RULE: unknown-rule.toml:2:1: unknown key 'epilog'
// RULE: did you mean 'epilogue'?
// BOOL: not-a-bool.toml:2:12: epilogue is true or false
// ID: no-id.toml:1:1: {{.*}} needs an id
// NAME: bad-rule.toml:3:22: there is no such rule
// GLOB: bad-glob.toml:2:6: invalid glob pattern
// FILE: no-such-file.toml: can't be opened

!x = tensor<?x8xf32, #tenon.dims<[S, 8]>>
!t = tensor<8x?xf32, #tenon.dims<[8, S]>>
tenon.symbol @S in [1, 64] typical 16

// CHECK: [Analysis] anchor {{.*}}Reason="encoder.0.out starts a kernel"
// CHECK: [Passed] epilogue {{.*}}Reason="other joins the kernel of encoder.0.out"
// CHECK-DAG: [Missed] epilogue {{.*}}Reason="encoder.0.act starts a kernel: the policy keeps 'encoder.*.act' out of fusion"
// CHECK-DAG: [Missed] epilogue {{.*}}Reason="head starts a kernel: the policy keeps 'head' out of epilogue"
// CHECK-DAG: [Missed] store-view {{.*}}Reason="turned starts a kernel: the policy turns store-view off"
func.func @entry(%x: !x, %w: tensor<8x8xf32>) -> (!x, !x, !t) {
  %0 = tenon.matmul %x, %w : (!x, tensor<8x8xf32>) -> !x loc("encoder.0.out")
  %1 = tenon.unary gelu %0 : (!x) -> !x loc("other")
  %2 = tenon.unary tanh %1 : (!x) -> !x loc("encoder.0.act")
  %3 = tenon.matmul %x, %w : (!x, tensor<8x8xf32>) -> !x loc("second")
  %4 = tenon.unary exp %3 : (!x) -> !x loc("head")
  %5 = tenon.matmul %x, %w : (!x, tensor<8x8xf32>) -> !x loc("third")
  %6 = tenon.transpose %5 {permutation = array<i64: 1, 0>} : (!x) -> !t loc("turned")
  return %2, %4, %6 : !x, !x, !t
}
