// Dims in types: one normal form, whatever was written.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s

// CHECK: @sum(tensor<?xf32, #tenon.dims<[B + 2 * S + 3]>>)
func.func private @sum(tensor<?xf32, #tenon.dims<[S + 1 + B + 2 + S]>>)
// CHECK: @product(tensor<?xf32, #tenon.dims<[B * S + 2 * S]>>)
func.func private @product(tensor<?xf32, #tenon.dims<[S * (B + 2)]>>)
// CHECK: @cancelled(tensor<?xf32, #tenon.dims<[S]>>)
func.func private @cancelled(tensor<?xf32, #tenon.dims<[(2 * S + 4) floordiv 2 - 2]>>)
// CHECK: @remainder(tensor<?xf32, #tenon.dims<[S]>>)
func.func private @remainder(tensor<?xf32, #tenon.dims<[S mod 32 + 32 * (S floordiv 32)]>>)
// CHECK: @ceiling(tensor<?xf32, #tenon.dims<[(S + 3) floordiv 4]>>)
func.func private @ceiling(tensor<?xf32, #tenon.dims<[S ceildiv 4]>>)
// CHECK: @bounds(tensor<?xf32, #tenon.dims<[min(B, S) + max(B, S, 7)]>>)
func.func private @bounds(tensor<?xf32, #tenon.dims<[min(S, B) + max(3, max(S, 7), B)]>>)
