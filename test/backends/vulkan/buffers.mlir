// What is said of buffers: which are only read, and that a write to one may be
// seen through another declaration of it. What nothing uses isn't declared.
// RUN: tenon-opt %s --pass-pipeline='builtin.module(spirv.module(tenon-vulkan-finish))' | FileCheck %s --implicit-check-not=aliased --implicit-check-not=@unused

!vectors = !spirv.ptr<!spirv.struct<(!spirv.rtarray<vector<4xf32>, stride=16> [0])>, StorageBuffer>
!numbers = !spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0])>, StorageBuffer>

module attributes {spirv.target_env = #spirv.target_env<#spirv.vce<v1.6, [Shader], [SPV_KHR_storage_buffer_storage_class]>, #spirv.resource_limits<>>} {
  spirv.module Logical GLSL450 {
    // CHECK: spirv.GlobalVariable @read bind(0, 0) {non_writable, restrict}
    // CHECK: spirv.GlobalVariable @read_in_vectors bind(0, 0) {non_writable, restrict}
    // CHECK: spirv.GlobalVariable @both bind(0, 1) {aliased}
    // CHECK: spirv.GlobalVariable @both_in_vectors bind(0, 1) {aliased}
    // CHECK: spirv.GlobalVariable @written_in_vectors bind(0, 2) {restrict}
    spirv.GlobalVariable @read bind(0, 0) : !numbers
    spirv.GlobalVariable @read_in_vectors bind(0, 0) : !vectors
    spirv.GlobalVariable @both bind(0, 1) : !numbers
    spirv.GlobalVariable @both_in_vectors bind(0, 1) : !vectors
    spirv.GlobalVariable @unused bind(0, 2) : !numbers
    spirv.GlobalVariable @written_in_vectors bind(0, 2) : !vectors
    spirv.func @kernel() "None" {
      %zero = spirv.Constant 0 : i32
      %a = spirv.mlir.addressof @read : !numbers
      %b = spirv.mlir.addressof @read_in_vectors : !vectors
      %c = spirv.mlir.addressof @both : !numbers
      %d = spirv.mlir.addressof @both_in_vectors : !vectors
      %e = spirv.mlir.addressof @written_in_vectors : !vectors
      %pa = spirv.AccessChain %a[%zero, %zero] : !numbers, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
      %pb = spirv.AccessChain %b[%zero, %zero] : !vectors, i32, i32 -> !spirv.ptr<vector<4xf32>, StorageBuffer>
      %pc = spirv.AccessChain %c[%zero, %zero] : !numbers, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
      %pd = spirv.AccessChain %d[%zero, %zero] : !vectors, i32, i32 -> !spirv.ptr<vector<4xf32>, StorageBuffer>
      %pe = spirv.AccessChain %e[%zero, %zero] : !vectors, i32, i32 -> !spirv.ptr<vector<4xf32>, StorageBuffer>
      %number = spirv.Load "StorageBuffer" %pa : f32
      %vector = spirv.Load "StorageBuffer" %pb : vector<4xf32>
      spirv.Store "StorageBuffer" %pc, %number : f32
      %again = spirv.Load "StorageBuffer" %pd : vector<4xf32>
      %sum = spirv.FAdd %again, %vector : vector<4xf32>
      spirv.Store "StorageBuffer" %pe, %sum : vector<4xf32>
      spirv.Return
    }
    // CHECK: spirv.EntryPoint "GLCompute" @kernel, @read, @read_in_vectors, @both, @both_in_vectors, @written_in_vectors
    spirv.EntryPoint "GLCompute" @kernel, @read, @read_in_vectors, @both, @both_in_vectors, @unused, @written_in_vectors
    spirv.ExecutionMode @kernel "LocalSize", 1, 1, 1
  }
}
