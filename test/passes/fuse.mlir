// Each rule of fusion: where it applies, as remarks; why not, when it doesn't.
// RUN: tenon-opt %s --tenon-fuse --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s
// RUN: tenon-opt %s --tenon-fuse=policy=%S/../conformance/Inputs/unfused.toml --remarks-filter=fusion --remark-format=emitRemark 2>&1 | FileCheck %s --check-prefix=OFF

!x = tensor<?x8xf32, #tenon.dims<[S, 8]>>
!t = tensor<8x?xf32, #tenon.dims<[8, S]>>
!r = tensor<?x1xf32, #tenon.dims<[S, 1]>>
tenon.symbol @S in [1, 64] typical 16

// OFF: remark: [Missed] epilogue | Category:fusion | Function=epilogue | Reason="tenon.unary starts a kernel: the policy turns epilogue off"
// OFF: remark: [Missed] store-view | Category:fusion | Function=store_view | Reason="tenon.transpose starts a kernel: the policy turns store-view off"
// OFF: Function=load_view | Reason="tenon.transpose starts a kernel: the policy turns load-view off"
// OFF: Function=prologue | Reason="tenon.unary starts a kernel: the policy turns prologue off"
// OFF: Function=recompute | Reason="tenon.binary starts a kernel: the policy turns recompute off"
// OFF: Function=source | Reason="tenon.fill starts a kernel: the policy turns source off"
// OFF: Function=row_chain | Reason="tenon.reduce starts a kernel: the policy turns row-chain off"

// CHECK: remark: [Passed] epilogue | Category:fusion | Function=epilogue | Reason="tenon.unary joins the kernel of tenon.matmul", bytes saved="64 * S"
func.func @epilogue(%x: !x, %w: tensor<8x8xf32>) -> !x {
  %0 = tenon.matmul %x, %w : (!x, tensor<8x8xf32>) -> !x
  %1 = tenon.unary gelu %0 : (!x) -> !x
  return %1 : !x
}

// CHECK: remark: [Passed] store-view | Category:fusion | Function=store_view | Reason="tenon.transpose joins the kernel of tenon.matmul"
func.func @store_view(%x: !x, %w: tensor<8x8xf32>) -> !t {
  %0 = tenon.matmul %x, %w : (!x, tensor<8x8xf32>) -> !x
  %1 = tenon.transpose %0 {permutation = array<i64: 1, 0>} : (!x) -> !t
  return %1 : !t
}

// CHECK: remark: [Passed] load-view | Category:fusion | Function=load_view | Reason="tenon.transpose joins the kernel of tenon.matmul"
func.func @load_view(%x: !t, %w: tensor<8x8xf32>) -> !x {
  %0 = tenon.transpose %x {permutation = array<i64: 1, 0>} : (!t) -> !x
  %1 = tenon.matmul %0, %w : (!x, tensor<8x8xf32>) -> !x
  return %1 : !x
}

// CHECK: remark: [Passed] prologue | Category:fusion | Function=prologue | Reason="tenon.unary joins the kernel of tenon.softmax"
func.func @prologue(%x: !x) -> !x {
  %0 = tenon.unary exp %x : (!x) -> !x
  %1 = tenon.softmax %0 {axis = 1 : i64} : (!x) -> !x
  return %1 : !x
}

// A product reads its sides again and again.
// CHECK: remark: [Missed] prologue | Category:fusion | Function=no_prologue | Reason="tenon.unary starts a kernel: tenon.matmul reads each element many times"
func.func @no_prologue(%x: !x, %w: tensor<8x8xf32>) -> !x {
  %0 = tenon.unary exp %x : (!x) -> !x
  %1 = tenon.matmul %0, %w : (!x, tensor<8x8xf32>) -> !x
  return %1 : !x
}

// CHECK: remark: [Passed] recompute | Category:fusion | Function=recompute
// CHECK: remark: [Passed] recompute | Category:fusion | Function=recompute
func.func @recompute(%x: !x) -> (!x, !x) {
  %0 = tenon.binary add %x, %x : (!x, !x) -> !x
  %1 = tenon.softmax %0 {axis = 1 : i64} : (!x) -> !x
  %2 = tenon.softmax %0 {axis = 0 : i64} : (!x) -> !x
  return %1, %2 : !x, !x
}

// CHECK: remark: [Missed] recompute | Category:fusion | Function=no_recompute | Reason="tenon.unary starts a kernel: several kernels use it and it is too dear to compute in each"
func.func @no_recompute(%x: !x) -> (!x, !x) {
  %0 = tenon.unary exp %x : (!x) -> !x
  %1 = tenon.softmax %0 {axis = 1 : i64} : (!x) -> !x
  %2 = tenon.softmax %0 {axis = 0 : i64} : (!x) -> !x
  return %1, %2 : !x, !x
}

// CHECK: remark: [Passed] source | Category:fusion | Function=source | Reason="tenon.fill joins the kernel of tenon.softmax"
func.func @source() -> !x {
  %0 = tenon.fill {value = 1.0 : f32, shape = #tenon.dims<[S, 8]>} : () -> !x
  %1 = tenon.softmax %0 {axis = 1 : i64} : (!x) -> !x
  return %1 : !x
}

// CHECK: remark: [Passed] row-chain | Category:fusion | Function=row_chain | Reason="tenon.reduce joins the kernel of tenon.softmax"
func.func @row_chain(%x: !x) -> (!x, !r) {
  %0 = tenon.softmax %x {axis = 1 : i64} : (!x) -> !x
  %1 = tenon.reduce max %0 {axes = array<i64: 1>, keep_axes = true} : (!x) -> !r
  return %0, %1 : !x, !r
}

// CHECK: remark: [Missed] epilogue | Category:fusion | Function=two_users | Reason="tenon.unary starts a kernel: its operand tenon.matmul has other users"
func.func @two_users(%x: !x, %w: tensor<8x8xf32>) -> (!x, !x) {
  %0 = tenon.matmul %x, %w : (!x, tensor<8x8xf32>) -> !x
  %1 = tenon.unary gelu %0 : (!x) -> !x
  return %0, %1 : !x, !x
}

// CHECK: remark: [Missed] store-view | Category:fusion | Function=dropped | Reason="tenon.slice starts a kernel: it isn't a one-to-one movement"
func.func @dropped(%x: !x, %w: tensor<8x8xf32>) -> tensor<1x8xf32> {
  %0 = tenon.matmul %x, %w : (!x, tensor<8x8xf32>) -> !x
  %1 = tenon.slice %0 {axis = 0 : i64, begin = #tenon.dim<0>, size = #tenon.dim<1>} : (!x) -> tensor<1x8xf32>
  return %1 : tensor<1x8xf32>
}

// CHECK: remark: [Missed] epilogue | Category:fusion | Function=broadcast | Reason="tenon.binary starts a kernel: it has another shape than tenon.matmul"
func.func @broadcast(%x: !x, %w: tensor<8x1xf32>) -> !x {
  %0 = tenon.matmul %x, %w : (!x, tensor<8x1xf32>) -> !r
  %1 = tenon.binary add %0, %x : (!r, !x) -> !x
  return %1 : !x
}

// CHECK: remark: [Missed] epilogue | Category:fusion | Function=later | Reason="tenon.binary starts a kernel: another operand needs this kernel's result first"
func.func @later(%x: !x, %w: tensor<8x8xf32>) -> !x {
  %0 = tenon.softmax %x {axis = 1 : i64} : (!x) -> !x
  %1 = tenon.matmul %0, %w : (!x, tensor<8x8xf32>) -> !x
  %2 = tenon.unary relu %0 : (!x) -> !x
  %3 = tenon.binary add %2, %1 : (!x, !x) -> !x
  return %3 : !x
}

// CHECK: remark: [Missed] epilogue | Category:fusion | Function=behind_movement | Reason="tenon.unary starts a kernel: the kernel of tenon.roll ends in another shape"
func.func @behind_movement(%x: !x) -> !x {
  %0 = tenon.softmax %x {axis = 1 : i64} : (!x) -> !x
  %1 = tenon.roll %0 {axis = 0 : i64, shift = #tenon.dim<1>} : (!x) -> !x
  %2 = tenon.unary exp %1 : (!x) -> !x
  return %2 : !x
}

// CHECK: remark: [Missed] epilogue | Category:fusion | Function=other_rows | Reason="tenon.binary starts a kernel: it combines different rows of tenon.reduce"
func.func @other_rows(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = tenon.reduce max %x {axes = array<i64: 1>, keep_axes = false} : (tensor<8x8xf32>) -> tensor<8xf32>
  %1 = tenon.binary sub %x, %0 : (tensor<8x8xf32>, tensor<8xf32>) -> tensor<8x8xf32>
  return %1 : tensor<8x8xf32>
}

// CHECK: remark: [Missed] load-view | Category:fusion | Function=arithmetic | Reason="tenon.roll starts a kernel: reading through it costs index arithmetic, and tenon.matmul reads each element many times"
func.func @arithmetic(%x: !x, %w: tensor<8x8xf32>) -> !x {
  %0 = tenon.roll %x {axis = 0 : i64, shift = #tenon.dim<1>} : (!x) -> !x
  %1 = tenon.matmul %0, %w : (!x, tensor<8x8xf32>) -> !x
  return %1 : !x
}
