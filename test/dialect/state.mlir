// States: text form; dims grow with what is appended.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s

// CHECK: tenon.symbol @P in [0, 64] typical 8 late
tenon.symbol @P in [0, 64] typical 8 late
tenon.symbol @B in [1, 4] typical 1
tenon.symbol @S in [1, 64] typical 1
// CHECK-LABEL: @step
// CHECK: tenon.state_append %{{.*}}, %{{.*}} : (!tenon.state<growing, tensor<?x2x?xf32, #tenon.dims<[B, 2, P]>>, axis = 2>, tensor<?x2x?xf32, #tenon.dims<[B, 2, S]>>) -> !tenon.state<growing, tensor<?x2x?xf32, #tenon.dims<[B, 2, P + S]>>, axis = 2>
// CHECK: tenon.state_read
func.func @step(%x: tensor<?x2x?xf32, #tenon.dims<[B, 2, S]>>, %s: !tenon.state<growing, tensor<?x2x?xf32, #tenon.dims<[B, 2, P]>>, axis = 2>) -> (tensor<?x2x?xf32, #tenon.dims<[B, 2, P + S]>>, !tenon.state<growing, tensor<?x2x?xf32, #tenon.dims<[B, 2, P + S]>>, axis = 2>) {
  %0 = tenon.state_append %s, %x : (!tenon.state<growing, tensor<?x2x?xf32, #tenon.dims<[B, 2, P]>>, axis = 2>, tensor<?x2x?xf32, #tenon.dims<[B, 2, S]>>) -> !tenon.state<growing, tensor<?x2x?xf32, #tenon.dims<[B, 2, P + S]>>, axis = 2>
  %1 = tenon.state_read %0 : (!tenon.state<growing, tensor<?x2x?xf32, #tenon.dims<[B, 2, P + S]>>, axis = 2>) -> tensor<?x2x?xf32, #tenon.dims<[B, 2, P + S]>>
  return %1, %0 : tensor<?x2x?xf32, #tenon.dims<[B, 2, P + S]>>, !tenon.state<growing, tensor<?x2x?xf32, #tenon.dims<[B, 2, P + S]>>, axis = 2>
}
// CHECK-LABEL: @write
// CHECK: tenon.state_write
func.func @write(%x: tensor<?x3xf32, #tenon.dims<[S, 3]>>, %s: !tenon.state<fixed, tensor<?x3xf32, #tenon.dims<[P, 3]>>, axis = 0>) -> !tenon.state<fixed, tensor<?x3xf32, #tenon.dims<[S, 3]>>, axis = 0> {
  %0 = tenon.state_write %s, %x : (!tenon.state<fixed, tensor<?x3xf32, #tenon.dims<[P, 3]>>, axis = 0>, tensor<?x3xf32, #tenon.dims<[S, 3]>>) -> !tenon.state<fixed, tensor<?x3xf32, #tenon.dims<[S, 3]>>, axis = 0>
  return %0 : !tenon.state<fixed, tensor<?x3xf32, #tenon.dims<[S, 3]>>, axis = 0>
}
// CHECK-LABEL: @lengths
// CHECK: tenon.state_lengths %{{.*}} : (!tenon.state<growing, tensor<?x2x?xf32, #tenon.dims<[B, 2, P]>>, axis = 2>) -> tensor<?xi64, #tenon.dims<[B]>>
func.func @lengths(%s: !tenon.state<growing, tensor<?x2x?xf32, #tenon.dims<[B, 2, P]>>, axis = 2>) -> tensor<?xi64, #tenon.dims<[B]>> {
  %0 = tenon.state_lengths %s : (!tenon.state<growing, tensor<?x2x?xf32, #tenon.dims<[B, 2, P]>>, axis = 2>) -> tensor<?xi64, #tenon.dims<[B]>>
  return %0 : tensor<?xi64, #tenon.dims<[B]>>
}
