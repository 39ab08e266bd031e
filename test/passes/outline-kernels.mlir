// RUN: tenon-opt %s --tenon-fuse --tenon-outline-kernels | FileCheck %s

tenon.symbol @B in [1, 4] typical 1
tenon.symbol @S in [1, 64] typical 16
!x = tensor<?x?x8xf32, #tenon.dims<[B, S, 8]>>
!t = tensor<?x?x8xf32, #tenon.dims<[S, B, 8]>>

// Kernels that do the same are one function in dims of its own, called with
// what they stand for.
// CHECK-LABEL: func.func @same
// CHECK: %[[A:.*]] = tenon.launch @[[K:k0_softmax]] <[B, S]>(%arg0)
// CHECK: tenon.launch @[[K]] <[S, B]>(%arg1)
func.func @same(%x: !x, %y: !t) -> (!x, !t) {
  %0 = tenon.softmax %x {axis = 2 : i64} : (!x) -> !x
  %1 = tenon.softmax %y {axis = 2 : i64} : (!t) -> !t
  return %0, %1 : !x, !t
}

// A quotient whose symbols occur nowhere else is a dim of the kernel.
// CHECK-LABEL: func.func @quotient
// CHECK: tenon.launch @[[Q:.*]] <[S floordiv 4]>
// CHECK: tenon.launch @[[Q]] <[S]>
func.func @quotient(%x: tensor<?x8xf32, #tenon.dims<[S floordiv 4, 8]>>, %y: tensor<?x8xf32, #tenon.dims<[S, 8]>>) -> (tensor<?x8xf32, #tenon.dims<[S floordiv 4, 8]>>, tensor<?x8xf32, #tenon.dims<[S, 8]>>) {
  %0 = tenon.unary exp %x : (tensor<?x8xf32, #tenon.dims<[S floordiv 4, 8]>>) -> tensor<?x8xf32, #tenon.dims<[S floordiv 4, 8]>>
  %1 = tenon.unary exp %y : (tensor<?x8xf32, #tenon.dims<[S, 8]>>) -> tensor<?x8xf32, #tenon.dims<[S, 8]>>
  return %0, %1 : tensor<?x8xf32, #tenon.dims<[S floordiv 4, 8]>>, tensor<?x8xf32, #tenon.dims<[S, 8]>>
}

// One that relates to another dim stays an expression of the symbol.
// CHECK-LABEL: func.func @related
// CHECK: tenon.launch @k{{.*}} <[S]>
func.func @related(%x: tensor<?x8xf32, #tenon.dims<[S, 8]>>) -> tensor<?x8xf32, #tenon.dims<[S floordiv 2, 8]>> {
  %0 = tenon.slice %x {axis = 0 : i64, begin = #tenon.dim<0>, size = #tenon.dim<S floordiv 2>} : (tensor<?x8xf32, #tenon.dims<[S, 8]>>) -> tensor<?x8xf32, #tenon.dims<[S floordiv 2, 8]>>
  return %0 : tensor<?x8xf32, #tenon.dims<[S floordiv 2, 8]>>
}

// Inputs and outputs live elsewhere than values between kernels.
// CHECK-LABEL: func.func @memory
func.func @memory(%x: !x) -> !x {
  %0 = tenon.softmax %x {axis = 2 : i64} : (!x) -> !x
  %1 = tenon.softmax %0 {axis = 1 : i64} : (!x) -> !x
  return %1 : !x
}

// CHECK: func.func private @[[K]](%{{.*}}: tensor<?x?x8xf32, #tenon.dims<[d0, d1, 8]>> {tenon.memory = "input"}) -> (tensor<?x?x8xf32, #tenon.dims<[d0, d1, 8]>> {tenon.memory = "output"}) attributes {tenon.dims = ["d0", "d1"], tenon.kernel}
// CHECK: func.func private @{{.*}}softmax(%{{.*}} {tenon.memory = "input"}) -> tensor<?x?x8xf32, #tenon.dims<[d0, d1, 8]>> attributes
// CHECK: func.func private @{{.*}}softmax(%{{[a-z0-9]*}}: tensor<?x?x8xf32, #tenon.dims<[d0, d1, 8]>>) -> (tensor<?x?x8xf32, #tenon.dims<[d0, d1, 8]>> {tenon.memory = "output"})
